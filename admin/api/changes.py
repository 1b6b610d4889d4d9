"""What indexings changed in a document, and the answers that rest on it, over REST."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from hub.accounts.permissions import Permission
from hub.core.errors import NotFound
from hub.core.ids import DocumentId
from hub.core.messages import part_from_json, plain_text
from hub.http.access import Call, tenant
from hub.http.model import View
from hub.http.pages import Page, PageQuery, decode_cursor, page_of
from hub.http.routes import Route
from hub.store.document_changes import ChangeRow, RestingAnswer
from hub.store.session import Store, Tx


class PassageView(View):
    chunk_id: UUID
    heading: list[str]
    text: str


class ChangeView(View):
    """What one indexing changed, in passages."""

    id: UUID
    version: int
    kept: int
    added: int
    removed: int
    new_passages: list[PassageView]
    """The first hundred that came."""
    old_passages: list[PassageView]
    """The first hundred that went."""
    created_at: datetime


class AnswersQuery(PageQuery):
    change: UUID | None = None
    """Only answers that cite what this change removed."""


class RestingView(View):
    """An answer of the bot that cites the document."""

    message_id: UUID
    conversation_id: UUID
    created_at: datetime
    question: str | None
    text: str
    quotes: list[str]
    """The words of the document it rested on."""
    outdated: bool
    """A passage that it cites is no more."""


class ChangesApi:
    """The routes of a document's changes."""

    def __init__(self, *, store: Store) -> None:
        self._store = store

    async def changes(self, call: Call, document: UUID, query: PageQuery) -> Page[ChangeView]:
        async with self._store.begin(call.tenant_id) as tx:
            await _check(tx, document)
            rows = await tx.document_changes.page(DocumentId(document), query.limit + 1, decode_cursor(query.cursor))
        return page_of(rows, query.limit, lambda row: (row.created_at, row.id), _change)

    async def answers(self, call: Call, document: UUID, query: AnswersQuery) -> Page[RestingView]:
        async with self._store.begin(call.tenant_id) as tx:
            await _check(tx, document)
            rows = await tx.document_changes.answers(
                DocumentId(document), query.limit + 1, decode_cursor(query.cursor), change=query.change
            )
        return page_of(rows, query.limit, lambda row: (row.created_at, row.id), _answer)

    def routes(self) -> list[Route]:
        """The routes of this file."""
        one = "/api/v1/tenants/{tenant}/documents/{document}"
        return [
            Route(method="GET", path=f"{one}/changes", handler=self.changes, name="list_document_changes",
                  summary="What indexing a document anew changed, the newest first", tags=("knowledge",),
                  access=tenant(Permission.KNOWLEDGE_READ)),
            Route(method="GET", path=f"{one}/answers", handler=self.answers, name="list_document_answers",
                  summary="Answers that rest on a document, the newest first", tags=("knowledge",),
                  access=tenant(Permission.CONVERSATIONS_READ_ALL)),
        ]  # fmt: skip


async def _check(tx: Tx, document: UUID) -> None:
    if await tx.documents.get(DocumentId(document)) is None:
        raise NotFound("There is no such document.", field="document")


def _change(row: ChangeRow) -> ChangeView:
    fields: dict[str, Any] = {name: getattr(row, name) for name in ChangeView.model_fields}
    return ChangeView.model_validate(fields)


def _answer(row: RestingAnswer) -> RestingView:
    return RestingView(
        message_id=row.id,
        conversation_id=row.conversation_id,
        created_at=row.created_at,
        question=row.question,
        text=plain_text([part_from_json(p) for p in row.parts]),
        quotes=row.quotes,
        outdated=row.outdated,
    )
