"""Templates that WhatsApp approved: read from its list, and filled in.

``values`` names what goes where: ``header`` (a text, or ``{"image": {"link": ...}}`` and its like), ``buttons``
(``{"0": "payload"}`` for a quick reply; ``{"0": {"url": "end of the address"}}`` for a link, ``{"0": {"code": "ABC"}}``
for a code to copy), and the body's placeholders by number (``"1"``) or name. ``components`` gives the platform's own
form instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.payloads import items, mapping, storable, text
from hub.core.messages import Template
from hub.core.templates import ApprovedTemplate, SlotPlace, TemplateSlot, placeholders

_OWN = frozenset({"header", "buttons", "components"})
_MEDIA = ("image", "video", "document", "location")


def template_object(template: Template) -> dict[str, Any]:
    """The ``template`` object of a call."""
    value: dict[str, Any] = {"name": storable(template.name), "language": {"code": storable(template.language)}}
    components = list(items(template.values.get("components"))) or _components(template.values)
    return value | ({"components": components} if components else {})


def _components(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if header := values.get("header"):
        found.append({"type": "header", "parameters": [_header(header)]})
    names = [name for name in values if name not in _OWN]
    if names:
        ordered = sorted(names, key=lambda name: (not name.isdecimal(), int(name) if name.isdecimal() else 0))
        found.append({"type": "body", "parameters": [_parameter(name, values[name]) for name in ordered]})
    return [*found, *_buttons(values.get("buttons"))]


def _header(header: Any) -> dict[str, Any]:
    for kind in _MEDIA:
        if kind in mapping(header):
            return {"type": kind, kind: mapping(header)[kind]}
    return {"type": "text", "text": _line(header)}


def _parameter(name: str, value: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"type": "text"}
    if not name.isdecimal():
        told["parameter_name"] = name
    return told | {"text": _line(value)}


def _buttons(value: Any) -> Sequence[dict[str, Any]]:
    given = mapping(value) or {str(i): item for i, item in enumerate(items(value))}
    found: list[dict[str, Any]] = []
    for index, told in given.items():
        url, code = mapping(told).get("url"), mapping(told).get("code")
        if url is not None:
            kind, parameter = "url", {"type": "text", "text": _line(url)}
        elif code is not None:
            kind, parameter = "copy_code", {"type": "coupon_code", "coupon_code": _line(code)}
        else:
            kind, parameter = "quick_reply", {"type": "payload", "payload": _line(told)}
        found.append({"type": "button", "sub_type": kind, "index": str(index), "parameters": [parameter]})
    return found


def _line(value: Any) -> str:
    """A value on one line: WhatsApp refuses line breaks, tabs and long runs of spaces in it."""
    return " ".join(storable(str(value)).split())


def approved_template(value: Any) -> ApprovedTemplate | None:
    """One template as WhatsApp's list tells it; None for what has no name, language or body."""
    told = mapping(value)
    parts = {str(c.get("type")).upper(): c for c in map(mapping, items(told.get("components")))}
    name, language = text(told.get("name")), text(told.get("language"))
    body = text(parts.get("BODY", {}).get("text"))
    if name is None or language is None or body is None:
        return None
    header, buttons = parts.get("HEADER", {}), [mapping(b) for b in items(parts.get("BUTTONS", {}).get("buttons"))]
    return ApprovedTemplate(
        name=name,
        language=language,
        status=(text(told.get("status")) or "unknown").lower(),
        category=(text(told.get("category")) or "unknown").lower(),
        text=body,
        header=text(header.get("text")),
        footer=text(parts.get("FOOTER", {}).get("text")),
        buttons=tuple(text(button.get("text")) or "" for button in buttons),
        slots=(*_header_slots(header), *_body_slots(parts["BODY"]), *_button_slots(buttons)),
    )


def _header_slots(header: Mapping[str, Any]) -> list[TemplateSlot]:
    kind = (text(header.get("format")) or "").lower()
    if kind in _MEDIA:
        return [TemplateSlot(SlotPlace.HEADER, "header", kind)]
    examples = items(mapping(header.get("example")).get("header_text"))
    example = text(examples[0]) if examples else None
    named = placeholders(text(header.get("text")) or "")
    return [TemplateSlot(SlotPlace.HEADER, "header", example=example)] if named else []


def _body_slots(body: Mapping[str, Any]) -> list[TemplateSlot]:
    example = mapping(body.get("example"))
    listed = items(next(iter(items(example.get("body_text"))), ()))
    named = {
        text(e.get("param_name")): text(e.get("example"))
        for e in map(mapping, items(example.get("body_text_named_params")))
    }
    names = placeholders(text(body.get("text")) or "")
    return [
        TemplateSlot(SlotPlace.BODY, name, example=named.get(name) or (text(listed[i]) if i < len(listed) else None))
        for i, name in enumerate(names)
    ]


def _button_slots(buttons: Sequence[Mapping[str, Any]]) -> list[TemplateSlot]:
    found: list[TemplateSlot] = []
    for index, button in enumerate(buttons):
        kind = (text(button.get("type")) or "").upper()
        # The button of a one-time code takes the code as the end of its address.
        if kind == "OTP" or (kind == "URL" and placeholders(text(button.get("url")) or "")):
            found.append(TemplateSlot(SlotPlace.BUTTON, str(index), "url"))
        elif kind == "COPY_CODE":
            found.append(TemplateSlot(SlotPlace.BUTTON, str(index), "code"))
    return found
