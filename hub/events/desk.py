"""What a tenant does with its webhooks: adding, changing, rotating the secret, looking at deliveries, replaying."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID

from hub.core.errors import BlockedAddress, Conflict, Invalid, NotFound
from hub.core.events import HubEvent
from hub.core.ids import TenantId, WebhookDeliveryId, WebhookId, uuid7
from hub.core.ports import Clock, Waker
from hub.events.send import Outcome, post_event
from hub.events.signing import new_secret, rotated, seal, unseal
from hub.security.encryption import Vault
from hub.security.outbound import OutboundClient
from hub.store.events import EventRow
from hub.store.session import Store
from hub.store.webhook_deliveries import DeliveryRates, WebhookDeliveryRow
from hub.store.webhooks import WebhookRow

MOST_WEBHOOKS = 20
MOST_REPLAYED = 1_000
TEST_EVENT = "webhook.test"
SWITCHED_OFF = "Switched off by the tenant."


class WebhookDesk:
    """Manages the endpoints of tenants. Secrets are given back once, when they are made."""

    def __init__(self, *, store: Store, vault: Vault, outbound: OutboundClient, clock: Clock, waker: Waker) -> None:
        self._store = store
        self._vault = vault
        self._outbound = outbound
        self._clock = clock
        self._waker = waker

    async def create(
        self, tenant: TenantId, url: str, *, types: Sequence[HubEvent] = (), description: str = ""
    ) -> tuple[WebhookRow, str]:
        """A new endpoint and its secret. Raises ``Invalid`` or ``BlockedAddress`` for the address, ``Conflict`` when
        there are twenty already."""
        checked, secret = self._address(url), new_secret()
        sealed = seal(self._vault, tenant, [secret])
        async with self._store.begin(tenant) as tx:
            if await tx.webhooks.count() >= MOST_WEBHOOKS:
                raise Conflict(f"There are {MOST_WEBHOOKS} webhooks already. Remove one that is no longer used.")
            row = await tx.webhooks.add(
                WebhookId(uuid7()), checked, description=description, types=_names(types), secret=sealed
            )
        return row, secret.text

    async def page(self, tenant: TenantId, limit: int, after: tuple[datetime, UUID] | None = None) -> list[WebhookRow]:
        """Endpoints by age."""
        async with self._store.begin(tenant) as tx:
            return await tx.webhooks.page(limit, after)

    async def get(self, tenant: TenantId, id: WebhookId) -> WebhookRow:
        """One endpoint. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            return _there(await tx.webhooks.get(id))

    async def change(
        self,
        tenant: TenantId,
        id: WebhookId,
        *,
        url: str | None = None,
        types: Sequence[HubEvent] | None = None,
        description: str | None = None,
        enabled: bool | None = None,
    ) -> WebhookRow:
        """The endpoint as changed; what is None stays. Raises ``NotFound``, ``Invalid`` and ``BlockedAddress``."""
        checked = None if url is None else self._address(url)
        async with self._store.begin(tenant) as tx:
            _there(await tx.webhooks.lock(id))
            if enabled is True:
                await tx.webhooks.enable(id)
            elif enabled is False:
                await tx.webhooks.disable(id, SWITCHED_OFF)
            return _there(
                await tx.webhooks.change(
                    id, url=checked, description=description, types=None if types is None else _names(types)
                )
            )

    async def rotate(self, tenant: TenantId, id: WebhookId, overlap: timedelta) -> tuple[WebhookRow, str]:
        """The endpoint and its new secret; the old one signs beside it for ``overlap``. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            row = _there(await tx.webhooks.lock(id))
            held = rotated(unseal(self._vault, tenant, row.secret), self._clock.now(), overlap)
            changed = _there(await tx.webhooks.change(id, secret=seal(self._vault, tenant, held)))
        return changed, held[0].text

    async def remove(self, tenant: TenantId, id: WebhookId) -> None:
        """Forget an endpoint with its deliveries. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            if not await tx.webhooks.remove(id):
                raise NotFound("There is no such webhook.", field="webhook")

    async def deliveries(
        self, tenant: TenantId, id: WebhookId, limit: int, before: int | None = None, *, state: str | None = None
    ) -> list[WebhookDeliveryRow]:
        """The delivery log, newest event first. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            _there(await tx.webhooks.get(id))
            return await tx.webhook_deliveries.page(id, limit, before, state=state)

    async def replay(self, tenant: TenantId, id: WebhookDeliveryId) -> WebhookDeliveryRow:
        """Send one event again, under the same id. Raises ``NotFound``, ``Conflict`` for an endpoint that is off."""
        async with self._store.begin(tenant) as tx:
            found = await tx.webhook_deliveries.get(id)
            if found is None:
                raise NotFound("There is no such delivery.", field="delivery")
            _on(_there(await tx.webhooks.lock(found.webhook_id)))
            row = await tx.webhook_deliveries.replay(id)
        await self._waker.wake("webhook")
        if row is None:
            raise NotFound("There is no such delivery.", field="delivery")
        return row

    async def replay_range(self, tenant: TenantId, id: WebhookId, first: int, last: int) -> tuple[int, int | None]:
        """Send an endpoint the events ``first`` to ``last`` again, in order, at most a thousand a call. How many, and
        where the next call begins (None: that was all). Raises ``NotFound``, ``Invalid`` and ``Conflict``."""
        if last < first:
            raise Invalid("The last event must not come before the first.", field="last")
        async with self._store.begin(tenant) as tx:
            row = _on(_there(await tx.webhooks.lock(id)))
            # What the endpoint's own cursor has not reached yet comes by itself.
            count, top = await tx.webhook_deliveries.replay_range(id, first, min(last, row.cursor), MOST_REPLAYED)
        await self._waker.wake("webhook")
        return count, top + 1 if top is not None and count == MOST_REPLAYED else None

    async def test(self, tenant: TenantId, id: WebhookId) -> Outcome:
        """Send the endpoint a ``webhook.test`` at once, in no log and never again. Raises ``NotFound``."""
        hook = await self.get(tenant, id)
        event = EventRow(0, uuid7(), TEST_EVENT, None, {"webhook_id": str(id)}, self._clock.now())
        return await post_event(hook, event, vault=self._vault, outbound=self._outbound, clock=self._clock)

    async def rates(self, tenant: TenantId, id: WebhookId, days: int) -> DeliveryRates:
        """What became of the deliveries made in the last ``days``. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            _there(await tx.webhooks.get(id))
            return await tx.webhook_deliveries.rates(id, self._clock.now() - timedelta(days=days))

    def _address(self, url: str) -> str:
        checked = self._outbound.check(url)
        if urlsplit(checked).scheme != "https" and not self._outbound.permits(checked):
            raise BlockedAddress(
                "The address must start with https://. The operator can permit single addresses with "
                "HUB_OUTBOUND_ALLOW.",
                field="url",
            )
        return checked


def _names(types: Sequence[HubEvent]) -> list[str]:
    return sorted({type.value for type in types})


def _there(row: WebhookRow | None) -> WebhookRow:
    if row is None:
        raise NotFound("There is no such webhook.", field="webhook")
    return row


def _on(row: WebhookRow) -> WebhookRow:
    if not row.enabled:
        raise Conflict("This webhook is switched off. Switch it on first.", field="enabled")
    return row
