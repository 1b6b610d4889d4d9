"""What customers thought of single answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from hub.core.ids import ConversationId, MessageId, TenantId
from hub.core.inbox_filters import Filter
from hub.store.conversation_filters import held_within
from hub.store.pool import Connection
from hub.store.rows import fetch_all, run

Opinion = Literal["up", "down"]


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """One opinion, with the words it is about. ``at`` is when it was last given."""

    message_id: MessageId
    conversation_id: ConversationId
    value: Opinion
    comment: str | None
    at: datetime


class Feedback:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def give(self, conversation: ConversationId, message: MessageId, value: Opinion, comment: str | None) -> bool:
        """Keep an opinion of a bot's message; a new one takes the old one's place. False: no such message there."""
        done = await run(
            self._connection,
            """insert into hub.feedback(tenant_id, message_id, conversation_id, value, comment)
                 select m.tenant_id, m.id, m.conversation_id, :value, :comment from hub.message m
                  where m.tenant_id = :t and m.id = :m and m.conversation_id = :c and m.author_kind = 'bot'
                 on conflict (tenant_id, message_id)
                 do update set value = excluded.value, at = now(),
                               comment = coalesce(excluded.comment, feedback.comment)""",
            t=self.tenant,
            m=message,
            c=conversation,
            value=value,
            comment=comment,
        )
        return bool(done)

    async def page(
        self,
        limit: int,
        after: tuple[datetime, MessageId] | None = None,
        value: Opinion | None = None,
        *,
        within: Filter | None = None,
        me: str = "",
    ) -> list[FeedbackRow]:
        """Opinions, newest first; ``within`` leaves those on conversations that fit, for ``me``."""
        own, values = held_within("hub.feedback", within, me)
        return await fetch_all(
            self._connection,
            FeedbackRow,
            f"""select message_id, conversation_id, value, comment, at from hub.feedback
                where tenant_id = :t and {own} and (cast(:value as text) is null or value = :value)
                  and (cast(:at as timestamptz) is null or (at, message_id) < (:at, cast(:id as uuid)))
                order by at desc, message_id desc limit :n""",  # noqa: S608  # every value in the filter is bound
            **values,
            t=self.tenant,
            value=value,
            at=after[0] if after else None,
            id=after[1] if after else None,
            n=limit,
        )
