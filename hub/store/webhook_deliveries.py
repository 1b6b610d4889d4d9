"""Events on their way to tenants' endpoints: one row an event and endpoint, claimed, sent, and settled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.core.ids import ConversationId, TenantId, WebhookDeliveryId, WebhookId
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, fetch_rows, run


@dataclass(frozen=True, slots=True)
class WebhookDeliveryRow:
    """``status`` and ``response`` are of the last answer. ``ready_at``: when it was made, or replayed."""

    id: WebhookDeliveryId
    tenant_id: TenantId
    webhook_id: WebhookId
    event_seq: int
    event_id: UUID
    type: str
    conversation_id: ConversationId | None
    state: str
    attempts: int
    due_at: datetime | None
    epoch: int
    ready_at: datetime
    status: int | None
    response: str | None
    error: str | None
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryRates:
    """How many deliveries ended how; ``waiting`` ones have not ended. ``first_try`` are among the delivered."""

    delivered: int
    first_try: int
    dead: int
    waiting: int


class WebhookDeliveries:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def get(self, id: WebhookDeliveryId) -> WebhookDeliveryRow | None:
        return await fetch_one(
            self._connection, WebhookDeliveryRow, "select * from hub.webhook_delivery where id = :id", id=id
        )

    async def page(
        self, webhook: WebhookId, limit: int, before: int | None = None, *, state: str | None = None
    ) -> list[WebhookDeliveryRow]:
        """An endpoint's deliveries, newest event first, those of events below ``before``."""
        return await fetch_all(
            self._connection,
            WebhookDeliveryRow,
            """select * from hub.webhook_delivery
                where webhook_id = :webhook and (cast(:before as bigint) is null or event_seq < :before)
                  and (cast(:state as text) is null or state = :state)
                order by event_seq desc limit :limit""",
            webhook=webhook,
            before=before,
            state=state,
            limit=limit,
        )

    async def rates(self, webhook: WebhookId, since: datetime) -> DeliveryRates:
        """What became of an endpoint's deliveries made from ``since`` on."""
        found = await fetch_one(
            self._connection,
            DeliveryRates,
            """select count(*) filter (where state = 'delivered') as delivered,
                      count(*) filter (where state = 'delivered' and attempts <= 1) as first_try,
                      count(*) filter (where state = 'dead') as dead,
                      count(*) filter (where state = 'ready') as waiting
                 from hub.webhook_delivery where webhook_id = :webhook and created_at >= :since""",
            webhook=webhook,
            since=since,
        )
        return found or DeliveryRates(0, 0, 0, 0)

    async def delivered(self, id: WebhookDeliveryId, epoch: int, *, status: int, response: str) -> bool:
        """End the row well. False when the claim is lost."""
        return await self._settle(id, epoch, "delivered", status, response, None)

    async def dead(
        self, id: WebhookDeliveryId, epoch: int, *, status: int | None, response: str | None, error: str
    ) -> bool:
        """Give the row up. False when the claim is lost."""
        return await self._settle(id, epoch, "dead", status, response, error)

    async def _settle(
        self, id: WebhookDeliveryId, epoch: int, state: str, status: int | None, response: str | None, error: str | None
    ) -> bool:
        return (
            await run(
                self._connection,
                """update hub.webhook_delivery set state = :state, status = :status, response = :response,
                          error = :error, due_at = null, lease_owner = null, finished_at = now()
                    where id = :id and epoch = :epoch and state = 'ready'""",
                id=id,
                epoch=epoch,
                state=state,
                status=status,
                response=response,
                error=error,
            )
            > 0
        )

    async def retry(
        self, id: WebhookDeliveryId, epoch: int, seconds: float, *, status: int | None, response: str | None, error: str
    ) -> bool:
        """Try again in ``seconds``. False when the claim is lost."""
        return (
            await run(
                self._connection,
                """update hub.webhook_delivery set status = :status, response = :response, error = :error,
                          lease_owner = null, due_at = now() + make_interval(secs => :seconds)
                    where id = :id and epoch = :epoch and state = 'ready'""",
                id=id,
                epoch=epoch,
                seconds=seconds,
                status=status,
                response=response,
                error=error,
            )
            > 0
        )

    async def put_back(self, id: WebhookDeliveryId, epoch: int, seconds: float) -> bool:
        """Undo the claim: nothing was tried. False when it is lost."""
        return (
            await run(
                self._connection,
                """update hub.webhook_delivery set attempts = greatest(attempts - 1, 0), lease_owner = null,
                          due_at = now() + make_interval(secs => :seconds)
                    where id = :id and epoch = :epoch and state = 'ready'""",
                id=id,
                epoch=epoch,
                seconds=seconds,
            )
            > 0
        )

    async def replay(self, id: WebhookDeliveryId) -> WebhookDeliveryRow | None:
        """Send an event once more, under the same id. None when there is no such row; one that waits is due now."""
        return await fetch_one(
            self._connection,
            WebhookDeliveryRow,
            """update hub.webhook_delivery set state = 'ready', attempts = 0, epoch = epoch + 1, due_at = now(),
                      ready_at = now(), lease_owner = null, error = null, finished_at = null
                where id = :id returning *""",
            id=id,
        )

    async def replay_range(self, webhook: WebhookId, first: int, last: int, limit: int) -> tuple[int, int | None]:
        """Send the endpoint its kinds of events ``first`` to ``last`` again, at most ``limit`` of them, and those it
        never had. How many, and the last one's number (None when there was none)."""
        ((count, top),) = await fetch_rows(
            self._connection,
            """with wanted as (
                 select e.* from hub.event e, hub.webhook w
                  where w.id = :webhook and e.tenant_id = :t and e.seq between :first and :last
                    and (w.types = '{}' or e.type = any(w.types))
                  order by e.seq limit :limit),
               made as (
                 insert into hub.webhook_delivery(id, tenant_id, webhook_id, event_seq, event_id, type,
                        conversation_id, due_at)
                 select gen_random_uuid(), :t, :webhook, e.seq, e.id, e.type, e.conversation_id, now()
                   from wanted e
                 on conflict (webhook_id, event_id) do update
                    set state = 'ready', attempts = 0, epoch = webhook_delivery.epoch + 1, due_at = now(),
                        ready_at = now(), lease_owner = null, error = null, finished_at = null
                 returning event_seq)
               select count(*), max(event_seq) from made""",
            webhook=webhook,
            t=self.tenant,
            first=first,
            last=last,
            limit=limit,
        )
        return int(count), top
