"""Suspects: work whose process ended under it, more than once.

What ends a process takes everything down that is being worked on beside it. So what is suspected goes on apart from the
rest: the guilty piece uses up its own tries and not those of its neighbours.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

SUSPECT_AFTER = 2
"""After so many tries that ended with the process a delivery may be what ends it."""
APART_AFTER = 3
"""After so many a conversation is answered with nothing beside it. Two are too few: where processes are killed at
random every other second many a bystander meets two, and what is apart waits for what else is."""
ALONE_SECONDS = 10.0
"""How long a suspect delivery is the only one of its kind at work in a process."""
HELD_UP_SECONDS = 60.0
"""How long a suspect conversation waits for what runs, and what comes after waits for it."""
SETTLING_SECONDS = 5.0


class Apart:
    """Lets a suspect work with nothing at all beside it in this process, so that a crash tells whose it was.

    For who has to wait the try does not count: a process that ends meanwhile did not end by it. Nobody begins before
    that is written down.
    """

    def __init__(self) -> None:
        self._running = 0
        self._suspects = 0
        self._settling = 0
        self._changed = asyncio.Condition()

    @contextlib.asynccontextmanager
    async def place(self, suspect: bool, count: Callable[[int], Awaitable[None]]) -> AsyncIterator[None]:
        """Wait for a place and hold it. ``count`` takes the try back (-1) or counts it after all (1)."""
        self._suspects += suspect
        try:
            await asyncio.sleep(0)  # what was claimed together has arrived by then
            if waits := not self._free(suspect):
                await self._settle(count)
                await self._until(lambda: self._free(suspect), HELD_UP_SECONDS)
            self._running += 1
            try:
                await asyncio.sleep(0)
                await self._until(lambda: self._settling == 0, SETTLING_SECONDS)
                if waits:
                    await count(1)
                yield
            finally:
                self._running -= 1
        finally:
            self._suspects -= suspect
            await self._tell()

    def _free(self, suspect: bool) -> bool:
        return self._running == 0 if suspect else self._suspects == 0

    async def _settle(self, count: Callable[[int], Awaitable[None]]) -> None:
        self._settling += 1
        try:
            await count(-1)
        finally:
            self._settling -= 1
            await self._tell()

    async def _until(self, holds: Callable[[], bool], seconds: float) -> None:
        if holds():
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(holds)

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()


class Suspects:
    """One process's place for one suspect at a time, beside what is none."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._held: tuple[UUID, float] | None = None

    def may_start(self, id: UUID, crashes: int) -> bool:
        """Whether a piece that ended ``crashes`` processes may run beside what runs; a suspect then holds the place
        until it is ``done``, or for ten seconds."""
        if crashes < SUSPECT_AFTER:
            return True
        if self._held is not None and self._now() < self._held[1]:
            return False
        self._held = (id, self._now() + ALONE_SECONDS)
        return True

    def done(self, id: UUID) -> None:
        """It came back. Idempotent."""
        if self._held is not None and self._held[0] == id:
            self._held = None
