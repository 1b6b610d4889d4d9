"""What customers thought of answers, over REST."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from admin.api.actors import me
from hub.accounts.permissions import Permission
from hub.accounts.reach import reach_of
from hub.core.ids import MessageId
from hub.http.access import Call, tenant
from hub.http.model import View
from hub.http.pages import Page, PageQuery, decode_cursor, page_of
from hub.http.routes import Route
from hub.store.feedback import FeedbackRow
from hub.store.session import Store


class FeedbackQuery(PageQuery):
    """Opinions, newest first."""

    value: Literal["up", "down"] | None = None


class FeedbackView(View):
    """What a customer thought of one answer."""

    message_id: UUID
    conversation_id: UUID
    value: Literal["up", "down"]
    comment: str | None
    at: datetime


class FeedbackApi:
    """The routes of feedback."""

    def __init__(self, *, store: Store) -> None:
        self._store = store

    async def opinions(self, call: Call, query: FeedbackQuery) -> Page[FeedbackView]:
        position = decode_cursor(query.cursor)
        after = None if position is None else (position[0], MessageId(position[1]))
        async with self._store.begin(call.tenant_id) as tx:
            reach = await reach_of(tx, call.principal)
            rows = await tx.feedback.page(query.limit + 1, after, query.value, within=reach, me=me(call))
        return page_of(rows, query.limit, lambda row: (row.at, row.message_id), _show)

    def routes(self) -> list[Route]:
        """The routes of this file."""
        return [
            Route(
                method="GET",
                path="/api/v1/tenants/{tenant}/feedback",
                handler=self.opinions,
                access=tenant(Permission.REPORTS_READ),
                name="list_feedback",
                summary="What customers thought of answers",
                tags=("insight",),
            )
        ]


def _show(row: FeedbackRow) -> FeedbackView:
    return FeedbackView(
        message_id=row.message_id,
        conversation_id=row.conversation_id,
        value=row.value,
        comment=row.comment,
        at=row.at,
    )
