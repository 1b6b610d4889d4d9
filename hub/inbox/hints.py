"""Hints after a commit: workers are woken and browsers told, behind the answer and never before it."""

from __future__ import annotations

import asyncio

import structlog

from hub.core.ids import ConversationId, TenantId
from hub.core.ports import Announcer, Waker

log = structlog.get_logger(__name__)

_ROUND_SECONDS = 1.0
_MOST = 10_000
"""Conversations whose news may wait; beyond that a browser finds out when it next asks."""


class Hints:
    """Collects news while the last round is told, one a conversation: the newest stands for all before it.

    Lost hints cost a second at most: loops sweep, and clients ask for what they lack.
    """

    def __init__(self, *, waker: Waker, announcer: Announcer) -> None:
        self._waker = waker
        self._announcer = announcer
        self._moved: dict[tuple[TenantId, ConversationId], int] = {}
        self._due = False
        self._telling: asyncio.Task[None] | None = None

    def moved(self, tenant: TenantId, conversation: ConversationId, seq: int) -> None:
        """A conversation reached this sequence number."""
        key = (tenant, conversation)
        if key in self._moved or len(self._moved) < _MOST:
            self._moved[key] = max(seq, self._moved.get(key, 0))
            self._start()

    def due(self) -> None:
        """A turn waits for a worker."""
        self._due = True
        self._start()

    def _start(self) -> None:
        if self._telling is None:
            self._telling = asyncio.ensure_future(self._tell())

    async def _tell(self) -> None:
        try:
            while self._due or self._moved:
                due, self._due = self._due, False
                moved, self._moved = self._moved, {}
                try:
                    async with asyncio.timeout(_ROUND_SECONDS):
                        if due:
                            await self._waker.wake("turn")
                        for (tenant, conversation), seq in moved.items():
                            await self._announcer.announce(tenant, conversation, seq)
                except Exception as error:
                    log.info("inbox.hint_lost", error=type(error).__name__)
        finally:
            self._telling = None
