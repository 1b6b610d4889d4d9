"""Makes messages: text, media, places and contacts, each refused where Telegram refuses it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hub.simulator.telegram.formatting import formatted, utf16
from hub.simulator.telegram.keyboards import check_keyboard
from hub.simulator.telegram.pictures import picture_size
from hub.simulator.telegram.schema import Call, FormFile, bad
from hub.simulator.telegram.world import Bot, Chat, Json, StoredFile, now, without_empty

TEXT, CAPTION = 4096, 1024
UPLOAD, PHOTO = 50 << 20, 10 << 20
_FOLDERS = {
    "photo": "photos",
    "document": "documents",
    "audio": "music",
    "voice": "voice",
    "video": "videos",
    "animation": "animations",
    "sticker": "stickers",
}
_MIMES = {"audio": "audio/mpeg", "voice": "audio/ogg", "video": "video/mp4", "animation": "video/mp4"}


def post(bot: Bot, chat: Chat, params: Mapping[str, Any], content: Json) -> Json:
    """Put the bot's message into a chat. Raises 400 for a bad keyboard or a reply to nothing."""
    check_keyboard(params.get("reply_markup"))
    message = without_empty(
        {
            "message_id": bot.message_id(),
            "from": bot.user,
            "chat": chat.facts,
            "date": now(),
            "message_thread_id": params.get("message_thread_id"),
            "reply_to_message": _replied(chat, params.get("reply_parameters")),
            **content,
        }
    )
    if "inline_keyboard" in (params.get("reply_markup") or {}):
        message["reply_markup"] = params["reply_markup"]
    chat.typing_until = 0.0
    chat.add(message)
    held = chat.find(message["message_id"])
    if held is not None:
        held.typed_keys = (params.get("reply_markup") or {}).get("keyboard") or []
    return message


def _replied(chat: Chat, reply: Mapping[str, Any] | None) -> Json | None:
    if not reply or "message_id" not in reply:
        return None
    held = chat.find(reply["message_id"])
    if held is None:
        if reply.get("allow_sending_without_reply"):
            return None
        raise bad("message to be replied not found")
    return {key: value for key, value in held.message.items() if key != "reply_to_message"}


def text_content(params: Mapping[str, Any]) -> Json:
    """``text`` and ``entities`` of a message. Raises 400 when empty or longer than 4,096 UTF-16 units."""
    text, entities = formatted(params, params["text"])
    if not text:
        raise bad("message text is empty")
    if utf16(text) > TEXT:
        raise bad("message is too long")
    return without_empty({"text": text, "entities": entities})


def caption_content(params: Mapping[str, Any]) -> Json:
    """``caption`` and ``caption_entities``. Raises 400 when longer than 1,024 UTF-16 units."""
    text, entities = formatted(params, params.get("caption", ""), "caption_entities")
    if utf16(text) > CAPTION:
        raise bad("message caption is too long")
    return without_empty({"caption": text, "caption_entities": entities})


def stored(bot: Bot, kind: str, value: str, files: Mapping[str, FormFile]) -> StoredFile:
    """The file a parameter names: an upload, a known id, or a link (kept as a name, never fetched)."""
    if kind not in _FOLDERS:
        raise bad(f"media of type {kind} is not simulated")
    if value.startswith("attach://"):
        upload = files[value.removeprefix("attach://")]
        if not upload.data:
            raise bad("file must be non-empty")
        if len(upload.data) > (PHOTO if kind == "photo" else UPLOAD):
            raise bad(f"file of size {len(upload.data)} bytes is too big for a {kind}")
        return bot.keep(upload.data, name=upload.name or kind, mime=upload.mime, folder=_FOLDERS[kind])
    if value in bot.files:
        return bot.files[value]
    if value.startswith(("http://", "https://")):
        name = value.rpartition("/")[2].partition("?")[0] or kind
        mime = _MIMES.get(kind, "application/octet-stream")
        return bot.keep(b"", name=name, mime=mime, folder=_FOLDERS[kind])
    raise bad("wrong remote file identifier specified: Wrong string length")


def media_object(kind: str, file: StoredFile, params: Mapping[str, Any]) -> Any:
    """What a message holds for a file of this kind, in the Bot API's shape."""
    facts: Json = {"file_id": file.file_id, "file_unique_id": file.unique_id, "file_size": file.size}
    if kind == "photo":
        width, height = picture_size(file.data) if file.data else (800, 600)
        small = {**facts, "width": max(1, width // 4), "height": max(1, height // 4)}
        return [small, {**facts, "width": width, "height": height}]
    if kind == "sticker":
        facts |= {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        return facts
    facts["mime_type"] = file.mime
    if kind in ("audio", "voice", "video", "animation"):
        facts["duration"] = params.get("duration", 1)
    if kind in ("video", "animation"):
        facts |= {"width": params.get("width", 640), "height": params.get("height", 360)}
    if kind != "voice":
        facts["file_name"] = file.name
    if kind == "audio":
        facts |= without_empty({"title": params.get("title"), "performer": params.get("performer")})
    return facts


def media_content(bot: Bot, kind: str, params: Mapping[str, Any], files: Mapping[str, FormFile]) -> Json:
    """A message's content for one file with its caption."""
    caption = caption_content(params) if kind != "sticker" else {}
    file = stored(bot, kind, params[kind], files)
    content: Json = {kind: media_object(kind, file, params), **caption}
    if kind == "animation":
        content["document"] = media_object("document", file, params)
    return content


def send_text(bot: Bot, call: Call) -> Json:
    """``sendMessage``."""
    chat = bot.writable(call.params["chat_id"])
    return post(bot, chat, call.params, text_content(call.params))


def send_media(kind: str) -> Callable[[Bot, Call], Json]:
    """``sendPhoto`` and its kin."""

    def send(bot: Bot, call: Call) -> Json:
        chat = bot.writable(call.params["chat_id"])
        return post(bot, chat, call.params, media_content(bot, kind, call.params, call.files))

    return send


def send_group(bot: Bot, call: Call) -> list[Json]:
    """``sendMediaGroup``: 2 to 10 files; documents and audio stay among themselves."""
    chat = bot.writable(call.params["chat_id"])
    media = call.params["media"]
    if not 2 <= len(media) <= 10:
        raise bad("wrong number of items in the media group: it must have 2 to 10 items")
    kinds = {item["type"] for item in media}
    if len(kinds) > 1 and kinds & {"audio", "document"}:
        raise bad("media of this type can't be mixed with other media in one group")
    contents = [media_content(bot, i["type"], {**i, i["type"]: i["media"]}, call.files) for i in media]
    group = str(bot.message_id())
    return [post(bot, chat, call.params, {"media_group_id": group, **content}) for content in contents]


def _location(params: Mapping[str, Any]) -> Json:
    if not (-90 <= params["latitude"] <= 90 and -180 <= params["longitude"] <= 180):
        raise bad("BAD_GEO")
    return {"latitude": params["latitude"], "longitude": params["longitude"]}


def send_location(bot: Bot, call: Call) -> Json:
    """``sendLocation``."""
    return post(bot, bot.writable(call.params["chat_id"]), call.params, {"location": _location(call.params)})


def send_venue(bot: Bot, call: Call) -> Json:
    """``sendVenue``."""
    params = call.params
    place = _location(params)
    venue = {"location": place, "title": params["title"], "address": params["address"]}
    return post(bot, bot.writable(params["chat_id"]), params, {"venue": venue, "location": place})


def send_contact(bot: Bot, call: Call) -> Json:
    """``sendContact``."""
    params = call.params
    if not params["phone_number"] or not params["first_name"]:
        raise bad("contact phone number and first name must be non-empty")
    names = ("phone_number", "first_name", "last_name", "vcard")
    contact = without_empty({name: params.get(name) for name in names})
    return post(bot, bot.writable(params["chat_id"]), params, {"contact": contact})
