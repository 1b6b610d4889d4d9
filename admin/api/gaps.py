"""The gap report over REST."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from hub.accounts.permissions import Permission
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.routes import Route
from orchestrator.gaps import Gap, GapReport

_EXAMPLES = 5


class GapsQuery(Model):
    days: Annotated[int, Field(ge=1, le=365)] = 30
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class GapView(View):
    """Questions that mean the same and were not answered."""

    question: str
    """The most typical of them."""
    count: int
    people: int
    """How many different customers asked."""
    agent_seconds: float
    """How long people had the conversations in which it was asked: what an answer would save."""
    reasons: dict[str, int]
    """`no_answer`, `handed_over`, or `disliked`: the customer's own verdict."""
    nearest: str | None
    """The document that came nearest, which did not do."""
    examples: list[str]
    conversations: list[UUID]
    first: datetime
    last: datetime


class GapList(View):
    items: list[GapView]
    """The most asked first."""
    questions: int
    """How many questions they are; a report looks at the newest 500."""


class GapsApi:
    """The route of the gap report."""

    def __init__(self, *, report: GapReport) -> None:
        self._report = report

    async def gaps(self, call: Call, query: GapsQuery) -> GapList:
        found = await self._report(call.tenant_id, query.days)
        return GapList(
            items=[_view(gap) for gap in found[: query.limit]], questions=sum(len(g.questions) for g in found)
        )

    def routes(self) -> list[Route]:
        """The routes of this file."""
        return [
            Route(
                method="GET",
                path="/api/v1/tenants/{tenant}/gaps",
                handler=self.gaps,
                access=tenant(Permission.CONVERSATIONS_READ_ALL),
                name="list_gaps",
                summary="What customers asked and the documents did not answer, the most asked first",
                tags=("insight",),
            )
        ]


def _view(gap: Gap) -> GapView:
    texts = list(dict.fromkeys(q.question for q in gap.questions))
    return GapView(
        question=gap.typical,
        count=len(gap.questions),
        people=gap.people,
        agent_seconds=gap.agent_seconds,
        reasons=dict(gap.reasons),
        nearest=gap.nearest,
        examples=texts[:_EXAMPLES],
        conversations=list(dict.fromkeys(q.conversation_id for q in gap.questions))[:_EXAMPLES],
        first=gap.questions[-1].at,
        last=gap.questions[0].at,
    )
