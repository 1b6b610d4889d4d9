"""How satisfied customers were with whole conversations, over REST."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from admin.api.actors import me
from hub.accounts.permissions import Permission
from hub.accounts.reach import reach_of
from hub.core.ids import ConversationId
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.pages import Page, PageQuery, decode_cursor, page_of
from hub.http.routes import Route
from hub.store.ratings import RatingRow
from hub.store.session import Store


class RatingsQuery(PageQuery):
    """Ratings, newest first."""

    score: Annotated[int, Field(ge=1, le=5)] | None = None


class RatingView(View):
    """What a customer said when the conversation was over."""

    conversation_id: UUID
    score: int
    """1 (bad) to 5 (very good)."""
    comment: str | None
    agent: str | None
    """Who of the colleagues last wrote in it; null where the bot alone answered."""
    at: datetime


class SummaryQuery(Model):
    since: datetime | None = None


class RatingSummary(View):
    """Every rating since a moment, or ever."""

    count: int
    average: float | None
    """Null without ratings."""
    satisfied: float | None
    """The share of 4 and 5."""
    by_score: dict[str, int]


class RatingsApi:
    """The routes of ratings."""

    def __init__(self, *, store: Store) -> None:
        self._store = store

    async def ratings(self, call: Call, query: RatingsQuery) -> Page[RatingView]:
        position = decode_cursor(query.cursor)
        after = None if position is None else (position[0], ConversationId(position[1]))
        async with self._store.begin(call.tenant_id) as tx:
            reach = await reach_of(tx, call.principal)
            rows = await tx.ratings.page(query.limit + 1, after, query.score, within=reach, me=me(call))
        return page_of(rows, query.limit, lambda row: (row.at, row.conversation_id), _show)

    async def summary(self, call: Call, query: SummaryQuery) -> RatingSummary:
        async with self._store.begin(call.tenant_id) as tx:
            counted = {c.score: c.count for c in await tx.ratings.counts(query.since)}
        count = sum(counted.values())
        good = counted.get(4, 0) + counted.get(5, 0)
        return RatingSummary(
            count=count,
            average=round(sum(score * n for score, n in counted.items()) / count, 2) if count else None,
            satisfied=round(good / count, 3) if count else None,
            by_score={str(score): counted.get(score, 0) for score in range(1, 6)},
        )

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base, tags, reads = "/api/v1/tenants/{tenant}/ratings", ("insight",), tenant(Permission.REPORTS_READ)
        return [
            Route(method="GET", path=base, handler=self.ratings, access=reads, name="list_ratings", tags=tags,
                  summary="How customers rated conversations"),
            Route(method="GET", path=f"{base}/summary", handler=self.summary, access=reads, name="summarise_ratings",
                  tags=tags, summary="How satisfied customers were, in sum"),
        ]  # fmt: skip


def _show(row: RatingRow) -> RatingView:
    return RatingView(
        conversation_id=row.conversation_id, score=row.score, comment=row.comment, agent=row.agent, at=row.at
    )
