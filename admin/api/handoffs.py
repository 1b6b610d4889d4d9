"""Handoffs over REST: why a person was asked for, and what the colleague needs to know at a glance."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from hub.accounts.permissions import Permission
from hub.core.errors import NotFound
from hub.core.ids import ConversationId, MessageId
from hub.http.access import Call, tenant
from hub.http.model import View
from hub.http.routes import Route
from hub.http.views import CitationView, show_message
from hub.store.handoffs import HandoffRow
from hub.store.session import Store


class HandoffRecord(View):
    """One time that a person was asked for."""

    id: UUID
    reason: str
    detail: str | None
    """The reason in the customer's or the model's own words."""
    question: str
    """What the customer wanted when the bot stepped back."""
    summary: str
    """The last exchanges, a line each."""
    retrieved: list[dict[str, Any]]
    """Passages the search had found: title, section, score, and the beginning of the text."""
    bot_said: str | None
    """The bot's last answer before."""
    bot_answers: int
    support: float | None
    """The share of the bot's last answer that rests on sources."""
    cost: Decimal | None
    """What the bot's answers cost until then."""
    requested_at: datetime
    accepted_at: datetime | None
    accepted_by: str | None
    ended_at: datetime | None
    ended_by: str | None
    ended_as: str | None
    """returned or resolved."""


class HandoffHistory(View):
    """The newest first."""

    items: list[HandoffRecord]


class WhyView(View):
    """Why the bot said what it said."""

    message_id: UUID
    thought: str | None
    """answer, extracts, no_answer, handoff, phrase, asked."""
    model: str | None
    question: str | None
    found: list[dict[str, Any]]
    """What the search gave, best first, with the scores of its stages."""
    citations: list[CitationView]
    support: float | None
    tools: list[dict[str, Any]]
    cost: Decimal | None
    """Of the model's calls for this conversation, from the question to this answer."""


class HandoffsApi:
    """The routes of handoffs and of why the bot said something."""

    def __init__(self, *, store: Store) -> None:
        self._store = store

    async def history(self, call: Call, conversation: UUID) -> HandoffHistory:
        async with self._store.begin(call.tenant_id) as tx:
            if await tx.conversations.get(ConversationId(conversation)) is None:
                raise NotFound("There is no such conversation.", field="conversation")
            rows = await tx.handoffs.of(ConversationId(conversation))
        return HandoffHistory(items=[_show(row) for row in rows])

    async def why(self, call: Call, conversation: UUID, message: UUID) -> WhyView:
        async with self._store.begin(call.tenant_id) as tx:
            row = await tx.messages.get(MessageId(message))
            if row is None or row.conversation_id != conversation or row.author_kind != "bot":
                raise NotFound("There is no such message of the bot's here.", field="message")
            turn = None if row.turn_id is None else await tx.turns.get(row.turn_id)
            cost = None if turn is None else await tx.usage.cost_of_turn(turn.id)
        about = row.metadata
        why = about.get("why") or {}
        return WhyView(
            message_id=row.id,
            thought=about.get("thought"),
            model=about.get("model"),
            question=why.get("question"),
            found=why.get("found") or [],
            citations=show_message(row).citations,
            support=row.support,
            tools=about.get("tools") or [],
            cost=cost,
        )

    def routes(self) -> list[Route]:
        """The routes of this file."""
        one = "/api/v1/tenants/{tenant}/conversations/{conversation}"
        reads, tags = tenant(Permission.CONVERSATIONS_READ_ASSIGNED), ("conversations",)
        return [
            Route(method="GET", path=f"{one}/handoff", handler=self.history, name="list_handoffs", tags=tags,
                  access=reads, summary="Why a person was asked for, and what to know"),
            Route(method="GET", path=f"{one}/messages/{{message}}/why", handler=self.why, name="explain_answer",
                  tags=tags, access=reads, summary="Why the bot said this"),
        ]  # fmt: skip


def _show(row: HandoffRow) -> HandoffRecord:
    return HandoffRecord.model_construct(**{name: getattr(row, name) for name in HandoffRecord.model_fields})
