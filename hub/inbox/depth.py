"""How much may wait: a tenant whose inbox or outbox is full is told to come again, and everybody else goes on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import structlog

from hub.core.errors import Unavailable
from hub.core.ids import TenantId
from hub.store.session import Store

log = structlog.get_logger(__name__)

_LOOK_SECONDS = 2.0
RETRY_SECONDS = 5.0
"""When to come again."""


class Backlogged(Unavailable):
    """So much of the tenant's waits already that nothing more is taken just now."""

    code = "backlogged"
    retry_after = RETRY_SECONDS


class Depth:
    """Knows which tenants are full.

    It looks every two seconds, so that nothing stands between a webhook and its answer; what comes in between goes over
    the limit.

    ``note(kind, tenants)`` hears after each look how many are full.
    """

    def __init__(
        self, *, store: Store, inbox_limit: int, outbox_limit: int, note: Callable[[str, int], None] | None = None
    ) -> None:
        self._store = store
        self._limits = {"inbox": inbox_limit, "outbox": outbox_limit}
        self._note = note
        self._full: dict[str, frozenset[TenantId]] = {"inbox": frozenset(), "outbox": frozenset()}
        self._task: asyncio.Task[None] | None = None

    def admit(self, tenant: TenantId) -> None:
        """Raise ``Backlogged`` where the tenant's inbox is full: platforms deliver again, the bubble sends again."""
        if tenant in self._full["inbox"]:
            raise Backlogged("More messages wait here than can be kept waiting. Send it again in a moment.")

    def has_room(self, tenant: TenantId) -> bool:
        """Whether more may be put into the tenant's outbox."""
        return tenant not in self._full["outbox"]

    async def look(self) -> None:
        """Count anew."""
        async with self._store.cross() as cross:
            found = await cross.depths(self._limits["inbox"], self._limits["outbox"])
        for kind, before in self._full.items():
            now = frozenset(row.tenant_id for row in found if row.kind == kind)
            for tenant in now - before:
                log.warning("depth.full", kind=kind, tenant_id=str(tenant), limit=self._limits[kind])
            for tenant in before - now:
                log.info("depth.room_again", kind=kind, tenant_id=str(tenant))
            self._full[kind] = now
            if self._note is not None:
                self._note(kind, len(now))

    def start(self) -> None:
        """Begin to look. Idempotent."""
        if self._task is None:
            self._task = asyncio.create_task(self._forever(), name="depth")

    async def stop(self) -> None:
        """Look no more. Idempotent."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _forever(self) -> None:
        while True:
            try:
                await self.look()
            except Exception as error:
                log.warning("depth.unknown", error=type(error).__name__)
            await asyncio.sleep(_LOOK_SECONDS)
