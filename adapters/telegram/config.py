"""A Telegram channel's credentials: what they are and whether they can be right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hub.core.channels import Credentials
from hub.core.errors import Invalid
from hub.core.ids import AccountKey

_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{20,100}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")
_START = re.compile(r"[A-Za-z0-9_-]{1,64}")
_KNOWN = ("bot_token", "secret_token", "bot_username")


def configure(credentials: Mapping[str, Any]) -> Credentials:
    """``{bot_token, secret_token, bot_username?}`` with white space trimmed. Raises ``Invalid`` naming the field.

    ``bot_username`` lets groups tell a mention of this bot from a mention of another one.
    """
    for name in credentials:
        if name not in _KNOWN:
            raise Invalid(f"{name} is not a Telegram credential; give bot_token and secret_token.", field=str(name))
    token = _string(credentials, "bot_token")
    if not _TOKEN.fullmatch(token):
        raise Invalid("bot_token must look like 123456789:ABC...; copy it from @BotFather.", field="bot_token")
    secret = _string(credentials, "secret_token")
    if not _SECRET.fullmatch(secret):
        raise Invalid(
            "secret_token must have 1 to 256 letters, digits, underscores or hyphens; choose a long random one.",
            field="secret_token",
        )
    result: dict[str, Any] = {"bot_token": token, "secret_token": secret}
    if credentials.get("bot_username"):
        username = _string(credentials, "bot_username").removeprefix("@")
        if not _USERNAME.fullmatch(username):
            raise Invalid("bot_username must be the bot's name on Telegram, such as acme_bot.", field="bot_username")
        result["bot_username"] = username
    return result


def _string(credentials: Mapping[str, Any], name: str) -> str:
    value = credentials.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Invalid(f"{name} is missing.", field=name)
    return value.strip()


def account_of(credentials: Credentials) -> AccountKey:
    """The bot's user id, which its token begins with, and its username where known: ``123456789@acme_bot``."""
    bot_id = str(credentials["bot_token"]).partition(":")[0]
    username = credentials.get("bot_username")
    return AccountKey(f"{bot_id}@{username}" if username else bot_id)


def start_link(credentials: Credentials, address: str | None, code: str) -> str:
    """The link that opens a chat with the bot and sends it the code. Raises ``Invalid`` where its name is not known."""
    name = (address or str(credentials.get("bot_username") or "")).strip().removeprefix("@")
    if not _USERNAME.fullmatch(name):
        raise Invalid("Say how the bot is called on Telegram, such as acme_bot.", field="address")
    if not _START.fullmatch(code):
        raise ValueError("Telegram takes up to 64 letters, digits, underscores and hyphens")
    return f"https://t.me/{name}?start={code}"
