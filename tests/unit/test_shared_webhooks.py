"""Webhooks of an app that many accounts share: every account's events are stored, strangers are counted."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from hub.accounts.credentials import OpenApp, OpenChannel
from hub.core.channels import Verified, WebhookRequest
from hub.core.errors import Forged, Unavailable
from hub.core.ids import AccountKey, AppId, ChannelId, ChannelKind, TenantId
from hub.http.app import build_app
from hub.http.webhooks import Webhooks
from support.http_world import Keys, MemoryKeys, Tenants

KIND = ChannelKind("shared")


class SharedChannel:
    """A platform whose body is a JSON list of ``[account, event]``, signed by naming the app's secret."""

    kind = KIND

    def verify(self, credentials: Sequence[Any], request: WebhookRequest) -> Verified:
        if request.headers.get("x-secret") not in [c["secret"] for c in credentials]:
            raise Forged("wrong")
        challenge = request.query.get("challenge")
        silent = request.headers.get("content-type") == "application/x-www-form-urlencoded"
        return Verified(challenge=None if challenge is None else challenge.encode(), silent=silent)

    def route(self, raw: bytes) -> Sequence[AccountKey]:
        return list(dict.fromkeys(AccountKey(a) for a, _ in orjson.loads(raw)))

    def parse(self, raw: bytes, account: AccountKey | None = None) -> Sequence[Any]:
        return [e for a, e in orjson.loads(raw) if a == account]


class World:
    def __init__(self) -> None:
        self.stored: list[tuple[str, list[str], str | None]] = []
        self.counted: list[tuple[str, str]] = []
        self.away: set[str] = set()
        self.channels = {"one": self._channel("one"), "two": self._channel("two"), "off": self._channel("off", False)}
        self.app_list = [OpenApp(AppId(uuid4()), KIND, "app", {"secret": s}) for s in ("old", "new")]

    def _channel(self, account: str, enabled: bool = True) -> OpenChannel:
        return OpenChannel(ChannelId(uuid4()), TenantId(uuid4()), KIND, AccountKey(account), enabled, {}, {})

    async def by_id(self, id: ChannelId) -> OpenChannel | None:
        return None

    async def by_account(self, kind: ChannelKind, account: AccountKey) -> Sequence[OpenChannel]:
        return [self.channels[account]] if account in self.channels else []

    async def apps(self, kind: ChannelKind) -> Sequence[OpenApp]:
        return self.app_list

    async def accept(
        self, tenant: TenantId, channel: ChannelId, events: Sequence[Any], *, ignored: str | None = None, **_: Any
    ) -> list[Any]:
        account = next(c.account for c in self.channels.values() if c.id == channel)
        if account in self.away:
            raise Unavailable("away")
        self.stored.append((account, list(events), ignored))
        return []


@pytest.fixture
def shared() -> World:
    return World()


@pytest.fixture
async def platform(shared: World) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    accounts: Any = SimpleNamespace(by_id=shared.by_id, by_account=shared.by_account, apps=shared.apps)
    channels: Any = {KIND: SharedChannel()}
    hooks = Webhooks(
        accounts=accounts,
        channels=channels,
        accept=shared.accept,
        count=lambda kind, outcome: shared.counted.append((kind, outcome)),
    )
    app = build_app(routes=hooks.routes(), keys=Keys(), tenants=Tenants(), idempotency=MemoryKeys(), version="0")
    async with TestClient(TestServer(app)) as client:
        yield client


Platform = TestClient[web.Request, web.Application]
BODY = [["one", "a"], ["stranger", "b"], ["two", "c"], ["one", "d"]]


async def test_each_account_gets_its_own_events(platform: Platform, shared: World) -> None:
    for secret in ("old", "new"):
        shared.stored.clear()
        answer = await platform.post("/webhooks/shared", json=BODY, headers={"X-Secret": secret})
        assert answer.status == 200
        assert shared.stored == [("one", ["a", "d"], None), ("two", ["c"], None)]
    assert shared.counted.count(("shared", "unknown_account")) == 2


async def test_a_form_is_taken_and_answered_with_nothing_where_people_would_read_it(
    platform: Platform, shared: World
) -> None:
    headers = {"X-Secret": "new", "Content-Type": "application/x-www-form-urlencoded"}
    answer = await platform.post("/webhooks/shared", data=orjson.dumps(BODY), headers=headers)
    assert (answer.status, await answer.read()) == (200, b"")
    assert [account for account, _, _ in shared.stored] == ["one", "two"]
    told = await platform.post("/webhooks/shared", json=BODY, headers={"X-Secret": "new"})
    assert await told.json() == {"outcome": "accepted"}


async def test_what_cannot_be_stored_is_asked_for_again_and_the_rest_is_kept(platform: Platform, shared: World) -> None:
    shared.away.add("one")
    answer = await platform.post("/webhooks/shared", json=BODY, headers={"X-Secret": "new"})
    assert answer.status == 503
    assert shared.stored == [("two", ["c"], None)]


async def test_a_switched_off_account_is_kept_but_not_answered(platform: Platform, shared: World) -> None:
    answer = await platform.post("/webhooks/shared", json=[["off", "a"]], headers={"X-Secret": "new"})
    assert answer.status == 200
    assert shared.stored == [("off", ["a"], "disabled")]


async def test_forgeries_store_nothing(platform: Platform, shared: World) -> None:
    for headers in ({}, {"X-Secret": "x"}, {"X-Secret": ""}):
        assert (await platform.post("/webhooks/shared", json=BODY, headers=headers)).status == 401
    assert shared.stored == []
    assert shared.counted == [("shared", "forged")] * 3


async def test_the_platforms_challenge_is_answered_plainly(platform: Platform) -> None:
    answer = await platform.get("/webhooks/shared?challenge=%3Cb%3E42", headers={"X-Secret": "new"})
    assert (answer.status, await answer.text(), answer.content_type) == (200, "<b>42", "text/plain")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_without_a_shared_app_there_is_no_such_address(platform: Platform, shared: World) -> None:
    shared.app_list.clear()
    assert (await platform.post("/webhooks/shared", json=BODY)).status == 404
