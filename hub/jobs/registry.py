"""Which processes live: each tells of itself every few seconds, and leaves when it ends."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from hub.store.operation import ProcessRow
from hub.store.session import Store

log = structlog.get_logger(__name__)

BEAT_SECONDS = 5.0
SILENT_SECONDS = 20.0
"""Silent for so long, a process is taken for dead."""

Facts = Callable[[], Mapping[str, Any]]
"""What a process tells of itself just now: numbers, no names of anybody."""


class Registry:
    """One process's line in the list. ``peers`` is how many of its role live, itself included, as of the last beat."""

    def __init__(self, *, store: Store, id: UUID, role: str, version: str, started: datetime, facts: Facts) -> None:
        self._store = store
        self._row = ProcessRow(id, role, socket.gethostname(), os.getpid(), version, {}, False, started, 0.0)
        self._facts = facts
        self._beating: asyncio.Task[None] | None = None
        self.draining = False
        self.peers = 1

    def start(self) -> None:
        """Begin to tell."""
        self._beating = asyncio.create_task(self._forever(), name="heartbeat")

    async def stop(self) -> None:
        """Leave the list. Without a database the list forgets this process by its silence."""
        if self._beating is None:
            return
        self._beating.cancel()
        await asyncio.gather(self._beating, return_exceptions=True)
        try:
            async with asyncio.timeout(1.0), self._store.operation() as operation:
                await operation.leave(self._row.id)
        except Exception as error:
            log.info("registry.left_in_silence", error=type(error).__name__)

    async def beat(self) -> None:
        """Tell once."""
        row = self._row
        now = ProcessRow(
            row.id, row.role, row.host, row.pid, row.version, dict(self._facts()), self.draining, row.started_at, 0.0
        )
        async with self._store.operation() as operation:
            await operation.heartbeat(now)
            alive = [p for p in await operation.processes() if p.role == row.role and p.silent < SILENT_SECONDS]
        self.peers = max(1, len(alive))

    async def _forever(self) -> None:
        while True:
            try:
                await self.beat()
            except Exception as error:
                log.info("registry.beat_failed", error=type(error).__name__)
            await asyncio.sleep(BEAT_SECONDS)
