"""Long work through arq on a real Redis: started at once by a nudge, found by the sweep when Redis forgets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from redis.asyncio import Redis

from hub.core.ids import TenantId
from hub.jobs.arq_queue import ArqQueue
from hub.jobs.runner import JobRunner
from hub.jobs.wakers import RedisWaker
from hub.jobs.worker import Worker
from hub.store.directory import TenantRow
from hub.store.session import Store


async def _nothing(_claim: object) -> None:
    return None


def _worker(store: Store, waker: RedisWaker, done: list[str]) -> Worker:
    async def note(_tenant: TenantId, args: Mapping[str, Any], _last: bool) -> None:
        done.append(str(args["n"]))

    return Worker(
        store=store,
        waker=waker,
        owner=uuid4(),
        run_turn=_nothing,
        turn_lease=10,
        run_delivery=_nothing,
        delivery_lease=10,
        jobs=JobRunner(store=store, handlers={"note": note}),
        queue=waker.long_work,
    )


async def _add(store: Store, tenant: TenantRow, n: int) -> None:
    async with store.begin(tenant.id) as tx:
        await tx.jobs.add("note", {"n": str(n)})


async def _until(done: list[str], count: int, seconds: float) -> None:
    end = time.monotonic() + seconds
    while len(done) < count and time.monotonic() < end:
        await asyncio.sleep(0.02)


async def test_arq_alone_works_on_nudges(redis_url: str) -> None:
    heard = asyncio.Event()
    sender, receiver = ArqQueue(redis_url), ArqQueue(redis_url)

    async def work() -> None:
        heard.set()

    receiver.start(work, jobs=1)
    try:
        await sender.nudge()
        await asyncio.wait_for(heard.wait(), 60)
        assert heard.is_set()
    finally:
        await receiver.close()
        await sender.close()


async def test_a_nudge_reaches_arq_and_each_job_runs_once(store: Store, tenant: TenantRow, redis_url: str) -> None:
    done: list[str] = []
    client = Redis.from_url(redis_url)
    waker = RedisWaker(client, long_work=ArqQueue(redis_url))
    worker = _worker(store, waker, done)
    worker.start()
    try:
        for n in range(5):
            await _add(store, tenant, n)
            await waker.wake("job")
        await _until(done, 5, 60)
        assert sorted(done) == ["0", "1", "2", "3", "4"]
    finally:
        await worker.stop(2)
        await waker.long_work.close()
        await client.aclose()


async def test_what_redis_forgets_the_sweep_finds(store: Store, tenant: TenantRow, redis_url: str) -> None:
    done: list[str] = []
    client = Redis.from_url(redis_url)
    waker = RedisWaker(client, long_work=ArqQueue(redis_url))
    await _add(store, tenant, 1)
    await waker.wake("job")
    await client.flushall()
    worker = _worker(store, waker, done)
    worker.start()
    try:
        await _until(done, 1, 60)
        assert done == ["1"]
    finally:
        await worker.stop(2)
        await waker.long_work.close()
        await client.aclose()


async def test_a_nudge_without_redis_raises_nothing_and_work_goes_on(store: Store, tenant: TenantRow) -> None:
    done: list[str] = []
    nowhere = "redis://127.0.0.1:1/0"
    client = Redis.from_url(nowhere)
    waker = RedisWaker(client, long_work=ArqQueue(nowhere))
    worker = _worker(store, waker, done)
    worker.start()
    try:
        await _add(store, tenant, 1)
        await waker.wake("job")
        await _until(done, 1, 60)
        assert done == ["1"]
    finally:
        await worker.stop(2)
        await waker.long_work.close()
        await client.aclose()
