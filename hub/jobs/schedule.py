"""The schedule: work that comes by the clock. Each piece runs in one process at a time, whichever looks first."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog

from hub.store.operation import Begun
from hub.store.session import Store

log = structlog.get_logger(__name__)

LOOK_SECONDS = 5.0
LEASE_SECONDS = 600.0
"""How long one run may take. When its process dies, another may begin it anew after this."""

Work = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
"""Does it once: gets what the last good run left, and gives what the next one, and the operator, shall see."""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """One piece of work: its name (``noun.verb``), how many seconds lie between two runs, and the work itself."""

    name: str
    every: float
    work: Work


class Schedule:
    """Looks every few seconds for what is due and runs it here, unless another process was first."""

    def __init__(self, *, store: Store, owner: UUID, pieces: Sequence[Scheduled]) -> None:
        self._store = store
        self._owner = owner
        self._pieces = {piece.name: piece for piece in pieces}
        self._every = {piece.name: piece.every for piece in pieces}
        self._running: set[asyncio.Task[None]] = set()
        self._looking: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look."""
        self._looking = asyncio.create_task(self._forever(), name="schedule")

    async def stop(self) -> None:
        """Begin nothing more; what runs is cancelled and due again at once, elsewhere."""
        tasks = [task for task in (self._looking, *self._running) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def look(self) -> list[str]:
        """Run everything that is due; the names. Raises nothing for what is a piece's own trouble."""
        async with self._store.operation() as operation:
            begun = await operation.begin_scheduled(self._every, self._owner, LEASE_SECONDS)
        for piece in begun:
            task = asyncio.create_task(self._one(piece), name=f"scheduled-{piece.name}")
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return [piece.name for piece in begun]

    async def idle(self) -> None:
        """Return when nothing runs here."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _forever(self) -> None:
        while True:
            try:
                await self.look()
            except Exception as error:
                log.warning("schedule.look_failed", error=type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    async def _one(self, begun: Begun) -> None:
        started, error = time.monotonic(), None
        result: Mapping[str, Any] = {}
        try:
            async with asyncio.timeout(LEASE_SECONDS * 0.9):
                result = await self._pieces[begun.name].work(begun.result)
        except asyncio.CancelledError:
            await asyncio.shield(self._end(begun.name, "The process was stopped.", {}, again=True))
            raise
        except Exception as raised:
            error = f"{type(raised).__name__}: {raised}"[:2000]
            log.exception("schedule.failed", piece=begun.name)
        await self._end(begun.name, error, {**result, "seconds": round(time.monotonic() - started, 3)})

    async def _end(self, name: str, error: str | None, result: Mapping[str, Any], *, again: bool = False) -> None:
        with contextlib.suppress(Exception):
            async with self._store.operation() as operation:
                await operation.end_scheduled(name, self._owner, error=error, result=result)
                if again:
                    await operation.run_scheduled_now(name)
