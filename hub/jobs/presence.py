"""Presence: each process is there for the others to see, and takes from those that have ended what they held."""

from __future__ import annotations

import asyncio
import random
from uuid import UUID

import structlog

from hub.core.ports import Waker
from hub.store.session import Store

log = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
SETTLE_SECONDS = 1.5
"""A process whose connection was cut has so long to be back: longer than between two of its tries."""
BACK_SECONDS, LONGEST_BACK_SECONDS = 0.2, 1.0


class Presence:
    """Stands for one owner of leases, and looks after the others'. Nothing depends on it but how soon: a lease that
    nobody prolongs ends by itself. A conversation under which more than ``crashes`` processes ended waits for that: it
    may be what ends them."""

    def __init__(self, *, store: Store, owner: UUID, waker: Waker, crashes: int) -> None:
        self._store = store
        self._owner = owner
        self._waker = waker
        self._crashes = crashes
        self._tasks: tuple[asyncio.Task[None], ...] = ()

    def start(self) -> None:
        """Be present, and begin to look. Idempotent."""
        self._tasks = self._tasks or (
            asyncio.create_task(self._stand(), name="presence"),
            asyncio.create_task(self._look(), name="presence-look"),
        )

    async def stop(self) -> None:
        """Be gone. What this owner still holds is the others' soon."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _stand(self) -> None:
        line = self._store.presence(self._owner)
        pause = BACK_SECONDS
        try:
            while True:
                try:
                    if not await line.open():
                        log.info("presence.behind_a_pooler")
                        return
                    pause = BACK_SECONDS
                    await line.until_cut()
                    log.info("presence.cut")
                except Exception as error:  # the claim loops tell that the database is away
                    log.debug("presence.away", error=type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(LONGEST_BACK_SECONDS, 2 * pause)
        finally:
            await line.close()

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS * random.uniform(0.8, 1.2))  # noqa: S311  # no secret
            try:
                async with self._store.operation() as operation:
                    freed = await operation.take_from_missed(SETTLE_SECONDS, self._crashes)
                if freed:
                    log.warning("presence.taken_over", conversations=freed)
                    await self._waker.wake("turn")
            except Exception as error:
                log.debug("presence.look_failed", error=type(error).__name__)
