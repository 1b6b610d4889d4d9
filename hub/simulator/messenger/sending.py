"""Checks a call of the Send API as Meta does and turns it into a message.

Limits and error codes: Meta's Send API reference and its list of common Messenger Platform errors.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from hub.simulator.messenger.world import PERSON_WINDOW, TYPING_SECONDS, WINDOW, Chat, GraphError, Json, Page, now_ms

TEXT, BUTTON_TEXT, TITLE, PAYLOAD, METADATA, CARD = 2000, 640, 20, 1000, 1000, 80
FILE_LIMIT = 25 << 20
_TOP = {"recipient", "messaging_type", "message", "tag", "reply_to", "sender_action", "notification_type"}
_FILES = {"image", "audio", "video", "file"}
_ACTIONS = {"typing_on", "typing_off", "mark_seen"}
_BUTTONS = {
    "web_url": ({"type", "title", "url"}, {"webview_height_ratio", "messenger_extensions", "fallback_url"}),
    "postback": ({"type", "title", "payload"}, set[str]()),
    "phone_number": ({"type", "title", "payload"}, set[str]()),
}


@dataclass(frozen=True, slots=True)
class FormFile:
    """A file in a multipart body."""

    name: str
    mime: str
    data: bytes


def send(page: Page, params: Mapping[str, Any], upload: FormFile | None) -> tuple[Chat, Json, Json | None]:
    """Do what a call of ``/messages`` asks: the chat, the answer, and the message it made (None for a sign).

    Raises ``GraphError``.
    """
    _keys("request", params, set(), _TOP)
    chat = _recipient(page, params)
    if "sender_action" in params:
        if "message" in params:
            raise GraphError("Cannot send both message and state at the same time.", subcode=2018003)
        _sign(chat, params["sender_action"])
        return chat, {"recipient_id": chat.person}, None
    if "message" not in params:
        raise GraphError("The parameter message is required.")
    _may_write(chat, params)
    content = _content(page, _object("message", params["message"]), upload)
    mid = page.mid()
    message: Json = {"mid": mid, "from": "page", "at": now_ms(), **content}
    if "reply_to" in params:
        reply = _object("reply_to", params["reply_to"])
        _keys("reply_to", reply, {"mid"}, set())
        if reply["mid"] not in chat.held:
            raise GraphError("The message to reply to does not exist.")
        message["reply_to"] = reply["mid"]
    chat.typing_until = 0.0
    chat.add(message)
    return chat, {"recipient_id": chat.person, "message_id": mid}, message


def _object(name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise GraphError(f"Param {name} must be a JSON object.")
    return value


def _text(name: str, value: Any, longest: int) -> str:
    if not isinstance(value, str) or not value.strip():
        raise GraphError(f"Param {name} must be a non-empty UTF-8 encoded string")
    if len(value) > longest:
        raise GraphError(f"Length of param {name} must be less than or equal to {longest}")
    return value


def _keys(name: str, value: Mapping[str, Any], needed: set[str], more: set[str]) -> None:
    for key in needed:
        if key not in value:
            raise GraphError(f"param {name}[{key}] must be present.")
    extra = sorted(set(value) - needed - more)
    if extra:
        raise GraphError(f'Invalid keys "{", ".join(extra)}" were found in param "{name}".')


def _recipient(page: Page, params: Mapping[str, Any]) -> Chat:
    if "recipient" not in params:
        raise GraphError("The parameter recipient is required.")
    recipient = _object("recipient", params["recipient"])
    _keys("recipient", recipient, {"id"}, set())
    chat = page.chats.get(recipient["id"]) if isinstance(recipient["id"], str) else None
    if chat is None:
        raise GraphError("No matching user found", subcode=2018001)
    if chat.blocked:
        raise GraphError("This person isn't available right now.", code=551, subcode=1545041)
    return chat


def _sign(chat: Chat, name: Any) -> None:
    if name not in _ACTIONS:
        raise GraphError(f"Param sender_action must be one of {{{', '.join(sorted(_ACTIONS)).upper()}}}")
    if name == "mark_seen":
        chat.seen_at = now_ms()
    else:
        chat.typing_until = time.monotonic() + TYPING_SECONDS if name == "typing_on" else 0.0
    chat.touch()


def _may_write(chat: Chat, params: Mapping[str, Any]) -> None:
    kind, tag = params.get("messaging_type"), params.get("tag")
    if kind not in ("RESPONSE", "UPDATE", "MESSAGE_TAG"):
        raise GraphError("Param messaging_type must be one of {RESPONSE, UPDATE, MESSAGE_TAG}")
    if (kind == "MESSAGE_TAG") != (tag is not None):
        raise GraphError("Param tag must be given with messaging_type MESSAGE_TAG, and only then.")
    if tag is not None and tag != "HUMAN_AGENT":
        raise GraphError("This message tag has been deprecated.")
    since = time.time() - chat.last_inbound
    if since > (PERSON_WINDOW if tag else WINDOW):
        raise GraphError("This message is sent outside of allowed window.", code=10, subcode=2018278)


def _content(page: Page, message: Mapping[str, Any], upload: FormFile | None) -> Json:
    _keys("message", message, set(), {"text", "attachment", "quick_replies", "metadata"})
    if ("text" in message) == ("attachment" in message):
        raise GraphError("Exactly one of text and attachment must be given in param message.")
    content: Json = {}
    if "text" in message:
        content["text"] = _text("message[text]", message["text"], TEXT)
    else:
        content["attachments"] = [_attachment(page, _object("message[attachment]", message["attachment"]), upload)]
    if "metadata" in message:
        content["metadata"] = _text("message[metadata]", message["metadata"], METADATA - 1)
    if "quick_replies" in message:
        content["quick_replies"] = _quick_replies(message["quick_replies"])
    return content


def _list(name: str, value: Any, most: int) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not 1 <= len(value) <= most:
        raise GraphError(f"Param {name} must be an array of 1 to {most} elements.")
    return [_object(name, item) for item in value]


def _quick_replies(value: Any) -> list[Json]:
    replies = _list("message[quick_replies]", value, 13)
    for reply in replies:
        if reply.get("content_type") != "text":
            raise GraphError("Quick replies of this content_type are not simulated.")
        _keys("message[quick_replies]", reply, {"content_type", "title", "payload"}, {"image_url"})
        _text("quick_replies[title]", reply["title"], TITLE)
        _text("quick_replies[payload]", reply["payload"], PAYLOAD)
    return [dict(reply) for reply in replies]


def _attachment(page: Page, attachment: Mapping[str, Any], upload: FormFile | None) -> Json:
    _keys("message[attachment]", attachment, {"type", "payload"}, set())
    kind, payload = attachment["type"], _object("attachment[payload]", attachment["payload"])
    if kind == "template":
        return {"type": "template", "payload": _template(payload)}
    if kind not in _FILES:
        raise GraphError("Param message[attachment][type] must be one of {audio, file, image, template, video}")
    _keys("attachment[payload]", payload, set(), {"url", "is_reusable", "attachment_id"})
    if upload is not None:
        return {"type": kind, "payload": {"file": _kept(page, kind, upload)}}
    if isinstance(stored := payload.get("attachment_id"), str):
        if stored not in page.files:
            raise GraphError("Invalid attachment id.", subcode=2018074)
        return {"type": kind, "payload": {"file": stored}}
    url = _url("attachment[payload][url]", payload.get("url"))
    return {"type": kind, "payload": {"url": url}}


def _kept(page: Page, kind: str, upload: FormFile) -> str:
    if not upload.data or (kind != "file" and not upload.mime.startswith(f"{kind}/")):
        raise GraphError("Upload attachment failure.", subcode=2018047)
    if len(upload.data) > FILE_LIMIT:
        raise GraphError("Attachment size exceeds allowable limit", subcode=2018109)
    return page.keep(upload.data, name=upload.name, mime=upload.mime).id


def _url(name: str, value: Any) -> str:
    if not isinstance(value, str) or urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).hostname:
        raise GraphError(f"Param {name} is not a valid URI.")
    return value


def _template(payload: Mapping[str, Any]) -> Json:
    kind = payload.get("template_type")
    if kind == "button":
        _keys("payload", payload, {"template_type", "text", "buttons"}, set())
        _text("payload[text]", payload["text"], BUTTON_TEXT)
        _buttons(payload["buttons"])
    elif kind == "generic":
        _keys("payload", payload, {"template_type", "elements"}, {"image_aspect_ratio"})
        for element in _list("payload[elements]", payload["elements"], 10):
            _element(element)
    else:
        raise GraphError(f"Templates of type {kind} are not simulated.")
    return dict(payload)


def _element(element: Mapping[str, Any]) -> None:
    _keys("elements", element, {"title"}, {"subtitle", "image_url", "buttons", "default_action"})
    if len(element) < 2:
        raise GraphError("At least one property must be set in addition to title.")
    _text("elements[title]", element["title"], CARD)
    if "subtitle" in element:
        _text("elements[subtitle]", element["subtitle"], CARD)
    if "image_url" in element:
        _url("elements[image_url]", element["image_url"])
    if "buttons" in element:
        _buttons(element["buttons"])


def _buttons(value: Any) -> None:
    for button in _list("buttons", value, 3):
        kind = button.get("type")
        if kind not in _BUTTONS:
            raise GraphError(f"Buttons of type {kind} are not simulated.")
        _keys("buttons", button, *_BUTTONS[str(kind)])
        _text("buttons[title]", button["title"], TITLE)
        if kind == "web_url":
            _url("buttons[url]", button["url"])
        else:
            _text("buttons[payload]", button["payload"], PAYLOAD)
