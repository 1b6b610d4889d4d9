"""Brings the event log to tenants' endpoints: makes the delivery rows, and sends those that are due."""

from __future__ import annotations

import asyncio
import contextlib
import time
from uuid import UUID

import structlog

from hub.core.ports import Waker
from hub.events.horizon import Horizon
from hub.events.send import LEASE_SECONDS, WebhookSender
from hub.jobs.claim import ClaimLoop, Fair
from hub.store.cross import WebhookClaim
from hub.store.session import Store

log = structlog.get_logger(__name__)

_FAN_OUT_SECONDS = 0.5
_ENDPOINTS_AT_ONCE = 50
_LOOK_SECONDS = 5.0
"""How often to look though nothing new happened: another process may have died over what it had begun."""


class Postman:
    """Everything that pushes events. Any number of processes may run one; ``stop`` drains within its grace."""

    def __init__(self, *, store: Store, waker: Waker, sender: WebhookSender, at_once: int = 16) -> None:
        self._store = store
        self._waker = waker
        self._horizon = Horizon(store)
        self._done, self._looked = -1, 0.0

        async def claim(n: int, after: UUID) -> list[WebhookClaim]:
            async with store.cross() as cross:
                return await cross.claim_webhook_deliveries(n, after, sender.owner, LEASE_SECONDS)

        self._loop = ClaimLoop[WebhookClaim](
            topic="webhook", claim=Fair(claim), run=sender.run, waker=waker, concurrency=at_once
        )
        self._fanning: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to make rows and to send them."""
        self._loop.start()
        self._fanning = asyncio.create_task(self._fan_out_forever(), name="event-fan-out")

    async def stop(self, grace: float) -> None:
        """Take nothing more on; finish or put back what runs within ``grace`` seconds."""
        if self._fanning is not None:
            self._fanning.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._fanning
        await self._loop.stop(grace)

    async def fan_out(self) -> int:
        """Make the rows of all settled events; how many endpoints were behind. Idempotent."""
        safe, moved, moment = await self._horizon.settled(), 0, time.monotonic()
        if safe == self._done and moment - self._looked < _LOOK_SECONDS:
            return 0
        while True:
            async with self._store.cross() as cross:
                behind = await cross.fan_out_events(safe, _ENDPOINTS_AT_ONCE)
            if not behind:
                self._done, self._looked = safe, moment
                return moved
            moved += behind
            await self._waker.wake("webhook")

    async def _fan_out_forever(self) -> None:
        while True:
            await asyncio.sleep(_FAN_OUT_SECONDS)
            try:
                await self.fan_out()
            except Exception as error:
                log.warning("events.fan_out_failed", error=type(error).__name__)
