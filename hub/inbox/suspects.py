"""Suspects: work whose process ended under it, more than once.

What ends a process takes everything down that is being worked on beside it. So what is suspected goes on apart from the
rest: the guilty piece uses up its own tries and not those of its neighbours.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from uuid import UUID

SUSPECT_AFTER = 2
"""After so many tries that ended with the process a piece of work may be what ends it."""
ALONE_SECONDS = 10.0
"""How long a suspect is waited for, and waits for others."""


class Apart:
    """Lets a suspect work with nothing at all beside it in this process, so that a crash tells whose it was.

    A suspect waits until what runs is done and holds up what comes after, each for ten seconds at most.
    """

    def __init__(self) -> None:
        self._running = 0
        self._suspects = 0
        self._changed = asyncio.Condition()

    def free(self, suspect: bool) -> bool:
        """Whether a piece of work may begin at once."""
        return self._running == 0 if suspect else self._suspects == 0

    @contextlib.asynccontextmanager
    async def place(self, suspect: bool) -> AsyncIterator[None]:
        """Wait for a place and hold it."""
        self._suspects += suspect
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ALONE_SECONDS), self._changed:
                    await self._changed.wait_for(lambda: self.free(suspect))
            self._running += 1
            try:
                yield
            finally:
                self._running -= 1
        finally:
            self._suspects -= suspect
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
