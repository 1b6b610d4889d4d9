"""``hub ledger`` and ``hub replay`` as processes of their own, beside a running hub."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from support.command_line import Ended, run_command
from support.database import Database
from support.running_hub import Site, eventually, hub_in_process

Run = Callable[..., Awaitable[Ended]]


@pytest.fixture
def run(database: Database, tmp_path: Path) -> Run:
    """Runs a command over the worker's database."""
    return partial(run_command, database=database, folder=tmp_path)


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    async with hub_in_process(database, tmp_path) as site:
        yield site


async def answered_letters(hub: Site, count: int) -> list[str]:
    """Answered messages that are made dead letters: what they died of is not what is tried here."""
    tenant = await hub.tenant()
    await hub.telegram(tenant)
    people = [hub.person(f"P{n}") for n in range(count)]
    for person in people:
        person.say(f"Question of {person.id}")
        await person.reply()

    async def settled() -> bool:
        rows = await hub.rows("select 1 from hub.inbox where outcome is distinct from 'answered'")
        return not rows and not await hub.rows("select 1 from hub.outbox where state <> 'sent'")

    await eventually(settled, what="an end of all work")
    rows = await hub.rows("update hub.inbox set outcome = 'dead', reason = 'tried', error = 'E' returning id")
    return [str(row["id"]) for row in rows]


async def test_the_ledger_is_shown_and_dead_letters_are_replayed(hub: Site, run: Run) -> None:
    letters = await answered_letters(hub, 3)
    told = await run("ledger", "--tenant", "acme")
    assert told.code == 0, told.err
    assert "3 could not be answered" in told.out
    assert "hub replay --tenant acme --all-dead" in told.out
    shown = json.loads((await run("ledger", "--tenant", "acme", "--json")).out)
    assert [(line["outcome"], line["reason"], line["count"]) for line in shown["outcomes"]] == [("dead", "tried", 3)]

    one = await run("replay", letters[0], "--tenant", "acme", "--json")
    assert (one.code, json.loads(one.out)) == (0, {"replayed": 1}), one.err

    async def outcomes() -> dict[str, int]:
        rows = await hub.rows("select coalesce(outcome, 'open') as o, count(*) as n from hub.inbox group by 1")
        return {row["o"]: row["n"] for row in rows}

    async def one_answered() -> bool:
        return await outcomes() == {"answered": 1, "dead": 2}

    await eventually(one_answered, what="the answer")
    again = await run("replay", letters[0], "--tenant", "acme")
    assert again.code == 1
    assert "'answered'" in again.err
    await hub.rows("update hub.inbox set received_at = now() - interval '2 days' where id = $1", letters[1])
    yesterday = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S")
    early = await run("replay", "--tenant", "acme", "--all-dead", "--to", yesterday, "--json")
    assert (early.code, early.out and json.loads(early.out)) == (0, {"replayed": 1}), early.err
    late = await run("replay", "--tenant", "acme", "--all-dead", "--from", yesterday)
    assert late.out == "Put back 1; a running worker reads them now.\n", late.err

    async def all_answered() -> bool:
        return await outcomes() == {"answered": 3}

    await eventually(all_answered, what="the answers")
    none = await run("replay", "--tenant", "acme", "--all-dead")
    assert (none.code, none.out) == (0, "Nothing there is dead.\n")


async def test_what_cannot_be_meant_is_refused_in_words(hub: Site, run: Run) -> None:
    await hub.tenant()
    cases: list[tuple[tuple[Any, ...], str]] = [
        (("replay", "--tenant", "acme"), "or say --all-dead"),
        (("replay", str(uuid4()), "--all-dead", "--tenant", "acme"), "or say --all-dead"),
        (("replay", str(uuid4()), "--tenant", "acme", "--from", "2026-03-01T08:00"), "go with --all-dead"),
        (("replay", str(uuid4()), "--tenant", "acme"), "no such message"),
        (("replay", "--all-dead", "--tenant", "nobody"), "There is no tenant 'nobody'"),
        (("ledger", "--tenant", "nobody"), "There is no tenant 'nobody'"),
    ]
    for command, words in cases:
        ended = await run(*command)
        assert ended.code == 1, command
        assert words in ended.err, ended.err
        assert "Traceback" not in ended.err


async def test_pairs_are_looked_through_and_approved_from_a_shell(hub: Site, run: Run) -> None:
    tenant = await hub.tenant()
    pairs = f"/api/v1/tenants/{tenant}/qa-pairs"
    made = await hub.ok("POST", pairs, json={"question": "Do you deliver to Malta?", "answer": "Yes, once a week."})
    listed = await run("pairs", "list", "--tenant", "acme", "--state", "proposed", "--json")
    assert [(row["id"], row["question"]) for row in json.loads(listed.out)] == [(made["id"], made["question"])]
    approved = await run("pairs", "approve", made["id"], "--tenant", "acme")
    assert (approved.code, "approved" in approved.out) == (0, True), approved.err
    pair = await hub.ok("GET", f"{pairs}/{made['id']}")
    assert (pair["state"], pair["decided_by"]) == ("approved", "the command line")
    wrong = await run("pairs", "reject", "nonsense", "--tenant", "acme")
    assert wrong.code != 0 and "hub pairs list" in wrong.err
