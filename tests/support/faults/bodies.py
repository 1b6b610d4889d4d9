"""Webhooks as the four platforms send them: real-shaped bodies, signed with the account's own secret."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KINDS = ("telegram", "whatsapp", "messenger", "slack")
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Account:
    """One channel of a tenant: what the platform knows of it, and where its webhook goes."""

    kind: str
    facts: Json
    path: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who writes to an account. ``chat`` is how the simulator's record names their conversation."""

    account: Account
    name: str
    facts: Json

    @property
    def kind(self) -> str:
        return self.account.kind

    @property
    def chat(self) -> str:
        return str(self.facts["chat"])


def body(person: Person, number: int, text: str, at: float) -> bytes:
    """A message's webhook. ``number`` is unique within a run and rises with the order in which they were written."""
    return _BODIES[person.kind](person, number, text, at)


def headers(account: Account, raw: bytes) -> dict[str, str]:
    """What proves that the platform sent it, now."""
    secrets = account.facts["credentials"]
    told = {"Content-Type": "application/json"}
    if account.kind == "telegram":
        return told | {"X-Telegram-Bot-Api-Secret-Token": secrets["secret_token"]}
    if account.kind in ("whatsapp", "messenger"):
        return told | {"X-Hub-Signature-256": f"sha256={_hmac(secrets['app_secret'], raw)}"}
    stamp = str(int(time.time()))
    proof = _hmac(secrets["signing_secret"], f"v0:{stamp}:".encode() + raw)
    return told | {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={proof}"}


def _hmac(secret: str, raw: bytes) -> str:
    return hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def _telegram(person: Person, number: int, text: str, at: float) -> bytes:
    user = person.facts["user"]
    message = {
        "message_id": number,
        "from": user,
        "chat": {"id": user["id"], "first_name": user["first_name"], "type": "private"},
        "date": int(at),
        "text": text,
    }
    return json.dumps({"update_id": 10_000_000 + number, "message": message}).encode()


def _whatsapp(person: Person, number: int, text: str, at: float) -> bytes:
    account, facts = person.account.facts, person.facts
    message = {
        "from": facts["phone"],
        "from_user_id": facts["user_id"],
        "id": f"wamid.{number:024}",
        "timestamp": str(int(at)),
        "type": "text",
        "text": {"body": text},
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": account["metadata"],
        "contacts": [facts["contact"]],
        "messages": [message],
    }
    entry = [{"id": account["waba"], "changes": [{"value": value, "field": "messages"}]}]
    return json.dumps({"object": "whatsapp_business_account", "entry": entry}).encode()


def _messenger(person: Person, number: int, text: str, at: float) -> bytes:
    page = person.account.facts["account"]
    item = {
        "sender": {"id": person.chat},
        "recipient": {"id": page},
        "timestamp": int(at * 1000),
        "message": {"mid": f"m_{number:030}", "text": text},
    }
    entry = [{"id": page, "time": int(at * 1000), "messaging": [item]}]
    return json.dumps({"object": "page", "entry": entry}, separators=(",", ":")).encode()


def _slack(person: Person, number: int, text: str, at: float) -> bytes:
    account = person.account.facts
    # Microseconds carry the number, so that no two posts of a channel have the same timestamp.
    ts = f"{int(at)}.{number % 1_000_000:06}"
    event = {
        "type": "message",
        "user": person.facts["user"],
        "ts": ts,
        "text": text,
        "team": account["team_id"],
        "client_msg_id": f"driver-{number}",
        "channel": person.chat,
        "event_ts": ts,
        "channel_type": "im",
    }
    whole = {
        "token": "simulated",
        "team_id": account["team_id"],
        "api_app_id": account["app_id"],
        "event": event,
        "type": "event_callback",
        "event_id": f"EvD{number:X}",
        "event_time": int(at),
        "authorizations": [
            {
                "enterprise_id": None,
                "team_id": account["team_id"],
                "user_id": account["bot_user"],
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": False,
        "event_context": f"4-message-{account['team_id']}-{person.chat}",
    }
    return json.dumps(whole).encode()


_BODIES = {"telegram": _telegram, "whatsapp": _whatsapp, "messenger": _messenger, "slack": _slack}
