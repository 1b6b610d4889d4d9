"""Our messages as calls of the Bot API. Pure: the same message gives the same calls.

Text is Markdown; it leaves as HTML in as many messages as the limit of 4,096 UTF-16 units needs. Link previews
are off: an answer must not make a customer's app fetch an address a model wrote.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from adapters.payloads import storable
from adapters.rendering.parse import parse, verbatim
from adapters.rendering.runs import Mark, Run, Style
from adapters.rendering.split import shorten, split
from adapters.telegram.capabilities import (
    BUTTON_TITLE,
    CALLBACK_DATA_BYTES,
    CAPABILITIES,
    MAX_BUTTONS,
    MAX_ENTITIES,
)
from adapters.telegram.keys import Place, read_message, read_thread
from adapters.telegram.markup import to_html
from hub.core.channels import Request, Upload
from hub.core.choices import short_id
from hub.core.errors import Invalid
from hub.core.ids import PlatformId, ThreadKey
from hub.core.messages import (
    Card,
    Choice,
    Choices,
    ContactCard,
    Form,
    FormReply,
    Location,
    LocationRequest,
    Media,
    Option,
    Outbound,
    Part,
    Template,
    Text,
)

NO_PREVIEW = {"is_disabled": True}
SEND_METHODS: dict[str, tuple[str, str]] = {
    "image": ("sendPhoto", "photo"),
    "audio": ("sendAudio", "audio"),
    "voice": ("sendVoice", "voice"),
    "video": ("sendVideo", "video"),
    "animation": ("sendAnimation", "animation"),
    "sticker": ("sendSticker", "sticker"),
    "document": ("sendDocument", "document"),
}
_UNSAFE_NAME = re.compile(r'[\x00-\x1f\x7f"\\/<>:|?*\ud800-\udfff]+')
_BUTTONS_A_ROW = 2
_SHORT_TITLE = 20


def render(outbound: Outbound) -> Sequence[Request]:
    """The calls that show this message, in order; the first one replies where a reply is asked for.

    Raises ``Invalid`` when the thread is not one of Telegram's.
    """
    place = _place(outbound.thread)
    requests = _told(place, outbound)
    if requests and outbound.reply_to is not None:
        requests[0] = _as_reply(requests[0], place, outbound.reply_to)
    return requests


def render_edit(outbound: Outbound, platform_id: PlatformId) -> Sequence[Request]:
    """The call that replaces a message's words, or a media message's caption. What no longer fits one message
    follows in further ones."""
    place, chat, number = _own_message(outbound.thread, platform_id)
    at: dict[str, Any] = {"chat_id": chat, "message_id": number}
    if place.business:
        at["business_connection_id"] = place.business
    media = next((part for part in outbound.parts if isinstance(part, Media)), None)
    if media is not None:
        return _edited_caption(place, at, media.caption or "")
    requests = _told(place, outbound)
    if not requests or requests[0].method != "sendMessage":
        return requests
    first = {k: v for k, v in requests[0].payload.items() if k in ("text", "parse_mode", "reply_markup")}
    edit = Request("editMessageText", {**at, **first, "link_preview_options": NO_PREVIEW})
    return [edit, *requests[1:]]


def _edited_caption(place: Place, at: dict[str, Any], caption: str) -> list[Request]:
    runs = _markdown(caption)
    chunks = split(runs, CAPABILITIES.caption_limit, CAPABILITIES.text_unit, max_marks=MAX_ENTITIES) or [[]]
    edit = Request("editMessageCaption", {**at, "caption": to_html(chunks[0]), "parse_mode": "HTML"})
    return [edit, *(request for chunk in chunks[1:] for request in _words(place, chunk))]


def render_delete(thread: ThreadKey, platform_id: PlatformId) -> Sequence[Request]:
    """The call that takes a message back."""
    place, chat, number = _own_message(thread, platform_id)
    if place.business:
        payload = {"business_connection_id": place.business, "message_ids": [number]}
        return [Request("deleteBusinessMessages", payload)]
    return [Request("deleteMessage", {"chat_id": chat, "message_id": number})]


def _place(thread: ThreadKey) -> Place:
    place = read_thread(thread)
    if place is None:
        raise Invalid("This conversation has no Telegram chat to send to.", field="thread")
    return place


def _own_message(thread: ThreadKey, platform_id: PlatformId) -> tuple[Place, int, int]:
    found = read_message(platform_id)
    if found is None:
        raise Invalid("This is not the id of a message in a Telegram chat.", field="platform_id")
    return _place(thread), *found


def _asking_where(place: Place, requests: list[Request]) -> list[Request]:
    """The question with a key that sends the phone's place. Telegram has that key in private chats alone."""
    private = place.chat > 0 and place.topic is None and not place.business
    if not requests or not private:
        return requests
    key = {"text": "\N{ROUND PUSHPIN}", "request_location": True}
    keyboard = {"keyboard": [[key]], "resize_keyboard": True, "one_time_keyboard": True}
    *before, last = requests
    return [*before, Request(last.method, {**last.payload, "reply_markup": keyboard}, last.uploads)]


def _as_reply(request: Request, place: Place, reply_to: PlatformId) -> Request:
    found = read_message(reply_to)
    if found is None or found[0] != place.chat:
        return request
    # The customer may have deleted what they wrote; the answer must arrive all the same.
    reply = {"message_id": found[1], "allow_sending_without_reply": True}
    return Request(request.method, {**request.payload, "reply_parameters": reply}, request.uploads)


def _told(place: Place, outbound: Outbound) -> list[Request]:
    """Every part; the sources stand under the last words, above their buttons."""
    parts, sources = outbound.parts, storable(outbound.sources or "")
    last = max((n for n, part in enumerate(parts) if isinstance(part, Text | Choices)), default=None)
    tail = [Run("\n\n"), *verbatim(sources)] if sources else []
    requests = [r for n, part in enumerate(parts) for r in _part(place, part, tail if n == last else [])]
    return requests if last is not None else [*requests, *_words(place, tail[1:])]


def _part(place: Place, part: Part, tail: Sequence[Run]) -> list[Request]:
    match part:
        case Text(text=text):
            return _words(place, [*_markdown(text), *tail])
        case LocationRequest(text=text):
            return _asking_where(place, _words(place, _markdown(text)))
        case Choices(text=text, options=options):
            return _with_buttons(place, [*_markdown(text), *tail], options)
        case Card():
            return _card(place, part)
        case Media():
            return _media(place, part)
        case Location():
            return [_location(place, part)]
        case ContactCard():
            return _contact(place, part)
        case Choice(id=id_, title=title):
            return _words(place, verbatim(storable(title or id_)))
        case Form(title=title, listed=listed):
            return _words(place, [Run(storable(title), frozenset({Mark(Style.BOLD)})), *verbatim(storable(listed))])
        case FormReply(listed=listed):
            return _words(place, verbatim(storable(listed)))
        case Template(text=str(text)):
            return _words(place, verbatim(storable(text)))
        case _:  # reactions and unknown parts have no form as a Telegram message
            return []


def _markdown(text: str) -> list[Run]:
    return parse(storable(text))


def _words(place: Place, runs: Sequence[Run], markup: dict[str, Any] | None = None) -> list[Request]:
    chunks = split(runs, CAPABILITIES.text_limit, CAPABILITIES.text_unit, max_marks=MAX_ENTITIES)
    requests = []
    for index, chunk in enumerate(chunks):
        payload = {
            **place.parameters(),
            "text": to_html(chunk),
            "parse_mode": "HTML",
            "link_preview_options": NO_PREVIEW,
        }
        if markup is not None and index == len(chunks) - 1:
            payload["reply_markup"] = markup
        requests.append(Request("sendMessage", payload))
    return requests


def _with_buttons(place: Place, runs: Sequence[Run], options: Sequence[Option]) -> list[Request]:
    told = [*runs, *_descriptions(options)]
    if not "".join(run.text for run in told).strip():
        told = verbatim("\u2022")  # a keyboard needs a message to stand under
    return _words(place, told, keyboard(options))


def _descriptions(options: Sequence[Option]) -> list[Run]:
    """What buttons cannot say: descriptions, and the options beyond the hundredth."""
    runs: list[Run] = []
    for index, option in enumerate(options):
        if option.description or index >= MAX_BUTTONS:
            runs += [Run("\n\n" if not runs else "\n"), Run(storable(option.title), frozenset({Mark(Style.BOLD)}))]
            extra = option.description or option.url
            runs += [Run(f": {storable(extra)}")] if extra else []
    return runs


def keyboard(options: Sequence[Option]) -> dict[str, Any] | None:
    """An inline keyboard: two short titles a row, long ones alone. None without options."""
    rows: list[list[dict[str, Any]]] = []
    for option in options[:MAX_BUTTONS]:
        button = _button(option)
        fits = len(button["text"]) <= _SHORT_TITLE
        if rows and fits and len(rows[-1]) < _BUTTONS_A_ROW and len(rows[-1][0]["text"]) <= _SHORT_TITLE:
            rows[-1].append(button)
        else:
            rows.append([button])
    return {"inline_keyboard": rows} if rows else None


def _button(option: Option) -> dict[str, Any]:
    title = shorten(" ".join(storable(option.title).split()) or "\u2022", BUTTON_TITLE)
    url = storable(option.url or "")
    if url.lower().startswith(("http://", "https://", "tg://")):
        return {"text": title, "url": url}
    return {"text": title, "callback_data": short_id(storable(option.id), CALLBACK_DATA_BYTES)}


def _card(place: Place, card: Card) -> list[Request]:
    title = Run(storable(card.title), frozenset({Mark(Style.BOLD)}))
    words = [title, *([Run("\n"), *_markdown(card.text)] if card.text else [])]
    if card.image is None:
        return _with_buttons(place, words, card.options)
    told = [*words, *_descriptions(card.options)]
    chunks = split(told, CAPABILITIES.caption_limit, CAPABILITIES.text_unit, max_marks=MAX_ENTITIES)
    if len(chunks) == 1:
        image = _media(place, card.image, caption={"caption": to_html(chunks[0]), "parse_mode": "HTML"})
        markup = keyboard(card.options)
        if image and markup:
            image[-1] = Request(image[-1].method, {**image[-1].payload, "reply_markup": markup}, image[-1].uploads)
        return image or _with_buttons(place, words, card.options)
    return [*_media(place, card.image, caption={}), *_with_buttons(place, words, card.options)]


def _media(place: Place, media: Media, caption: dict[str, Any] | None = None) -> list[Request]:
    source = media.ref or media.file_id or media.url
    if source is None:
        return _words(place, _markdown(media.caption or ""))
    method, field = SEND_METHODS[_sendable(media)]
    rest: list[Run] = []
    if caption is None:
        caption, rest = _caption(media.caption)
        if field == "sticker" and caption:
            caption, rest = {}, _markdown(media.caption or "")
    payload: dict[str, Any] = {**place.parameters(), **caption}
    uploads: tuple[Upload, ...] = ()
    if media.file_id is not None:
        uploads = (Upload(field, media.file_id, file_name(media), media.mime or "application/octet-stream"),)
    else:
        payload[field] = storable(media.ref or media.url or "")
    return [Request(method, payload, uploads), *_words(place, rest)]


def _sendable(media: Media) -> str:
    """The kind Telegram takes a file as: one of a type or size it would refuse goes as a document."""
    limit = CAPABILITIES.media.get(media.kind)
    if limit is None or media.kind not in SEND_METHODS:
        return "document"
    mime = (media.mime or "").partition(";")[0].strip().lower()
    refused = bool(mime and limit.mimes and mime not in limit.mimes)
    too_big = media.size is not None and media.size > limit.max_bytes
    return "document" if refused or too_big else media.kind


def _caption(caption: str | None) -> tuple[dict[str, Any], list[Run]]:
    """The caption's parameters, or its runs to be sent as messages when it is longer than 1,024."""
    runs = _markdown(caption) if caption else []
    chunks = split(runs, CAPABILITIES.caption_limit, CAPABILITIES.text_unit, max_marks=MAX_ENTITIES)
    if not chunks:
        return {}, []
    if len(chunks) > 1:
        return {}, runs
    return {"caption": to_html(chunks[0]), "parse_mode": "HTML"}, []


def file_name(media: Media) -> str:
    """A name without what would break a form's header or a file system."""
    name = _UNSAFE_NAME.sub("_", media.name or "").strip(" .")
    return shorten(name, 120) or media.kind


def _location(place: Place, spot: Location) -> Request:
    where = {**place.parameters(), "latitude": spot.latitude, "longitude": spot.longitude}
    if spot.name or spot.address:
        title, address = storable(spot.name or spot.address or ""), storable(spot.address or spot.name or "")
        return Request("sendVenue", {**where, "title": title, "address": address})
    return Request("sendLocation", where)


def _contact(place: Place, card: ContactCard) -> list[Request]:
    if not card.phones:
        lines = [card.name, *card.emails]
        return _words(place, verbatim(storable("\n".join(lines))))
    first = storable(card.name) or storable(card.phones[0])
    payload = {**place.parameters(), "phone_number": storable(card.phones[0]), "first_name": shorten(first, 64)}
    extra = [*card.phones[1:], *card.emails]
    follow = _words(place, verbatim(storable("\n".join(extra)))) if extra else []
    return [Request("sendContact", payload), *follow]
