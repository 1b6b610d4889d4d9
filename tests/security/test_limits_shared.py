"""Limits hold between processes, without Redis too, and no header makes a caller somebody else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_network
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from hub.accounts.principals import Principal, PrincipalKind
from hub.core.errors import TooMany
from hub.core.ids import ApiKeyId, TenantId, uuid7
from hub.core.plans import Plan, Plans
from hub.http.access import Attempt
from hub.http.app import build_app
from hub.http.limits import Rate, RouteLimits
from hub.http.shared_windows import SharedWindows
from support.http_world import Keys, MemoryKeys, Tenants
from support.redis_server import RedisServer

TRICKS = [
    line
    for line in (Path(__file__).parent / "address_tricks.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.fixture(autouse=True)
def _redis_may_be_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counting by oneself is for when Redis is away, not for when the machine is busy with tests."""
    monkeypatch.setattr("hub.http.shared_windows._ANSWER_SECONDS", 30.0)


def caller() -> Attempt:
    return Attempt("/x", "192.0.2.1", Principal(PrincipalKind.TENANT, key_id=ApiKeyId(uuid7())))


async def passed(limits: list[RouteLimits], attempt: Attempt, calls: int) -> int:
    """How many of the calls, dealt out between processes in turn, were let through."""
    through = 0
    for n in range(calls):
        try:
            await limits[n % len(limits)](attempt)
            through += 1
        except TooMany as refused:
            assert refused.retry_after > 0
    return through


async def test_processes_count_together(redis_server: RedisServer) -> None:
    windows = [SharedWindows(redis_server.url) for _ in range(3)]
    limits = [RouteLimits(per_key=Rate(30, 600), shared=w, peers=lambda: 3) for w in windows]
    attempt = caller()
    assert await passed(limits, attempt, 90) == 30
    assert await passed(limits, caller(), 6) == 6, "another caller has a window of its own"
    for w in windows:
        await w.close()


async def test_without_redis_limits_hold_within_twice_and_it_comes_back(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.http.shared_windows._REST_SECONDS", 0.05)
    windows = [SharedWindows(redis_server.url) for _ in range(4)]
    limits = [RouteLimits(per_key=Rate(40, 600), shared=w, peers=lambda: 4) for w in windows]
    redis_server.stop()
    through = await passed(limits, caller(), 400)
    assert 40 <= through <= 80, "never open, and at most twice the limit"
    redis_server.start()
    await asyncio.sleep(0.1)
    fresh = caller()
    async with asyncio.timeout(60):
        for n, window in enumerate(windows):
            while await window.take(f"ping-{n}", 1000, 60) is None:
                await asyncio.sleep(0.1)
    assert await passed(limits, fresh, 120) <= 60
    for w in windows:
        await w.close()


@asynccontextmanager
async def site(limit: RouteLimits, *, proxied: bool) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    app = build_app(
        routes=[],
        keys=Keys(),
        tenants=Tenants(),
        idempotency=MemoryKeys(),
        version="1",
        limit=limit,
        trusted_proxies=LOOPBACK if proxied else (),
    )
    async with TestClient(TestServer(app)) as client:
        yield client


def test_there_are_tricks_enough() -> None:
    assert len(set(TRICKS)) >= 50


@pytest.mark.parametrize("proxied", [False, True], ids=["no proxy", "behind a proxy"])
async def test_fifty_tricks_land_in_one_bucket(proxied: bool) -> None:
    """Each trick claims another address. Behind a trusted proxy, that one appends the true address at the end."""
    allowed = 5
    async with site(RouteLimits(per_address=Rate(allowed, 600)), proxied=proxied) as client:
        statuses = []
        for trick in TRICKS:
            name, _, value = trick.partition(": ")
            headers = [(name, value)]
            if proxied:
                headers.append(("X-Forwarded-For", "203.0.113.7"))
            async with client.get("/api/v1/openapi.json", headers=headers) as answer:
                statuses.append(answer.status)
    assert statuses == [200] * allowed + [429] * (len(TRICKS) - allowed)


async def test_a_network_of_addresses_is_one_caller_and_another_is_another() -> None:
    async with site(RouteLimits(per_address=Rate(5, 600)), proxied=True) as client:

        async def ask(address: str) -> int:
            async with client.get("/api/v1/openapi.json", headers={"X-Forwarded-For": address}) as answer:
                return answer.status

        hopping = [await ask(f"2001:db8:1:2:{n:x}::{n:x}") for n in range(1, 21)]
        assert hopping == [200] * 5 + [429] * 15
        assert await ask("2001:db8:1:3::1") == 200
        assert await ask("::ffff:198.51.100.9") == await ask("198.51.100.9") == 200


def of_plan(tenant: TenantId) -> Attempt:
    key = Principal(PrincipalKind.TENANT, tenant_id=tenant, key_id=ApiKeyId(uuid7()), plan="free")
    return Attempt("/x", "192.0.2.1", key)


async def test_a_plan_holds_for_all_keys_and_without_redis_within_twice(redis_server: RedisServer) -> None:
    windows = [SharedWindows(redis_server.url) for _ in range(4)]
    plans = Plans((Plan("free", 20),))
    limits = [RouteLimits(shared=w, peers=lambda: 4, plans=plans) for w in windows]
    first, second = TenantId(uuid7()), TenantId(uuid7())

    async def through(tenant: TenantId, calls: int) -> int:
        counted = 0
        for n in range(calls):
            with suppress(TooMany):
                await limits[n % 4](of_plan(tenant))
                counted += 1
        return counted

    assert await through(first, 60) == 20, "every call by another key, in another process"
    redis_server.stop()
    assert 20 <= await through(second, 200) <= 40
    redis_server.start()
    for w in windows:
        await w.close()
