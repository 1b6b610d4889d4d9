"""Questions with their answers, proposed, approved or rejected, and the conversations they were found in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from hub.core.ids import ConversationId, DocumentId, MessageId, TenantId, uuid7
from hub.store.messages import MessageRow
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, fetch_rows, run

PairState = Literal["proposed", "approved", "rejected"]

_SELECT = """select p.*, (select count(*) from hub.qa_sighting s where s.tenant_id = p.tenant_id and s.pair_id = p.id)
                    as times
               from hub.qa_pair p"""


@dataclass(frozen=True, slots=True)
class PairRow:
    """``times`` is how many colleagues' answers said so; 0 for a pair that was written by hand. ``personal``: something
    that may be about one customer was blotted out."""

    id: UUID
    question: str
    answer: str
    language: str | None
    state: PairState
    personal: bool
    document_id: DocumentId | None
    decided_by: str | None
    decided_at: datetime | None
    created_at: datetime
    times: int


@dataclass(frozen=True, slots=True)
class NewPair:
    question: str
    answer: str
    language: str | None = None
    personal: bool = False


@dataclass(frozen=True, slots=True)
class KnownQuestion:
    """What a pair asks, to find one that asks the same."""

    id: UUID
    question: str


class QaPairs:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def lock(self) -> None:
        """One mining of a tenant at a time, to the end of the transaction."""
        key = f"pairs {self.tenant}"
        await run(self._connection, "select pg_advisory_xact_lock(hashtextextended(:key, 0))", key=key)

    async def answered_by_people(self, since: datetime, limit: int) -> list[MessageRow]:
        """Every message of the newest conversations, resolved since then, that hold a colleague's answer in which no
        pair was found yet; each conversation's in order."""
        return await fetch_all(
            self._connection,
            MessageRow,
            """with talk as (
                 select c.id from hub.conversation c
                  where c.tenant_id = :t and c.state = 'resolved' and c.resolved_at >= :since
                    and exists (select 1 from hub.message m
                                 where m.tenant_id = c.tenant_id and m.conversation_id = c.id
                                   and m.author_kind = 'agent' and m.kind <> 'note' and m.deleted_at is null
                                   and not exists (select 1 from hub.qa_sighting s
                                                    where s.tenant_id = m.tenant_id and s.message_id = m.id))
                  order by c.resolved_at desc limit :limit)
               select m.*, '{}'::text[] as platform_ids from hub.message m join talk on talk.id = m.conversation_id
                where m.tenant_id = :t and m.deleted_at is null and m.kind not in ('note', 'activity')
                order by m.conversation_id, m.seq""",
            t=self.tenant,
            since=since,
            limit=limit,
        )

    async def questions(self) -> list[KnownQuestion]:
        """What all pairs ask, rejected ones too."""
        return await fetch_all(
            self._connection, KnownQuestion, "select id, question from hub.qa_pair where tenant_id = :t", t=self.tenant
        )

    async def seen(self, message: MessageId) -> bool:
        """Whether this colleague's answer was made a pair of already."""
        return bool(
            await fetch_rows(
                self._connection,
                "select 1 from hub.qa_sighting where tenant_id = :t and message_id = :m",
                t=self.tenant,
                m=message,
            )
        )

    async def add(self, new: NewPair) -> PairRow:
        """A pair, proposed."""
        id = uuid7()
        await run(
            self._connection,
            """insert into hub.qa_pair(id, tenant_id, question, answer, language, personal)
               values (:id, :t, :question, :answer, :language, :personal)""",
            id=id,
            t=self.tenant,
            question=new.question,
            answer=new.answer,
            language=new.language,
            personal=new.personal,
        )
        row = await self.get(id)
        if row is None:
            raise LookupError("a pair just made is not there")
        return row

    async def sighted(self, pair: UUID, conversation: ConversationId, message: MessageId) -> None:
        """A colleague's answer said so. Idempotent."""
        await run(
            self._connection,
            """insert into hub.qa_sighting(tenant_id, message_id, pair_id, conversation_id)
               values (:t, :m, :pair, :c) on conflict do nothing""",
            t=self.tenant,
            m=message,
            pair=pair,
            c=conversation,
        )

    async def get(self, id: UUID) -> PairRow | None:
        return await fetch_one(self._connection, PairRow, f"{_SELECT} where p.id = :id", id=id)

    async def page(
        self, limit: int, before: tuple[datetime, UUID] | None = None, *, state: PairState | None = None
    ) -> list[PairRow]:
        """The newest first."""
        return await fetch_all(
            self._connection,
            PairRow,
            f"""{_SELECT} where p.tenant_id = :t and (cast(:state as text) is null or p.state = :state)
                  and (cast(:id as uuid) is null or p.id < :id) order by p.id desc limit :limit""",
            t=self.tenant,
            state=state,
            id=None if before is None else before[1],
            limit=limit,
        )

    async def conversations(self, pair: UUID, limit: int) -> list[ConversationId]:
        """Where it was found, the newest first."""
        rows = await fetch_rows(
            self._connection,
            """select distinct conversation_id from hub.qa_sighting where tenant_id = :t and pair_id = :pair
                order by conversation_id desc limit :limit""",
            t=self.tenant,
            pair=pair,
            limit=limit,
        )
        return [ConversationId(row[0]) for row in rows]

    async def change(self, id: UUID, question: str | None, answer: str | None) -> bool:
        """Other words; what is None stays. False: no such pair."""
        return bool(
            await run(
                self._connection,
                """update hub.qa_pair set question = coalesce(:question, question), answer = coalesce(:answer, answer)
                    where id = :id""",
                id=id,
                question=question,
                answer=answer,
            )
        )

    async def decide(self, id: UUID, state: PairState, by: str, document: DocumentId | None) -> bool:
        """Approve or reject it. False: no such pair."""
        return bool(
            await run(
                self._connection,
                """update hub.qa_pair set state = :state, decided_by = :by, decided_at = now(), document_id = :document
                    where id = :id""",
                id=id,
                state=state,
                by=by,
                document=document,
            )
        )
