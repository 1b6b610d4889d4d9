"""Which attributes of their own a tenant keeps about contacts and conversations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.core.ids import TenantId
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, run


@dataclass(frozen=True, slots=True)
class AttributeRow:
    """``target`` is contact or conversation; ``options`` are the values a list may have."""

    id: UUID
    target: str
    key: str
    name: str
    type: str
    options: list[str]
    created_at: datetime


class Attributes:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def all(self, target: str | None = None) -> list[AttributeRow]:
        """The definitions, in the order they were made."""
        return await fetch_all(
            self._connection,
            AttributeRow,
            """select * from hub.attribute_definition
                where cast(:target as text) is null or target = :target order by created_at, id""",
            target=target,
        )

    async def add(
        self, id: UUID, target: str, key: str, name: str, type: str, options: Sequence[str]
    ) -> AttributeRow | None:
        """A new definition; None when the key is taken."""
        return await fetch_one(
            self._connection,
            AttributeRow,
            """insert into hub.attribute_definition(id, tenant_id, target, key, name, type, options)
               values (:id, :t, :target, :key, :name, :type, :options__texts)
               on conflict (tenant_id, target, key) do nothing returning *""",
            id=id,
            t=self.tenant,
            target=target,
            key=key,
            name=name,
            type=type,
            options__texts=list(options),
        )

    async def change(self, id: UUID, name: str, options: Sequence[str]) -> AttributeRow | None:
        """Rename a definition or change what a list may hold; its key and type stay."""
        return await fetch_one(
            self._connection,
            AttributeRow,
            "update hub.attribute_definition set name = :name, options = :options__texts where id = :id returning *",
            id=id,
            name=name,
            options__texts=list(options),
        )

    async def remove(self, id: UUID) -> bool:
        """Forget a definition. Values that were kept stay where they are, unseen."""
        return await run(self._connection, "delete from hub.attribute_definition where id = :id", id=id) > 0
