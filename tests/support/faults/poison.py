"""The bar about poison: messages that crash the process, raise, or hang, each time they are read."""

from __future__ import annotations

import asyncio
import itertools
import time

from support.faults.bar import Bar, Findings, Outcome
from support.faults.kills import check_clean, load_until
from support.faults.sabotage import EXIT, POISON
from support.faults.world import World

TRIES = 5


async def poisoned(
    world: World, *, each: int, at_once: int, turn_seconds: float, growth: float, seconds: float
) -> Outcome:
    """Poisonous messages among others; dead in the end, and answered when replayed after the mend."""
    usual = dict(world.constants)
    world.constants["hub.inbox.lane.TURN_SECONDS"] = turn_seconds
    world.constants["hub.inbox.lane.SUSPECT_GROWTH"] = growth
    try:
        return await _poisoned(world, each, at_once, seconds)
    finally:
        world.constants.clear()
        world.constants.update(usual)


async def _poisoned(world: World, each: int, at_once: int, seconds: float) -> Outcome:
    await world.run(workers=2, poison=True)
    tenant = await world.tenant()
    accounts = await world.accounts(tenant)
    ill, well = world.driver(twice=0.0), world.driver()
    after = await world.mark()
    people = await world.people(accounts, each * len(POISON))
    stop, crashes = asyncio.Event(), 0

    async def restart() -> None:
        """What a supervisor does: a worker that ended comes back."""
        nonlocal crashes
        while True:
            for worker in list(world.workers):
                world.expect(worker)
                if not worker.alive:
                    crashes += worker.code == EXIT
                    await world.replace(worker)
            await asyncio.sleep(0.05)

    supervisor = asyncio.create_task(restart())
    load = asyncio.create_task(load_until(world, well, accounts, at_once, stop))
    words = itertools.cycle(POISON.values())
    await asyncio.gather(*(ill.say(p, n, 0, word) for n, (p, word) in enumerate(zip(people, words, strict=False))))
    ledger = f"/api/v1/tenants/{tenant}/ledger"
    began, dead = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        dead = (await world.ok("GET", ledger))["dead"]
        if dead >= len(people):
            break
        await asyncio.sleep(1.0)
    stop.set()
    await load
    others, _ = await world.judged(well, after)
    supervisor.cancel()
    await asyncio.gather(supervisor, return_exceptions=True)
    record = await world.platforms.record(after)
    harmful = {sent.token for sent in ill.sent}
    spoken = {t for e in record if e["made"] and e["upstream"] != "model" for t in e["tokens"]} & harmful
    found = Findings()
    found.check(dead == len(people), f"{dead} of {len(people)} are dead")
    found.none(spoken, "answered before the mend")
    await check_clean(world, found, others)
    found.check(crashes > 0, "no process crashed: nothing was proved")
    found.check(crashes <= each * TRIES, f"{crashes} crashes for {each} messages")
    entries = (await world.ok("GET", f"{ledger}/entries?outcome=dead&limit=100"))["items"]
    found.check(all(e["error"] for e in entries), "a dead letter has no error")
    await world.run(workers=2)
    mark = await world.mark()
    replayed = (await world.ok("POST", f"{ledger}/replay", json={"outcome": "dead"}))["replayed"]
    await world.quiet(90)
    await asyncio.sleep(1.0)
    mended = {t for e in await world.platforms.record(mark) if e["made"] for t in e["tokens"]} & harmful
    found.check(len(mended) == len(people), f"{len(mended)} of {len(people)} answered after the mend")
    return Outcome(
        f"{dead} of {len(people)} dead ({crashes} crashes for {each} messages that crash); others: {others.told()}; "
        f"replay after the mend: {len(mended)} of {len(people)} answered ({replayed} replayed)",
        tuple(found.failures),
        {"dead": dead, "crashes": crashes, "replayed": len(mended), "others": others.messages},
    )


BARS = (
    Bar(
        "B16",
        "20 messages that crash the process, 20 that raise, 20 that hang",
        "dead after at most 5 tries; others unharmed; replay after the mend 60 of 60",
        poisoned,
        full={"each": 20, "at_once": 16, "turn_seconds": 10.0, "growth": 2.0, "seconds": 900.0},
        short={"each": 1, "at_once": 4, "turn_seconds": 8.0, "growth": 1.0, "seconds": 240.0},
    ),
)
