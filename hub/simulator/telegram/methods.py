"""What each simulated Bot API method does. A method outside this table says that it is not simulated."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from hub.simulator.telegram import sending
from hub.simulator.telegram.delivery import Courier
from hub.simulator.telegram.keyboards import check_keyboard
from hub.simulator.telegram.schema import BotError, Call, bad, table
from hub.simulator.telegram.world import TYPING_SECONDS, Bot, Chat, Held, Json, Webhook, now

_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}$")
_ACTIONS = frozenset(
    [
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    ]
)
_DOWNLOAD = 20 << 20
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current "
    "content and reply markup of the message"
)


def _get_me(bot: Bot, call: Call) -> Json:
    facts = {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
    }
    return {**bot.user, **facts}


def set_webhook(bot: Bot, courier: Courier, call: Call) -> bool:
    """``setWebhook``. Plain http is taken too, since a simulator's hub listens on loopback."""
    params = call.params
    if params.get("drop_pending_updates"):
        courier.drop()
    url = params["url"]
    if not url:
        bot.webhook = None
        return True
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    secret = params.get("secret_token", "")
    if secret and not _SECRET.match(secret):
        raise bad("secret token contains unallowed characters")
    connections = params.get("max_connections", 40)
    if not 1 <= connections <= 100:
        raise bad("bad webhook: max_connections must be from 1 to 100")
    bot.webhook = Webhook(
        url, secret, connections, _allowed(params, bot.webhook.allowed if bot.webhook else bot.polled)
    )
    courier.webhook_changed()
    return True


def _allowed(params: Mapping[str, Any], before: frozenset[str] | None) -> frozenset[str] | None:
    if "allowed_updates" not in params:
        return before
    known = table()["types"]["Update"]["fields"].keys() - {"update_id"}
    # Telegram ignores names it does not know; a hub that asks for one has a typing error worth hearing of.
    for name in params["allowed_updates"]:
        if name not in known:
            raise bad(f'unknown update type "{name}" in allowed_updates')
    return frozenset(params["allowed_updates"]) or None


def delete_webhook(bot: Bot, courier: Courier, call: Call) -> bool:
    """``deleteWebhook``."""
    if call.params.get("drop_pending_updates"):
        courier.drop()
    bot.webhook = None
    return True


def webhook_info(bot: Bot, courier: Courier, call: Call) -> Json:
    """``getWebhookInfo``."""
    hook = bot.webhook
    info: Json = {
        "url": hook.url if hook else "",
        "has_custom_certificate": False,
        "pending_update_count": courier.pending,
    }
    if hook:
        info["max_connections"] = hook.max_connections
        if hook.allowed:
            info["allowed_updates"] = sorted(hook.allowed)
        if hook.last_error_date:
            info |= {"last_error_date": hook.last_error_date, "last_error_message": hook.last_error_message}
    return info


async def get_updates(bot: Bot, courier: Courier, call: Call) -> list[Json]:
    """``getUpdates``, with its long poll."""
    if bot.webhook:
        text = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        raise BotError(409, f"Conflict: {text}")
    bot.polled = _allowed(call.params, bot.polled)
    params = call.params
    return await courier.poll(params.get("offset", 0), params.get("limit", 100), min(params.get("timeout", 0), 50))


def _held(chat: Chat, message_id: int, what: str) -> Held:
    held = chat.find(message_id)
    if held is None:
        raise bad(f"message to {what} not found")
    return held


def _edited(bot: Bot, call: Call, change: Callable[[Json], Json]) -> Json:
    params = call.params
    if "inline_message_id" in params:
        raise bad("MESSAGE_ID_INVALID")
    if "chat_id" not in params:
        raise bad("chat_id is empty")
    if "message_id" not in params:
        raise bad("message identifier is not specified")
    chat = bot.chat(params["chat_id"])
    held = _held(chat, params["message_id"], "edit")
    if held.message["from"]["id"] != bot.id:
        raise bad("message can't be edited")
    check_keyboard(params.get("reply_markup"))
    fresh = change({key: value for key, value in held.message.items() if key != "reply_markup"})
    if params.get("reply_markup", {}).get("inline_keyboard"):
        fresh["reply_markup"] = params["reply_markup"]
    if fresh == held.message:
        raise bad(_NOT_MODIFIED)
    held.message = {**fresh, "edit_date": now()}
    chat.touch(held)
    return held.message


def _edit_text(bot: Bot, call: Call) -> Json:
    if "text" not in call.params:
        raise bad("message text is empty")
    content = sending.text_content(call.params)

    def change(message: Json) -> Json:
        if "text" not in message:
            raise bad("there is no text in the message to edit")
        return {**{k: v for k, v in message.items() if k not in ("text", "entities")}, **content}

    return _edited(bot, call, change)


def _edit_caption(bot: Bot, call: Call) -> Json:
    content = sending.caption_content(call.params)

    def change(message: Json) -> Json:
        if "text" in message:
            raise bad("there is no caption in the message to edit")
        return {**{k: v for k, v in message.items() if k not in ("caption", "caption_entities")}, **content}

    return _edited(bot, call, change)


def _edit_markup(bot: Bot, call: Call) -> Json:
    return _edited(bot, call, lambda message: message)


def _delete(bot: Bot, call: Call) -> bool:
    chat = bot.chat(call.params["chat_id"])
    held = _held(chat, call.params["message_id"], "delete")
    if time.time() - held.message["date"] > 48 * 3600:
        raise bad("message can't be deleted for everyone")
    held.deleted = True
    chat.touch(held)
    return True


def _action(bot: Bot, call: Call) -> bool:
    if call.params["action"] not in _ACTIONS:
        raise bad("wrong parameter action in request")
    chat = bot.writable(call.params["chat_id"])
    chat.typing_until = time.monotonic() + TYPING_SECONDS
    chat.touch()
    return True


def _answer_tap(bot: Bot, call: Call) -> bool:
    params = call.params
    if len(params.get("text", "")) > 200:
        raise bad("MESSAGE_TOO_LONG")
    tap = bot.taps.get(params["callback_query_id"])
    if tap is None or tap.answered is not None:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    tap.answered = {key: params[key] for key in ("text", "show_alert", "url") if key in params}
    tap.chat.toasts.append({"tap": params["callback_query_id"], **tap.answered, "version": tap.chat.version + 1})
    tap.chat.touch()
    return True


def _get_file(bot: Bot, call: Call) -> Json:
    file = bot.files.get(call.params["file_id"])
    if file is None:
        raise bad("invalid file_id")
    if file.size > _DOWNLOAD:
        raise bad("file is too big")
    facts = {"file_id": file.file_id, "file_unique_id": file.unique_id, "file_size": file.size}
    return {**facts, "file_path": file.path}


def _get_chat(bot: Bot, call: Call) -> Json:
    chat = bot.chat(call.params["chat_id"])
    gifts = table()["types"]["AcceptedGiftTypes"]["fields"]
    facts = {"accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": dict.fromkeys(gifts, True)}
    return {**chat.facts, **facts}


def _react(bot: Bot, call: Call) -> bool:
    chat = bot.writable(call.params["chat_id"])
    held = _held(chat, call.params["message_id"], "react")
    wanted = call.params.get("reaction", [])
    if len(wanted) > 1:
        raise bad("REACTIONS_TOO_MANY")
    if any(reaction["type"] == "paid" for reaction in wanted):
        raise bad("REACTION_INVALID")
    held.reactions["bot"] = list(wanted)
    chat.touch(held)
    return True


def _scope(call: Call) -> str:
    return f"{call.params.get('scope', {'type': 'default'})}/{call.params.get('language_code', '')}"


def _set_commands(bot: Bot, call: Call) -> bool:
    commands = call.params["commands"]
    if len(commands) > 100:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
            raise bad("BOT_COMMAND_INVALID")
        if not 1 <= len(command["description"]) <= 256:
            raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    bot.commands[_scope(call)] = commands
    while len(bot.commands) > 100:
        del bot.commands[next(iter(bot.commands))]
    return True


def _get_commands(bot: Bot, call: Call) -> list[Json]:
    return bot.commands.get(_scope(call), [])


def _delete_commands(bot: Bot, call: Call) -> bool:
    bot.commands.pop(_scope(call), None)
    return True


Method = Callable[[Bot, Call], Any]
DELIVERY: Mapping[str, Callable[[Bot, Courier, Call], Any]] = {
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": webhook_info,
    "getUpdates": get_updates,
}
METHODS: Mapping[str, Method] = {
    "getMe": _get_me,
    "sendMessage": sending.send_text,
    **{
        f"send{kind.title()}": sending.send_media(kind)
        for kind in ("photo", "document", "audio", "voice", "video", "animation", "sticker")
    },
    "sendMediaGroup": sending.send_group,
    "sendLocation": sending.send_location,
    "sendVenue": sending.send_venue,
    "sendContact": sending.send_contact,
    "editMessageText": _edit_text,
    "editMessageCaption": _edit_caption,
    "editMessageReplyMarkup": _edit_markup,
    "deleteMessage": _delete,
    "sendChatAction": _action,
    "answerCallbackQuery": _answer_tap,
    "getFile": _get_file,
    "getChat": _get_chat,
    "setMessageReaction": _react,
    "setMyCommands": _set_commands,
    "getMyCommands": _get_commands,
    "deleteMyCommands": _delete_commands,
}
_HARMLESS = frozenset(
    {"close", "logOut", "setMyName", "setMyDescription", "setMyShortDescription", "setChatMenuButton"}
)


async def perform(bot: Bot, courier: Courier, call: Call) -> Any:
    """Do what a checked call asks. Raises ``BotError``."""
    if call.method in DELIVERY:
        result = DELIVERY[call.method](bot, courier, call)
        return await result if call.method == "getUpdates" else result
    if call.method in METHODS:
        return METHODS[call.method](bot, call)
    if call.method in _HARMLESS:
        return True
    raise bad(f"method {call.method} is not simulated")


def too_many(seconds: float) -> BotError:
    """Telegram's 429: whole seconds, at least one."""
    wait = max(1, math.ceil(seconds))
    return BotError(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
