"""A small memory that forgets: bounded, and never older than its lifetime."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Remembers up to ``size`` values for ``seconds``; the one unused longest goes first."""

    def __init__(self, *, seconds: float, size: int, now: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._size = size
        self._now = now
        self._kept: OrderedDict[K, tuple[float, V]] = OrderedDict()

    def get(self, key: K) -> V | None:
        """The value while it is fresh."""
        found = self._kept.get(key)
        if found is None:
            return None
        until, value = found
        if self._now() >= until:
            return None
        self._kept.move_to_end(key)
        return value

    def stale(self, key: K) -> V | None:
        """The value whether it is fresh or not."""
        found = self._kept.get(key)
        return None if found is None else found[1]

    def put(self, key: K, value: V) -> V:
        """Remember ``value`` from now on."""
        self._kept[key] = (self._now() + self._seconds, value)
        self._kept.move_to_end(key)
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)
        return value

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()

    def forget(self, key: K) -> None:
        """Forget one value."""
        self._kept.pop(key, None)
