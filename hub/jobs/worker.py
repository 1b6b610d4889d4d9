"""The worker: the claim loops for turns, deliveries and long work, and the sweep that finds what hints missed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import structlog

from hub.core.ports import Waker
from hub.jobs.arq_queue import ArqQueue
from hub.jobs.claim import ClaimLoop, Fair
from hub.jobs.runner import LEASE_SECONDS as JOB_LEASE
from hub.jobs.runner import JobRunner
from hub.store.cross import Claim, DeliveryClaim, JobClaim, Stuck
from hub.store.session import Store

log = structlog.get_logger(__name__)

_STALE_SECONDS = 10.0
_SWEEP_SECONDS = 5.0


def share_of(slots: int) -> int:
    """How many of a process's slots one tenant may hold: three quarters, so that nobody waits for a flood to pass."""
    return max(1, slots * 3 // 4)


class Worker:
    """Everything that works on rows. ``stop`` drains within its grace.

    With a ``queue``, long work starts by its nudges; the claim loop then only finds what the queue lost.
    ``note_stuck(kind, count, oldest)`` hears with every sweep what is open longer than ``open_bound`` seconds.
    """

    def __init__(
        self,
        *,
        store: Store,
        waker: Waker,
        owner: UUID,
        run_turn: Callable[[Claim], Awaitable[None]],
        turn_lease: float,
        run_delivery: Callable[[DeliveryClaim], Awaitable[None]],
        delivery_lease: float,
        jobs: JobRunner,
        turns: int = 16,
        deliveries: int = 16,
        long_jobs: int = 2,
        queue: ArqQueue | None = None,
        open_bound: float = 300.0,
        note_stuck: Callable[[str, int, float], None] | None = None,
    ) -> None:
        self._store = store
        self._open_bound = open_bound
        self._note_stuck = note_stuck
        self._stuck: dict[str, int] = {}
        self._queue = queue
        self._long_jobs = long_jobs

        async def claim_turns(n: int, after: UUID) -> list[Claim]:
            async with store.cross() as cross:
                return await cross.claim(n, after, owner, turn_lease, share_of(turns))

        async def claim_deliveries(n: int, after: UUID) -> list[DeliveryClaim]:
            async with store.cross() as cross:
                return await cross.claim_deliveries(n, after, owner, delivery_lease, share_of(deliveries))

        async def claim_jobs(n: int) -> list[JobClaim]:
            async with store.cross() as cross:
                return await cross.claim_jobs(n, owner, JOB_LEASE)

        async def run_due_jobs() -> None:
            for claim in await claim_jobs(1):
                await jobs.run(claim)

        self._run_due_jobs = run_due_jobs
        turn_loop = ClaimLoop[Claim](
            topic="turn", claim=Fair(claim_turns), run=run_turn, waker=waker, concurrency=turns, share=share_of(turns)
        )
        delivery_loop = ClaimLoop[DeliveryClaim](
            topic="delivery",
            claim=Fair(claim_deliveries),
            run=run_delivery,
            waker=waker,
            concurrency=deliveries,
            share=share_of(deliveries),
        )
        job_loop = ClaimLoop[JobClaim](topic="job", claim=claim_jobs, run=jobs.run, waker=waker, concurrency=long_jobs)
        self._loops: tuple[ClaimLoop[Claim] | ClaimLoop[DeliveryClaim] | ClaimLoop[JobClaim], ...] = (
            turn_loop,
            delivery_loop,
            job_loop,
        )
        self._sweeper: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to claim and sweep."""
        for loop in self._loops:
            loop.start()
        self._sweeper = asyncio.create_task(self._sweep(), name="sweep")
        if self._queue is not None:
            self._queue.start(self._run_due_jobs, jobs=self._long_jobs)

    def running(self) -> dict[str, int]:
        """How many pieces of each kind are being worked on here."""
        return {f"running_{loop.topic}": loop.running for loop in self._loops}

    async def stop(self, grace: float = 8.0) -> None:
        """Claim nothing more, finish or release what runs within ``grace`` seconds."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sweeper
        stops = [loop.stop(grace) for loop in self._loops]
        await asyncio.gather(*stops, *([self._queue.stop()] if self._queue is not None else []))

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            try:
                async with self._store.cross() as cross:
                    woken = await cross.sweep_inbox(_STALE_SECONDS)
                    stuck = await cross.stuck(self._open_bound)
                if woken:
                    log.warning("sweep.found", conversations=woken)
                self._tell_stuck(stuck)
            except Exception as error:
                log.warning("sweep.failed", error=type(error).__name__)

    def _tell_stuck(self, stuck: Sequence[Stuck]) -> None:
        for kind in stuck:
            if self._note_stuck is not None:
                self._note_stuck(kind.kind, kind.count, kind.oldest)
            before, self._stuck[kind.kind] = self._stuck.get(kind.kind, 0), kind.count
            if kind.count > before:
                log.error("ledger.stuck", kind=kind.kind, count=kind.count, oldest_seconds=round(kind.oldest))
            elif before and not kind.count:
                log.info("ledger.free", kind=kind.kind)
