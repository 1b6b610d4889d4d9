"""Every platform in trouble at once: what colleagues write arrives once and in order, and no Retry-After is ignored.

All counts come from the simulator's own record of what took effect, never from our tables.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from hub.inbox import deliver
from hub.simulator.faults import Fault, Kind
from hub.simulator.record import Recorded
from hub.simulator.slack.platform import DEMO_APP, DEMO_SIGNING_SECRET, DEMO_TEAM, DEMO_TOKEN
from hub.simulator.whatsapp.platform import DEMO_APP_SECRET
from hub.simulator.whatsapp.platform import DEMO_TOKEN as WHATSAPP_TOKEN
from support.database import Database
from support.running_hub import Site, eventually, hub_in_process

WAIT = 1.0
PEOPLE, LINES = 4, 8


@dataclass(frozen=True)
class Platform:
    """How one platform is connected, how a call names its chat and its words, and whether it can be read back."""

    method: str
    connect: Callable[[Site, str], Any]
    chat: Callable[[dict[str, Any]], str]
    words: Callable[[dict[str, Any]], str]
    readable: bool = True


async def _channel(hub: Site, tenant: str, kind: str, **credentials: str) -> str:
    body = {"kind": kind, "name": kind, "credentials": credentials}
    return str((await hub.ok("POST", f"/api/v1/tenants/{tenant}/channels", json=body))["id"])


async def whatsapp(hub: Site, tenant: str) -> None:
    number = hub.simulator.whatsapp.add_number()
    channel = await _channel(hub, tenant, "whatsapp", phone_number_id=number.id, access_token=WHATSAPP_TOKEN,
                             app_secret=DEMO_APP_SECRET, verify_token="v")  # fmt: skip
    hub.simulator.whatsapp.subscribe(number, f"{hub.base}/webhooks/whatsapp/{channel}")


async def messenger(hub: Site, tenant: str) -> None:
    page = hub.simulator.messenger.add_page()
    channel = await _channel(hub, tenant, "messenger", page_id=page.id, page_access_token=page.token,
                             app_secret=page.app_secret, verify_token=page.verify_token)  # fmt: skip
    headers = {"Authorization": f"Bearer {page.token}"}
    fields = {"subscribed_fields": "messages,message_echoes,message_deliveries"}
    address = f"{hub.simulator.messenger_url}/v23.0/{page.id}/subscribed_apps"
    async with hub.http.post(address, json=fields, headers=headers) as answer:
        assert answer.status == 200
    hub.simulator.messenger.listen(f"{hub.base}/webhooks/messenger/{channel}")


async def slack(hub: Site, tenant: str) -> None:
    hub.simulator.slack.add_app()
    channel = await _channel(hub, tenant, "slack", bot_token=DEMO_TOKEN, signing_secret=DEMO_SIGNING_SECRET,
                             app_id=DEMO_APP, team_id=DEMO_TEAM)  # fmt: skip
    hub.simulator.slack.connect(f"{hub.base}/webhooks/slack/{channel}")


async def telegram(hub: Site, tenant: str) -> None:
    await hub.telegram(tenant)


PLATFORMS = {
    "whatsapp": Platform(
        "messages", whatsapp, lambda p: str(p.get("to") or p.get("recipient")), lambda p: str(p["text"]["body"])
    ),
    "messenger": Platform(
        "messages", messenger, lambda p: str(p["recipient"]["id"]), lambda p: str(p["message"]["text"])
    ),
    "slack": Platform("chat.postMessage", slack, lambda p: str(p["channel"]), lambda p: str(p["text"])),
    "telegram": Platform(
        "sendMessage", telegram, lambda p: str(p["chat_id"]), lambda p: str(p["text"]), readable=False
    ),
}


@pytest.fixture
async def hub(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    monkeypatch.setattr(deliver, "ECHO_SECONDS", 1.0)
    async with hub_in_process(database, tmp_path) as site:
        yield site


async def talking(hub: Site, tenant: str, kind: str) -> list[str]:
    """Some people on a platform who were answered; their conversations."""
    await PLATFORMS[kind].connect(hub, tenant)
    platform: Any = getattr(hub.simulator, kind)
    for n in range(PEOPLE):
        person = platform.user(f"Person {n}")
        person.say(f"I am person {n} on {kind}")

    def answered() -> bool:
        return len(hub.simulator.record.calls(kind, PLATFORMS[kind].method)) >= PEOPLE

    await eventually(answered, what=f"the bot's first answers on {kind}")
    return [c["id"] for c in await hub.conversations(tenant)]


def asked(call: Recorded) -> dict[str, Any]:
    """What a call asked for, refused or not: of a refused one, the record keeps the body as it came."""
    body = call.params.get("body")
    if not isinstance(body, str):
        return dict(call.params)
    return json.loads(body) if body.startswith("{") else dict(parse_qsl(body))


def words_of(kind: str, call: Recorded) -> str:
    return PLATFORMS[kind].words(asked(call))


@pytest.mark.timeout(600)  # a hundred messages into platforms that ask for a second's patience every fifth time
async def test_nothing_is_lost_doubled_or_hurried(hub: Site) -> None:
    conversations = {}
    for kind in PLATFORMS:
        tenant = await hub.tenant(kind)
        conversations[kind] = (tenant, await talking(hub, tenant, kind))
        for conversation in conversations[kind][1]:
            await hub.act(tenant, conversation, "takeover")
    for fault, rate, seconds in (
        (Kind.TOO_MANY, 0.2, WAIT),
        (Kind.SERVER_ERROR, 0.1, 0.0),
        (Kind.TIMEOUT_AFTER_ACCEPT, 0.05, 0.1),
    ):
        for kind, platform in PLATFORMS.items():
            hub.simulator.faults.add(
                Fault(fault, rate=rate, seconds=seconds, upstream=kind, methods=frozenset({platform.method}))
            )
    started = len(hub.simulator.record.requests)
    wanted = {kind: set[str]() for kind in PLATFORMS}
    for line in range(LINES):
        for kind, (tenant, ids) in conversations.items():
            for n, conversation in enumerate(ids):
                text = f"{kind} line {line} for {n}"
                wanted[kind].add(text)
                await hub.ok("POST", f"/api/v1/tenants/{tenant}/conversations/{conversation}/messages",
                             json={"text": text})  # fmt: skip

    async def quiet() -> bool:
        return not await hub.rows("select 1 from hub.outbox where state in ('ready', 'sending')")

    await eventually(quiet, seconds=300, what="an empty outbox")
    await asyncio.sleep(0.5)
    for kind, platform in PLATFORMS.items():
        calls = [c for c in hub.simulator.record.requests[started:]
                 if (c.upstream, c.method) == (kind, platform.method)]  # fmt: skip
        arrived = [words_of(kind, c) for c in calls if c.accepted]
        assert len(arrived) == len(set(arrived)), f"doubled on {kind}"
        assert set(arrived) == wanted[kind], f"lost on {kind}"
        in_order(kind, calls)
        hurried(kind, calls)
        met = {c.fault for c in calls if c.fault}
        assert met == {"429", "500", "timeout_after_accept"}, f"{kind} met {met} alone"
        states = await hub.rows(
            "select o.state, count(*)::int as n from hub.outbox o join hub.channel c on c.id = o.channel_id"
            " where c.kind = $1 group by 1", kind,
        )  # fmt: skip
        told = {row["state"]: row["n"] for row in states}
        unsure = len([c for c in calls if c.fault == "timeout_after_accept"])
        # Telegram cannot be asked what arrived: a person sees each such message, and it is never sent twice.
        assert told.get("unknown", 0) == (0 if platform.readable else unsure), (kind, told)
        assert told.get("dead", 0) == 0


def in_order(kind: str, calls: list[Recorded]) -> None:
    chats: dict[str, list[int]] = {}
    for call in calls:
        if call.accepted:
            line = int(words_of(kind, call).split()[2])
            chats.setdefault(PLATFORMS[kind].chat(asked(call)), []).append(line)
    assert len(chats) == PEOPLE
    for lines in chats.values():
        assert lines == sorted(lines), (kind, lines)


def hurried(kind: str, calls: list[Recorded]) -> None:
    """No call into a chat before the wait that was asked for in it is over."""
    until: dict[str, float] = {}
    for call in calls:
        chat = PLATFORMS[kind].chat(asked(call))
        assert call.at >= until.get(chat, 0.0), f"{kind} was called before Retry-After in {chat}"
        if call.fault == "429":
            until[chat] = call.at + WAIT
