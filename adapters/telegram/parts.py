"""What a Telegram message holds, as parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.payloads import count, integer, items, mapping, number, text
from adapters.telegram.rich import rich_parts
from hub.core.messages import ContactCard, Location, Media, Part, Text, Unknown

ABOUT = frozenset(
    {
        "message_id", "message_thread_id", "direct_messages_topic", "from", "sender_chat", "sender_boost_count",
        "sender_business_bot", "sender_tag", "date", "guest_query_id", "business_connection_id", "chat",
        "forward_origin", "is_topic_message", "is_automatic_forward", "reply_to_message", "external_reply", "quote",
        "reply_to_story", "reply_to_checklist_task_id", "reply_to_poll_option_id", "via_bot",
        "guest_bot_caller_user", "guest_bot_caller_chat", "edit_date", "has_protected_content", "is_from_offline",
        "is_paid_post", "media_group_id", "author_signature", "paid_star_count", "entities",
        "link_preview_options", "suggested_post_info", "effect_id", "caption_entities",
        "show_caption_above_media", "has_media_spoiler", "reply_markup", "forward_from", "forward_from_chat",
        "forward_date", "forward_from_message_id", "forward_sender_name", "forward_signature",
    }
)  # fmt: skip
"""Fields that say who, when and how, not what; the rest is content. ``forward_*`` are those of older servers."""

_FILES: Sequence[tuple[str, str, str | None]] = (
    # field, our kind, content type where Telegram names none
    ("animation", "animation", "video/mp4"),
    ("audio", "audio", None),
    ("voice", "voice", "audio/ogg"),
    ("live_photo", "video", "video/mp4"),
    ("video", "video", None),
    ("video_note", "video", "video/mp4"),
    ("sticker", "sticker", None),
    ("document", "document", None),
)


_MAX_FILES = 100
_WORDS = frozenset({"text"})
_BESIDE_WORDS = ABOUT - {"entities", "caption_entities"}
"""What a message of plain words may hold beside them without anything more to read."""


def parts_of(message: Mapping[str, Any]) -> tuple[Part, ...]:
    """Everything in a message that means something to a reader, in reading order; unknown content as it came."""
    parts: list[Part] = []
    if words := text(message.get("text")):
        if message.keys() - _BESIDE_WORDS == _WORDS:
            return (Text(words),)
        parts.append(Text(words))
    media = _all_media(message)
    parts += media
    if not media and (caption := text(message.get("caption"))):
        parts.append(Text(caption))
    for read in (_place, _card, _poll, _dice, _told, _checklist, _web_app):
        part = read(message)
        if part is not None:
            parts.append(part)
    parts += rich_parts(message.get("rich_message"), media_of)
    if addresses := _hidden_links(message):
        parts.append(Text("\n".join(addresses)))
    return tuple(parts or _shared_people(message)) or _unknown(message)


def media_of(message: Mapping[str, Any]) -> Media | None:
    """The file a message carries, if any. An animation also comes as a document, and is told only once."""
    caption = text(message.get("caption"))
    for field, kind, mime in _FILES:
        file = mapping(message.get(field))
        if ref := text(file.get("file_id")):
            return Media(
                kind=kind,
                ref=ref,
                mime=text(file.get("mime_type")) or (_sticker_mime(file) if kind == "sticker" else mime),
                name=text(file.get("file_name")) or text(file.get("title")),
                size=count(file.get("file_size")),
                caption=caption or (text(file.get("emoji")) if kind == "sticker" else None),
                duration=number(file.get("duration")),
            )
    return _photo(message.get("photo"), caption)


def _photo(value: Any, caption: str | None) -> Media | None:
    sizes = [s for s in map(mapping, items(value)) if text(s.get("file_id"))]
    if not sizes:
        return None
    # The documentation promises no order; the largest by area wins, the last of equals.
    largest = max(enumerate(sizes), key=lambda pair: (_area(pair[1]), pair[0]))[1]
    return Media(
        kind="image",
        ref=text(largest.get("file_id")),
        mime="image/jpeg",
        size=count(largest.get("file_size")),
        caption=caption,
    )


def _area(size: Mapping[str, Any]) -> int:
    return (count(size.get("width")) or 0) * (count(size.get("height")) or 0)


def _sticker_mime(sticker: Mapping[str, Any]) -> str:
    if sticker.get("is_animated") is True:
        return "application/x-tgsticker"
    return "video/webm" if sticker.get("is_video") is True else "image/webp"


def _place(message: Mapping[str, Any]) -> Part | None:
    venue = mapping(message.get("venue"))
    spot = mapping(venue.get("location")) or mapping(message.get("location"))
    latitude, longitude = number(spot.get("latitude")), number(spot.get("longitude"))
    if latitude is None or longitude is None:
        return None
    return Location(latitude, longitude, name=text(venue.get("title")), address=text(venue.get("address")))


def _card(message: Mapping[str, Any]) -> Part | None:
    contact = mapping(message.get("contact"))
    phone = text(contact.get("phone_number"))
    name = full_name(contact)
    if phone is None and name is None:
        return None
    return ContactCard(name=name or phone or "", phones=(phone,) if phone else ())


def full_name(person: Mapping[str, Any]) -> str | None:
    """First and last name of a user, a contact or a private chat; a group's or channel's title."""
    names = [n for n in (text(person.get("first_name")), text(person.get("last_name"))) if n]
    return " ".join(names) or text(person.get("title")) or text(person.get("username"))


def _all_media(message: Mapping[str, Any]) -> list[Media]:
    """The files of a message: its own, or those that were paid for, the first with the caption."""
    single = media_of(message)
    if single is not None:
        return [single]
    paid = items(mapping(message.get("paid_media")).get("paid_media"))[:_MAX_FILES]
    caption = text(message.get("caption"))
    found: list[Media] = []
    for item in map(mapping, paid):
        media = media_of(item if found or caption is None else {**item, "caption": caption})
        if media is not None:
            found.append(media)
    return found


def _poll(message: Mapping[str, Any]) -> Part | None:
    """A poll somebody sent: its question and what can be chosen."""
    poll = mapping(message.get("poll"))
    question = text(poll.get("question"))
    options = [words for option in items(poll.get("options"))[:100] if (words := text(mapping(option).get("text")))]
    if question is None:
        return None
    return Text("\n".join([question, *(f"- {option}" for option in options)]))


def _dice(message: Mapping[str, Any]) -> Part | None:
    dice = mapping(message.get("dice"))
    emoji, value = text(dice.get("emoji")), count(dice.get("value"))
    return Text(f"{emoji} {value}") if emoji and value is not None else None


def _told(message: Mapping[str, Any]) -> Part | None:
    """What a game or an invoice says of itself, or the words that came with a gift."""
    for field in ("game", "invoice"):
        told = mapping(message.get(field))
        lines = [words for name in ("title", "description") if (words := text(told.get(name)))]
        if lines:
            return Text("\n".join(lines))
    words = text(mapping(message.get("gift")).get("text"))
    return Text(words) if words else None


def _shared_people(message: Mapping[str, Any]) -> list[Part]:
    """Users picked from a keyboard that asked for them. Telegram names them only where the bot asked for names."""
    people = items(mapping(message.get("users_shared")).get("users"))[:_MAX_FILES]
    return [ContactCard(name=name) for person in map(mapping, people) if (name := full_name(person))]


def _checklist(message: Mapping[str, Any]) -> Part | None:
    checklist = mapping(message.get("checklist"))
    tasks = [words for task in items(checklist.get("tasks")) if (words := text(mapping(task).get("text")))]
    lines = [*filter(None, [text(checklist.get("title"))]), *(f"- {task}" for task in tasks)]
    return Text("\n".join(lines)) if lines else None


def _web_app(message: Mapping[str, Any]) -> Part | None:
    data = text(mapping(message.get("web_app_data")).get("data"))
    return Text(data) if data else None


def _hidden_links(message: Mapping[str, Any]) -> list[str]:
    """Addresses behind the words of a text, which the words alone would lose."""
    found: list[str] = []
    for field in ("entities", "caption_entities"):
        for entity in map(mapping, items(message.get(field))):
            url = text(entity.get("url")) if entity.get("type") == "text_link" else None
            if url and url not in found:
                found.append(url)
    return found


def _unknown(message: Mapping[str, Any]) -> tuple[Part, ...]:
    content = next((name for name in message if name not in ABOUT), None)
    if content is None:
        return (Unknown("empty"),)
    value = message[content]
    return (Unknown(content, dict(value) if isinstance(value, Mapping) else {content: value}),)


def utf16_slice(words: str, offset: Any, length: Any) -> str:
    """What an entity covers: Telegram counts in UTF-16 code units."""
    start, size = integer(offset), count(length)
    if start is None or size is None or start < 0 or start > len(words) * 2:
        return ""
    units = words.encode("utf-16-le", "surrogatepass")
    return units[start * 2 : (start + size) * 2].decode("utf-16-le", "replace")
