"""The ledger: every event ends in one outcome; what is dead can be tried again, one by one, many at once, by range."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from hub.inbox import lane
from hub.inbox.lane import Lease
from hub.jobs.runner import JobRunner
from hub.jobs.wakers import LocalWaker
from hub.jobs.worker import Worker
from hub.telemetry.metrics import Metrics
from orchestrator.turn import Turn
from support.database import Database
from support.running_hub import Site, eventually, hub_in_process

POISON = "poison"
GIVE_BACK = lane.Lane._give_back


class Poison:
    """Makes the turn of any conversation that holds the poison fail, until it is mended."""

    def __init__(self) -> None:
        self.mended = False
        self.tries = 0
        self._real: Callable[[Turn, Lease], Awaitable[None]] = Turn.__call__

    async def read(self, turn: Turn, lease: Lease) -> None:
        async with lease.fenced() as (tx, _):
            waiting = await tx.inbox.waiting(lease.conversation)
        if not self.mended and POISON in str([row.event for row in waiting]):
            self.tries += 1
            raise ValueError("this message cannot be read")
        await self._real(turn, lease)


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> Poison:
    made = Poison()

    async def call(turn: Turn, lease: Lease) -> None:
        await made.read(turn, lease)

    async def soon(lane: lane.Lane, lease: Lease, retry_in: float, *, forgive: bool = False) -> None:
        await GIVE_BACK(lane, lease, min(retry_in, 0.05), forgive=forgive)

    monkeypatch.setattr(Turn, "__call__", call)
    monkeypatch.setattr(lane.Lane, "_give_back", soon)  # the pauses between tries are not what is tried here
    return made


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    async with hub_in_process(database, tmp_path) as site:
        yield site


async def entries(hub: Site, tenant: str, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        path = f"/api/v1/tenants/{tenant}/ledger/entries"
        page = await hub.ok("GET", path, params={**query, **cursor})
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = {"cursor": page["next_cursor"]}


async def nothing_open(hub: Site) -> bool:
    return not await hub.rows(
        """select 1 from hub.inbox where outcome is null
           union all select 1 from hub.outbox where state in ('ready', 'sending')"""
    )


async def dead(hub: Site, tenant: str, count: int) -> list[dict[str, Any]]:
    async def there() -> bool:
        return len(await entries(hub, tenant, outcome="dead")) == count

    await eventually(there, what=f"{count} dead letters")
    return await entries(hub, tenant, outcome="dead")


async def test_a_poison_message_dies_alone_with_its_error_and_is_answered_after_the_mend(
    hub: Site, poison: Poison
) -> None:
    tenant = await hub.tenant()
    await hub.telegram(tenant)
    ada, bob = hub.person("Ada"), hub.person("Bob")
    ada.say(f"{POISON} one")
    bob.say("When do you open?")
    assert (await bob.reply())["text"] == "When do you open?"
    (letter,) = await dead(hub, tenant, 1)
    assert 1 <= poison.tries <= 5
    assert letter["error"] == "ValueError: this message cannot be read"
    assert (letter["outcome"], letter["reason"], letter["channel"]) == ("dead", "failed_every_time", "telegram")
    base = f"/api/v1/tenants/{tenant}/ledger"
    body = await hub.ok("GET", f"{base}/entries/{letter['id']}")
    assert body["event"]["parts"][0]["text"] == f"{POISON} one"
    ada.say("Where is your shop?")
    assert (await ada.reply())["text"] == "Where is your shop?"

    status, answer = await hub.call("POST", f"{base}/replay", json={"ids": [letter["id"]]})
    assert (status, answer) == (200, {"replayed": 1, "more": False})
    (again,) = await dead(hub, tenant, 1)
    assert again["replayed_at"] is not None, "before the mend it dies once more"
    poison.mended = True
    await hub.ok("POST", f"{base}/replay", json={"ids": [letter["id"]]})
    await eventually(lambda: f"{POISON} one" in hub.replies(ada), what="the answer after the mend")
    await eventually(lambda: nothing_open(hub), what="an end")
    assert hub.replies(ada) == ["Where is your shop?", f"{POISON} one"]
    mended = await hub.ok("GET", f"{base}/entries/{letter['id']}")
    assert (mended["outcome"], mended["error"]) == ("answered", None)
    (row,) = await hub.rows(
        "select pending, due_at, attempts from hub.conversation where id = $1", letter["conversation_id"]
    )
    assert tuple(row) == (0, None, 0)
    status, refusal = await hub.call("POST", f"{base}/replay", json={"ids": [letter["id"]]})
    assert (status, refusal["code"], refusal["field"]) == (409, "conflict", "ids.0")
    assert "'answered'" in refusal["detail"]
    await asyncio.sleep(0.3)
    assert len(hub.replies(ada)) == 2, "what was refused was not done"


async def test_many_and_ranges_are_replayed_each_once(hub: Site, poison: Poison) -> None:
    tenant = await hub.tenant()
    await hub.telegram(tenant)
    people = [hub.person(f"P{n}") for n in range(6)]
    for person in people:
        person.say(f"{POISON} of {person.id}")
    letters = await dead(hub, tenant, 6)
    old = [letter["id"] for letter in letters[:2]]
    await hub.rows("update hub.inbox set received_at = now() - interval '3 days' where id = any($1::uuid[])", old)
    base = f"/api/v1/tenants/{tenant}/ledger"
    poison.mended = True

    strange = {"ids": [letters[2]["id"], str(uuid4())]}
    status, answer = await hub.call("POST", f"{base}/replay", json=strange)
    assert (status, answer["field"]) == (404, "ids.1")
    assert len(await entries(hub, tenant, outcome="dead")) == 6, "all or nothing"

    day = timedelta(days=1)
    now = datetime.now(UTC)
    body = {"outcome": "dead", "from": (now - 4 * day).isoformat(), "to": (now - 2 * day).isoformat()}
    assert await hub.ok("POST", f"{base}/replay", json=body) == {"replayed": 2, "more": False}
    key = {"Idempotency-Key": "replay-rest-once"}
    first = await hub.ok("POST", f"{base}/replay", json={"outcome": "dead"}, headers=key)
    again = await hub.ok("POST", f"{base}/replay", json={"outcome": "dead"}, headers=key)
    assert first == again == {"replayed": 4, "more": False}
    assert await hub.ok("POST", f"{base}/replay", json={"outcome": "dead"}) == {"replayed": 0, "more": False}
    await eventually(lambda: nothing_open(hub), what="an end")
    assert [hub.replies(p) for p in people] == [[f"{POISON} of {p.id}"] for p in people]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "ids"),
        ({"ids": [str(uuid4())], "outcome": "dead"}, "ids"),
        ({"ids": [str(uuid4())], "from": "2026-01-01T00:00:00Z"}, "from"),
        ({"outcome": "dead", "from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "to"),
        ({"outcome": "dead", "from": "2026-01-02T00:00:00"}, "from"),
        ({"outcome": "answered"}, "outcome"),
        ({"ids": []}, "ids"),
    ],
)
async def test_what_cannot_be_meant_is_refused_with_its_field(
    database: Database, tmp_path: Path, body: dict[str, Any], field: str
) -> None:
    async with hub_in_process(database, tmp_path, worker=False) as hub:
        tenant = await hub.tenant()
        status, answer = await hub.call("POST", f"/api/v1/tenants/{tenant}/ledger/replay", json=body)
        assert (status, answer["field"]) == (422, field), answer


async def test_a_message_replayed_after_a_long_conversation_is_still_read(hub: Site, poison: Poison) -> None:
    tenant = await hub.tenant()
    await hub.telegram(tenant)
    ada = hub.person("Ada")
    ada.say(f"{POISON} at first")
    (letter,) = await dead(hub, tenant, 1)
    path = f"/api/v1/tenants/{tenant}/conversations/{letter['conversation_id']}/notes"
    for n in range(45):
        await hub.ok("POST", path, json={"text": f"note {n}"})
    poison.mended = True
    await hub.ok("POST", f"/api/v1/tenants/{tenant}/ledger/replay", json={"ids": [letter["id"]]})
    await eventually(lambda: hub.replies(ada) == [f"{POISON} at first"], what="the answer")
    await eventually(lambda: nothing_open(hub), what="an end")
    (told,) = (await hub.ok("GET", f"/api/v1/tenants/{tenant}/ledger"))["outcomes"]
    assert (told["outcome"], told["count"]) == ("answered", 1)


async def test_the_counts_are_those_of_the_tables(hub: Site, poison: Poison) -> None:
    tenant, other = await hub.tenant(), await hub.tenant("other")
    await hub.telegram(tenant)
    await hub.telegram(other, 654321)
    ada, bob, eve = hub.person("Ada"), hub.person("Bob"), hub.person("Eve", 654321)
    said = ada.say("When do you open?")
    await ada.reply()
    ada.react(said["message_id"], "👍")
    bob.say(f"{POISON} of Bob")
    eve.say(f"{POISON} of Eve")
    ada.say("I want to talk to a person")
    await dead(hub, tenant, 1)
    await dead(hub, other, 1)
    await eventually(lambda: nothing_open(hub), what="an end")
    shown = await hub.ok("GET", f"/api/v1/tenants/{tenant}/ledger")
    counted = await hub.rows(
        "select outcome, reason, count(*) as n from hub.inbox where tenant_id = $1 group by 1, 2", tenant
    )
    assert {(o["outcome"], o["reason"]): o["count"] for o in shown["outcomes"]} == {
        (r["outcome"], r["reason"]): r["n"] for r in counted
    }
    by_outcome = Counter[str]()
    for row in counted:
        by_outcome[row["outcome"]] += row["n"]
    assert by_outcome.keys() == {"answered", "ignored", "handed_over", "dead"}
    assert (shown["total"], shown["dead"]) == (by_outcome.total(), 1)
    assert shown["open"] | {"bound_seconds": 0} == {
        "count": 0, "oldest": None, "oldest_seconds": None, "stuck": False, "bound_seconds": 0,
    }  # fmt: skip
    for outcome, count in by_outcome.items():
        listed = await entries(hub, tenant, outcome=outcome, limit="1")
        assert len({entry["id"] for entry in listed}) == len(listed) == count
        assert {entry["outcome"] for entry in listed} == {outcome}
    assert len(await entries(hub, tenant, reason="reaction")) == 1
    assert await entries(hub, tenant, outcome="open") == []
    hour = timedelta(hours=1)
    for start, total in ((-hour, by_outcome.total()), (hour, 0)):
        query = {"from": (datetime.now(UTC) + start).isoformat()}
        assert (await hub.ok("GET", f"/api/v1/tenants/{tenant}/ledger", params=query))["total"] == total

    dead_id = (await entries(hub, tenant, outcome="dead"))[0]["id"]
    await hub.rows("update hub.inbox set outcome = null, received_at = now() - interval '400 s' where id = $1", dead_id)
    opened = (await hub.ok("GET", f"/api/v1/tenants/{tenant}/ledger"))["open"]
    assert (opened["count"], opened["stuck"]) == (1, True)
    assert [entry["id"] for entry in await entries(hub, tenant, outcome="open")] == [dead_id]
    assert 400 <= opened["oldest_seconds"] < 430


async def test_foreign_ids_are_not_found_and_stay_as_they_are(hub: Site, poison: Poison) -> None:
    tenant, other = await hub.tenant(), await hub.tenant("other")
    await hub.telegram(tenant)
    hub.person("Ada").say(f"{POISON} of Ada")
    (letter,) = await dead(hub, tenant, 1)
    base = f"/api/v1/tenants/{other}/ledger"
    assert (await hub.call("GET", f"{base}/entries/{letter['id']}"))[0] == 404
    for path in (f"{base}/replay", f"{base}/deliveries/replay"):
        assert (await hub.call("POST", path, json={"ids": [letter["id"]]}))[0] == 404
    assert await hub.ok("POST", f"{base}/replay", json={"outcome": "dead"}) == {"replayed": 0, "more": False}
    (row,) = await hub.rows("select outcome, replayed_at from hub.inbox")
    assert tuple(row) == ("dead", None)


async def test_what_was_not_sent_is_sent_again_and_the_unknown_only_when_asked(hub: Site) -> None:
    tenant = await hub.tenant()
    await hub.telegram(tenant)
    ada = hub.person("Ada")
    ada.say("When do you open?")
    await ada.reply()
    (conversation,) = await hub.conversations(tenant)
    await hub.act(tenant, conversation["id"], "takeover")
    path = f"/api/v1/tenants/{tenant}/conversations/{conversation['id']}/messages"
    base = f"/api/v1/tenants/{tenant}/ledger/deliveries"
    ada.block()
    lost = await hub.ok("POST", path, json={"text": "Good morning"})

    async def unsent() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await hub.ok("GET", base))["items"]
        return found

    (row,) = await eventually(unsent, what="a dead delivery")
    assert (row["state"], row["message_id"]) == ("dead", lost["id"])
    assert row["error"]
    assert row["parts"][0]["text"] == "Good morning"
    assert (await hub.ok("GET", f"/api/v1/tenants/{tenant}/ledger"))["deliveries"] == {"dead": 1, "unknown": 0}

    ada.unblock()
    again = await hub.ok("POST", f"{base}/replay", json={"state": "dead"})
    assert again == {"replayed": 1, "more": False}
    await eventually(lambda: hub.replies(ada).count("Good morning") == 1, what="the second try")
    await eventually(lambda: nothing_open(hub), what="an end")
    stored = {m["id"]: m["status"] for m in await hub.messages(tenant, conversation["id"])}
    assert stored[lost["id"]] == "sent"
    status, refusal = await hub.call("POST", f"{base}/replay", json={"ids": [row["id"]]})
    assert (status, refusal["field"]) == (409, "ids.0")

    await hub.rows("update hub.outbox set state = 'unknown' where id = $1", row["id"])
    for body in ({"ids": [row["id"]]}, {"state": "unknown"}):
        status, refusal = await hub.call("POST", f"{base}/replay", json=body)
        assert (status, refusal["field"]) == (409, "even_unknown")
    assert await hub.ok("POST", f"{base}/replay", json={"state": "dead", "even_unknown": True}) == {
        "replayed": 0,
        "more": False,
    }
    await hub.rows("update hub.outbox set progress = 0 where id = $1", row["id"])
    await hub.ok("POST", f"{base}/replay", json={"ids": [row["id"]], "even_unknown": True})
    await eventually(lambda: hub.replies(ada).count("Good morning") == 2, what="the doubled message")


async def test_the_sweep_says_what_is_open_too_long(database: Database, tmp_path: Path) -> None:
    async with hub_in_process(database, tmp_path, worker=False) as hub:
        assert hub.house is not None
        tenant = await hub.tenant()
        await hub.telegram(tenant)
        hub.person("Ada").say("Hello?")

        async def came() -> bool:
            return bool(await hub.rows("select id from hub.inbox where outcome is null"))

        await eventually(came, what="the message")
        async with hub.house.store.cross() as cross:
            assert {(s.kind, s.count) for s in await cross.stuck(300)} == {("message", 0), ("delivery", 0)}
        await hub.rows("update hub.inbox set received_at = now() - interval '10 minutes'")
        metrics, told = Metrics(), asyncio.Event()

        def note(kind: str, count: int, oldest: float) -> None:
            metrics.stuck(kind, count, oldest)
            if kind == "delivery":
                told.set()

        async def nothing(_claim: object) -> None:
            await asyncio.sleep(3600)

        store = hub.house.store
        worker = Worker(
            store=store, waker=LocalWaker(), owner=uuid4(), run_turn=nothing, turn_lease=10, run_delivery=nothing,
            delivery_lease=10, jobs=JobRunner(store=store, handlers={}), open_bound=300, note_stuck=note,
        )  # fmt: skip
        worker.start()
        try:
            await asyncio.wait_for(told.wait(), 60)
        finally:
            await worker.stop(0.1)
        shown = metrics.render().decode()
        assert 'hub_stuck{kind="message"} 1.0' in shown
        assert 'hub_stuck{kind="delivery"} 0.0' in shown
        await hub.rows("update hub.inbox set replayed_at = now()")
        async with store.cross() as cross:
            assert {(s.kind, s.count) for s in await cross.stuck(300)} == {("message", 0), ("delivery", 0)}, "put back"
