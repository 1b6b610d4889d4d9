"""Contexts: named parts of a tenant's knowledge that a search can be held to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.core.ids import ContextId, TenantId, uuid7
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, run


@dataclass(frozen=True, slots=True)
class ContextRow:
    id: ContextId
    name: str
    created_at: datetime


class Contexts:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def ensure(self, name: str) -> ContextRow:
        """The context of that name, made when there is none. Idempotent."""
        await run(
            self._connection,
            "insert into hub.context(id, tenant_id, name) values (:id, :t, :name) on conflict do nothing",
            id=uuid7(),
            t=self.tenant,
            name=name,
        )
        row = await self.by_name(name)
        assert row is not None  # noqa: S101 - inserted above, in this transaction
        return row

    async def by_name(self, name: str) -> ContextRow | None:
        return await fetch_one(
            self._connection, ContextRow, "select * from hub.context where tenant_id = :t and name = :name",
            t=self.tenant, name=name,
        )  # fmt: skip

    async def get(self, id: ContextId) -> ContextRow | None:
        return await fetch_one(self._connection, ContextRow, "select * from hub.context where id = :id", id=id)

    async def page(self, *, limit: int = 50, after: ContextId | None = None) -> list[ContextRow]:
        """Contexts in the order they were made, after the given one."""
        return await fetch_all(
            self._connection,
            ContextRow,
            """select * from hub.context where cast(:after as uuid) is null or id > :after order by id limit :limit""",
            after=after,
            limit=limit,
        )
