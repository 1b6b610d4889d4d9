"""Bars about what the hub stands on: Redis emptied, restarted and gone; PostgreSQL restarted, its connections cut."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from pathlib import Path

import aiohttp
import asyncpg

from support.faults.bar import Bar, Findings, Outcome
from support.faults.kills import check_clean, load_until
from support.faults.world import World
from support.running_hub import eventually


async def redis_troubled(
    world: World, *, flushes: int, restarts: int, every: float, at_once: int, without: float
) -> Outcome:
    """Redis forgets all, is restarted, and is then away for good."""
    await world.run(workers=2)
    accounts = await world.accounts(await world.tenant())
    driver, after = world.driver(), await world.mark()
    stop = asyncio.Event()
    load = asyncio.create_task(load_until(world, driver, accounts, at_once, stop))
    try:
        for _ in range(flushes):
            await asyncio.sleep(every / 2)
            await asyncio.to_thread(world.redis.flush)
        for _ in range(restarts):
            await asyncio.sleep(every)
            await asyncio.to_thread(world.redis.stop)
            await asyncio.sleep(every / 3)
            await asyncio.to_thread(world.redis.start)
        await asyncio.sleep(every / 2)
        await asyncio.to_thread(world.redis.stop)
        gone = len(driver.sent)
        await asyncio.sleep(without)
        stop.set()
        await load
        judged, _ = await world.judged(driver, after)
    finally:
        stop.set()
        await asyncio.to_thread(world.redis.start)
    found = Findings()
    await check_clean(world, found, judged)
    found.check(len(driver.sent) > gone, "nothing was written while Redis was away")
    return Outcome(
        f"{flushes} times emptied, {restarts} times restarted, then away for good ({len(driver.sent) - gone} messages "
        f"without it); {judged.told()}",
        tuple(found.failures),
        {"messages": judged.messages, "without": len(driver.sent) - gone},
    )


async def postmaster(world: World) -> int:
    """The process id of PostgreSQL, when it takes connections."""
    assert world.server is not None, "this bar needs a PostgreSQL of its own"
    superuser = f"{world.server.superuser}/postgres"

    async def ask() -> int:
        try:
            connection = await asyncpg.connect(superuser, timeout=5)
        except (OSError, asyncpg.PostgresError, TimeoutError):
            return 0
        try:
            folder = await connection.fetchval("show data_directory")
        finally:
            await connection.close()
        return int((Path(folder) / "postmaster.pid").read_text().split()[0])

    return int(await eventually(ask, seconds=240, what="PostgreSQL"))


async def database_troubled(
    world: World, *, restarts: int, cuts: int, every: float, hole: float, at_once: int
) -> Outcome:
    """Immediate restarts of PostgreSQL, then connections to it that are cut, and some that lead nowhere."""
    await world.run(workers=2, proxied=("database",))
    accounts = await world.accounts(await world.tenant())
    driver, after = world.driver(), await world.mark()
    chance = random.Random(f"{world.seed}/database")
    stop = asyncio.Event()
    load = asyncio.create_task(load_until(world, driver, accounts, at_once, stop))
    healthy: list[float] = []
    found = Findings()
    try:
        for _ in range(restarts):
            await asyncio.sleep(every * (0.5 + chance.random()))
            old = await postmaster(world)
            os.kill(old, signal.SIGQUIT)
            down = time.monotonic()
            await eventually(lambda old=old: _another(world, old), seconds=240, what="the restarted PostgreSQL")
            await eventually(lambda: _ready(world), seconds=240, what="a ready hub")
            healthy.append(time.monotonic() - down)
        proxy = world.proxies["database"]
        for _ in range(cuts):
            await asyncio.sleep(every * (0.5 + chance.random()))
            proxy.cut()
        if hole:
            proxy.hole = True
            await asyncio.sleep(hole)
            proxy.heal()
            await eventually(lambda: _ready(world), seconds=240, what="a ready hub")
    finally:
        stop.set()
    await load
    judged, _ = await world.judged(driver, after)
    await check_clean(world, found, judged)
    found.check(driver.refused > 0, "no webhook met the outage: nothing was proved")
    return Outcome(
        f"{restarts} immediate restarts, ready again after {max(healthy):.1f} s at most; {cuts} times all connections "
        f"cut, {hole:.0f} s of half-open ones; {driver.refused} webhooks refused and sent again; {judged.told()}",
        tuple(found.failures),
        {"messages": judged.messages, "refused": driver.refused, "healthy": max(healthy)},
    )


async def _another(world: World, old: int) -> bool:
    return await postmaster(world) != old


async def _ready(world: World) -> bool:
    try:
        async with world.http.get(f"{world.base}/readyz") as answer:
            return answer.status == 200
    except (OSError, aiohttp.ClientError):
        return False


BARS = (
    Bar(
        "B3",
        "Redis emptied 10 times, restarted 5 times, then away for good",
        "lost 0, doubled 0, all processes alive",
        redis_troubled,
        full={"flushes": 10, "restarts": 5, "every": 4.0, "at_once": 24, "without": 60.0},
        short={"flushes": 2, "restarts": 1, "every": 1.5, "at_once": 6, "without": 3.0},
    ),
    Bar(
        "B4",
        "PostgreSQL restarted at once 5 times, its connections cut and half-open",
        "accepted and lost 0; healthy again by itself",
        database_troubled,
        full={"restarts": 5, "cuts": 5, "every": 6.0, "hole": 10.0, "at_once": 24},
        short={"restarts": 1, "cuts": 1, "every": 1.5, "hole": 2.0, "at_once": 6},
    ),
)
