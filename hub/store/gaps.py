"""Questions that the bot did not answer, or not well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.core.ids import ContactId, ConversationId, MessageId, TenantId
from hub.store.pool import Connection
from hub.store.rows import fetch_all


@dataclass(frozen=True, slots=True)
class Unanswered:
    """``reason`` is no_answer, handed_over, or disliked: the customer's own verdict. ``nearest`` is the title of the
    best passage that the search had, which did not do; ``agent_seconds`` how long people had its conversation, from
    taking it to their last word in it, or to its end where they wrote none."""

    message_id: MessageId
    conversation_id: ConversationId
    contact_id: ContactId | None
    question: str
    reason: str
    nearest: str | None
    at: datetime
    agent_seconds: float = 0.0


class Gaps:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def unanswered(self, since: datetime, limit: int) -> list[Unanswered]:
        """The newest first. What a customer asked a person for by wish is no gap."""
        return await fetch_all(
            self._connection,
            Unanswered,
            """with missed as (
                 select m.id, case m.metadata->>'thought' when 'no_answer' then 'no_answer' else 'handed_over' end
                          as reason
                   from hub.message m
                  where m.tenant_id = :t and m.at >= :since and m.author_kind = 'bot'
                    and m.metadata->>'thought' in ('no_answer', 'handoff') and not m.metadata ? 'note'
                 union all
                 select f.message_id, 'disliked' from hub.feedback f
                  where f.tenant_id = :t and f.value = 'down' and f.at >= :since)
               select distinct on (m.at, m.id) m.id as message_id, m.conversation_id, c.contact_id,
                      m.metadata->'why'->>'question' as question, missed.reason,
                      m.metadata->'why'->'found'->0->>'title' as nearest, m.at,
                      (select coalesce(sum(extract(epoch from coalesce(said.last, h.ended_at, h.accepted_at)
                                                              - h.accepted_at)), 0)::float8
                         from hub.handoff h
                         cross join lateral (
                              select max(a.at) as last from hub.message a
                               where a.tenant_id = h.tenant_id and a.conversation_id = h.conversation_id
                                 and a.author_kind = 'agent' and a.at >= h.accepted_at
                                 and (h.ended_at is null or a.at <= h.ended_at)) said
                        where h.tenant_id = m.tenant_id and h.conversation_id = m.conversation_id
                          and h.accepted_at is not null) as agent_seconds
                 from missed join hub.message m on m.id = missed.id
                 join hub.conversation c on c.id = m.conversation_id
                where m.metadata->'why'->>'question' <> '' and m.deleted_at is null
                order by m.at desc, m.id desc limit :limit""",
            t=self.tenant,
            since=since,
            limit=limit,
        )
