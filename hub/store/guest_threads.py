"""A visitor's own conversations on a site, as a list shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.core.ids import ChannelId, ContactId, ConversationId, TenantId
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_rows, run


@dataclass(frozen=True, slots=True)
class GuestThreadRow:
    """``last_parts`` are the newest words on either side, ``unread`` counts ours that were not seen yet."""

    id: ConversationId
    state: str
    title: str | None
    opened_at: datetime
    last_message_at: datetime | None
    last_parts: list[dict[str, Any]] | None
    unread: int


class GuestThreads:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def all(
        self, channel: ChannelId, contact: ContactId, limit: int, typed: str | None = None
    ) -> list[GuestThreadRow]:
        """The newest first; ``typed`` are words that must occur in one of the messages, or in the title."""
        return await fetch_all(
            self._connection,
            GuestThreadRow,
            """select c.id, c.state, c.title, c.opened_at, c.last_message_at, said.parts as last_parts,
                      (select count(*) from hub.message u
                        where u.conversation_id = c.id and u.direction = 'out' and u.author_kind in ('bot', 'agent')
                          and u.kind not in ('note', 'activity') and u.status in ('queued', 'sending', 'sent')
                          and u.deleted_at is null) as unread
                 from hub.conversation c
                 left join lateral (
                   select m.parts from hub.message m
                    where m.conversation_id = c.id and m.kind not in ('note', 'activity') and m.deleted_at is null
                      and m.status not in ('cancelled', 'interrupted') and not m.metadata ? 'superseded'
                    order by m.seq desc limit 1) said on true
                where c.tenant_id = :t and c.channel_id = :channel and c.contact_id = :contact
                  and (cast(:typed as text) is null
                       or c.title ilike '%' || replace(replace(:typed, '%', ''), '_', '') || '%'
                       or exists (select 1 from hub.message m
                                   where m.conversation_id = c.id and m.kind not in ('note', 'activity')
                                     and m.deleted_at is null
                                     and hub.message_words(m.tenant_id, m.parts)
                                         @@ hub.wanted_words(m.tenant_id, cast(:typed as text))))
                order by coalesce(c.last_message_at, c.opened_at) desc, c.id limit :limit""",
            t=self.tenant,
            channel=channel,
            contact=contact,
            typed=typed,
            limit=limit,
        )

    async def rename(self, conversation: ConversationId, title: str) -> None:
        """Give it another title."""
        await run(
            self._connection,
            "update hub.conversation set title = :title, title_by = 'person' where id = :id",
            id=conversation,
            title=title,
        )

    async def file_ids(self, conversation: ConversationId) -> list[str]:
        """Files that its messages name."""
        rows = await fetch_rows(
            self._connection,
            """select distinct part->>'file_id' as id from hub.message m, jsonb_array_elements(m.parts) part
                where m.conversation_id = :c and m.direction = 'in' and part->>'file_id' is not null""",
            c=conversation,
        )
        return [row["id"] for row in rows]

    async def remove_all(self, channel: ChannelId, contact: ContactId) -> None:
        """Delete the visitor's conversations on this site with everything in them."""
        await run(
            self._connection,
            "delete from hub.conversation where channel_id = :channel and contact_id = :contact and direct",
            channel=channel,
            contact=contact,
        )

    async def remove(self, conversation: ConversationId) -> bool:
        """Delete it with everything in it."""
        return await run(self._connection, "delete from hub.conversation where id = :id", id=conversation) > 0
