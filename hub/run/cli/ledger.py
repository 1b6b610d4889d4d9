"""Commands on the ledger: what became of everything that came in, and trying again what failed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from cyclopts import Parameter

from hub.core.errors import Invalid
from hub.run.cli.opening import find_tenant, house_for_command, run
from hub.run.cli.output import print_json, print_table, say

Flag = Annotated[bool, Parameter(negative="")]


def ledger(*, tenant: str, json: Flag = False) -> None:
    """Show what became of every message and event that came in, and what could not be sent.

    Parameters
    ----------
    tenant
        The tenant, by id or slug.
    json
        Print it as JSON.
    """

    async def work() -> None:
        async with house_for_command() as house:
            owner = (await find_tenant(house, tenant)).id
            now = house.clock.now()
            async with house.store.begin(owner) as tx:
                counts = await tx.ledger.counts()
                unsent = await tx.ledger.unsent_counts()
        came = [_line(row.outcome or "open", row.reason, row.count, row.oldest, now) for row in counts]
        went = [_line(row.state, None, row.count, row.oldest, now) for row in unsent]
        if json:
            print_json({"outcomes": came, "deliveries": went})
            return
        columns = ("outcome", "reason", "count", "oldest", "oldest_seconds")
        print_table([{**line, "reason": line["reason"] or ""} for line in came], columns)
        dead = sum(line["count"] for line in came if line["outcome"] == "dead")
        if dead:
            say(f"{dead} could not be answered. Try them again: hub replay --tenant {tenant} --all-dead")
        for line in went:
            told = "could not be sent" if line["outcome"] == "dead" else "may or may not have arrived"
            say(f"{line['count']} outgoing messages {told}. See /api/v1/tenants/{tenant}/ledger/deliveries")

    run(work())


def replay(
    *ids: UUID,
    tenant: str,
    all_dead: Flag = False,
    start: Annotated[datetime | None, Parameter(name="--from")] = None,
    end: Annotated[datetime | None, Parameter(name="--to")] = None,
    json: Flag = False,
) -> None:
    """Have the bot read dead messages again: the named ones, or all dead ones of a time.

    Parameters
    ----------
    ids
        The entries' ids, as the ledger shows them.
    tenant
        The tenant, by id or slug.
    all_dead
        All dead messages instead of named ones.
    start
        With --all-dead: those that came from this time on, such as 2026-03-01T08:00 (UTC unless it says otherwise).
    end
        With --all-dead: those that came before this time.
    json
        Print it as JSON.
    """
    if bool(ids) == all_dead:
        raise Invalid("Name the messages by their ids, or say --all-dead.", field="--all-dead")
    if not all_dead and (start is not None or end is not None):
        raise Invalid("--from and --to go with --all-dead.", field="--from")

    async def work() -> None:
        from hub.inbox.ledger import LedgerDesk, Range

        async with house_for_command() as house:
            owner = (await find_tenant(house, tenant)).id
            desk = LedgerDesk(store=house.store, waker=house.waker)
            done = await desk.replay(owner, ids or Range(_in_zone(start), _in_zone(end)))
            count = done.count
            while done.more and done.count:
                done = await desk.replay(owner, Range(_in_zone(start), _in_zone(end)))
                count += done.count
        if json:
            print_json({"replayed": count})
        else:
            say(f"Put back {count}; a running worker reads them now." if count else "Nothing there is dead.")

    run(work())


def _line(outcome: str, reason: str | None, count: int, oldest: datetime, now: datetime) -> dict[str, Any]:
    return {
        "outcome": outcome,
        "reason": reason,
        "count": count,
        "oldest": oldest.isoformat(timespec="seconds"),
        "oldest_seconds": round(max(0.0, (now - oldest).total_seconds())),
    }


def _in_zone(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
