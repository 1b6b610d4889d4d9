"""How far each colleague has read, and where they were mentioned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.core.ids import ConversationId, MessageId, TenantId
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_value, run


@dataclass(frozen=True, slots=True)
class ReadingRow:
    person: str
    seq: int
    at: datetime


class Readings:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def of(self, conversation: ConversationId) -> list[ReadingRow]:
        """Who has read how far."""
        return await fetch_all(
            self._connection,
            ReadingRow,
            "select * from hub.reading where conversation_id = :c order by person",
            c=conversation,
        )

    async def far(self, conversation: ConversationId, person: str) -> int:
        """How far one colleague has read; 0 where they have not looked."""
        found = await fetch_value(
            self._connection,
            "select seq from hub.reading where conversation_id = :c and person = :p",
            c=conversation,
            p=person,
        )
        return int(found or 0)

    async def mark(self, conversation: ConversationId, person: str, seq: int, *, back: bool = False) -> None:
        """A colleague has read up to here; it goes back only where they say so (to mark as unread)."""
        await run(
            self._connection,
            """insert into hub.reading(tenant_id, conversation_id, person, seq)
               select :t, c.id, :p, least(cast(:seq as bigint), c.last_seq) from hub.conversation c where c.id = :c
               on conflict (conversation_id, person) do update
                  set at = now(),
                      seq = case when :back then excluded.seq else greatest(reading.seq, excluded.seq) end""",
            t=self.tenant,
            c=conversation,
            p=person,
            seq=seq,
            back=back,
        )

    async def mention(self, message: MessageId, conversation: ConversationId, people: Sequence[str]) -> None:
        """Note whom a message names."""
        await run(
            self._connection,
            """insert into hub.mention(tenant_id, message_id, person, conversation_id)
               select :t, :m, p, :c from unnest(:people__texts) p on conflict do nothing""",
            t=self.tenant,
            m=message,
            c=conversation,
            people__texts=list(people),
        )
