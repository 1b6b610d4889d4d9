"""Reading the event log instead of having it pushed: in order, complete, and acknowledged by consumers with a name."""

from __future__ import annotations

from collections.abc import Sequence

from hub.core.errors import Conflict, Invalid
from hub.core.events import HubEvent
from hub.core.ids import ConversationId, TenantId
from hub.events.horizon import Horizon
from hub.store.events import EventRow
from hub.store.session import Store

MOST_CONSUMERS = 50
_SETTLE_SECONDS = 1.0


class EventReader:
    """Reads settled events: what is below a cursor it gave out is all there ever is below it."""

    def __init__(self, *, store: Store) -> None:
        self._store = store
        self._horizon = Horizon(store)

    async def read(
        self,
        tenant: TenantId,
        limit: int,
        *,
        after: int | None = None,
        consumer: str | None = None,
        types: Sequence[HubEvent] = (),
        conversation: ConversationId | None = None,
    ) -> tuple[list[EventRow], int]:
        """Up to ``limit`` events above ``after`` (else above what ``consumer`` acknowledged), and the cursor to go on
        from: it passes over what the filter left out."""
        settled = await self._horizon.settle(_SETTLE_SECONDS)
        async with self._store.begin(tenant) as tx:
            start = after
            if start is None:
                start = await tx.events.acknowledged(consumer) if consumer is not None else 0
            rows = await tx.events.between(start, settled, limit, [type.value for type in types], conversation)
        return rows, rows[-1].seq if len(rows) == limit else max(start, settled)

    async def acknowledge(self, tenant: TenantId, consumer: str, cursor: int) -> None:
        """Note that a consumer has dealt with all up to ``cursor``. It never goes back; idempotent. Raises ``Invalid``
        for a cursor nobody was given, ``Conflict`` past fifty consumers."""
        if cursor > await self._horizon.settle(_SETTLE_SECONDS):
            raise Invalid("This cursor was not given out yet.", field="cursor")
        async with self._store.begin(tenant) as tx:
            if not await tx.events.acknowledge(consumer, cursor, most=MOST_CONSUMERS):
                raise Conflict(f"There are {MOST_CONSUMERS} consumers already. Use one of their names.")
