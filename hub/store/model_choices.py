"""A tenant's plan, and the models it chose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hub.core.ids import TenantId
from hub.store.pool import Connection
from hub.store.rows import fetch_one, run


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """The tenant's plan; ``tasks`` names the chosen model of a task, as ``provider/model``; ``tried`` the one that
    answers in its place where a contest says so."""

    plan: str
    tasks: dict[str, str]
    tried: str | None = None


class ModelChoices:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def get(self, place: int | None = None) -> ChoiceRow:
        """The plan and what was chosen. ``place`` is a conversation's, from 0 to 99: those below a contest's share are
        answered by the model that is tried."""
        row = await fetch_one(
            self._connection,
            ChoiceRow,
            """select t.plan, coalesce(c.tasks, '{}') as tasks, r.model as tried
                 from hub.tenant t left join hub.model_choice c on c.tenant_id = t.id
                 left join hub.prompt_contest r on r.tenant_id = t.id and cast(:place as int) < r.share
                where t.id = :t""",
            t=self.tenant,
            place=place,
        )
        if row is None:
            raise LookupError("a tenant that is worked for is not there")
        return row

    async def put(self, tasks: Mapping[str, str]) -> None:
        """Replace the choices. Idempotent."""
        await run(
            self._connection,
            """insert into hub.model_choice(tenant_id, tasks) values (:t, :tasks__jsonb)
               on conflict (tenant_id) do update set tasks = excluded.tasks, updated_at = now()""",
            t=self.tenant,
            tasks__jsonb=dict(tasks),
        )
