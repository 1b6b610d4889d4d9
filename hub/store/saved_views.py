"""Saved views: named filters, a colleague's own or shared with all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.core.ids import TenantId
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, run


@dataclass(frozen=True, slots=True)
class SavedViewRow:
    """``owner`` is None for a shared view; ``filter`` is the tree as it was given."""

    id: UUID
    owner: str | None
    name: str
    filter: dict[str, Any]
    sort: str
    created_at: datetime
    updated_at: datetime


class SavedViews:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def visible_to(self, person: str) -> list[SavedViewRow]:
        """Shared views and this colleague's own, by name."""
        return await fetch_all(
            self._connection,
            SavedViewRow,
            """select * from hub.saved_view where owner is null or owner = :p
                order by owner nulls first, lower(name), id""",
            p=person,
        )

    async def get(self, id: UUID, person: str) -> SavedViewRow | None:
        """A view this colleague may see."""
        return await fetch_one(
            self._connection,
            SavedViewRow,
            "select * from hub.saved_view where id = :id and (owner is null or owner = :p)",
            id=id,
            p=person,
        )

    async def add(self, id: UUID, owner: str | None, name: str, tree: dict[str, Any], sort: str) -> SavedViewRow | None:
        """A new view; None when its owner has one of this name."""
        return await fetch_one(
            self._connection,
            SavedViewRow,
            """insert into hub.saved_view(id, tenant_id, owner, name, filter, sort)
               values (:id, :t, :owner, :name, :filter__jsonb, :sort)
               on conflict (tenant_id, coalesce(owner, ''), lower(name)) do nothing returning *""",
            id=id,
            t=self.tenant,
            owner=owner,
            name=name,
            filter__jsonb=tree,
            sort=sort,
        )

    async def change(
        self, id: UUID, owner: str | None, name: str, tree: dict[str, Any], sort: str
    ) -> SavedViewRow | None:
        """Replace a view; None when its owner has another of this name."""
        return await fetch_one(
            self._connection,
            SavedViewRow,
            """update hub.saved_view set owner = cast(:owner as text), name = :name, filter = :filter__jsonb,
                      sort = :sort, updated_at = now()
                where id = :id and not exists (
                  select 1 from hub.saved_view o where lower(o.name) = lower(:name) and o.id <> :id
                     and o.owner is not distinct from cast(:owner as text)) returning *""",
            id=id,
            owner=owner,
            name=name,
            filter__jsonb=tree,
            sort=sort,
        )

    async def remove(self, id: UUID) -> bool:
        return await run(self._connection, "delete from hub.saved_view where id = :id", id=id) > 0
