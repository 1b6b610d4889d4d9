"""Bars about what the platforms do: errors of every kind, and several messages of one new person at once."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter

from support.faults.bar import Bar, Findings, Outcome
from support.faults.bodies import KINDS
from support.faults.kills import check_clean
from support.faults.truth import READABLE, too_early
from support.faults.world import World

SENDING = ("sendMessage", "messages", "chat.postMessage")


async def platforms_fail(world: World, *, conversations: int, messages: int, at_once: int, kinds: int) -> Outcome:
    """The mix of the bar on every platform, and all must arrive."""
    await world.run(workers=2)
    tenant = await world.tenant()
    people = await world.people(await world.accounts(tenant), conversations)
    driver, after = world.driver(), await world.mark()
    for kind, rate, seconds in (
        ("429", 0.20, 2.0),
        ("500", 0.10, 1.0),
        ("timeout_after_accept", 0.05, 3.0),
        ("reset", 0.05, 1.0),
        ("delay", 0.02, 5.0),
        ("html", 0.02, 1.0),
    ):
        for upstream in KINDS:
            more = {"upstream": upstream, "methods": list(SENDING)}
            await world.platforms.fault(kind, rate=rate, seconds=seconds, **more)
    await driver.converse(people, messages, at_once=at_once, gap=0.5)
    judged, record = await world.judged(driver, after)
    met = Counter(e["fault"] for e in record if e["fault"] and e["upstream"] in KINDS)
    early = too_early(driver.sent, record, {"telegram": 2.0, "slack": 2.0})
    doubled = [t for t in judged.doubled if _kind(driver, t) in READABLE]
    found = Findings()
    if judged.lost:
        found.none(judged.lost, f"lost ({await world.explain(judged.lost[:5])})")
    found.none(doubled, "doubled where the platform can be read back")
    found.none([t for t in judged.doubled if t not in doubled], "doubled where it cannot")
    found.none(judged.out_of_order, "out of order")
    found.none(early, "sent before Retry-After was over")
    found.check(len(met) >= kinds, f"not every fault came: {dict(met)}")
    return Outcome(
        f"{sum(met.values())} faults ({', '.join(f'{n} {k}' for k, n in sorted(met.items()))}); {judged.told()}; "
        f"{len(early)} before Retry-After",
        tuple(found.failures),
        {"faults": sum(met.values()), "messages": judged.messages, "unknown": len(judged.unresolved)},
    )


def _kind(driver, token: str) -> str:
    return next(s.person.kind for s in driver.sent if s.token == token)


async def bursts(world: World, *, people: int, senders: int) -> Outcome:
    """Two to five messages of one new person within 300 ms, delivered side by side."""
    await world.run(workers=2)
    tenant = await world.tenant()
    found_people = await world.people(await world.accounts(tenant), people)
    driver, after = world.driver(), await world.mark()
    places = asyncio.Semaphore(senders)

    async def deliver(person, n: int, message: int, pause: float) -> None:
        await asyncio.sleep(pause)
        await driver.say(person, n, message)

    async def one(n: int, person) -> None:
        async with places:
            pauses = sorted(driver.random.random() * 0.3 for _ in range(driver.random.randint(2, 5)))
            await asyncio.gather(*(deliver(person, n, m, pause) for m, pause in enumerate(pauses)))

    await asyncio.gather(*(one(n, person) for n, person in enumerate(found_people)))
    judged, record = await world.judged(driver, after)
    conversations = await _count(world, f"/api/v1/tenants/{tenant}/conversations")
    contacts = await _count(world, f"/api/v1/tenants/{tenant}/contacts")
    chats = {e["chat"] for e in record if e["made"] and e["tokens"] and e["upstream"] != "model"}
    found = Findings()
    await check_clean(world, found, judged)
    found.check(contacts == people, f"{contacts} contacts of {people} people")
    found.check(conversations == people, f"{conversations} conversations of {people} people")
    found.check(len(chats) == people, f"{len(chats)} chats were answered")
    return Outcome(
        f"{people} people, {contacts} contacts, {conversations} conversations, {len(chats)} chats answered; "
        f"{judged.told()} in {judged.replies} replies",
        tuple(found.failures),
        {"contacts": contacts, "conversations": conversations, "messages": judged.messages},
    )


async def _count(world: World, path: str) -> int:
    """How many a list of the API has, page by page."""
    count, cursor = 0, ""
    for _ in itertools.count():
        page = await world.ok("GET", f"{path}?limit=100{cursor and f'&cursor={cursor}'}")
        count += len(page["items"])
        if page["next_cursor"] is None:
            return count
        cursor = page["next_cursor"]
    return count


BARS = (
    Bar(
        "B5",
        "platforms: 20 % 429, 10 % 500, 5 % timeout after accept, 5 % reset, 2 % slow, 2 % HTML",
        "lost 0; doubled 0; never before Retry-After",
        platforms_fail,
        full={"conversations": 400, "messages": 3, "at_once": 60, "kinds": 6},
        short={"conversations": 40, "messages": 2, "at_once": 20, "kinds": 3},
    ),
    Bar(
        "B6",
        "2 to 5 messages of one new person within 300 ms, 8 senders",
        "one contact and one conversation a person; order kept",
        bursts,
        full={"people": 500, "senders": 8},
        short={"people": 40, "senders": 8},
    ),
)
