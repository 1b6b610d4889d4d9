"""What a Messenger message holds, as parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from adapters.messenger.keys import identifier
from adapters.payloads import items, mapping, number, text
from hub.core.messages import FormReply, Location, Media, Part, Text, Unknown

_FILES: Mapping[str, str] = {
    "image": "image",
    "audio": "audio",
    "video": "video",
    "file": "document",
    "reel": "video",
    "ig_reel": "video",
    "story_mention": "image",
    "animated_image_share": "animation",
}
_MAX_ATTACHMENTS = 100


def parts_of(message: Mapping[str, Any]) -> tuple[Part, ...]:
    """Everything in a message that means something to a reader, in reading order; unknown content as it came."""
    words = text(message.get("text"))
    parts: list[Part] = [Text(words)] if words else []
    for attachment in items(message.get("attachments"))[:_MAX_ATTACHMENTS]:
        part = _attachment(mapping(attachment), words or "")
        if part is not None:
            parts.append(part)
    if story := mapping(mapping(message.get("reply_to")).get("story")):
        parts.append(Unknown("story_reply", dict(story)))
    return tuple(parts) or (_unknown(message),)


def _attachment(attachment: Mapping[str, Any], words: str) -> Part | None:
    kind = text(attachment.get("type")) or "attachment"
    payload = mapping(attachment.get("payload"))
    if kind in _FILES:
        media = _media(kind, attachment, payload)
        return media or Unknown(kind, dict(attachment))
    if kind == "location":
        return _location(attachment, payload) or Unknown(kind, dict(attachment))
    if kind == "fallback":
        return _link(attachment, payload, words)
    if kind == "template":
        lines = list(dict.fromkeys(_template_lines(attachment, payload)))
        return Text("\n".join(lines)) if lines else Unknown(kind, dict(attachment))
    url = text(payload.get("url")) or text(attachment.get("url"))
    if url is None or url in words:
        return Unknown(kind, dict(attachment))
    title = text(payload.get("title")) or text(attachment.get("title"))
    return Text(f"{title}\n{url}" if title and title not in words else url)


def _media(kind: str, attachment: Mapping[str, Any], payload: Mapping[str, Any]) -> Media | None:
    url = text(payload.get("url")) or text(attachment.get("url"))
    if url is None:
        return None
    sticker = identifier(payload.get("sticker_id"))
    return Media(
        kind="sticker" if sticker else _FILES[kind],
        ref=url,
        name=text(payload.get("title")) or text(attachment.get("title")) or text(attachment.get("name")),
    )


def _location(attachment: Mapping[str, Any], payload: Mapping[str, Any]) -> Location | None:
    spot = mapping(payload.get("coordinates"))
    latitude, longitude = number(spot.get("lat")), number(spot.get("long"))
    if latitude is None or longitude is None:
        return None
    return Location(latitude, longitude, name=text(attachment.get("title")))


def _link(attachment: Mapping[str, Any], payload: Mapping[str, Any], words: str) -> Part | None:
    """A shared link. What the text says already is not said again."""
    title = text(attachment.get("title")) or text(payload.get("title"))
    url = text(attachment.get("url")) or text(attachment.get("URL")) or text(payload.get("url"))
    lines = [line for line in (title, url) if line and line not in words]
    if lines:
        return Text("\n".join(lines))
    return None if words else Unknown("fallback", dict(attachment))


def _template_lines(attachment: Mapping[str, Any], payload: Mapping[str, Any]) -> Iterator[str]:
    yield from filter(None, (text(attachment.get("title")), text(payload.get("text"))))
    elements = [*items(payload.get("elements")), *items(mapping(payload.get("product")).get("elements"))]
    for element in map(mapping, elements[:_MAX_ATTACHMENTS]):
        yield from filter(None, (text(element.get(field)) for field in ("title", "subtitle")))


def feedback_of(feedback: Mapping[str, Any]) -> FormReply | None:
    """A filled-in feedback form: the answer to each question by the question's id; None without any."""
    values: dict[str, Any] = {}
    for screen in map(mapping, items(feedback.get("feedback_screens"))[:20]):
        for question, answer in mapping(screen.get("questions")).items():
            told = mapping(answer)
            values[str(question)] = told.get("payload")
            if more := text(mapping(told.get("follow_up")).get("payload")):
                values[f"{question}.follow_up"] = more
    return FormReply(values, id="messaging_feedback") if values else None


def _unknown(message: Mapping[str, Any]) -> Unknown:
    known = ("mid", "seq", "app_id", "metadata", "is_echo", "is_self", "reply_to", "nlp", "text")
    kind = next((str(name) for name in message if name not in known), "empty")
    return Unknown(kind, dict(message))
