"""Long work through arq: a queue of nudges on Redis, so that a new job starts at once on whichever worker is free.

The job table stays the truth. A nudge carries nothing, not even an id: whoever gets it claims the oldest due row. What
Redis loses (FLUSHALL loses every queued job) the claim loop's sweep finds, and an arq that Redis has left is started
again with growing pauses, because its own worker ends when Redis stops.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import structlog

log = structlog.get_logger(__name__)

QUEUE = "hub:long"
_FUNCTION = "run_due"
_ENQUEUE_SECONDS = 0.25
_REST_SECONDS = 0.5
_LONGEST_REST = 10.0


class ArqQueue:
    """Nudges workers, and works on nudges. JSON on the wire: arq's default, pickle, would run what it reads."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: Any = None
        self._task: asyncio.Task[None] | None = None

    async def nudge(self) -> None:
        """Say that a job is due. Best effort and bounded in time."""
        try:
            async with asyncio.timeout(_ENQUEUE_SECONDS):
                if self._pool is None:
                    self._pool = await self._open()
                await self._pool.enqueue_job(_FUNCTION, _queue_name=QUEUE, _expires=60)
        except Exception as error:
            log.debug("arq.nudge_lost", error=type(error).__name__)

    def start(self, work: Callable[[], Awaitable[None]], *, jobs: int) -> None:
        """Begin to work on nudges: ``work`` claims and runs what is due, at most ``jobs`` at a time."""
        self._task = asyncio.create_task(self._supervise(work, jobs), name="arq")

    async def stop(self) -> None:
        """Work on no more nudges; what runs is cancelled and goes back to the table."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def close(self) -> None:
        """Stop, and let go of Redis."""
        await self.stop()
        if self._pool is not None:
            await self._pool.aclose()
            self._pool = None

    async def _open(self) -> Any:
        from arq import create_pool
        from arq.connections import RedisSettings

        settings = RedisSettings.from_dsn(self._url)
        settings.conn_retries = 0
        return await create_pool(settings, job_serializer=orjson.dumps, job_deserializer=orjson.loads)

    async def _supervise(self, work: Callable[[], Awaitable[None]], jobs: int) -> None:
        from arq.worker import Worker, func

        async def nudged(_context: dict[Any, Any]) -> None:
            await work()

        run_due: Any = nudged

        rest = _REST_SECONDS
        while True:
            worker: Any = None
            try:
                worker = Worker(
                    functions=[func(run_due, name=_FUNCTION, keep_result=0, max_tries=1, timeout=3600)],
                    queue_name=QUEUE,
                    redis_pool=await self._open(),
                    handle_signals=False,
                    max_jobs=jobs,
                    poll_delay=0.2,
                    job_serializer=orjson.dumps,
                    job_deserializer=orjson.loads,
                )
                rest = _REST_SECONDS
                await worker.async_run()
            except asyncio.CancelledError:
                raise
            except Exception as error:
                log.warning("arq.redis_away", error=type(error).__name__, retry_in=rest)
            finally:
                if worker is not None:
                    with contextlib.suppress(Exception):
                        await worker.close()
            await asyncio.sleep(rest)
            rest = min(rest * 2, _LONGEST_REST)
