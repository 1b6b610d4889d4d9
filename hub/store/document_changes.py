"""What indexings changed, and the answers that rested on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from hub.core.ids import ChunkId, ConversationId, DocumentId, MessageId, TenantId, uuid7
from hub.store.pool import Connection
from hub.store.rows import fetch_all, run

MOST_KEPT: Final = 100
_TEXT: Final = 1_000


@dataclass(frozen=True, slots=True)
class ChangedPassage:
    """A passage that came or went."""

    chunk_id: ChunkId
    heading: Sequence[str]
    text: str

    def to_json(self) -> dict[str, Any]:
        return {"chunk_id": str(self.chunk_id), "heading": list(self.heading), "text": self.text[:_TEXT]}


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One indexing's changes, in passages. ``new_passages`` and ``old_passages`` hold the first hundred of each."""

    id: UUID
    document_id: DocumentId
    version: int
    kept: int
    added: int
    removed: int
    new_passages: list[dict[str, Any]]
    old_passages: list[dict[str, Any]]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class RestingAnswer:
    """An answer of the bot that cites a document. ``outdated``: a passage that it cites is no more."""

    id: MessageId
    conversation_id: ConversationId
    created_at: datetime
    parts: list[dict[str, Any]]
    question: str | None
    quotes: list[str]
    outdated: bool


class DocumentChanges:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def add(
        self,
        document: DocumentId,
        version: int,
        *,
        kept: int,
        came: Sequence[ChangedPassage],
        went: Sequence[ChangedPassage],
    ) -> None:
        """Note what an indexing changed."""
        await run(
            self._connection,
            """insert into hub.document_change(id, tenant_id, document_id, version, kept, added, removed, new_passages,
                                               old_passages, gone)
               values (:id, :t, :document, :version, :kept, :added, :removed, :came__jsonb, :went__jsonb, :gone__uuids)
               on conflict do nothing""",
            id=uuid7(),
            t=self.tenant,
            document=document,
            version=version,
            kept=kept,
            added=len(came),
            removed=len(went),
            came__jsonb=[p.to_json() for p in came[:MOST_KEPT]],
            went__jsonb=[p.to_json() for p in went[:MOST_KEPT]],
            gone__uuids=[p.chunk_id for p in went],
        )

    async def page(
        self, document: DocumentId, limit: int, before: tuple[datetime, UUID] | None = None
    ) -> list[ChangeRow]:
        """The newest first."""
        return await fetch_all(
            self._connection,
            ChangeRow,
            """select * from hub.document_change where tenant_id = :t and document_id = :document
                  and (cast(:id as uuid) is null or id < :id) order by id desc limit :limit""",
            t=self.tenant,
            document=document,
            id=None if before is None else before[1],
            limit=limit,
        )

    async def answers(
        self,
        document: DocumentId,
        limit: int,
        before: tuple[datetime, UUID] | None = None,
        *,
        change: UUID | None = None,
    ) -> list[RestingAnswer]:
        """Answers that cite the document, the newest first; with ``change``, those that cite what it removed."""
        return await fetch_all(
            self._connection,
            RestingAnswer,
            """select m.id, m.conversation_id, m.created_at, m.parts, m.metadata->'why'->>'question' as question,
                      cited.quotes,
                      exists (select 1 from hub.document_change d
                               where d.tenant_id = :t and d.document_id = :document and d.gone && cited.chunks)
                        as outdated
                 from hub.message m
                 cross join lateral (
                    select array_agg(c->>'quote') as quotes, array_agg(cast(c->>'chunk_id' as uuid)) as chunks
                      from jsonb_array_elements(m.citations) c where c->>'document_id' = :text) cited
                where m.tenant_id = :t and m.citations <> '[]' and m.citations @> :cites__jsonb
                  and m.author_kind = 'bot' and m.deleted_at is null
                  and (cast(:change as uuid) is null
                       or exists (select 1 from hub.document_change d
                                   where d.id = :change and d.document_id = :document and d.gone && cited.chunks))
                  and (cast(:id as uuid) is null or m.id < :id)
                order by m.id desc limit :limit""",
            t=self.tenant,
            document=document,
            text=str(document),
            cites__jsonb=[{"document_id": str(document)}],
            change=change,
            id=None if before is None else before[1],
            limit=limit,
        )
