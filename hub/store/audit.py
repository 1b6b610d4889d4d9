"""The audit log: who did what, when and from where. Rows are added and read, never changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.core.ids import TenantId, uuid7
from hub.store.pool import Connection
from hub.store.rows import fetch_all, run


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One act. ``actor_kind`` is person, key, operator, system or nobody (an anonymous caller)."""

    act: str
    actor_kind: str
    actor_id: UUID | None = None
    actor_name: str = ""
    target: str | None = None
    details: dict[str, Any]
    address: str = ""
    user_agent: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow(AuditEntry):
    id: UUID
    at: datetime


async def add_entry(connection: Connection, tenant: TenantId, entry: AuditEntry) -> None:
    """Write one act down under a tenant, which must be the transaction's."""
    await run(
        connection,
        """insert into hub.audit(id, tenant_id, actor_kind, actor_id, actor_name, act, target, details, address,
                                 user_agent, request_id)
           values (:id, :t, :actor_kind, :actor_id, :actor_name, :act, :target, :details__jsonb, :address, :user_agent,
                   :request_id)""",
        id=uuid7(),
        t=tenant,
        actor_kind=entry.actor_kind,
        actor_id=entry.actor_id,
        actor_name=entry.actor_name,
        act=entry.act,
        target=entry.target,
        details__jsonb=entry.details,
        address=entry.address,
        user_agent=entry.user_agent,
        request_id=entry.request_id,
    )


class Audit:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def add(self, entry: AuditEntry) -> None:
        """Write one act down, in the transaction of the act."""
        await add_entry(self._connection, self.tenant, entry)

    async def page(
        self,
        limit: int,
        before: tuple[datetime, UUID] | None = None,
        *,
        actor: UUID | None = None,
        act: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> list[AuditRow]:
        """Acts, the newest first."""
        return await fetch_all(
            self._connection,
            AuditRow,
            """select * from hub.audit
                where (cast(:at as timestamptz) is null
                         or (at, id) < (cast(:at as timestamptz), cast(:id as uuid)))
                  and (cast(:actor as uuid) is null or actor_id = :actor)
                  and (cast(:act as text) is null or act = :act)
                  and (cast(:since as timestamptz) is null or at >= :since)
                  and (cast(:until as timestamptz) is null or at < :until)
                order by at desc, id desc limit :limit""",
            at=before[0] if before else None,
            id=before[1] if before else None,
            actor=actor,
            act=act,
            since=since,
            until=until,
            limit=limit,
        )
