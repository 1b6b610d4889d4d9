"""The event log: what happened, in order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from hub.core.events import HubEvent
from hub.core.ids import ConversationId, TenantId, uuid7
from hub.store.rows import fetch_all, run


@dataclass(frozen=True, slots=True)
class EventRow:
    seq: int
    id: UUID
    type: str
    conversation_id: ConversationId | None
    data: dict[str, Any]
    at: datetime


class Events:
    def __init__(self, connection: AsyncConnection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def add(self, type: HubEvent, data: dict[str, Any], conversation: ConversationId | None = None) -> None:
        """Note that something happened, in the transaction in which it happens."""
        await run(
            self._connection,
            """insert into hub.event(id, tenant_id, type, conversation_id, data)
               values (:id, :t, :type, :c, :data__jsonb)""",
            id=uuid7(),
            t=self.tenant,
            type=type.value,
            c=conversation,
            data__jsonb=data,
        )

    async def since(self, seq: int, limit: int = 100) -> list[EventRow]:
        """Events after a sequence number, oldest first."""
        return await fetch_all(
            self._connection,
            EventRow,
            "select * from hub.event where tenant_id = :t and seq > :seq order by seq limit :limit",
            t=self.tenant,
            seq=seq,
            limit=limit,
        )
