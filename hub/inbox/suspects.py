"""Suspects: work whose process ended under it, more than once, goes on with no other suspect beside it.

What ends a process takes everything down that is being worked on beside it. So the guilty piece uses up its own tries
and not those of its neighbours.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import UUID

SUSPECT_AFTER = 2
"""After so many tries that ended with the process a piece of work may be what ends it."""
ALONE_SECONDS = 10.0
"""How long a suspect is the only one of its kind at work in a process."""


class Suspects:
    """One process's place for one suspect at a time."""

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
