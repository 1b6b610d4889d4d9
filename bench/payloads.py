"""Webhook bodies as the four platforms send them, written by hand: what parsers are measured on."""

from __future__ import annotations

import json
from typing import Any

_AT = 1_790_000_000
_PERSON = {"id": 77, "is_bot": False, "first_name": "Ada", "last_name": "Berg", "language_code": "en"}
_CHAT = {"id": 77, "type": "private", "first_name": "Ada", "last_name": "Berg"}
_WORDS = "Good evening! Is the blue one in size 42 still there, and when would it arrive in Bremen?"


def _telegram(update: int, **content: Any) -> bytes:
    message = {"message_id": update, "date": _AT, "chat": _CHAT, "from": _PERSON, **content}
    return json.dumps({"update_id": update, "message": message}).encode()


_BUTTON = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}, {"text": "No", "callback_data": "n"}]]}
_TAP = {
    "id": "4382", "from": _PERSON, "chat_instance": "1", "data": "y",
    "message": {"message_id": 3, "date": _AT, "chat": _CHAT, "text": "Shall we?", "reply_markup": _BUTTON},
}  # fmt: skip
_FILE = {"file_id": "AgACAgIAAx", "file_unique_id": "AQAD", "width": 1280, "height": 960, "file_size": 123456}

TELEGRAM = (
    _telegram(1, text=_WORDS),
    _telegram(2, photo=[{**_FILE, "width": 90, "height": 67}, _FILE], caption="This one"),
    json.dumps({"update_id": 3, "callback_query": _TAP}).encode(),
)


def _whatsapp(**value: Any) -> bytes:
    metadata = {"display_phone_number": "15550001111", "phone_number_id": "106540352242922"}
    told = {"messaging_product": "whatsapp", "metadata": metadata, **value}
    change = {"field": "messages", "value": told}
    return json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "9", "changes": [change]}]}).encode()


def _wrote(**message: Any) -> bytes:
    contact = {"profile": {"name": "Ada Berg"}, "wa_id": "4915112345678", "user_id": "DE.123456789"}
    sent = {"from": "4915112345678", "from_user_id": "DE.123456789", "id": "wamid.HBgLMTY", "timestamp": str(_AT)}
    return _whatsapp(contacts=[contact], messages=[{**sent, **message}])


_REPLY = {"type": "button_reply", "button_reply": {"id": "yes", "title": "Yes"}}
_PICTURE = {"id": "1003383421387256", "mime_type": "image/jpeg", "sha256": "c2hh", "caption": "This one"}

WHATSAPP = (
    _wrote(type="text", text={"body": _WORDS}),
    _wrote(type="image", image=_PICTURE),
    _wrote(type="interactive", interactive=_REPLY, context={"from": "15550001111", "id": "wamid.HBgLQ"}),
)


def _slack(number: int, **event: Any) -> bytes:
    body = {
        "token": "x", "type": "event_callback", "team_id": "T111", "api_app_id": "A111", "event_id": f"Ev{number}",
        "event_time": _AT, "event_context": "4-abc", "is_ext_shared_channel": False,
        "authorizations": [{"enterprise_id": None, "team_id": "T111", "user_id": "UBOT", "is_bot": True,
                            "is_enterprise_install": False}],
        "event": {"type": "message", "user": "U111", "channel": "D111", "channel_type": "im", "team": "T111",
                  "ts": f"{_AT}.00010{number}", "event_ts": f"{_AT}.00010{number}", **event},
    }  # fmt: skip
    return json.dumps(body).encode()


_RICH = [{"type": "rich_text", "block_id": "b1", "elements": [
    {"type": "rich_text_section", "elements": [{"type": "text", "text": _WORDS}]}]}]  # fmt: skip
_SHARED = {
    "id": "F111", "name": "a.png", "mimetype": "image/png", "size": 12345, "mode": "hosted",
    "url_private_download": "https://files.slack.com/files-pri/T111-F111/download/a.png",
}  # fmt: skip

SLACK = (
    _slack(1, text=_WORDS, client_msg_id="3f0a", blocks=_RICH),
    _slack(2, text="This one", subtype="file_share", files=[_SHARED]),
    _slack(3, text="hi again", thread_ts=f"{_AT}.000101"),
)


def _messenger(**said: Any) -> bytes:
    item = {"sender": {"id": "6543210987"}, "recipient": {"id": "1234567890"}, "timestamp": _AT * 1000, **said}
    return json.dumps({"object": "page", "entry": [{"id": "1234567890", "time": _AT, "messaging": [item]}]}).encode()


_IMAGE = {"type": "image", "payload": {"url": "https://scontent.xx.fbcdn.net/v/a.jpg?oh=1"}}

MESSENGER = (
    _messenger(message={"mid": "m_1", "text": _WORDS}),
    _messenger(message={"mid": "m_2", "attachments": [_IMAGE]}),
    _messenger(postback={"mid": "m_3", "title": "Get started", "payload": "START"}),
)
