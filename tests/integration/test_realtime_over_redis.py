"""Hints and growing answers between processes, over a real Redis; and what happens when it goes away."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.core.ids import ConversationId, MessageId, TenantId, uuid7
from hub.realtime.feeds import CHANNEL, RedisFeed, RedisListener, open_redis
from hub.realtime.interest import Interest
from support.ports import free_port

pytestmark = [
    pytest.mark.redis,
    pytest.mark.skipif(shutil.which("redis-server") is None, reason="needs redis-server"),
]

TENANT, CONVERSATION, MESSAGE = TenantId(uuid7()), ConversationId(uuid7()), MessageId(uuid7())


@pytest.fixture(autouse=True)
def _redis_may_be_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Here nothing may be lost, however busy the machine is with tests."""
    monkeypatch.setattr("hub.realtime.feeds._PUBLISH_SECONDS", 10.0)


class Heard:
    """Rooms that only write down what they are told."""

    def __init__(self, *watched: TenantId) -> None:
        self.calls: list[tuple[Any, ...]] = []
        self.caught_up: list[TenantId] = []
        self.interest = Interest()
        for tenant in watched:
            self.interest.add(tenant)

    def catch_up(self, tenant: TenantId) -> None:
        self.caught_up.append(tenant)

    async def announce(self, *told: Any) -> None:
        self.calls.append(("announce", *told))

    async def delta(self, *told: Any) -> None:
        self.calls.append(("delta", *told))

    async def withdrawn(self, *told: Any) -> None:
        self.calls.append(("withdrawn", *told))

    async def typing(self, *told: Any) -> None:
        self.calls.append(("typing", *told))

    async def until(self, count: int) -> list[tuple[Any, ...]]:
        async with asyncio.timeout(60):
            while len(self.calls) < count:
                await asyncio.sleep(0.005)
        return self.calls


async def _until(look: Callable[[], object]) -> None:
    async with asyncio.timeout(60):
        while not look():
            await asyncio.sleep(0.005)


class Server:
    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.folder = folder
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self) -> None:
        options = ["--port", str(self.port), "--save", "", "--appendonly", "no", "--bind", "127.0.0.1"]
        self.process = subprocess.Popen(
            ["redis-server", *options], cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(3000):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 10):
                return
            time.sleep(0.02)
        raise RuntimeError("redis-server did not start")

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.stop()


@pytest.fixture
async def pair(redis_server: Server) -> AsyncIterator[tuple[RedisFeed, Heard, RedisListener]]:
    """A feed in one process, the rooms of another."""
    sending, hearing, heard = open_redis(redis_server.url), open_redis(redis_server.url), Heard(TENANT)
    listener = RedisListener(client=hearing, rooms=heard)
    task = asyncio.create_task(listener.run())
    await _until(lambda: heard.caught_up)
    yield RedisFeed(client=sending), heard, listener
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await sending.aclose()
    await hearing.aclose()


async def test_what_one_process_tells_the_other_hears_in_order(pair: tuple[RedisFeed, Heard, RedisListener]) -> None:
    feed, heard, _ = pair
    await feed.typing(TENANT, CONVERSATION, True)
    await feed.delta(TENANT, CONVERSATION, MESSAGE, 3, 0, "Grüße \u2028 <b>")
    await feed.withdrawn(TENANT, CONVERSATION, MESSAGE)
    await feed.announce(TENANT, CONVERSATION, 7)
    assert await heard.until(4) == [
        ("typing", TENANT, CONVERSATION, True),
        ("delta", TENANT, CONVERSATION, MESSAGE, 3, 0, "Grüße \u2028 <b>"),
        ("withdrawn", TENANT, CONVERSATION, MESSAGE),
        ("announce", TENANT, CONVERSATION, 7),
    ]


async def test_a_process_tells_its_own_rooms_once_and_at_once(redis_server: Server) -> None:
    client, rooms = open_redis(redis_server.url), Heard(TENANT)
    feed = RedisFeed(client=client, here=rooms)
    listener = RedisListener(client=client, rooms=rooms, own_origin=feed.origin)
    task = asyncio.create_task(listener.run())
    await asyncio.wait_for(listener.listening.wait(), 60)
    await feed.announce(TENANT, CONVERSATION, 1)
    assert len(rooms.calls) == 1
    await asyncio.sleep(0.1)
    assert len(rooms.calls) == 1
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await client.aclose()


async def test_rubbish_on_the_channel_is_passed_over(
    pair: tuple[RedisFeed, Heard, RedisListener], redis_server: Server
) -> None:
    feed, heard, _ = pair
    client = open_redis(redis_server.url)
    for rubbish in (b"", b"\x80\x04\x95", b"{}", b'{"type":"moved"}', b"[" * 5000, b'{"method":"emit"}'):
        await client.publish(f"{CHANNEL}{TENANT}", rubbish)
    await feed.announce(TENANT, CONVERSATION, 1)
    assert await heard.until(1) == [("announce", TENANT, CONVERSATION, 1)]
    await client.aclose()


async def test_without_redis_telling_is_quick_and_comes_back(
    pair: tuple[RedisFeed, Heard, RedisListener], redis_server: Server
) -> None:
    feed, heard, listener = pair
    redis_server.stop()
    started = time.monotonic()
    for n in range(200):
        await feed.delta(TENANT, CONVERSATION, MESSAGE, 0, n, "x")
    assert time.monotonic() - started < 20.0, "nobody waits for a connection two hundred times"
    redis_server.start()
    async with asyncio.timeout(60):
        while not heard.calls:
            await feed.announce(TENANT, CONVERSATION, 9)
            await asyncio.sleep(0.1)
    assert heard.calls[0] == ("announce", TENANT, CONVERSATION, 9)
    assert listener.listening.is_set()


async def test_a_process_hears_of_the_tenants_watched_there_alone(redis_server: Server) -> None:
    other, client, heard = TenantId(uuid7()), open_redis(redis_server.url), Heard()
    feed, listener = RedisFeed(client=client), RedisListener(client=open_redis(redis_server.url), rooms=heard)
    task = asyncio.create_task(listener.run())
    await asyncio.wait_for(listener.listening.wait(), 60)

    async def channels() -> set[str]:
        return {name.decode() for name in await client.pubsub_channels(f"{CHANNEL}*")} - {CHANNEL}

    assert await channels() == set()
    heard.interest.add(TENANT)
    heard.interest.add(TENANT)
    await _until(lambda: heard.caught_up)
    assert await channels() == {f"{CHANNEL}{TENANT}"}
    await feed.announce(other, CONVERSATION, 1)
    await feed.announce(TENANT, CONVERSATION, 2)
    assert await heard.until(1) == [("announce", TENANT, CONVERSATION, 2)]
    heard.interest.remove(TENANT)
    assert await channels() == {f"{CHANNEL}{TENANT}"}, "somebody still watches"
    heard.interest.remove(TENANT)
    async with asyncio.timeout(60):
        while await channels():
            await asyncio.sleep(0.005)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await client.aclose()


async def test_rooms_catch_up_when_redis_is_back(
    pair: tuple[RedisFeed, Heard, RedisListener], redis_server: Server
) -> None:
    _, heard, listener = pair
    assert heard.caught_up == [TENANT], "once when the channel was first heard"
    redis_server.stop()
    await _until(lambda: not listener.listening.is_set())
    redis_server.start()
    await _until(lambda: heard.caught_up == [TENANT, TENANT])
