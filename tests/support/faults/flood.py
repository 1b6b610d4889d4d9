"""The bar about one tenant's flood: bounded memory, nothing dropped silently, the others hardly slower."""

from __future__ import annotations

import asyncio
import random

from support.faults.bar import Bar, Findings, Outcome
from support.faults.driver import Driver
from support.faults.truth import judge, percentile
from support.faults.world import World

MEGABYTE = 1024 * 1024


async def flooded(
    world: World, *, messages: int, chats: int, others: int, rounds: int, thinking: float, at_once: int, growth: int
) -> Outcome:
    """``others`` quiet tenants are timed alone, then beside one tenant's flood; the model is slow all the while."""
    await world.run(workers=2)
    await world.platforms.fault("slow_start", upstream="model", rate=1.0, seconds=thinking)
    loud = await world.tenant()
    crowd = await world.people(await world.accounts(loud), chats)
    quiet = [await world.accounts(await world.tenant()) for _ in range(others)]
    chance = random.Random(f"{world.seed}/flood")

    async def timed() -> tuple[Driver, int]:
        """Each quiet tenant's people write, one a second and a new one each time."""
        driver, after = world.driver(twice=0.0), await world.mark()
        people = [await world.people(accounts, rounds) for accounts in quiet]
        for n in range(rounds):
            said = (driver.say(mine[n], n * others + t, 0) for t, mine in enumerate(people))
            await asyncio.gather(*said, asyncio.sleep(1.0))
        return driver, after

    alone, after = await timed()
    before, _ = await world.judged(alone, after)
    rest = {process.pid: process.memory() for process in world.processes}
    peak = dict(rest)

    async def weigh() -> None:
        while True:
            for process in world.processes:
                peak[process.pid] = max(peak.get(process.pid, 0), process.memory())
            await asyncio.sleep(0.5)

    weighing = asyncio.create_task(weigh())
    flood, since = world.driver(twice=0.0), await world.mark()
    places = asyncio.Semaphore(at_once)

    async def shout(n: int) -> None:
        async with places:
            await flood.say(crowd[n % chats], n % chats, n // chats)

    shouting = asyncio.gather(*(shout(n) for n in range(messages)))
    await asyncio.sleep(min(2.0, thinking * 2) + chance.random())
    beside, _ = await timed()
    await shouting
    judged, _ = await world.judged(flood, since, seconds=900)
    weighing.cancel()
    during = judge(beside.sent, await world.platforms.record(since))
    slow, base = percentile(during.latencies, 0.95), percentile(before.latencies, 0.95)
    grown = max(peak[pid] - rest.get(pid, peak[pid]) for pid in peak) / MEGABYTE
    silent, refused = len(judged.lost), flood.statuses[429] + flood.statuses[503]
    found = Findings()
    found.none(judged.lost, "acknowledged and never answered")
    found.none((*before.lost, *during.lost), "of the quiet tenants lost")
    found.check(slow <= 2 * base, f"the others' p95 rose from {base:.1f} s to {slow:.1f} s")
    found.check(grown <= growth, f"a process grew by {grown:.0f} MB")
    return Outcome(
        f"{messages:,} messages of one tenant, {refused:,} answered 429 or 503 and sent again, {silent} dropped "
        f"silently; a process grew by {max(0.0, grown):.0f} MB at most; the others' p95 {base:.1f} s alone, "
        f"{slow:.1f} s beside it ({slow / base if base else 0:.2f} x)",
        tuple(found.failures),
        {"messages": judged.messages, "grown_mb": grown, "ratio": slow / base if base else 0.0},
    )


BARS = (
    Bar(
        "B18",
        "flood of 10,000 messages of one tenant, slow model",
        "memory bounded, nothing dropped silently, others' p95 <= 2 x",
        flooded,
        full={
            "messages": 10_000,
            "chats": 500,
            "others": 3,
            "rounds": 60,
            "thinking": 2.0,
            "at_once": 64,
            "growth": 200,
        },
        short={
            "messages": 150,
            "chats": 30,
            "others": 2,
            "rounds": 4,
            "thinking": 1.0,
            "at_once": 16,
            "growth": 200,
        },
    ),
)
