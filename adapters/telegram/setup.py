"""Telling Telegram where to send updates, and saying in plain words whether it does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from adapters.payloads import count, integer, mapping, moment, text
from adapters.telegram.errors import Fault
from hub.core.channels import Check, Credentials, Polled, Request

ALLOWED_UPDATES: Final = (
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "callback_query",
    "message_reaction",
    "my_chat_member",
    "chat_member",
)
"""What the channel understands. Reactions and members come only when asked for by name."""

_MANY_WAITING = 100


def set_webhook(credentials: Credentials, url: str) -> Request:
    """The call that makes Telegram send this bot's updates to ``url``. Repeating it changes nothing."""
    return Request(
        "setWebhook",
        {
            "url": url,
            "secret_token": credentials["secret_token"],
            "allowed_updates": list(ALLOWED_UPDATES),
            "max_connections": 40,
        },
    )


def bot_check(answer: Any, credentials: Credentials) -> Check:
    """What ``getMe`` says of the token."""
    username = text(mapping(answer).get("username")) or "unknown"
    known = credentials.get("bot_username")
    if known and known.lower() != username.lower():
        return Check(
            "bot",
            False,
            f"The token belongs to @{username}, but bot_username says @{known}. Correct bot_username.",
        )
    return Check("bot", True, f"The token belongs to @{username}.")


def groups_check(answer: Any) -> Check:
    """Whether the bot may be added to groups, and what it sees in them."""
    me = mapping(answer)
    if me.get("can_join_groups") is False:
        return Check("groups", True, "The bot answers in private chats; @BotFather keeps it out of groups.")
    if me.get("can_read_all_group_messages") is True:
        return Check("groups", True, "In groups the bot sees every message.")
    return Check("groups", True, "In groups the bot sees commands, replies to it and mentions of its name.")


def webhook_check(answer: Any, now: datetime) -> Check:
    """What ``getWebhookInfo`` says of delivery."""
    info = mapping(answer)
    if not text(info.get("url")):
        return Check("webhook", False, "Telegram does not know where to send messages. Register the webhook.")
    waiting = count(info.get("pending_update_count")) or 0
    problem = _recent_problem(info, now)
    if problem:
        return Check("webhook", False, f"Telegram could not deliver lately: {problem}. {waiting} updates wait.")
    missing = _missing(info)
    if missing:
        names = ", ".join(missing)
        return Check("webhook", False, f"Telegram does not send these updates: {names}. Register the webhook again.")
    if waiting > _MANY_WAITING:
        return Check("webhook", False, f"{waiting} updates wait at Telegram. Check that this server can be reached.")
    return Check("webhook", True, "Telegram delivers messages to this server.")


def _recent_problem(info: Mapping[str, Any], now: datetime) -> str | None:
    at = moment(info.get("last_error_date"))
    if at is None or (now.astimezone(UTC) - at).total_seconds() > 600:
        return None
    return (text(info.get("last_error_message")) or "no reason given").rstrip(".")


def _missing(info: Mapping[str, Any]) -> list[str]:
    allowed = info.get("allowed_updates")
    if not isinstance(allowed, list):
        return ["message_reaction", "chat_member"]  # Telegram's default leaves these out
    return [name for name in ALLOWED_UPDATES if name not in allowed]


def failed_check(name: str, fault: Fault) -> Check:
    """A check that Telegram did not answer well."""
    if fault.status in (401, 404):
        return Check(name, False, "Telegram does not accept the bot token. Copy it again from @BotFather.")
    if fault.status == 429:
        wait = integer(fault.retry_after) or 1
        return Check(name, False, f"Telegram asks to wait {wait} seconds. Try again then.")
    if fault.status is None:
        return Check(name, False, "Telegram cannot be reached. Check this server's way to the internet.")
    return Check(name, False, f"Telegram answered: {fault.text[:200]}. Try again later.")


_POLL_SECONDS = 8
"""Less than the read timeout of a call, so that a quiet chat is no error."""


def get_updates(cursor: str | None) -> Request:
    """The call that asks for updates after ``cursor``, which confirms those before it."""
    asked: dict[str, Any] = {"timeout": _POLL_SECONDS, "allowed_updates": list(ALLOWED_UPDATES), "limit": 100}
    if cursor:
        asked["offset"] = int(cursor)
    return Request("getUpdates", asked)


def polled(answer: Any, cursor: str | None) -> Polled:
    """Updates as the bodies a webhook would have brought, each by itself."""
    updates = [update for update in answer if isinstance(update, dict)] if isinstance(answer, list) else []
    ids = [number for update in updates if (number := integer(update.get("update_id"))) is not None]
    bodies = [json.dumps(update, ensure_ascii=False).encode("utf-8", "surrogatepass") for update in updates]
    return Polled(bodies, str(max(ids) + 1) if ids else cursor or "0")
