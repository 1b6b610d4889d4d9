"""Long work: claimed rows of the job table, each run by the handler of its name."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog

from hub.core.ids import TenantId
from hub.store.cross import JobClaim
from hub.store.session import Store

log = structlog.get_logger(__name__)

LEASE_SECONDS = 30.0
MAX_ATTEMPTS = 5

Handler = Callable[[TenantId, Mapping[str, Any], bool], Awaitable[None]]
"""Does one kind of job: its tenant, its ids, and whether this is the last try. Idempotent."""


class JobRunner:
    """Runs claimed jobs: renews the lease, retries with growing pauses, ends each row well or with its error."""

    def __init__(self, *, store: Store, handlers: Mapping[str, Handler]) -> None:
        self._store = store
        self._handlers = handlers

    async def run(self, claim: JobClaim) -> None:
        """Work on one claim until it is finished or put back. Stops when the claim is lost: another has it, or a
        person has given it up."""
        handler = self._handlers.get(claim.name)
        if handler is None:
            await self._finish(claim, f"No handler for jobs named '{claim.name}'.")
            return
        if claim.attempts > MAX_ATTEMPTS:
            await self._finish(claim, "The process ended each time this was tried.")
            return
        with structlog.contextvars.bound_contextvars(tenant_id=str(claim.tenant_id), job_id=str(claim.id)):
            work = asyncio.ensure_future(handler(claim.tenant_id, claim.args, claim.attempts >= MAX_ATTEMPTS))
            renewal = asyncio.create_task(self._renew(claim))
            try:
                await asyncio.wait((work, renewal), return_when=asyncio.FIRST_COMPLETED)
                if work.done():
                    await self._settle(claim, work)
                else:
                    log.info("job.claim_lost", job=claim.name)
            except asyncio.CancelledError:
                await asyncio.shield(self._again(claim, 0.0, "The process was stopped."))
                raise
            finally:
                for task in (work, renewal):
                    task.cancel()
                await asyncio.gather(work, renewal, return_exceptions=True)

    async def _settle(self, claim: JobClaim, work: asyncio.Future[None]) -> None:
        try:
            work.result()
            await self._finish(claim, None)
        except Exception as error:
            text = f"{type(error).__name__}: {error}"[:2000]
            log.warning("job.failed", job=claim.name, attempt=claim.attempts, error=text)
            if claim.attempts >= MAX_ATTEMPTS:
                await self._finish(claim, text)
            else:
                await self._again(claim, min(300.0, 2.0**claim.attempts), text)

    async def _renew(self, claim: JobClaim) -> None:
        """Prolong the lease again and again; return when it is lost."""
        held = True
        while held:
            await asyncio.sleep(LEASE_SECONDS / 3)
            with contextlib.suppress(Exception):
                async with self._store.begin(claim.tenant_id) as tx:
                    held = await tx.jobs.renew(claim.id, claim.epoch, LEASE_SECONDS)

    async def _finish(self, claim: JobClaim, error: str | None) -> None:
        async with self._store.begin(claim.tenant_id) as tx:
            await tx.jobs.finish(claim.id, claim.epoch, error=error)

    async def _again(self, claim: JobClaim, seconds: float, error: str) -> None:
        with contextlib.suppress(Exception):
            async with self._store.begin(claim.tenant_id) as tx:
                await tx.jobs.retry(claim.id, claim.epoch, seconds, error)
