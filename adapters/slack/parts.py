"""What a Slack message holds, as parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.payloads import count, items, mapping, number, text
from adapters.slack.words import words_of
from hub.core.messages import Media, Part, Text, Unknown

_MAX_FILES = 100
_MISSING = {
    "tombstone": "This file was deleted.",
    "hidden_by_limit": "Slack no longer shows this file on the workspace's plan.",
}


def parts_of(message: Mapping[str, Any], bot: str | None) -> tuple[Part, ...]:
    """Everything in a message that means something to a reader: its words, then its files."""
    parts: list[Part] = []
    if words := words_of(message, bot):
        parts.append(Text(words))
    parts += [media for file in items(message.get("files"))[:_MAX_FILES] if (media := media_of(mapping(file)))]
    return tuple(parts) or (Unknown(text(message.get("subtype")) or "empty", dict(message)),)


def media_of(file: Mapping[str, Any]) -> Media | None:
    """A file of a message. ``ref`` is its address at Slack, or its id where Slack tells no more yet."""
    mode, mime = text(file.get("mode")), text(file.get("mimetype"))
    address = text(file.get("url_private_download")) or text(file.get("url_private"))
    error = _MISSING.get(mode or "")
    ref = None if error else address or text(file.get("id"))
    if ref is None and error is None:
        return None
    milliseconds = number(file.get("duration_ms"))
    outside = file.get("is_external") is True and address is not None
    return Media(
        kind=_kind(mime or "", text(file.get("subtype"))),
        ref=None if outside else ref,
        url=address if outside else None,
        mime=mime,
        name=text(file.get("name")) or text(file.get("title")),
        size=count(file.get("size")),
        duration=milliseconds / 1000 if milliseconds is not None and milliseconds >= 0 else None,
        error=error,
    )


def _kind(mime: str, subtype: str | None) -> str:
    if subtype == "slack_audio":
        return "voice"
    if subtype == "slack_video":
        return "video"
    family = mime.partition("/")[0].lower()
    return family if family in ("image", "audio", "video") else "document"
