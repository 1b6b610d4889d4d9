"""Where tenants want their events: the endpoints, and how each one fares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.core.ids import TenantId, WebhookId
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, fetch_value, run


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """``types`` empty: all events. ``secret`` is encrypted. Until ``open_until`` nothing is sent."""

    id: WebhookId
    tenant_id: TenantId
    url: str
    description: str
    types: Sequence[str]
    secret: bytes
    enabled: bool
    disabled_reason: str | None
    cursor: int
    failures: int
    failing_since: datetime | None
    open_until: datetime | None
    created_at: datetime
    updated_at: datetime


class Webhooks:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def add(
        self, id: WebhookId, url: str, *, description: str, types: Sequence[str], secret: bytes
    ) -> WebhookRow:
        """A new endpoint. It gets what happens from now on."""
        row = await fetch_one(
            self._connection,
            WebhookRow,
            """insert into hub.webhook(id, tenant_id, url, description, types, secret, cursor)
               values (:id, :t, :url, :description, :types__texts, :secret,
                       (select coalesce(max(seq), 0) from hub.event where tenant_id = :t))
               returning *""",
            id=id,
            t=self.tenant,
            url=url,
            description=description,
            types__texts=list(types),
            secret=secret,
        )
        if row is None:
            raise LookupError("an insert returned nothing")
        return row

    async def get(self, id: WebhookId) -> WebhookRow | None:
        return await fetch_one(self._connection, WebhookRow, "select * from hub.webhook where id = :id", id=id)

    async def lock(self, id: WebhookId) -> WebhookRow | None:
        """The endpoint, held against other changes until the transaction ends."""
        return await fetch_one(
            self._connection, WebhookRow, "select * from hub.webhook where id = :id for update", id=id
        )

    async def count(self) -> int:
        """How many endpoints the tenant has."""
        return int(await fetch_value(self._connection, "select count(*) from hub.webhook"))

    async def page(self, limit: int, after: tuple[datetime, UUID] | None = None) -> list[WebhookRow]:
        """Endpoints by age."""
        return await fetch_all(
            self._connection,
            WebhookRow,
            """select * from hub.webhook
                where cast(:at as timestamptz) is null
                       or (created_at, id) > (cast(:at as timestamptz), cast(:id as uuid))
                order by created_at, id limit :limit""",
            at=after[0] if after else None,
            id=after[1] if after else None,
            limit=limit,
        )

    async def change(
        self,
        id: WebhookId,
        *,
        url: str | None = None,
        description: str | None = None,
        types: Sequence[str] | None = None,
        secret: bytes | None = None,
    ) -> WebhookRow | None:
        """The endpoint as changed; what is None stays. A new address starts with a clean record."""
        return await fetch_one(
            self._connection,
            WebhookRow,
            """update hub.webhook set url = coalesce(:url, url), description = coalesce(:description, description),
                      types = coalesce(:types__texts, types), secret = coalesce(:secret, secret), updated_at = now(),
                      failures = case when cast(:url as text) is null then failures else 0 end,
                      failing_since = case when cast(:url as text) is null then failing_since end,
                      open_until = case when cast(:url as text) is null then open_until end
                where id = :id returning *""",
            id=id,
            url=url,
            description=description,
            types__texts=None if types is None else list(types),
            secret=secret,
        )

    async def enable(self, id: WebhookId) -> None:
        """Switch the endpoint on. It goes on with what happens from now; what it missed can be replayed."""
        await run(
            self._connection,
            """update hub.webhook set enabled = true, disabled_reason = null, failures = 0, failing_since = null,
                      open_until = null, updated_at = now(),
                      cursor = greatest(cursor, (select coalesce(max(seq), 0) from hub.event where tenant_id = :t))
                where id = :id and not enabled""",
            id=id,
            t=self.tenant,
        )

    async def disable(self, id: WebhookId, reason: str) -> None:
        """Switch the endpoint off. What waits for it ends dead, and can be replayed."""
        switched = await run(
            self._connection,
            """update hub.webhook set enabled = false, disabled_reason = :reason, updated_at = now()
                where id = :id and enabled""",
            id=id,
            reason=reason,
        )
        if switched:
            await run(
                self._connection,
                """update hub.webhook_delivery set state = 'dead', error = :reason, due_at = null,
                          lease_owner = null, finished_at = now()
                    where webhook_id = :id and state = 'ready'""",
                id=id,
                reason=reason,
            )

    async def remove(self, id: WebhookId) -> bool:
        """Forget the endpoint with its deliveries. False when there is none."""
        return await run(self._connection, "delete from hub.webhook where id = :id", id=id) > 0

    async def take_probe(self, id: WebhookId, seconds: float) -> bool:
        """Whether the caller may try an endpoint whose circuit was open; all others wait for ``seconds`` more."""
        return (
            await run(
                self._connection,
                """update hub.webhook set open_until = now() + make_interval(secs => :seconds)
                    where id = :id and (open_until is null or open_until <= now())""",
                id=id,
                seconds=seconds,
            )
            > 0
        )

    async def failed(self, id: WebhookId, *, pause: float | None) -> WebhookRow | None:
        """Count a failure; with ``pause`` nothing is sent for so many seconds."""
        return await fetch_one(
            self._connection,
            WebhookRow,
            """update hub.webhook set failures = failures + 1, failing_since = coalesce(failing_since, now()),
                      open_until = case when cast(:pause as float8) is null then open_until
                        else greatest(open_until, now() + make_interval(secs => cast(:pause as float8))) end
                where id = :id returning *""",
            id=id,
            pause=pause,
        )

    async def recovered(self, id: WebhookId, *, close: bool) -> None:
        """The endpoint answers again. ``close`` its circuit; else time it asked for meanwhile still stands."""
        await run(
            self._connection,
            """update hub.webhook set failures = 0, failing_since = null,
                      open_until = case when :close then null else open_until end
                where id = :id and failures > 0""",
            id=id,
            close=close,
        )
