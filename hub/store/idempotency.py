"""Answers to requests that carried an Idempotency-Key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hub.core.ids import TenantId
from hub.store.pool import Connection
from hub.store.rows import fetch_one, run


@dataclass(frozen=True, slots=True)
class IdempotencyRow:
    """``status`` is None while the first request is still being answered."""

    fingerprint: bytes
    status: int | None
    response: Any


class Idempotency:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def reserve(self, principal: str, key: str, fingerprint: bytes) -> IdempotencyRow | None:
        """None when the key is ours now; otherwise what the first request left. Keys live a day."""
        await run(
            self._connection,
            """delete from hub.idempotency where tenant_id = :t and principal = :p and key = :k
                and (created_at < now() - interval '1 day'
                     or (status is null and created_at < now() - interval '2 minutes'))""",
            t=self.tenant,
            p=principal,
            k=key,
        )
        mine = await run(
            self._connection,
            """insert into hub.idempotency(tenant_id, principal, key, fingerprint) values (:t, :p, :k, :f)
               on conflict do nothing""",
            t=self.tenant,
            p=principal,
            k=key,
            f=fingerprint,
        )
        if mine:
            return None
        return await fetch_one(
            self._connection,
            IdempotencyRow,
            "select * from hub.idempotency where tenant_id = :t and principal = :p and key = :k",
            t=self.tenant,
            p=principal,
            k=key,
        )

    async def complete(self, principal: str, key: str, status: int, response: Any) -> None:
        """Keep the answer for whoever asks again."""
        await run(
            self._connection,
            """update hub.idempotency set status = :status, response = :response__jsonb
                where tenant_id = :t and principal = :p and key = :k""",
            t=self.tenant,
            p=principal,
            k=key,
            status=status,
            response__jsonb=response,
        )

    async def forget(self, principal: str, key: str) -> None:
        """Let the key be used again: the first request failed before it did anything."""
        await run(
            self._connection,
            "delete from hub.idempotency where tenant_id = :t and principal = :p and key = :k and status is null",
            t=self.tenant,
            p=principal,
            k=key,
        )
