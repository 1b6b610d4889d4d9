"""``hub tenant models``: which model does what for a tenant."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from cyclopts import Parameter

from hub.core.errors import Invalid
from hub.run.cli.opening import find_tenant, house_for_command, run
from hub.run.cli.output import print_json, print_table, say

Flag = Annotated[bool, Parameter(negative="")]


def tenant_models(tenant: str, *, task: list[str] | None = None, json: Flag = False) -> None:
    """Show which models do a tenant's tasks, or choose among those of its plan.

    Parameters
    ----------
    tenant
        The tenant, by id or slug.
    task
        TASK=PROVIDER/MODEL to choose, TASK= to take a choice back; repeat for several.
    json
        Print them as JSON.
    """
    chosen = dict(_pair(text) for text in task or ())

    async def work() -> None:
        from hub.metering.choices import ModelDesk

        async with house_for_command() as house:
            owner = (await find_tenant(house, tenant)).id
            desk = ModelDesk(store=house.store, plans=house.models.plans, usual=house.models.usual())
            found = await desk.change(owner, chosen) if chosen else await desk.get(owner)
        if json:
            print_json(asdict(found))
            return
        say(f"Plan: {found.plan}")
        rows = [{"task": t.task, "model": t.model or "-", "may be": " ".join(t.options) or "-"} for t in found.tasks]
        print_table(rows, ("task", "model", "may be"))

    run(work())


def _pair(text: str) -> tuple[str, str | None]:
    name, separator, model = text.partition("=")
    if not separator:
        raise Invalid("Give a choice as TASK=PROVIDER/MODEL.", field="--task")
    return name, model or None
