"""How far the event log can be read without skipping an event that is still to appear.

Numbers are given before commit, so event 7 may appear after event 8. The log is settled up to a number once every
transaction that ran when it was the newest has ended.
"""

from __future__ import annotations

import asyncio
import time

from hub.store.cross import EventMark
from hub.store.session import Store

_AGE = 0.1
"""Seconds a mark must be old besides: a transaction gets its number a moment before it counts as running."""
_STEP = 0.05


class Horizon:
    """Knows the newest settled event number. One a process; costs one small query each time it is asked."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._settled = 0
        self._mark: EventMark | None = None
        self._taken = 0.0

    async def settled(self) -> int:
        """The newest number up to which nothing can appear any more, as far as is known now. Never goes back."""
        async with self._store.cross() as cross:
            now = await cross.event_mark()
        moment = time.monotonic()
        mark = self._mark
        if mark is None:
            self._mark, self._taken = now, moment
        elif now.running >= mark.next and moment - self._taken >= _AGE:
            self._settled = max(self._settled, mark.seq)
            self._mark, self._taken = now, moment
        return self._settled

    async def settle(self, seconds: float) -> int:
        """As ``settled``, after waiting up to ``seconds`` for what is in the log at the call."""
        async with self._store.cross() as cross:
            newest = (await cross.event_mark()).seq
        found = await self.settled()
        for _ in range(max(1, int(seconds / _STEP))):
            if found >= newest:
                break
            await asyncio.sleep(_STEP)
            found = await self.settled()
        return found
