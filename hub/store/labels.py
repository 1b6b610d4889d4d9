"""Labels, and which conversations carry them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.core.ids import ConversationId, TenantId
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, run


@dataclass(frozen=True, slots=True)
class LabelRow:
    id: UUID
    name: str
    color: str
    created_at: datetime


class Labels:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def all(self) -> list[LabelRow]:
        """Every label, by name."""
        return await fetch_all(self._connection, LabelRow, "select * from hub.label order by lower(name), id")

    async def get(self, id: UUID) -> LabelRow | None:
        return await fetch_one(self._connection, LabelRow, "select * from hub.label where id = :id", id=id)

    async def add(self, id: UUID, name: str, color: str) -> LabelRow | None:
        """A new label; None when there is one of this name."""
        return await fetch_one(
            self._connection,
            LabelRow,
            """insert into hub.label(id, tenant_id, name, color) values (:id, :t, :name, :color)
               on conflict (tenant_id, lower(name)) do nothing returning *""",
            id=id,
            t=self.tenant,
            name=name,
            color=color,
        )

    async def change(self, id: UUID, name: str, color: str) -> LabelRow | None:
        """Rename or recolour a label; None when another has the name."""
        return await fetch_one(
            self._connection,
            LabelRow,
            """update hub.label set name = :name, color = :color
                where id = :id and not exists (select 1 from hub.label o where lower(o.name) = lower(:name)
                                                  and o.id <> :id) returning *""",
            id=id,
            name=name,
            color=color,
        )

    async def remove(self, id: UUID) -> bool:
        """Delete a label, also from the conversations that carry it."""
        return await run(self._connection, "delete from hub.label where id = :id", id=id) > 0

    async def of(self, conversation: ConversationId) -> list[UUID]:
        """The labels a conversation carries, in the order they were added."""
        rows = await fetch_all(
            self._connection,
            LabelRow,
            """select l.* from hub.conversation_label x join hub.label l on l.id = x.label_id
                where x.conversation_id = :c order by x.added_at, l.id""",
            c=conversation,
        )
        return [row.id for row in rows]

    async def put_on(self, conversation: ConversationId, labels: Sequence[UUID]) -> int:
        """Add labels; those that are there, or that do not exist, are passed over. How many were added."""
        return await run(
            self._connection,
            """insert into hub.conversation_label(tenant_id, conversation_id, label_id)
               select :t, :c, l.id from hub.label l where l.id = any(:ids__uuids) on conflict do nothing""",
            t=self.tenant,
            c=conversation,
            ids__uuids=list(labels),
        )

    async def take_off(self, conversation: ConversationId, labels: Sequence[UUID]) -> int:
        """Take labels away. How many there were."""
        return await run(
            self._connection,
            "delete from hub.conversation_label where conversation_id = :c and label_id = any(:ids__uuids)",
            c=conversation,
            ids__uuids=list(labels),
        )
