"""Sending one event to one endpoint: signed, at least once, and settled by what the endpoint answers."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from uuid import UUID

import structlog

from hub.core.errors import HubError
from hub.core.ports import Clock
from hub.events.payload import body_of
from hub.events.schedule import GIVE_UP_AFTER, TRIP, TRY_FOR, pause_after, rest_after, retry_after_of
from hub.events.signing import headers, unseal
from hub.security.encryption import Vault
from hub.security.outbound import OutboundClient
from hub.store.cross import WebhookClaim
from hub.store.events import EventRow
from hub.store.session import Store, Tx
from hub.store.webhook_deliveries import WebhookDeliveryRow
from hub.store.webhooks import WebhookRow

log = structlog.get_logger(__name__)

LEASE_SECONDS = 45.0
"""Longer than one try: when its worker dies, another sends the event again after this, under the same id."""
HTTP_SECONDS = 15.0
KEPT_BYTES = 20_000
"""How much of an answer is read and kept."""
_READ_LIMIT = 2**62  # an answer is cut, not refused: what counts is its status
_GONE = "The endpoint answered 410 Gone, so it was switched off."
_TOO_LONG = "The endpoint took no event for five days, so it was switched off."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one try came to. ``status`` is None when nobody answered; ``error`` None when the event was taken."""

    status: int | None
    response: str | None
    error: str | None
    retry_after: float | None = None


async def post_event(
    hook: WebhookRow, event: EventRow, *, vault: Vault, outbound: OutboundClient, clock: Clock
) -> Outcome:
    """Send one event to its endpoint once, signed. Never raises for what the endpoint does."""
    try:
        body = body_of(event, hook.tenant_id)
        signed = headers(unseal(vault, hook.tenant_id, hook.secret), event.id, body, clock.now())
        async with outbound.open(
            "POST",
            hook.url,
            headers={"content-type": "application/json", **signed},
            body=body,
            seconds=HTTP_SECONDS,
            max_bytes=_READ_LIMIT,
            redirects=0,
        ) as reply:
            status, asked = reply.status, reply.headers.get("Retry-After")
            kept = bytearray()
            if not 200 <= status < 300 or reply.headers.get("Content-Length") != "0":
                # The status stands, whatever becomes of the rest.
                with contextlib.suppress(HubError):
                    async for chunk in reply.chunks:
                        kept += chunk
                        if len(kept) >= KEPT_BYTES:
                            break
    except HubError as error:
        return Outcome(None, None, str(error))
    response = bytes(kept[:KEPT_BYTES]).decode("utf-8", "replace").replace("\x00", "\ufffd")
    if 200 <= status < 300:
        return Outcome(status, response, None)
    why = "The endpoint redirects, which is not followed" if 300 <= status < 400 else "The endpoint refused"
    held = retry_after_of(asked, clock.now()) if status in (429, 503) else None
    return Outcome(status, response, f"{why} (status {status}).", held)


class WebhookSender:
    """Works on claimed deliveries."""

    def __init__(self, *, store: Store, vault: Vault, outbound: OutboundClient, clock: Clock, owner: UUID) -> None:
        self._store = store
        self._vault = vault
        self._outbound = outbound
        self._clock = clock
        self.owner = owner

    async def run(self, claim: WebhookClaim) -> None:
        """Work on one claimed delivery until it is settled or put back."""
        found = await self._take(claim)
        if found is None:
            return
        row, hook, event = found
        try:
            outcome = await post_event(hook, event, vault=self._vault, outbound=self._outbound, clock=self._clock)
        except asyncio.CancelledError:
            await asyncio.shield(self._release(claim))
            raise
        if outcome.error is None:
            await self._delivered(claim, hook, outcome)
        else:
            log.info("webhook.failed", webhook_id=str(hook.id), status=outcome.status, attempt=row.attempts)
            await self._failed(claim, row, outcome)

    async def _take(self, claim: WebhookClaim) -> tuple[WebhookDeliveryRow, WebhookRow, EventRow] | None:
        """The row with all it needs; None when it is settled, no longer ours, or must wait."""
        async with self._store.begin(claim.tenant_id) as tx:
            row = await tx.webhook_deliveries.get(claim.id)
            if row is None or row.epoch != claim.epoch or row.state != "ready":
                return None
            hook = await tx.webhooks.get(row.webhook_id)
            if hook is None or not hook.enabled:
                return None
            if not await self._may_try(tx, hook):
                # Due again at once: while the circuit is open, nothing of this endpoint is claimed.
                await tx.webhook_deliveries.put_back(row.id, claim.epoch, 0.0)
                return None
            event = await tx.events.get(row.event_seq)
            if event is None:
                await tx.webhook_deliveries.dead(
                    row.id, claim.epoch, status=None, response=None, error="The event is no longer kept."
                )
                return None
        return row, hook, event

    async def _may_try(self, tx: Tx, hook: WebhookRow) -> bool:
        """Whether the endpoint's circuit is closed. Where it was open, of those that were claimed together one asks."""
        if hook.failures >= TRIP:
            return await tx.webhooks.take_probe(hook.id, LEASE_SECONDS)
        return hook.open_until is None or hook.open_until <= self._clock.now()

    async def _delivered(self, claim: WebhookClaim, hook: WebhookRow, outcome: Outcome) -> None:
        async with self._store.begin(claim.tenant_id) as tx:
            await tx.webhooks.recovered(hook.id, close=hook.failures >= TRIP)
            await tx.webhook_deliveries.delivered(
                claim.id, claim.epoch, status=outcome.status or 0, response=outcome.response or ""
            )

    async def _failed(self, claim: WebhookClaim, row: WebhookDeliveryRow, outcome: Outcome) -> None:
        now, error = self._clock.now(), outcome.error or ""
        pause = pause_after(row.attempts, outcome.retry_after)
        async with self._store.begin(claim.tenant_id) as tx:
            held = await tx.webhooks.lock(row.webhook_id)
            if held is None:
                return
            hook = await tx.webhooks.failed(held.id, pause=rest_after(held.failures + 1, outcome.retry_after))
            last = row.ready_at + TRY_FOR <= now
            if last or outcome.status == 410:
                await tx.webhook_deliveries.dead(
                    row.id, claim.epoch, status=outcome.status, response=outcome.response, error=error
                )
            else:
                await tx.webhook_deliveries.retry(
                    row.id, claim.epoch, pause, status=outcome.status, response=outcome.response, error=error
                )
            if outcome.status == 410:
                await tx.webhooks.disable(held.id, _GONE)
            elif hook is not None and hook.failing_since is not None and hook.failing_since + GIVE_UP_AFTER <= now:
                await tx.webhooks.disable(held.id, _TOO_LONG)

    async def _release(self, claim: WebhookClaim) -> None:
        with contextlib.suppress(HubError):
            async with self._store.begin(claim.tenant_id) as tx:
                await tx.webhook_deliveries.put_back(claim.id, claim.epoch, 0.0)
