"""Counting what tenants' programs ask of the API: in memory, written down every few seconds."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from hub.core.errors import NotFound
from hub.core.ids import TenantId
from hub.core.plans import Plan, Plans
from hub.core.ports import Clock
from hub.store.calls import CallHour, Counted
from hub.store.session import Store

log = structlog.get_logger(__name__)

_PACE = 2.0
_MOST = 20_000
"""Tenants and hours that wait to be written down. Beyond it nothing new is counted, and it is said in the log."""


class CallCounter:
    """Notes each call; ``start`` writes down what was noted until ``stop``, which writes the rest."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._noted: dict[tuple[TenantId, datetime], Counted] = {}
        self._writing: asyncio.Task[None] | None = None

    def note(self, tenant: TenantId, *, beyond: bool = False, refused: bool = False) -> None:
        """One call of a tenant's key: within the limit, beyond it and let through, or refused."""
        hour = self._clock.now().replace(minute=0, second=0, microsecond=0)
        known = self._noted.get((tenant, hour))
        if known is None:
            if len(self._noted) >= _MOST:
                log.warning("calls.uncounted", waiting=len(self._noted))
                return
            known = self._noted[tenant, hour] = Counted(tenant, hour)
        known.calls += not refused
        known.beyond += beyond
        known.refused += refused

    async def flush(self) -> None:
        """Write down what was noted. What cannot be written stays for the next time."""
        noted, self._noted = self._noted, {}
        if not noted:
            return
        try:
            async with self._store.operation() as operation:
                await operation.note_calls(list(noted.values()))
        except BaseException:
            for key, one in noted.items():
                self._noted.setdefault(key, Counted(one.tenant, one.hour)).add(one)
            raise

    def start(self) -> None:
        """Begin to write down."""
        self._writing = asyncio.create_task(self._forever(), name="call-counter")

    async def stop(self) -> None:
        """Write the rest down and end. Without a database the last seconds are not counted."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        with contextlib.suppress(Exception):
            async with asyncio.timeout(1.0):
                await self.flush()

    async def _forever(self) -> None:
        while True:
            await asyncio.sleep(_PACE)
            try:
                await self.flush()
            except Exception as error:
                log.info("calls.flush_failed", error=type(error).__name__)


@dataclass(frozen=True, slots=True)
class CallUse:
    """A tenant's plan, and what it asked: the present hour, and the hours that had any calls, the newest first."""

    plan: Plan
    now: CallHour
    hours: Sequence[CallHour] = field(default_factory=tuple)


class CallDesk:
    """Looks up what a tenant asked of the API."""

    def __init__(self, *, store: Store, clock: Clock, plans: Plans) -> None:
        self._store = store
        self._clock = clock
        self._plans = plans

    async def use(self, tenant: TenantId, days: int) -> CallUse:
        """The plan and the hours of the last ``days``. Raises ``NotFound``."""
        now = self._clock.now()
        hour = now.replace(minute=0, second=0, microsecond=0)
        async with self._store.directory() as directory:
            row = await directory.tenant(str(tenant))
        if row is None:
            raise NotFound("There is no such tenant.", field="tenant")
        async with self._store.begin(tenant) as tx:
            hours = await tx.calls.since(now - timedelta(days=days))
        present = next((one for one in hours if one.hour == hour), CallHour(hour, 0, 0, 0))
        return CallUse(self._plans.of(row.plan, row.hourly_limit), present, hours)
