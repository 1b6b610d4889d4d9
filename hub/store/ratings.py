"""How satisfied customers were with whole conversations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.core.ids import ConversationId, TenantId
from hub.core.inbox_filters import Filter
from hub.store.conversation_filters import held_within
from hub.store.pool import Connection
from hub.store.rows import fetch_all, run


@dataclass(frozen=True, slots=True)
class RatingRow:
    """``score`` is 1 to 5; ``agent`` who had the conversation last, where a person did; ``at`` when it was last
    given."""

    conversation_id: ConversationId
    score: int
    comment: str | None
    agent: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class ScoreCount:
    score: int
    count: int


class Ratings:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def give(self, conversation: ConversationId, score: int, comment: str | None) -> bool:
        """Keep a rating; a new one takes the old one's place, whose comment stays. False: no such conversation."""
        done = await run(
            self._connection,
            """insert into hub.rating(tenant_id, conversation_id, score, comment, agent)
                 select c.tenant_id, c.id, :score, :comment,
                        (select m.author_id from hub.message m
                          where m.conversation_id = c.id and m.author_kind = 'agent' and m.kind <> 'note'
                          order by m.seq desc limit 1)
                   from hub.conversation c where c.tenant_id = :t and c.id = :c
                 on conflict (tenant_id, conversation_id)
                 do update set score = excluded.score, at = now(), agent = excluded.agent,
                               comment = coalesce(excluded.comment, rating.comment)""",
            t=self.tenant,
            c=conversation,
            score=score,
            comment=comment,
        )
        return bool(done)

    async def page(
        self,
        limit: int,
        after: tuple[datetime, ConversationId] | None = None,
        score: int | None = None,
        *,
        within: Filter | None = None,
        me: str = "",
    ) -> list[RatingRow]:
        """Ratings, newest first; ``within`` leaves those of conversations that fit, for ``me``."""
        own, values = held_within("hub.rating", within, me)
        return await fetch_all(
            self._connection,
            RatingRow,
            f"""select conversation_id, score, comment, agent, at from hub.rating
                where tenant_id = :t and {own} and (cast(:score as smallint) is null or score = :score)
                  and (cast(:at as timestamptz) is null or (at, conversation_id) < (:at, cast(:id as uuid)))
                order by at desc, conversation_id desc limit :n""",  # noqa: S608  # every value in the filter is bound
            **values,
            t=self.tenant,
            score=score,
            at=after[0] if after else None,
            id=after[1] if after else None,
            n=limit,
        )

    async def counts(self, since: datetime | None) -> list[ScoreCount]:
        """How many gave which score, since a moment."""
        return await fetch_all(
            self._connection,
            ScoreCount,
            """select score, count(*) as count from hub.rating
                where tenant_id = :t and (cast(:since as timestamptz) is null or at >= :since)
                group by score order by score""",
            t=self.tenant,
            since=since,
        )
