"""Bars about processes that end: killed at random, at named points, in the web, and replaced one by one."""

from __future__ import annotations

import asyncio
import itertools
import random
import signal
import time
from collections import Counter
from collections.abc import Sequence

from support.faults.bar import Bar, Findings, Outcome
from support.faults.bodies import Account
from support.faults.driver import Driver
from support.faults.nursery import HubProcess
from support.faults.sabotage import EXIT, POINTS
from support.faults.truth import Judgement, percentile, takeovers
from support.faults.world import World

TAKEOVER = 12.0
"""Seconds in which another worker must have taken over, in 95 of 100 cases."""


async def check_clean(world: World, found: Findings, judged: Judgement) -> None:
    if judged.lost:
        found.none(judged.lost, f"lost ({await world.explain(judged.lost[:5])})")
    found.none(judged.doubled, "doubled")
    found.none(judged.out_of_order, "out of order")
    found.none(judged.misdirected, "sent to somebody else")


async def workers_killed(
    world: World,
    *,
    conversations: int,
    messages: int,
    kills: int,
    every: float,
    workers: int,
    at_once: int,
    gap: float,
    thinking: float,
) -> Outcome:
    """kill -9 of workers at random moments while many conversations go on."""
    await world.run(workers=workers)
    await world.platforms.fault("slow_start", upstream="model", rate=1.0, seconds=thinking)
    accounts = await world.accounts(await world.tenant())
    driver, after = world.driver(), await world.mark()
    chance = random.Random(f"{world.seed}/kills")
    times: dict[str, float] = {}
    stop = asyncio.Event()
    load = asyncio.create_task(
        load_until(world, driver, accounts, at_once, stop, messages=messages, gap=gap, least=conversations)
    )
    for _ in range(kills):
        await asyncio.sleep(every * (0.5 + chance.random()))
        victim = chance.choice([w for w in world.workers if w.ready] or world.workers)
        world.kill(victim)
        times[victim.key] = time.time()
        await victim.ended.wait()
        await world.replace(victim)
    stop.set()
    await load
    judged, record = await world.judged(driver, after)
    waits = takeovers(record, times)
    found = Findings()
    await check_clean(world, found, judged)
    p95 = percentile(waits, 0.95)
    found.check(len(waits) >= min(3, kills), f"only {len(waits)} turns were interrupted: the kills found no work")
    found.check(p95 <= TAKEOVER, f"takeover p95 {p95:.1f} s")
    return Outcome(
        f"{kills} kills; {judged.told()}; {len(waits)} interrupted turns taken over: p50 "
        f"{percentile(waits, 0.5):.1f} s, p95 {p95:.1f} s",
        tuple(found.failures),
        {"kills": kills, "messages": judged.messages, "takeovers": len(waits), "takeover_p95": p95},
    )


async def killed_at_points(
    world: World,
    *,
    times: int,
    workers: int,
    at_once: int,
    low: int,
    high: int,
    points: Sequence[str] = tuple(POINTS),
) -> Outcome:
    """Each named point kills ``times`` processes, after a random number of passes; load goes on all the while."""
    await world.run(workers=workers)
    accounts = await world.accounts(await world.tenant())
    driver, after = world.driver(), await world.mark()
    chance = random.Random(f"{world.seed}/points")
    plans = {
        kind: [(p, chance.randint(low, high)) for p in points for _ in range(times) if POINTS[p].at == kind]
        for kind in ("web", "worker")
    }
    for plan in plans.values():
        chance.shuffle(plan)
    died: Counter[str] = Counter()
    done = asyncio.Event()

    async def keep(process: HubProcess, plan: list[tuple[str, int]]) -> None:
        """Run one process after another in a slot, each with its point, until the plan is used up."""
        world.kill(process)
        while plan:
            point, nth = plan.pop()
            await process.ended.wait()
            process = await world.replace(process, {"point": point, "nth": nth})
            world.expect(process)
            await process.ended.wait()
            if process.code == EXIT:
                died[point] += 1
            else:
                found.failures.append(f"{point}: ended with {process.code}: {process.said()[-300:]}")
        await process.ended.wait()
        await world.replace(process)

    async def everybody() -> None:
        slots = [*((w, plans["web"]) for w in world.web), *((w, plans["worker"]) for w in world.workers)]
        await asyncio.gather(*(keep(process, plan) for process, plan in slots))
        done.set()

    found = Findings()
    killing = asyncio.create_task(everybody())
    rounds = itertools.count()
    while not done.is_set() and not killing.done():
        people = await world.people(accounts, at_once * 2)
        first = next(rounds) * at_once * 2
        await driver.converse(people, 3, at_once=at_once, gap=0.3, first=first, until=done.is_set)
    await killing
    judged, _ = await world.judged(driver, after)
    await check_clean(world, found, judged)
    least = min(died[p] for p in points)
    found.check(least >= times, f"some point killed only {least} processes")
    return Outcome(
        f"{sum(died.values())} kills at {len(points)} points; {judged.told()}",
        tuple(found.failures),
        {"kills": sum(died.values()), "messages": judged.messages, "unknown": len(judged.unresolved)},
    )


async def web_killed(
    world: World, *, conversations: int, messages: int, kills: int, every: float, hangs: float
) -> Outcome:
    """kill -9 of web processes under load, each after it has stood still until a webhook had waited in it for ``hangs``
    seconds: what got its 2xx is answered."""
    await world.run(workers=2)
    accounts = await world.accounts(await world.tenant())
    driver, after = world.driver(), await world.mark()
    chance = random.Random(f"{world.seed}/web")
    stop = asyncio.Event()
    load = asyncio.create_task(
        load_until(world, driver, accounts, conversations, stop, messages=messages, least=conversations)
    )
    for _ in range(kills):
        await asyncio.sleep(every * (0.5 + chance.random()))
        victim = chance.choice(world.web)
        victim.kill(signal.SIGSTOP)
        await driver.held_up(hangs)
        world.kill(victim)
        await victim.ended.wait()
        await world.ready(await world.replace(victim))
    stop.set()
    await load
    judged, _ = await world.judged(driver, after)
    found = Findings()
    await check_clean(world, found, judged)
    found.check(driver.refused > 0, "no webhook met a killed process: nothing was proved")
    return Outcome(
        f"{kills} kills, {driver.refused} webhooks cut off and sent again; {judged.told()}",
        tuple(found.failures),
        {"kills": kills, "messages": judged.messages, "cut": driver.refused},
    )


async def rolled(world: World, *, rounds: int, workers: int, at_once: int) -> Outcome:
    """Every process in turn gets SIGTERM and a successor, under load."""
    await world.run(workers=workers)
    await world.platforms.fault("slow_start", upstream="model", rate=1.0, seconds=0.5)
    accounts = await world.accounts(await world.tenant())
    driver, after = world.driver(), await world.mark()
    stop = asyncio.Event()
    load = asyncio.create_task(load_until(world, driver, accounts, at_once, stop))
    exits: list[float] = []
    found = Findings()
    for _ in range(rounds):
        for old in list(world.processes):
            await asyncio.sleep(0.3)
            world.expect(old)
            exits.append(await old.end(seconds=20))
            found.check(old.code == 0, f"{old.name} ended with {old.code}: {old.said()[-300:]}")
            await world.ready(await world.replace(old))
    stop.set()
    await load
    judged, _ = await world.judged(driver, after)
    await check_clean(world, found, judged)
    found.none(judged.unresolved, "sends of unknown outcome after an orderly end")
    found.check(max(exits) <= 10.0, f"the slowest exit took {max(exits):.1f} s")
    return Outcome(
        f"{len(exits)} orderly exits, the slowest {max(exits):.1f} s; {judged.told()}",
        tuple(found.failures),
        {"exits": len(exits), "slowest": max(exits), "messages": judged.messages},
    )


async def load_until(
    world: World,
    driver: Driver,
    accounts: Sequence[Account],
    at_once: int,
    stop: asyncio.Event,
    *,
    messages: int = 3,
    gap: float = 0.5,
    least: int = 0,
) -> None:
    """Conversations, ``at_once`` at a time, until ``stop``, and ``least`` of them in any case."""
    for n in itertools.count():
        if stop.is_set() and n * at_once >= least:
            return
        people = await world.people(accounts, at_once)

        def over(n: int = n) -> bool:
            return stop.is_set() and (n + 1) * at_once > least

        await driver.converse(people, messages, at_once=at_once, gap=gap, first=n * at_once, until=over)


BARS = (
    Bar(
        "B1",
        "kill -9 of workers at random moments",
        "lost 0, doubled 0, out of order 0; takeover p95 <= 12 s",
        workers_killed,
        full={
            "conversations": 1000,
            "messages": 3,
            "kills": 50,
            "every": 2.0,
            "workers": 4,
            "at_once": 50,
            "gap": 5.0,
            "thinking": 0.5,
        },
        short={
            "conversations": 24,
            "messages": 3,
            "kills": 4,
            "every": 1.5,
            "workers": 2,
            "at_once": 12,
            "gap": 1.0,
            "thinking": 1.0,
        },
    ),
    Bar(
        "B1b",
        "kill at every named crash point",
        "lost 0, doubled 0, out of order 0; each send that cannot be told is shown",
        killed_at_points,
        full={"times": 20, "workers": 4, "at_once": 24, "low": 6, "high": 40},
        short={"times": 1, "workers": 3, "at_once": 8, "low": 1, "high": 4},
    ),
    Bar(
        "B2",
        "kill -9 of the web process under load",
        "every message that got 2xx is answered, once, in order",
        web_killed,
        full={"conversations": 100, "messages": 10, "kills": 20, "every": 1.5, "hangs": 0.3},
        short={"conversations": 20, "messages": 5, "kills": 3, "every": 1.0, "hangs": 0.3},
    ),
    Bar(
        "B17",
        "rolling restart of every process under load",
        "lost 0, doubled 0; exit <= 10 s",
        rolled,
        full={"rounds": 10, "workers": 2, "at_once": 24},
        short={"rounds": 1, "workers": 2, "at_once": 8},
    ),
)
