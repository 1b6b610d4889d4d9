"""The event log: what happened, in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.core.events import HubEvent
from hub.core.ids import ConversationId, TenantId, uuid7
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, fetch_value, run


@dataclass(frozen=True, slots=True)
class EventRow:
    seq: int
    id: UUID
    type: str
    conversation_id: ConversationId | None
    data: dict[str, Any]
    at: datetime


class Events:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
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

    async def get(self, seq: int) -> EventRow | None:
        return await fetch_one(self._connection, EventRow, "select * from hub.event where seq = :seq", seq=seq)

    async def between(
        self, after: int, upto: int, limit: int, types: Sequence[str] = (), conversation: ConversationId | None = None
    ) -> list[EventRow]:
        """Events above ``after`` and not above ``upto``, oldest first; all kinds where ``types`` is empty."""
        return await fetch_all(
            self._connection,
            EventRow,
            """select * from hub.event
                where tenant_id = :t and seq > :after and seq <= :upto
                  and (cast(:types__texts as text[]) = '{}' or type = any(:types__texts))
                  and (cast(:c as uuid) is null or conversation_id = :c)
                order by seq limit :limit""",
            t=self.tenant,
            after=after,
            upto=upto,
            types__texts=list(types),
            c=conversation,
            limit=limit,
        )

    async def of_conversation(self, conversation: ConversationId, before: int | None, limit: int) -> list[EventRow]:
        """What happened to a conversation, newest first, from below a sequence number on."""
        return await fetch_all(
            self._connection,
            EventRow,
            """select * from hub.event where conversation_id = :c and type not like 'message.%'
                  and (cast(:before as bigint) is null or seq < :before)
                order by seq desc limit :limit""",
            c=conversation,
            before=before,
            limit=limit,
        )

    async def acknowledged(self, consumer: str) -> int:
        """How far a consumer that pulls has come; 0 for one nobody knows yet."""
        return int(
            await fetch_value(
                self._connection, "select cursor from hub.event_consumer where name = :name", name=consumer
            )
            or 0
        )

    async def acknowledge(self, consumer: str, seq: int, *, most: int) -> bool:
        """Note how far a consumer has come; it never goes back. False when the tenant has ``most`` others already."""
        return (
            await run(
                self._connection,
                """insert into hub.event_consumer(tenant_id, name, cursor)
                   select :t, :name, :seq
                    where (select count(*) from hub.event_consumer) < :most
                       or exists (select 1 from hub.event_consumer where name = :name)
                   on conflict (tenant_id, name) do update
                      set cursor = greatest(event_consumer.cursor, excluded.cursor), updated_at = now()""",
                t=self.tenant,
                name=consumer,
                seq=seq,
                most=most,
            )
            > 0
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
