"""Long work as rows: the truth that a queue's hint only speeds up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.core.ids import TenantId, uuid7
from hub.store.pool import Connection
from hub.store.rows import fetch_one, run


@dataclass(frozen=True, slots=True)
class JobRow:
    id: UUID
    name: str
    args: dict[str, Any]
    state: str
    attempts: int
    epoch: int
    error: str | None
    created_at: datetime
    finished_at: datetime | None


class Jobs:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def add(self, name: str, args: dict[str, Any]) -> UUID:
        """A job, due now. ``args`` holds ids only."""
        id = uuid7()
        await run(
            self._connection,
            "insert into hub.job(id, tenant_id, name, args, due_at) values (:id, :t, :name, :args__jsonb, now())",
            id=id,
            t=self.tenant,
            name=name,
            args__jsonb=args,
        )
        return id

    async def add_once(self, name: str, args: dict[str, Any]) -> None:
        """A job, due now, unless one of this name and these args waits already."""
        await run(
            self._connection,
            """insert into hub.job(id, tenant_id, name, args, due_at)
               select :id, :t, :name, :args__jsonb, now()
                where not exists (select 1 from hub.job where tenant_id = :t and name = :name and state = 'waiting'
                                     and due_at is not null and args = :args__jsonb)""",
            id=uuid7(),
            t=self.tenant,
            name=name,
            args__jsonb=args,
        )

    async def get(self, id: UUID) -> JobRow | None:
        return await fetch_one(self._connection, JobRow, "select * from hub.job where id = :id", id=id)

    async def renew(self, id: UUID, epoch: int, seconds: float) -> bool:
        """Prolong the lease. False when the claim is lost."""
        return (
            await run(
                self._connection,
                """update hub.job set due_at = now() + make_interval(secs => :seconds)
                    where id = :id and epoch = :epoch and state = 'running'""",
                id=id,
                epoch=epoch,
                seconds=seconds,
            )
            > 0
        )

    async def finish(self, id: UUID, epoch: int, *, error: str | None = None) -> bool:
        """End the job, well or with an error. False when the claim is lost."""
        return (
            await run(
                self._connection,
                """update hub.job set state = case when cast(:error as text) is null then 'done' else 'failed' end,
                          error = :error, due_at = null, lease_owner = null, finished_at = now()
                    where id = :id and epoch = :epoch""",
                id=id,
                epoch=epoch,
                error=error,
            )
            > 0
        )

    async def retry(self, id: UUID, epoch: int, seconds: float, error: str) -> bool:
        """Try the job again in ``seconds``. False when the claim is lost."""
        return (
            await run(
                self._connection,
                """update hub.job set state = 'waiting', error = :error, lease_owner = null,
                          due_at = now() + make_interval(secs => :seconds)
                    where id = :id and epoch = :epoch""",
                id=id,
                epoch=epoch,
                seconds=seconds,
                error=error,
            )
            > 0
        )
