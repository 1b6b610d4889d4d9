"""Remembers what recent searches found, as long as the knowledge they searched stays as it was."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class ResultCache(Generic[T]):
    """At most ``size`` results, each for ``ttl`` seconds; the one used longest ago goes first. One a process.

    The key must hold the tenant and the version of its knowledge: a change makes the old results unreachable.
    """

    def __init__(self, *, size: int = 1024, ttl: float = 300.0, now: Callable[[], float] = time.monotonic) -> None:
        self._size = size
        self._ttl = ttl
        self._now = now
        self._entries: OrderedDict[Hashable, tuple[float, T]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Hashable) -> T | None:
        """The result, or None when there is none or it is too old."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry[0] <= self._now():
            del self._entries[key]
            return None
        self._entries.move_to_end(key)
        return entry[1]

    def put(self, key: Hashable, value: T) -> None:
        """Remember a result."""
        self._entries[key] = (self._now() + self._ttl, value)
        self._entries.move_to_end(key)
        while len(self._entries) > self._size:
            self._entries.popitem(last=False)
