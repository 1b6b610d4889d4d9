"""The jobs room's desk: what runs, waits, failed and comes by the clock, and what the operator may do about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from hub.core.errors import Conflict, NotFound
from hub.core.ids import TenantId
from hub.core.ports import Waker
from hub.store.operation import JobCounts, JobEntry, ScheduleRow
from hub.store.session import Store

log = structlog.get_logger(__name__)

GIVEN_UP = "The operator gave this job up."

AfterCancel = Callable[[TenantId, Mapping[str, Any], str], Awaitable[None]]
"""Tells those who wait for a job of one kind that nobody works on it any more: tenant, the job's ids, why."""


class JobsDesk:
    """``after_cancel`` is by the job's name."""

    def __init__(self, *, store: Store, waker: Waker, after_cancel: Mapping[str, AfterCancel]) -> None:
        self._store = store
        self._waker = waker
        self._after_cancel = after_cancel

    async def page(
        self, limit: int, after: tuple[datetime, UUID] | None, *, state: str | None
    ) -> tuple[list[JobEntry], JobCounts, list[ScheduleRow]]:
        """Jobs of every tenant, newest first; how many there are; the schedule."""
        async with self._store.operation() as operation:
            return (
                await operation.jobs(limit, after, state=state),
                await operation.job_counts(),
                await operation.schedule(),
            )

    async def retry(self, id: UUID) -> None:
        """Try a failed job again from the start. Raises ``NotFound``, or ``Conflict`` where it has not failed."""
        async with self._store.operation() as operation:
            done = await operation.retry_job(id)
            state = None if done else await operation.job_state(id)
        if not done:
            raise _refused(state, "Only a failed job can be tried again")
        log.info("job.retried", job_id=str(id))
        await self._waker.wake("job")

    async def cancel(self, id: UUID) -> None:
        """Give up a job that waits or runs; who runs it stops within seconds. Raises ``NotFound`` or ``Conflict``."""
        async with self._store.operation() as operation:
            cancelled = await operation.cancel_job(id, GIVEN_UP)
            state = None if cancelled else await operation.job_state(id)
        if cancelled is None:
            raise _refused(state, "Only a job that waits or runs can be given up")
        log.info("job.cancelled", job_id=str(id), job=cancelled.name)
        tell = self._after_cancel.get(cancelled.name)
        if tell is not None:
            await tell(cancelled.tenant_id, cancelled.args, GIVEN_UP)

    async def run_now(self, name: str) -> None:
        """Make a piece of the schedule due: a worker runs it within seconds. Raises ``NotFound``."""
        async with self._store.operation() as operation:
            known = await operation.run_scheduled_now(name)
        if not known:
            raise NotFound("Nothing in the schedule has this name.", field="name")


def _refused(state: str | None, rule: str) -> NotFound | Conflict:
    if state is None:
        return NotFound("There is no such job.", field="job")
    return Conflict(f"{rule}; this one is {state}.", field="job")
