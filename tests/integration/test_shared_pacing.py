"""Several workers keep to one platform's pace together, and each for itself while Redis is away."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from hub.core.channels import Capabilities, Dialect, Pace
from hub.core.ids import ChannelId, ThreadKey, uuid7
from hub.inbox.pacing import Pacing
from hub.inbox.shared_buckets import SharedBuckets
from hub.realtime.feeds import open_redis
from support.redis_server import RedisServer

ADA, BEN = ThreadKey("ada"), ThreadKey("ben")
SLOW = Pace(per_second=0.001, burst=4)
"""So slow that none comes back while a test runs."""


def limits(account: Pace | None = None, recipient: Pace | None = None) -> Capabilities:
    return Capabilities(dialect=Dialect.PLAIN, text_limit=10, account_pace=account, recipient_pace=recipient)


@pytest.fixture
async def workers(redis_server: RedisServer) -> AsyncIterator[list[Pacing]]:
    clients = [open_redis(redis_server.url) for _ in range(3)]
    yield [Pacing(shared=SharedBuckets(client)) for client in clients]
    for client in clients:
        await client.aclose()


async def gone(workers: list[Pacing], capabilities: Capabilities, channel: ChannelId, thread: ThreadKey) -> int:
    """How many of twelve sends, dealt out to the workers in turn, may go at once."""
    return [await workers[n % 3].wait(capabilities, channel, thread) for n in range(12)].count(0.0)


async def test_workers_share_a_recipients_burst(workers: list[Pacing]) -> None:
    channel = ChannelId(uuid7())
    assert await gone(workers, limits(recipient=SLOW), channel, ADA) == 4
    assert await gone(workers, limits(recipient=SLOW), channel, BEN) == 4, "another recipient has another bucket"
    assert await gone(workers, limits(recipient=SLOW), ChannelId(uuid7()), ADA) == 4


async def test_workers_share_an_account_and_a_refusal_takes_nothing(workers: list[Pacing]) -> None:
    channel = ChannelId(uuid7())
    both = limits(account=Pace(per_second=0.001, burst=6), recipient=SLOW)
    assert await gone(workers, both, channel, ADA) == 4, "the eight refused ones left the account as it was"
    assert await gone(workers, both, channel, BEN) == 2


async def test_the_wait_is_until_the_next_token(workers: list[Pacing]) -> None:
    channel = ChannelId(uuid7())
    pace = limits(recipient=Pace(per_second=0.01, burst=1))
    assert await workers[0].wait(pace, channel, ADA) == 0.0
    assert 90 < await workers[1].wait(pace, channel, ADA) <= 100


async def test_without_redis_each_worker_keeps_its_own_pace(workers: list[Pacing], redis_server: RedisServer) -> None:
    channel = ChannelId(uuid7())
    assert await gone(workers, limits(recipient=SLOW), channel, ADA) == 4
    redis_server.stop()
    assert await gone(workers, limits(recipient=SLOW), channel, BEN) == 12, "four each"
