"""Messages a platform approved beforehand: what they say, which values they take, and whether given values fit."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from hub.core.errors import Invalid

APPROVED = "approved"
_PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z0-9_]{1,64})\s*\}\}")
_LONGEST_VALUE = 1024


class SlotPlace(StrEnum):
    """Where in a template a value goes."""

    HEADER = "header"
    BODY = "body"
    BUTTON = "button"


@dataclass(frozen=True, slots=True)
class TemplateSlot:
    """One value a template takes. ``name`` is the placeholder's number or name, or the button's index; ``kind`` is
    text, image, video, document or location for a header, and url or code for a button."""

    place: SlotPlace
    name: str
    kind: str = "text"
    example: str | None = None


@dataclass(frozen=True, slots=True)
class ApprovedTemplate:
    """A template as its platform tells it. ``text`` is the body with placeholders, ``status`` ours in lower case."""

    name: str
    language: str
    status: str
    category: str
    text: str
    header: str | None = None
    footer: str | None = None
    buttons: tuple[str, ...] = ()
    slots: tuple[TemplateSlot, ...] = ()

    @property
    def sendable(self) -> bool:
        return self.status == APPROVED


def template_to_json(template: ApprovedTemplate) -> dict[str, Any]:
    """The template as it is stored and shown."""
    return asdict(template)


def template_from_json(data: Mapping[str, Any]) -> ApprovedTemplate:
    """The template that ``template_to_json`` wrote."""
    slots = tuple(TemplateSlot(**{**slot, "place": SlotPlace(slot["place"])}) for slot in data.get("slots", ()))
    return ApprovedTemplate(**{**data, "buttons": tuple(data.get("buttons", ())), "slots": slots})


def placeholders(text: str) -> tuple[str, ...]:
    """The names of the placeholders in a text, each once, in order."""
    return tuple(dict.fromkeys(_PLACEHOLDER.findall(text)))


def filled(template: ApprovedTemplate, values: Mapping[str, Any]) -> str:
    """What the customer will read. Raises ``Invalid`` naming the value that is missing, too much or does not fit.

    ``values`` are the body's placeholders by name or number, ``header`` and ``buttons`` (by index).
    """
    if not template.sendable:
        raise Invalid(f"The platform's word on this template is '{template.status}'; it cannot be sent.", field="name")
    for slot in template.slots:
        _check(slot, values)
    known = {slot.name for slot in template.slots if slot.place is SlotPlace.BODY}
    places = {slot.place for slot in template.slots}
    for name in values:
        given = {"header": SlotPlace.HEADER, "buttons": SlotPlace.BUTTON}.get(name)
        quick = name == "buttons" and bool(template.buttons)
        if (given is None and name not in known) or (given is not None and given not in places and not quick):
            raise Invalid(f"This template takes no value '{name}'.", field=f"values.{name}")

    def value(found: re.Match[str]) -> str:
        return " ".join(str(values.get(found[1], found[0])).split())

    header = template.header
    if header and isinstance(values.get("header"), str):
        header = _PLACEHOLDER.sub(lambda _: str(values["header"]), header)
    lines = [header, _PLACEHOLDER.sub(value, template.text), template.footer]
    return "\n".join(line for line in lines if line)


def _check(slot: TemplateSlot, values: Mapping[str, Any]) -> None:
    if slot.place is SlotPlace.BODY:
        _check_text(values.get(slot.name), f"values.{slot.name}", slot)
    elif slot.place is SlotPlace.BUTTON:
        buttons = values.get("buttons")
        button = buttons.get(slot.name) if isinstance(buttons, Mapping) else None
        told = button.get(slot.kind) if isinstance(button, Mapping) else None
        _check_text(told, f"values.buttons.{slot.name}.{slot.kind}", slot)
    elif slot.kind == "text":
        _check_text(values.get("header"), "values.header", slot)
    else:
        header = values.get("header")
        if not isinstance(header, Mapping) or not isinstance(header.get(slot.kind), Mapping) or not header[slot.kind]:
            raise Invalid(f"The header needs its {slot.kind}.", field=f"values.header.{slot.kind}")


def _check_text(value: Any, field: str, slot: TemplateSlot) -> None:
    if not isinstance(value, str) or not value.strip():
        example = f" Example: {slot.example}." if slot.example else ""
        raise Invalid(f"This value is needed, as text.{example}", field=field)
    if len(value) > _LONGEST_VALUE:
        raise Invalid(f"A value has at most {_LONGEST_VALUE:,} characters.", field=field)


def fitting(templates: Sequence[ApprovedTemplate], locale: str | None) -> list[ApprovedTemplate]:
    """The templates that may be sent, those in the customer's own language first."""
    language = (locale or "").replace("-", "_").lower()

    def distance(template: ApprovedTemplate) -> int:
        told = template.language.lower()
        if told == language:
            return 0
        return 1 if language and told.partition("_")[0] == language.partition("_")[0] else 2

    sendable = [template for template in templates if template.sendable]
    return sorted(sendable, key=lambda template: (distance(template), template.name, template.language))
