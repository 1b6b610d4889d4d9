"""Questions with their answers over REST: proposed from what colleagues answered, approved, changed or rejected."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from admin.api.actors import me
from hub.accounts.permissions import Permission
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.pages import Page, PageQuery, decode_cursor, page_of
from hub.http.routes import Route
from hub.store.qa_pairs import PairRow
from orchestrator.pair_desk import PairDesk

State = Literal["proposed", "approved", "rejected"]
Question = Annotated[str, Field(min_length=3, max_length=500)]
Answer = Annotated[str, Field(min_length=3, max_length=4000)]


class PairsQuery(PageQuery):
    state: State | None = None


class NewPair(Model):
    """A pair written by hand, as the answer to a gap."""

    question: Question
    answer: Answer


class PairChange(Model):
    """What is left out stays."""

    question: Question | None = None
    answer: Answer | None = None


class MinePairs(Model):
    days: Annotated[int, Field(ge=1, le=365)] = 30
    """Conversations resolved in the last so many days."""


class MinedView(View):
    messages: int
    """How many messages were read."""
    proposed: int
    again: int
    """Answers that said what a pair says already; they count on it."""


class PairView(View):
    id: UUID
    question: str
    answer: str
    language: str | None
    state: State
    personal: bool
    """Something that may be about one customer was blotted out as `[…]`: look twice."""
    times: int
    """How many of colleagues' answers said so; 0 where it was written by hand."""
    document_id: UUID | None
    """The document it became."""
    decided_by: str | None
    decided_at: datetime | None
    created_at: datetime


class PairDetail(PairView):
    conversations: list[UUID]
    """Where it was found, the newest first; ten at most."""


class QaPairsApi:
    """The routes of pairs."""

    def __init__(self, *, desk: PairDesk) -> None:
        self._desk = desk

    async def mine(self, call: Call, body: MinePairs) -> MinedView:
        mined = await self._desk.mine(call.tenant_id, body.days)
        return MinedView(messages=mined.read, proposed=mined.proposed, again=mined.again)

    async def page(self, call: Call, query: PairsQuery) -> Page[PairView]:
        rows = await self._desk.page(call.tenant_id, query.limit + 1, decode_cursor(query.cursor), query.state)
        return page_of(rows, query.limit, lambda row: (row.created_at, row.id), _view)

    async def create(self, call: Call, body: NewPair) -> PairView:
        return _view(await self._desk.add(call.tenant_id, body.question, body.answer))

    async def get(self, call: Call, pair: UUID) -> PairDetail:
        row, conversations = await self._desk.get(call.tenant_id, pair)
        return PairDetail(**_view(row).model_dump(), conversations=list(conversations))

    async def change(self, call: Call, pair: UUID, body: PairChange) -> PairView:
        return _view(await self._desk.change(call.tenant_id, pair, body.question, body.answer, me(call)))

    async def approve(self, call: Call, pair: UUID) -> PairView:
        return _view(await self._desk.approve(call.tenant_id, pair, me(call)))

    async def reject(self, call: Call, pair: UUID) -> PairView:
        return _view(await self._desk.reject(call.tenant_id, pair, me(call)))

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base = "/api/v1/tenants/{tenant}/qa-pairs"
        one = f"{base}/{{pair}}"

        def route(method: str, path: str, handler: Any, summary: str, name: str, **more: Any) -> Route:
            # Pairs show what customers wrote: reading them takes what reading conversations takes.
            access = tenant(Permission.CONVERSATIONS_READ_ALL if method == "GET" else Permission.KNOWLEDGE_WRITE)
            if method == "POST":
                more["idempotent"] = True
            return Route(method=method, path=path, handler=handler, summary=summary, name=name, access=access,
                         **{"tags": ("insight",), **more})  # fmt: skip

        return [
            route("POST", f"{base}/mine", self.mine, "Propose pairs from what colleagues answered", "mine_qa_pairs"),
            route("GET", base, self.page, "Questions with their answers, the newest first", "list_qa_pairs"),
            route("POST", base, self.create, "Write a pair by hand", "create_qa_pair", status=201),
            route("GET", one, self.get, "One pair, and where it was found", "get_qa_pair"),
            route("PATCH", one, self.change, "Change a pair's words", "change_qa_pair"),
            route("POST", f"{one}/approve", self.approve, "Answer from it from now on", "approve_qa_pair"),
            route("POST", f"{one}/reject", self.reject, "Do not propose it again, and forget it", "reject_qa_pair"),
        ]  # fmt: skip


def _view(row: PairRow) -> PairView:
    return PairView(**{name: getattr(row, name) for name in PairView.model_fields})
