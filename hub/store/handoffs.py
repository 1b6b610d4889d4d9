"""Handoffs: why and when a person was asked for, what the colleague needs to know, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from hub.core.ids import ConversationId, TenantId, uuid7
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, fetch_rows, run


@dataclass(frozen=True, slots=True)
class Brief:
    """What a colleague gets at a handoff. ``detail`` is the customer's or the model's own words for the reason."""

    detail: str | None = None
    question: str = ""
    summary: str = ""
    retrieved: Sequence[dict[str, Any]] = field(default_factory=tuple)
    support: float | None = None


@dataclass(frozen=True, slots=True)
class HandoffRow:
    id: UUID
    conversation_id: ConversationId
    reason: str
    detail: str | None
    question: str
    summary: str
    retrieved: list[dict[str, Any]]
    bot_said: str | None
    bot_answers: int
    support: float | None
    cost: Decimal | None
    requested_at: datetime
    accepted_at: datetime | None
    accepted_by: str | None
    ended_at: datetime | None
    ended_by: str | None
    ended_as: str | None


@dataclass(frozen=True, slots=True)
class BotsPart:
    """What the bot did since it last got the floor: answers given, what they cost, and its last words."""

    answers: int
    cost: Decimal | None
    said: str | None


class Handoffs:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def bots_part(self, conversation: ConversationId) -> BotsPart:
        """The bot's answers and costs since the last change of who answers, in this conversation."""
        row = await fetch_one(
            self._connection,
            BotsPart,
            """with since as (
                 select coalesce(max(m.seq), 0) as seq, coalesce(max(m.at), '-infinity') as at from hub.message m
                  where m.conversation_id = :c and m.kind = 'activity' and m.parts->0->>'to' = 'bot')
               select (select count(*)::int from hub.message m, since where m.conversation_id = :c and m.seq > since.seq
                          and m.author_kind = 'bot' and m.status not in ('cancelled', 'interrupted')) as answers,
                      (select sum(u.cost) from hub.usage u, since
                        where u.tenant_id = :t and u.conversation_id = :c and u.at >= since.at) as cost,
                      (select m.parts->0->>'text' from hub.message m where m.conversation_id = :c
                          and m.author_kind = 'bot' and m.status not in ('cancelled', 'interrupted')
                          and coalesce(m.metadata->>'thought', '') <> 'handoff'
                        order by m.seq desc limit 1) as said""",
            c=conversation,
            t=self.tenant,
        )
        return row or BotsPart(0, None, None)

    async def open(self, conversation: ConversationId, reason: str, brief: Brief, done: BotsPart) -> UUID:
        """A person is asked for."""
        id = uuid7()
        await run(
            self._connection,
            """insert into hub.handoff(id, tenant_id, conversation_id, reason, detail, question, summary, retrieved,
                                       bot_said, bot_answers, support, cost)
               values (:id, :t, :c, :reason, :detail, :question, :summary, :retrieved__jsonb, :said, :answers, :support,
                       :cost)""",
            id=id,
            t=self.tenant,
            c=conversation,
            reason=reason,
            detail=brief.detail,
            question=brief.question,
            summary=brief.summary,
            retrieved__jsonb=list(brief.retrieved),
            said=done.said,
            answers=done.answers,
            support=brief.support,
            cost=done.cost,
        )
        return id

    async def accept(self, conversation: ConversationId, by: str | None) -> int:
        """A colleague took it. How many open handoffs that was: none where nobody had asked."""
        return await run(
            self._connection,
            """update hub.handoff set accepted_at = now(), accepted_by = :by
                where conversation_id = :c and accepted_at is null and ended_at is null""",
            c=conversation,
            by=by,
        )

    async def end(self, conversation: ConversationId, by: str | None, how: str) -> None:
        """It is over: ``returned``, ``resolved``, or ``continued`` on another channel."""
        await run(
            self._connection,
            """update hub.handoff set ended_at = now(), ended_by = :by, ended_as = :how
                where conversation_id = :c and ended_at is null""",
            c=conversation,
            by=by,
            how=how,
        )

    async def accepted_lately(self) -> list[datetime]:
        """When colleagues took the last twenty conversations that waited, within a day."""
        rows = await fetch_rows(
            self._connection,
            """select accepted_at from hub.handoff where tenant_id = :t and accepted_at > now() - interval '1 day'
                order by accepted_at desc limit 20""",
            t=self.tenant,
        )
        return [row[0] for row in rows]

    async def of(self, conversation: ConversationId, limit: int = 20) -> list[HandoffRow]:
        """The handoffs of a conversation, newest first."""
        return await fetch_all(
            self._connection,
            HandoffRow,
            "select * from hub.handoff where conversation_id = :c order by requested_at desc, id desc limit :limit",
            c=conversation,
            limit=limit,
        )
