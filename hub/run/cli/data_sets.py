"""``hub eval import`` and ``hub eval run``: a tenant's own data sets, filled from files and run from a pipeline."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from hub.core.errors import Conflict, NotFound
from hub.run.cli.opening import find_tenant, house_for_command, run
from hub.run.cli.output import Steps, print_json, print_table, say

Flag = Annotated[bool, Parameter(negative="")]


def fill(file: Path, *, tenant: str, data_set: str) -> None:
    """Add the judged questions of a file to a data set, which is made where there is none of the name.

    Parameters
    ----------
    file
        JSONL, one question a line: question (or text), sources (documents by external id, id or title), and expect
        where a line without sources is no refusal.
    tenant
        The tenant, by id or slug.
    data_set
        The data set's name.
    """

    async def work() -> None:
        from orchestrator.data_sets import DataSetDesk, read_cases

        cases = read_cases(await asyncio.to_thread(file.read_text, encoding="utf-8"), "FILE")
        async with house_for_command() as house:
            owner, desk = (await find_tenant(house, tenant)).id, DataSetDesk(store=house.store, waker=house.waker)
            try:
                found = await desk.by_name(owner, data_set)
            except NotFound:
                found = await desk.add(owner, data_set, "", {}, False)
            added = await desk.put_cases(owner, found.id, cases)
        say(f"{added} new questions of {len(cases)} in '{data_set}'.")

    run(work())


def measure(data_set: str, *, tenant: str, prompt: int | None = None, json: Flag = False) -> None:
    """Ask every question of a data set; print the figures, and fail where they miss the set's thresholds.

    Parameters
    ----------
    data_set
        The data set's name.
    tenant
        The tenant, by id or slug.
    prompt
        The number of the prompt's version to answer by (default: what is in use).
    json
        Print the run as JSON.
    """

    async def work() -> list[dict[str, Any]]:
        from hub.run.rooms import build_trials
        from orchestrator.data_sets import DataSetDesk

        steps = Steps()
        async with house_for_command() as house:
            owner, desk = (await find_tenant(house, tenant)).id, DataSetDesk(store=house.store, waker=house.waker)
            found = await desk.by_name(owner, data_set)
            version = None
            if prompt is not None:
                async with house.store.begin(owner) as tx:
                    version = await tx.prompts.by_version(prompt)
                if version is None:
                    raise NotFound(f"There is no version {prompt}.", field="--prompt")
            begun = await desk.start(owner, found.id, None if version is None else version.id, "command", queued=False)
            done = await build_trials(house).run(owner, begun.id, lambda n, total: steps(f"asking ({n} of {total})"))
        steps.done()
        if json:
            print_json({"id": done.id, "figures": done.figures, "missed": done.missed, "passed": done.passed})
        else:
            print_table([{"figure": name, "value": value} for name, value in done.figures.items()], ("figure", "value"))
        return done.missed

    missed = run(work())
    if missed:
        told = ", ".join(f"{one['figure']} is {one['value']}, not {one['bound']}" for one in missed)
        raise Conflict(f"The thresholds of '{data_set}' are missed: {told}.")
