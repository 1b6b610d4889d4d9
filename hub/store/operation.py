"""The deployment's own rows: live processes, the schedule, jobs of every tenant, what is kept for a time only.

Every method is a function of ``hub_cross``: no tenant can read any of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.core.ids import TenantId
from hub.store.calls import Counted
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, fetch_value, run


@dataclass(frozen=True, slots=True)
class ProcessRow:
    """A process that has told of itself; ``silent`` is for how many seconds it has not."""

    id: UUID
    role: str
    host: str
    pid: int
    version: str
    facts: dict[str, Any]
    draining: bool
    started_at: datetime
    silent: float


@dataclass(frozen=True, slots=True)
class Begun:
    """A scheduled piece of work that is ours to run; ``result`` is what the last good run left."""

    name: str
    result: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """``every`` in seconds; ``failures`` in a row; ``error`` of the last run."""

    name: str
    every: float
    due_at: datetime
    running: bool
    runs: int
    failures: int
    started_at: datetime | None
    finished_at: datetime | None
    error: str | None
    result: dict[str, Any]


@dataclass(frozen=True, slots=True)
class JobEntry:
    """One job of any tenant. ``args`` holds ids only."""

    id: UUID
    tenant_id: TenantId
    name: str
    args: dict[str, Any]
    state: str
    attempts: int
    due_at: datetime | None
    lease_owner: UUID | None
    error: str | None
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class JobCounts:
    waiting: int
    running: int
    failed: int


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The job that was given up."""

    tenant_id: TenantId
    name: str
    args: dict[str, Any]


@dataclass(frozen=True, slots=True)
class StuckTenant:
    """How much of a kind a tenant has open beyond its bound; the oldest's age in seconds."""

    tenant_id: TenantId
    kind: str
    count: int
    oldest: float


@dataclass(frozen=True, slots=True)
class Queue:
    """What of a kind is due, what is being worked on, and for how many seconds the oldest has been due."""

    kind: str
    due: int
    running: int
    oldest: float


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """The database server as the application sees it. ``size`` in bytes; ``connections`` are to this database."""

    version: str
    pgvector: str | None
    schema: str
    size: int
    connections: int
    max_connections: int


class Operation:
    """In one transaction, of no tenant."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def heartbeat(self, row: ProcessRow) -> None:
        """Say that this process lives. Idempotent."""
        await run(
            self._connection,
            "select hub_cross.heartbeat(:id, :role, :host, :pid, :version, :facts__jsonb, :draining, :started)",
            id=row.id,
            role=row.role,
            host=row.host,
            pid=row.pid,
            version=row.version,
            facts__jsonb=row.facts,
            draining=row.draining,
            started=row.started_at,
        )

    async def leave(self, id: UUID) -> None:
        """This process ends. Idempotent."""
        await run(self._connection, "select hub_cross.leave(:id)", id=id)

    async def take_from_missed(self, settle: float, crashes: int) -> int:
        """Make due what owners hold that are missed for ``settle`` seconds, save under which more than ``crashes``
        processes ended. How many conversations."""
        return int(
            await fetch_value(
                self._connection,
                "select hub_cross.take_from_missed(make_interval(secs => :settle), :crashes)",
                settle=settle,
                crashes=crashes,
            )
        )

    async def processes(self) -> list[ProcessRow]:
        """Those that told of themselves within the last hour."""
        return await fetch_all(self._connection, ProcessRow, "select * from hub_cross.processes()")

    async def begin_scheduled(self, every: Mapping[str, float], owner: UUID, lease: float) -> list[Begun]:
        """Which of these (name -> seconds between two runs) are due and now this owner's, for ``lease`` seconds."""
        return await fetch_all(
            self._connection,
            Begun,
            """select * from hub_cross.begin_scheduled(
                 cast(:names__texts as text[]), cast(:every__floats as float[]), :owner,
                 make_interval(secs => :lease))""",
            names__texts=list(every),
            every__floats=list(every.values()),
            owner=owner,
            lease=lease,
        )

    async def end_scheduled(self, name: str, owner: UUID, *, error: str | None, result: Mapping[str, Any]) -> bool:
        """It has run, well or with an error. False when another owner took it over meanwhile."""
        return bool(
            await fetch_value(
                self._connection,
                "select hub_cross.end_scheduled(:name, :owner, cast(:error as text), :result__jsonb)",
                name=name,
                owner=owner,
                error=error,
                result__jsonb=dict(result),
            )
        )

    async def schedule(self) -> list[ScheduleRow]:
        """Everything that runs by the clock."""
        return await fetch_all(self._connection, ScheduleRow, "select * from hub_cross.schedule()")

    async def run_scheduled_now(self, name: str) -> bool:
        """Make it due. False when nothing has this name."""
        return bool(await fetch_value(self._connection, "select hub_cross.run_scheduled_now(:name)", name=name))

    async def jobs(
        self, limit: int, after: tuple[datetime, UUID] | None = None, *, state: str | None
    ) -> list[JobEntry]:
        """Jobs of every tenant, newest first, from after a (created_at, id) on."""
        return await fetch_all(
            self._connection,
            JobEntry,
            """select * from hub_cross.jobs(
                 cast(:state as text), :limit, cast(:at as timestamptz), cast(:id as uuid))""",
            state=state,
            limit=limit,
            at=after[0] if after else None,
            id=after[1] if after else None,
        )

    async def job_counts(self) -> JobCounts:
        """How many wait, run, or have failed for good."""
        found = await fetch_one(self._connection, JobCounts, "select * from hub_cross.job_counts()")
        return found or JobCounts(0, 0, 0)

    async def job_state(self, id: UUID) -> str | None:
        """The job's state; None when there is none."""
        state: str | None = await fetch_value(self._connection, "select hub_cross.job_state(:id)", id=id)
        return state

    async def retry_job(self, id: UUID) -> bool:
        """Have a failed job tried again from the start. False when it has not failed."""
        return bool(await fetch_value(self._connection, "select hub_cross.retry_job(:id)", id=id))

    async def cancel_job(self, id: UUID, error: str) -> Cancelled | None:
        """Give up a job that waits or runs. None when it is over."""
        return await fetch_one(
            self._connection, Cancelled, "select * from hub_cross.cancel_job(:id, :error)", id=id, error=error
        )

    async def prune(self, what: str, older: float, n: int) -> int:
        """Remove up to ``n`` rows that have been kept for ``older`` seconds; how many."""
        return int(
            await fetch_value(
                self._connection,
                "select hub_cross.prune(:what, make_interval(secs => :older), :n)",
                what=what,
                older=older,
                n=n,
            )
        )

    async def note_calls(self, counted: Sequence[Counted]) -> None:
        """Add what this process counted of tenants' calls."""
        rows = [
            {
                "tenant": str(one.tenant),
                "hour": one.hour.isoformat(),
                "calls": one.calls,
                "beyond": one.beyond,
                "refused": one.refused,
            }
            for one in counted
        ]
        await run(self._connection, "select hub_cross.note_calls(:rows__jsonb)", rows__jsonb=rows)

    async def stuck_tenants(self, bound: float, n: int = 200) -> list[StuckTenant]:
        """Who has something open for longer than ``bound`` seconds, the ``n`` worst of each kind."""
        return await fetch_all(
            self._connection,
            StuckTenant,
            "select * from hub_cross.stuck_tenants(make_interval(secs => :bound), :n)",
            bound=bound,
            n=n,
        )

    async def queues(self) -> list[Queue]:
        """What waits and what is worked on, by kind."""
        return await fetch_all(self._connection, Queue, "select * from hub_cross.queues()")

    async def database(self) -> DatabaseFacts:
        """What the database tells of itself."""
        found = await fetch_one(
            self._connection,
            DatabaseFacts,
            """select current_setting('server_version') as version,
                      (select extversion from pg_extension where extname = 'vector') as pgvector,
                      (select version_num from hub.schema_version) as schema,
                      pg_database_size(current_database()) as size,
                      (select count(*) from pg_stat_activity where datname = current_database()) as connections,
                      current_setting('max_connections')::int as max_connections""",
        )
        if found is None:
            raise LookupError("the database tells nothing of itself")
        return found
