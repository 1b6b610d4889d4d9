"""Templates that WhatsApp approved, filled in.

``values`` names what goes where: ``header`` (a text, or ``{"image": {"link": ...}}`` and its like), ``buttons``
(``{"0": "payload"}`` for a quick reply; ``{"0": {"url": "end of the address"}}`` for a link), and the body's
placeholders by number (``"1"``) or name. ``components`` gives the platform's own form instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.payloads import items, mapping, storable
from hub.core.messages import Template

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
        url = mapping(told).get("url")
        kind, parameter = (
            ("url", {"type": "text", "text": _line(url)})
            if url is not None
            else ("quick_reply", {"type": "payload", "payload": _line(told)})
        )
        found.append({"type": "button", "sub_type": kind, "index": str(index), "parameters": [parameter]})
    return found


def _line(value: Any) -> str:
    """A value on one line: WhatsApp refuses line breaks, tabs and long runs of spaces in it."""
    return " ".join(storable(str(value)).split())
