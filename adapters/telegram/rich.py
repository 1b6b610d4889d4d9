"""Rich messages (Bot API 10.1): blocks within blocks, read as words, files and places in reading order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from adapters.payloads import items, mapping, number, text
from hub.core.messages import Location, Media, Part, Text

_DEPTH = 40
_MAX_PARTS = 100
_WORDS = ("label", "summary", "text", "alternative_text", "blocks", "items", "cells", "caption", "credit", "expression")
_LINES = frozenset(
    {
        "paragraph", "section_heading", "preformatted", "block_quotation", "pull_quotation", "list", "footer", "table",
        "details",
    }
)  # fmt: skip


def rich_parts(value: Any, media_of: Callable[[Mapping[str, Any]], Media | None]) -> list[Part]:
    """The parts of a rich message. ``media_of`` reads the file of an object that has one."""
    blocks = items(mapping(value).get("blocks"))
    lines = [words for block in blocks if (words := "".join(_words(block, 0)).strip())]
    found: list[Part] = [Text("\n".join(lines))] if lines else []
    for block in _all_blocks(blocks, 0):
        part = media_of({**block, "voice": block.get("voice_note"), "caption": None}) or _map(block)
        if part is not None and len(found) < _MAX_PARTS:
            found.append(part)
    return found


def _all_blocks(value: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    for block in map(mapping, items(value)):
        yield block
        if depth < _DEPTH:
            yield from _all_blocks(block.get("blocks"), depth + 1)
            yield from _all_blocks(block.get("items"), depth + 1)


def _map(block: Mapping[str, Any]) -> Location | None:
    spot = mapping(block.get("location"))
    latitude, longitude = number(spot.get("latitude")), number(spot.get("longitude"))
    return None if latitude is None or longitude is None else Location(latitude, longitude)


def _words(value: Any, depth: int) -> Iterator[str]:
    """The words of a block, whose texts nest; a block of blocks puts each on its line, a row its cells apart."""
    if depth > _DEPTH:
        return
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _words(item, depth + 1)
            yield _between(item)
    elif isinstance(value, Mapping):
        for field in _WORDS:
            if field in value:
                yield from _words(value[field], depth + 1)
                if field == "label":
                    yield " "
                elif field == "summary":
                    yield "\n"
        address = text(value.get("url"))
        if value.get("type") == "url" and address and value.get("text") != address:
            yield f" ({address})"


def _between(item: Any) -> str:
    """What stands behind an item of a list: a new line after a row or a block, a gap after a cell."""
    if isinstance(item, list):
        return "\n"
    if not isinstance(item, Mapping):
        return ""
    if "blocks" in item or text(item.get("type")) in _LINES:
        return "\n"
    return "  " if "align" in item and "valign" in item else ""
