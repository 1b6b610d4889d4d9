"""The colleagues' sockets on the running hub: who gets in, hints, presence, typing, growing answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import socketio
from socketio.exceptions import ConnectionError as Refused

from hub.accounts.permissions import Role
from hub.core.ids import TenantId
from hub.realtime import agents
from hub.run.signing_in import SigningIn
from hub.security.passwords import Passwords
from hub.simulator.faults import Fault, Kind
from support.api_site import CHEAP
from support.database import Database
from support.running_hub import OPERATOR, Site, eventually, hub_in_process
from support.signed_in import COOKIE, PASSWORD

NAMESPACE = "/agent"


@dataclass
class Window:
    """A colleague's open window: the real client and all it heard."""

    client: socketio.AsyncClient
    heard: list[tuple[str, Any]] = field(default_factory=list)

    async def say(self, event: str, data: Any = None) -> Any:
        return await self.client.call(event, data, namespace=NAMESPACE, timeout=60)

    def got(self, event: str) -> list[Any]:
        return [data for name, data in self.heard if name == event]

    async def until(self, event: str, count: int = 1) -> Any:
        await eventually(lambda: len(self.got(event)) >= count, what=f"'{event}'")
        return self.got(event)[count - 1]


@asynccontextmanager
async def window(
    hub: Site, auth: dict[str, Any], origin: str | None = None, cookie: str | None = None
) -> AsyncIterator[Window]:
    opened = Window(socketio.AsyncClient(reconnection=False))
    opened.client.on(
        "*", lambda event, *data: opened.heard.append((event, data[0] if data else None)), namespace=NAMESPACE
    )
    await opened.client.connect(
        hub.base,
        auth=auth,
        headers={name: value for name, value in (("Origin", origin), ("Cookie", cookie)) if value},
        namespaces=[NAMESPACE],
        transports=["websocket"],
        wait_timeout=60,
    )
    try:
        yield opened
    finally:
        await opened.client.disconnect()


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    async with hub_in_process(database, tmp_path, tokens_per_second=40.0) as site:
        yield site


async def key_of(hub: Site, tenant: str, name: str, *scopes: str) -> dict[str, Any]:
    made: dict[str, Any] = await hub.ok(
        "POST", f"/api/v1/tenants/{tenant}/api-keys", json={"name": name, "scopes": list(scopes)}
    )
    return made


async def test_only_those_who_may_read_conversations_get_in(hub: Site) -> None:
    tenant, other = await hub.tenant(), await hub.tenant("other")
    reads = (await key_of(hub, tenant, "reads", "conversations:read"))["key"]
    feeds = (await key_of(hub, tenant, "feeds", "knowledge:write"))["key"]
    for auth in (None, {}, {"tenant": tenant}, {"tenant": tenant, "key": "nonsense"}, {"tenant": other, "key": reads},
                 {"tenant": "nobody", "key": OPERATOR}, {"tenant": tenant, "key": feeds}, {"tenant": 5, "key": reads},
                 {"tenant": tenant, "key": ["x"]}):  # fmt: skip
        with pytest.raises(Refused):
            async with window(hub, auth):  # type: ignore[arg-type]  # what a stranger may send
                pass
    with pytest.raises(Refused):
        async with window(hub, {"tenant": tenant, "key": reads}, "https://evil.example"):
            pass
    async with window(hub, {"tenant": tenant, "key": reads}, hub.base) as mine:
        assert (await mine.say("inbox.subscribe"))["ok"] is True
        for data in ({}, {"conversation_id": "x"}, {"conversation_id": str(uuid4())}, {"active": 1}):
            for event in ("nonsense", "conversation.open", "typing", "presence"):
                assert "error" in await mine.say(event, data), event


async def test_colleagues_get_hints_and_see_each_other_and_the_answer_grow(hub: Site) -> None:
    tenant, other = await hub.tenant(), await hub.tenant("other")
    website = await hub.website(tenant)
    scopes = ("conversations:read", "conversations:write")
    keys = [(await key_of(hub, tenant, name, *scopes))["key"] for name in ("Ada", "Grace")]
    async with (
        window(hub, {"tenant": tenant, "key": keys[0]}) as ada,
        window(hub, {"tenant": tenant, "key": keys[1]}) as grace,
        window(hub, {"tenant": other, "key": OPERATOR}) as stranger,
        hub.visit(website) as visit,
    ):
        for one in (ada, grace, stranger):
            await one.say("inbox.subscribe")
        opened_by_both = asyncio.Event()
        hub.simulator.faults.add(Fault(Kind.SLOW_START, seconds=60, until=opened_by_both, upstream="model"))
        said = await visit.say("This is the first sentence. This is the second one, a little longer.", "client-1")
        hint = await ada.until("inbox.changed")
        conversation = said["conversation_id"]
        assert hint == {"conversation_id": conversation, "seq": 1}
        assert (await stranger.say("conversation.open", {"conversation_id": conversation}))["error"][
            "code"
        ] == "not_found"
        opened = await ada.say("conversation.open", {"conversation_id": conversation})
        assert [person["name"] for person in opened["people"]] == ["Ada"]
        opened = await grace.say("conversation.open", {"conversation_id": conversation})
        assert [person["name"] for person in opened["people"]] == ["Ada", "Grace"]
        opened_by_both.set()
        await ada.until("message.delta")
        await visit.reply()
        await grace.until("conversation.changed")
        await ada.say("typing", {"conversation_id": conversation, "note": True})
        await eventually(lambda: _states(grace) == {"Ada": "noting", "Grace": "viewing"}, what="a colleague's note")
        again = await ada.say("conversation.open", {"conversation_id": conversation})
        assert [person["state"] for person in again["people"]] == ["noting", "viewing"], "to ask is not to stop"
        assert visit.got("typing") == [] or all(t.get("author") != "agent" for t in visit.got("typing"))
        await visit.client.emit("typing", {"active": True}, namespace="/visitor")
        await eventually(lambda: _states(ada).get(None) == "typing", what="the customer's typing")
        await grace.say("conversation.close", {"conversation_id": conversation})
        await eventually(lambda: "Grace" not in _states(ada), what="the colleague's leaving")
        assert "error" in await grace.say("typing", {"conversation_id": conversation})
        assert stranger.heard == []


def _states(one: Window) -> dict[str | None, str]:
    told = one.got("presence")
    return {person["name"]: person["state"] for person in told[-1]["people"]} if told else {}


async def test_who_loses_the_right_is_shown_out(hub: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "_CHECKED_FOR", 0.0)
    tenant = await hub.tenant()
    made = await key_of(hub, tenant, "Ada", "conversations:read")
    async with window(hub, {"tenant": tenant, "key": made["key"]}) as ada:
        assert (await ada.say("inbox.subscribe"))["ok"] is True
        await hub.ok("DELETE", f"/api/v1/tenants/{tenant}/api-keys/{made['id']}")
        assert (await ada.say("inbox.subscribe"))["error"]["code"] == "unauthenticated"
        await eventually(lambda: NAMESPACE not in ada.client.namespaces, what="the end of the stay")


async def test_who_sees_but_a_part_is_told_of_nothing_else(hub: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "_CHECKED_FOR", 0.0)
    assert hub.house is not None
    tenant = await hub.tenant()
    website = await hub.website(tenant)
    people = SigningIn(
        store=hub.house.store, secret_keys=hub.house.secret_keys, post=hub.house.post, passwords=Passwords(CHEAP)
    ).people
    home = TenantId(UUID(tenant))
    ada = (await people.create("ada@example.com", "Ada", password=PASSWORD, tenant=home, role=Role.AGENT)).person
    async with hub.house.store.directory() as directory:
        await directory.memberships.change(home, ada.id, reach="assigned")
    body = {"email": "ada@example.com", "password": PASSWORD}
    async with hub.http.post(f"{hub.base}/api/v1/auth/sign-in", json=body) as answer:
        cookie = f"{COOKIE}={answer.cookies[COOKIE].value}"
    async with (
        window(hub, {"tenant": tenant}, hub.base, cookie) as limited,
        window(hub, {"tenant": tenant, "key": OPERATOR}) as whole,
        hub.visit(website) as visit,
    ):
        for one in (limited, whole):
            await one.say("inbox.subscribe")
        conversation = str((await visit.say("Hello there", "client-1"))["conversation_id"])
        await visit.reply()
        await whole.until("inbox.changed")
        await limited.until("inbox.missed")
        opening = {"conversation_id": conversation}
        assert (await limited.say("conversation.open", opening))["error"]["code"] == "not_found"
        await whole.say("conversation.open", opening)
        assert {name for name, _ in limited.heard} == {"inbox.missed"}
        assert all(conversation not in str(data) for _, data in limited.heard)

        await hub.act(tenant, conversation, "assign", assignee=str(ada.id))
        assert (await limited.say("conversation.open", opening))["ok"] is True
        await hub.act(tenant, conversation, "assign", assignee="grace")
        assert "error" in await limited.say("typing", {**opening, "note": True}), (
            "shown out of what is no longer theirs"
        )
        limited.heard.clear()
        await hub.act(tenant, conversation, "notes", text="Not for Ada")
        await limited.until("inbox.missed")
        assert {name for name, _ in limited.heard} == {"inbox.missed"}
