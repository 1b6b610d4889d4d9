"""The bar about the floor: a person takes over at a random moment, and the bot is silent from then on."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from support.faults.bar import Bar, Findings, Outcome
from support.faults.bodies import Person
from support.faults.driver import Driver
from support.faults.truth import percentile
from support.faults.world import World


@dataclass
class Case:
    """One conversation's takeover. ``at`` is when its 2xx had arrived; ``flying`` the questions whose answer it said
    was on its way."""

    person: Person
    number: int
    path: str
    at: float = 0.0
    returned: float = 0.0
    flying: set[str] = field(default_factory=set)


async def taken_over(world: World, *, conversations: int, at_once: int, thinking: float) -> Outcome:
    """Takeover at a random moment after a message; later back to the bot, which answers only what came after."""
    await world.run(workers=2)
    tenant = await world.tenant()
    people = await world.people(await world.accounts(tenant), conversations)
    driver, after = world.driver(twice=0.0), await world.mark()
    await driver.converse(people, 1, at_once=at_once)
    usual, _ = await world.judged(driver, after)
    span = 1.5 * percentile(usual.latencies, 0.8) + thinking
    rows = await world.rows("select id, thread_key from hub.conversation where tenant_id = $1::uuid", tenant)
    paths = {str(row["thread_key"]): f"/api/v1/tenants/{tenant}/conversations/{row['id']}" for row in rows}
    await world.platforms.fault("slow_start", upstream="model", rate=1.0, seconds=thinking)
    for upstream in ("telegram", "whatsapp", "messenger", "slack"):
        await world.platforms.fault("delay", upstream=upstream, rate=0.5, seconds=0.4)
    cases = [Case(person, n, _path(person, paths)) for n, person in enumerate(people)]
    places = asyncio.Semaphore(at_once)

    async def one(case: Case) -> None:
        async with places:
            await _take(world, driver, case, pause=driver.random.random() * span)

    await asyncio.gather(*(one(case) for case in cases))
    await world.quiet(120)
    await asyncio.gather(*(_back(world, driver, case, places) for case in cases))
    await world.quiet(120)
    await asyncio.sleep(1.0)
    return _judge(driver, cases, await world.platforms.record(after))


def _path(person: Person, paths: Mapping[str, str]) -> str:
    """The conversation of a person. Thread keys hold what the platform calls them, some with more around it."""
    names = {person.chat, str(person.facts.get("user_id", "")), str(person.facts.get("phone", ""))} - {"", "None"}
    return next(path for key, path in paths.items() if any(name in key for name in names))


async def _take(world: World, driver: Driver, case: Case, pause: float) -> None:
    await driver.say(case.person, case.number, 1)
    await asyncio.sleep(pause)
    told = await world.ok("POST", f"{case.path}/takeover", json={"by": "colleague"})
    case.at = time.time()
    if told["in_flight"]:
        shown = (await world.ok("GET", f"{case.path}/messages?limit=200"))["items"]
        parts = {m["id"]: json.dumps(m["parts"]) for m in shown}
        token = driver.token(case.number, 1)
        case.flying = {token for id in told["in_flight"] if token in parts[id]}


async def _back(world: World, driver: Driver, case: Case, places: asyncio.Semaphore) -> None:
    """The colleague answers, the customer writes on, the bot gets the conversation back, the customer writes again."""
    async with places:
        await driver.say(case.person, case.number, 2)
        await world.ok("POST", f"{case.path}/messages", json={"text": "A colleague answers."})
        await world.ok("POST", f"{case.path}/return", json={"by": "colleague"})
        case.returned = time.time()
        await driver.say(case.person, case.number, 3)


def _judge(driver: Driver, cases: list[Case], record: list[dict[str, Any]]) -> Outcome:
    late: list[str] = []
    during: list[str] = []
    unanswered: list[str] = []
    before = listed = 0
    sends: dict[str, list[float]] = {}
    made: set[str] = set()
    for entry in record:
        if entry["upstream"] != "model":
            for token in entry["tokens"]:
                sends.setdefault(token, []).append(entry["at"])
                if entry["made"]:
                    made.add(token)
    for case in cases:
        question, kept, asked = (driver.token(case.number, n) for n in (1, 2, 3))
        listed += bool(case.flying)
        before += any(at <= case.at for at in sends.get(question, ()))
        if question not in case.flying and any(at > case.at for at in sends.get(question, ())):
            late.append(question)
        if kept in sends:
            during.append(kept)
        if asked not in made:
            unanswered.append(asked)
    found = Findings()
    found.none(late, "bot requests after the takeover's 2xx that were not on its list")
    found.none(during, "answers to what a person had the floor for")
    found.none(unanswered, "not answered after the return to the bot")
    silent = len(cases) - len(late)
    found.check(before < len(cases), "every answer was out before the takeover: nothing was proved")
    return Outcome(
        f"{silent:,} of {len(cases):,} takeovers kept ({before} answers were out before, {listed} were on the "
        f"in-flight list); return to the bot: {len(cases) - len(unanswered):,} of "
        f"{len(cases):,} answered, {len(during)} answers to what was a person's",
        tuple(found.failures),
        {"takeovers": len(cases), "late": len(late), "in_flight": listed, "returned": len(cases) - len(unanswered)},
    )


BARS = (
    Bar(
        "B7",
        "a person takes over at a random moment",
        "no bot request after its 2xx outside its in-flight list; the bot answers again after the return",
        taken_over,
        full={"conversations": 1000, "at_once": 40, "thinking": 0.5},
        short={"conversations": 32, "at_once": 16, "thinking": 0.3},
    ),
)
