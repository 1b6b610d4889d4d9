"""The operator's view: what runs, on what, how it is doing, and the jobs room."""

from __future__ import annotations

import asyncio
import platform
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from hub.http.access import ANY_KEY, PLATFORM, Call
from hub.http.model import View
from hub.http.pages import PageQuery, decode_cursor, page_of
from hub.http.routes import Route
from hub.jobs.desk import JobsDesk
from hub.jobs.registry import SILENT_SECONDS
from hub.store.operation import DatabaseFacts, JobEntry, ProcessRow, Queue, ScheduleRow
from hub.store.session import Store

_PATIENCE = 2.0

LookAtRedis = Callable[[], Awaitable[Mapping[str, Any]]]
"""Facts about Redis: `version`, `used_bytes`, `queued` (long work). Raises when it does not answer."""


class ResponseTimes(View):
    """How long answers of this process took since it started, in milliseconds; null before the first."""

    requests: int
    failed: int
    """Those that ended with a fault of the hub's own."""
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None


class DatabaseView(View):
    """The database, as this process sees it."""

    ok: bool
    error: str | None
    answer_ms: float | None
    version: str | None
    pgvector: str | None
    schema_revision: str | None
    size_bytes: int | None
    connections: int | None
    max_connections: int | None
    pool_size: int
    pool_used: int


class RedisView(View):
    """Redis. Without it everything goes on by sweeping."""

    configured: bool
    ok: bool
    error: str | None
    answer_ms: float | None
    version: str | None
    used_bytes: int | None
    queued_long_work: int | None


class QueueView(View):
    """One kind of work: what is due, what is being worked on, for how long the oldest has been due."""

    kind: str
    due: int
    running: int
    oldest_seconds: float


class ProcessView(View):
    """One process of the hub."""

    id: UUID
    role: str
    """`web` or `worker`; a process that is both has two lines."""
    host: str
    pid: int
    version: str
    state: Literal["alive", "draining", "silent"]
    """`silent`: it has not told of itself for a while, and is taken for dead."""
    started_at: datetime
    silent_seconds: float
    facts: dict[str, Any]


class ModelView(View):
    """A chat model, as this process has seen its server."""

    use: Literal["answers", "fallback", "small"]
    model: str
    circuit: Literal["closed", "open", "half_open"]
    """`open`: it failed several times in a row and is left alone; `half_open`: the next call tries it."""
    failures: int
    """In a row."""
    error: str | None


class System(View):
    """What is running. All but the first four fields are for the operator alone, and null for others."""

    version: str
    python: str
    uptime_seconds: int
    channels: list[str]
    """The kinds of channel this deployment knows."""
    database: DatabaseView | None = None
    redis: RedisView | None = None
    queues: list[QueueView] | None = None
    processes: list[ProcessView] | None = None
    response_times: ResponseTimes | None = None
    models: list[ModelView] | None = None


class JobView(View):
    """One job of long work."""

    id: UUID
    tenant_id: UUID
    name: str
    args: dict[str, Any]
    """Ids only."""
    state: Literal["waiting", "running", "done", "failed"]
    attempts: int
    due_at: datetime | None
    """When it is tried next; while it runs, until when its worker holds it."""
    worker: UUID | None
    error: str | None
    created_at: datetime
    finished_at: datetime | None


class ScheduledView(View):
    """One piece of work that comes by the clock."""

    name: str
    every_seconds: float
    due_at: datetime
    running: bool
    runs: int
    failures: int
    """In a row."""
    started_at: datetime | None
    finished_at: datetime | None
    error: str | None
    result: dict[str, Any]
    """What the last good run did."""


class JobCountsView(View):
    waiting: int
    running: int
    failed: int


class JobsView(View):
    """The jobs room."""

    counts: JobCountsView
    schedule: list[ScheduledView]
    items: list[JobView]
    next_cursor: str | None


class JobsQuery(PageQuery):
    state: Literal["waiting", "running", "done", "failed"] | None = None


class SystemApi:
    """The routes of the operator's view. ``response_times``, ``models`` and ``pool`` tell of this process."""

    def __init__(
        self,
        *,
        store: Store,
        desk: JobsDesk,
        version: str,
        channels: Sequence[str],
        redis: LookAtRedis | None,
        response_times: Callable[[], Mapping[str, float | int | None]],
        models: Callable[[], Sequence[Mapping[str, Any]]] = list,
    ) -> None:
        self._store = store
        self._desk = desk
        self._version = version
        self._channels = list(channels)
        self._redis = redis
        self._response_times = response_times
        self._models = models
        self._started = time.monotonic()

    async def system(self, call: Call) -> System:
        facts: dict[str, Any] = {}
        if call.principal is not None and call.principal.operator:
            facts["redis"], (facts["database"], facts["queues"], facts["processes"]) = await asyncio.gather(
                self._look_at_redis(), self._look_at_database()
            )
            facts["response_times"] = ResponseTimes.model_validate(self._response_times())
            facts["models"] = [ModelView.model_validate(one) for one in self._models()]
        return System(
            version=self._version,
            python=platform.python_version(),
            uptime_seconds=int(time.monotonic() - self._started),
            channels=self._channels,
            **facts,
        )

    async def _look_at_database(self) -> tuple[DatabaseView, list[QueueView] | None, list[ProcessView] | None]:
        size, used = self._store.pool
        started = time.perf_counter()
        try:
            async with asyncio.timeout(_PATIENCE), self._store.operation() as operation:
                facts = await operation.database()
                took = time.perf_counter() - started
                queues, processes = await operation.queues(), await operation.processes()
        except Exception as error:
            return _database(None, _told(error), None, size, used), None, None
        database = _database(facts, None, took, size, used)
        return database, [_queue(q) for q in queues], [_process(p) for p in processes]

    async def _look_at_redis(self) -> RedisView:
        if self._redis is None:
            return _redis({}, configured=False)
        started = time.perf_counter()
        try:
            async with asyncio.timeout(_PATIENCE):
                facts = await self._redis()
        except Exception as error:
            return _redis({"error": _told(error)})
        return _redis({**facts, "ok": True, "answer_ms": _ms(time.perf_counter() - started)})

    async def jobs(self, query: JobsQuery) -> JobsView:
        rows, counts, schedule = await self._desk.page(query.limit + 1, decode_cursor(query.cursor), state=query.state)
        page = page_of(rows, query.limit, lambda row: (row.created_at, row.id), _job)
        return JobsView(
            counts=JobCountsView(waiting=counts.waiting, running=counts.running, failed=counts.failed),
            schedule=[_scheduled(row) for row in schedule],
            items=page.items,
            next_cursor=page.next_cursor,
        )

    async def retry(self, job: UUID) -> None:
        await self._desk.retry(job)

    async def cancel(self, job: UUID) -> None:
        await self._desk.cancel(job)

    async def run_now(self, name: Annotated[str, Field(max_length=100)]) -> None:
        await self._desk.run_now(name)

    def routes(self) -> list[Route]:
        """The routes of this file."""

        def act(path: str, handler: Any, summary: str, name: str) -> Route:
            return Route(method="POST", path=path, handler=handler, access=PLATFORM, summary=summary, name=name,
                         status=204, tags=("operation",), problems=(404, 409))  # fmt: skip

        return [
            Route(method="GET", path="/api/v1/system", handler=self.system, access=ANY_KEY, name="get_system",
                  summary="What is running, and how it is doing", tags=("operation",),
                  description="For the operator also the database, Redis, the queues, every process, how fast this one"
                  " answers and how its models do."),
            Route(method="GET", path="/api/v1/system/jobs", handler=self.jobs, access=PLATFORM, name="list_jobs",
                  summary="Jobs of every tenant, newest first, and the schedule", tags=("operation",)),
            act("/api/v1/system/jobs/{job}/retry", self.retry, "Try a failed job again", "retry_job"),
            act("/api/v1/system/jobs/{job}/cancel", self.cancel, "Give up a job that waits or runs", "cancel_job"),
            act("/api/v1/system/schedule/{name}/run", self.run_now, "Run a piece of the schedule now", "run_scheduled"),
        ]  # fmt: skip


def _told(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"No answer within {_PATIENCE:g} seconds."
    return f"It does not answer ({type(error).__name__})."


def _ms(seconds: float) -> float:
    return round(seconds * 1e3, 2)


def _database(facts: DatabaseFacts | None, error: str | None, took: float | None, size: int, used: int) -> DatabaseView:
    return DatabaseView(
        ok=facts is not None,
        error=error,
        answer_ms=None if took is None else _ms(took),
        version=facts and facts.version,
        pgvector=facts and facts.pgvector,
        schema_revision=facts and facts.schema,
        size_bytes=facts and facts.size,
        connections=facts and facts.connections,
        max_connections=facts and facts.max_connections,
        pool_size=size,
        pool_used=used,
    )


def _redis(facts: Mapping[str, Any], *, configured: bool = True) -> RedisView:
    return RedisView(
        configured=configured,
        ok=facts.get("ok", False),
        error=facts.get("error"),
        answer_ms=facts.get("answer_ms"),
        version=facts.get("version"),
        used_bytes=facts.get("used_bytes"),
        queued_long_work=facts.get("queued"),
    )


def _queue(row: Queue) -> QueueView:
    return QueueView(kind=row.kind, due=row.due, running=row.running, oldest_seconds=round(row.oldest, 3))


def _process(row: ProcessRow) -> ProcessView:
    silent = row.silent > SILENT_SECONDS
    return ProcessView(
        id=row.id,
        role=row.role,
        host=row.host,
        pid=row.pid,
        version=row.version,
        state="silent" if silent else "draining" if row.draining else "alive",
        started_at=row.started_at,
        silent_seconds=round(max(0.0, row.silent), 1),
        facts=row.facts,
    )


def _job(row: JobEntry) -> JobView:
    shown = {name: getattr(row, name) for name in JobView.model_fields if name != "worker"}
    return JobView(**shown, worker=row.lease_owner)


def _scheduled(row: ScheduleRow) -> ScheduledView:
    shown = {name: getattr(row, name) for name in ScheduledView.model_fields if name != "every_seconds"}
    return ScheduledView(**shown, every_seconds=row.every)
