"""The messages of one simulated chat, and word of every change to whoever looks at it."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from typing import Generic, Protocol, TypeVar


class Message(Protocol):
    """A message as a chat holds it; ``version`` is the chat's at its last change."""

    version: int


_MOST = 2_000
K = TypeVar("K")
M = TypeVar("M", bound=Message)


class ChatLog(Generic[K, M]):
    """Messages by their platform's id, oldest first. ``version`` rises with every change that somebody looking at the
    chat would see."""

    def __init__(self) -> None:
        self.held: OrderedDict[K, M] = OrderedDict()
        self.version = 0
        self._changed = asyncio.Event()

    def keep(self, id: K, message: M) -> None:
        """Put a message at the end; the oldest goes when there are too many."""
        self.held[id] = message
        if len(self.held) > _MOST:
            self.held.popitem(last=False)
        self.touch(message)

    def touch(self, message: M | None = None) -> None:
        """Say that something changed (in this message)."""
        self.version += 1
        if message:
            message.version = self.version
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait_past(self, version: int, timeout: float) -> None:  # noqa: ASYNC109  # a long poll's own limit
        """Return when the chat is newer than ``version``, or after ``timeout`` seconds."""
        end = time.monotonic() + timeout
        while self.version <= version and (left := end - time.monotonic()) > 0:
            try:
                await asyncio.wait_for(self._changed.wait(), left)
            except TimeoutError:
                return
