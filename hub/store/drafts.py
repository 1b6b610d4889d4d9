"""What a colleague has begun to write, per conversation: a reply and a note."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.core.ids import ConversationId, TenantId
from hub.store.pool import Connection
from hub.store.rows import fetch_all, run


@dataclass(frozen=True, slots=True)
class DraftRow:
    conversation_id: ConversationId
    note: bool
    text: str
    updated_at: datetime


class Drafts:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def of(self, conversation: ConversationId, person: str) -> list[DraftRow]:
        """This colleague's drafts in a conversation: none, one or two."""
        return await fetch_all(
            self._connection,
            DraftRow,
            "select * from hub.draft where conversation_id = :c and person = :p order by note",
            c=conversation,
            p=person,
        )

    async def all_of(self, person: str, limit: int = 200) -> list[DraftRow]:
        """Everything this colleague has begun, newest first."""
        return await fetch_all(
            self._connection,
            DraftRow,
            "select * from hub.draft where person = :p order by updated_at desc limit :limit",
            p=person,
            limit=limit,
        )

    async def put(self, conversation: ConversationId, person: str, *, note: bool, text: str) -> None:
        """Keep a draft; an empty one is forgotten."""
        if not text.strip():
            await self.forget(conversation, person, note=note)
            return
        await run(
            self._connection,
            """insert into hub.draft(tenant_id, conversation_id, person, note, text) values (:t, :c, :p, :note, :text)
               on conflict (conversation_id, person, note)
               do update set text = excluded.text, updated_at = now()""",
            t=self.tenant,
            c=conversation,
            p=person,
            note=note,
            text=text,
        )

    async def forget(self, conversation: ConversationId, person: str, *, note: bool) -> None:
        """The draft was sent or given up."""
        await run(
            self._connection,
            "delete from hub.draft where conversation_id = :c and person = :p and note = :note",
            c=conversation,
            p=person,
            note=note,
        )
