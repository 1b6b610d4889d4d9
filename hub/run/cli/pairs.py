"""``hub pairs``: questions with their answers, found in what colleagues answered, looked through from a shell."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from cyclopts import Parameter

from hub.core.errors import NotFound
from hub.run.cli.opening import find_tenant, house_for_command, run
from hub.run.cli.output import print_json, print_table, say
from hub.store.qa_pairs import PairRow

Flag = Annotated[bool, Parameter(negative="")]
_BY = "the command line"


def pairs_list(
    *,
    tenant: str,
    state: Literal["proposed", "approved", "rejected"] | None = None,
    limit: int = 50,
    json: Flag = False,
) -> None:
    """List a tenant's questions with their answers, the newest first.

    Parameters
    ----------
    tenant
        The tenant, by id or slug.
    state
        Only those in this state.
    limit
        How many at most.
    json
        Print them as JSON.
    """
    _show(run(_listed(tenant, state, limit)), json)


def pairs_mine(*, tenant: str, days: int = 30, json: Flag = False) -> None:
    """Propose pairs from what colleagues answered in conversations that were resolved.

    Parameters
    ----------
    tenant
        The tenant, by id or slug.
    days
        Conversations resolved in the last so many days.
    json
        Print the counts as JSON.
    """

    async def work() -> dict[str, int]:
        from hub.run.rooms import build_pairs

        async with house_for_command() as house:
            found = await build_pairs(house).mine((await find_tenant(house, tenant)).id, days)
        return {"messages": found.read, "proposed": found.proposed, "again": found.again}

    counts = run(work())
    if json:
        print_json(counts)
    else:
        say(f"{counts['proposed']} new pairs from {counts['messages']} messages; {counts['again']} answers were known.")


def pairs_approve(pair: str, *, tenant: str, json: Flag = False) -> None:
    """Have the bot answer from a pair from now on.

    Parameters
    ----------
    pair
        The pair's id.
    tenant
        The tenant, by id or slug.
    json
        Print it as JSON.
    """
    _show([run(_decided(pair, tenant, "approve"))], json)


def pairs_reject(pair: str, *, tenant: str, json: Flag = False) -> None:
    """Have a pair not proposed again, and forgotten if the bot knew it.

    Parameters
    ----------
    pair
        The pair's id.
    tenant
        The tenant, by id or slug.
    json
        Print it as JSON.
    """
    _show([run(_decided(pair, tenant, "reject"))], json)


async def _listed(
    tenant: str, state: Literal["proposed", "approved", "rejected"] | None, limit: int
) -> list[dict[str, Any]]:
    from hub.run.rooms import build_pairs

    async with house_for_command() as house:
        rows = await build_pairs(house).page((await find_tenant(house, tenant)).id, limit, None, state)
    return [_line(row) for row in rows]


async def _decided(pair: str, tenant: str, act: Literal["approve", "reject"]) -> dict[str, Any]:
    from hub.run.rooms import build_pairs

    try:
        id = UUID(pair)
    except ValueError:
        raise NotFound(f"'{pair}' is no pair's id. 'hub pairs list' shows them.", field="PAIR") from None
    async with house_for_command() as house:
        owner, desk = (await find_tenant(house, tenant)).id, build_pairs(house)
        row = await (desk.approve(owner, id, _BY) if act == "approve" else desk.reject(owner, id, _BY))
    return _line(row)


def _line(row: PairRow) -> dict[str, Any]:
    return {
        "id": str(row.id), "state": row.state, "times": row.times, "question": row.question, "answer": row.answer,
        "personal": row.personal,
    }  # fmt: skip


def _show(found: list[dict[str, Any]], json: bool) -> None:
    if json:
        print_json(found)
    elif found:
        print_table(found, ("id", "state", "times", "question", "answer"))
    else:
        say("There are none. 'hub pairs mine' proposes some from what colleagues answered.")
