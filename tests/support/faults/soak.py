"""The soak: every fault mixed for minutes, while memory, file descriptors and dead tuples must stay flat."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from support.faults.bar import Bar, Findings, Outcome
from support.faults.bodies import KINDS
from support.faults.kills import check_clean, load_until
from support.faults.nursery import HubProcess
from support.faults.platform_troubles import SENDING
from support.faults.world import World

_EVERY = 5.0
"""Seconds between two looks."""
_MEGABYTES_A_MINUTE = 2.0
_DEAD_SHARE = 3.0


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the two processes that nobody kills, and at the tables."""

    at: float
    memory: tuple[int, ...]
    descriptors: tuple[int, ...]
    dead: int
    live: int


async def soaked(world: World, *, minutes: float, at_once: int) -> Outcome:
    """One web process and one worker are spared, so that their growth can be seen; all else breaks."""
    await world.rows("alter system set autovacuum = on")
    await world.rows("alter system set autovacuum_naptime = '15s'")
    await world.rows("select pg_reload_conf()")
    await world.run(workers=3, proxied=("database", "redis"))
    spared = (world.web[0], world.workers[0])
    accounts = await world.accounts(await world.tenant())
    driver, after = world.driver(), await world.mark()
    for kind, rate, seconds in (("429", 0.03, 1.0), ("500", 0.03, 1.0), ("reset", 0.02, 1.0), ("html", 0.01, 1.0)):
        for upstream in KINDS:
            more = {"upstream": upstream, "methods": list(SENDING)}
            await world.platforms.fault(kind, rate=rate, seconds=seconds, **more)
    await world.platforms.fault("cut", upstream="model", rate=0.01)
    stop = asyncio.Event()
    load = asyncio.create_task(load_until(world, driver, accounts, at_once, stop))
    breaking = asyncio.create_task(_break(world, spared, stop))
    looks: list[Look] = []
    end = time.monotonic() + minutes * 60
    while time.monotonic() < end:
        await asyncio.sleep(_EVERY)
        looks.append(await _look(world, spared))
    stop.set()
    broken = await breaking
    await load
    judged, _ = await world.judged(driver, after, seconds=300)
    found = Findings()
    await check_clean(world, found, judged)
    steady = looks[len(looks) // 3 :]  # the first third fills caches and pools
    slope = max(_slope([look.at for look in steady], [look.memory[n] / 2**20 for look in steady]) for n in range(2))
    first, last = steady[: len(steady) // 2], steady[len(steady) // 2 :]
    opened = max(max(x.descriptors[n] for x in last) - max(x.descriptors[n] for x in first) for n in range(2))
    share = statistics.median(look.dead / max(1, look.live) for look in last)
    found.check(slope <= _MEGABYTES_A_MINUTE, f"memory grows by {slope:.1f} MB a minute")
    found.check(opened <= 16, f"{opened} more file descriptors in the second half than in the first")
    found.check(share <= _DEAD_SHARE, f"{share:.1f} dead tuples for each live one")
    did = ", ".join(f"{n} {name}" for name, n in sorted(broken.items()))
    return Outcome(
        f"{minutes:.0f} minutes, {did}; {judged.told()}; memory {slope:+.2f} MB a minute, file descriptors "
        f"{opened:+d}, {share:.2f} dead tuples for each live one",
        tuple(found.failures),
        {"minutes": minutes, "messages": judged.messages, "slope": slope, "descriptors": opened, "dead": share},
    )


async def _break(world: World, spared: Sequence[HubProcess], stop: asyncio.Event) -> Counter[str]:
    chance = random.Random(f"{world.seed}/soak")
    did: Counter[str] = Counter()
    while not stop.is_set():
        await asyncio.sleep(4.0 + chance.random() * 6.0)
        victims = [p for p in world.processes if p not in spared and p.ready]
        what = chance.choice(("kills", "kills", "restarts", "Redis restarts", "Redis flushes", "cuts", "slow spells"))
        did[what] += 1
        if what in ("kills", "restarts") and victims:
            victim = chance.choice(victims)
            world.expect(victim)
            if what == "kills":
                victim.kill()
                await victim.ended.wait()
            else:
                await victim.end(20)
            await world.replace(victim)
        elif what == "Redis restarts":
            await asyncio.to_thread(world.redis.stop)
            await asyncio.sleep(1.0)
            await asyncio.to_thread(world.redis.start)
        elif what == "Redis flushes":
            await asyncio.to_thread(world.redis.flush)
        elif what == "cuts":
            world.proxies["database"].cut()
        else:
            proxy = world.proxies[chance.choice(("database", "redis"))]
            proxy.latency, proxy.jitter = 0.02, 0.03
            await asyncio.sleep(3.0)
            proxy.heal()
    return did


async def _look(world: World, spared: Sequence[HubProcess]) -> Look:
    (row,) = await world.rows(
        "select coalesce(sum(n_dead_tup), 0) as dead, coalesce(sum(n_live_tup), 0) as live from pg_stat_user_tables"
    )
    return Look(
        time.monotonic(),
        tuple(process.memory() for process in spared),
        tuple(process.descriptors() for process in spared),
        int(row["dead"]),
        int(row["live"]),
    )


def _slope(times: Sequence[float], values: Sequence[float]) -> float:
    """Growth a minute, by least squares."""
    if len(times) < 3:
        return 0.0
    return statistics.linear_regression([t / 60 for t in times], values).slope


SOAK = Bar(
    "soak",
    "all faults mixed, for 30 minutes",
    "lost 0, doubled 0; memory, file descriptors and dead tuples flat",
    soaked,
    full={"minutes": 30.0, "at_once": 24},
    short={"minutes": 5.0, "at_once": 16},
)
