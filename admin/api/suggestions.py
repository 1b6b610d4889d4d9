"""A suggested reply over REST."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from hub.accounts.permissions import Permission
from hub.core.ids import ConversationId, TenantId
from hub.http.access import Call, tenant
from hub.http.model import View
from hub.http.routes import Route
from hub.http.views import CitationView
from orchestrator.suggest import Suggestion
from orchestrator.thought import citation_to_json

Suggest = Callable[[TenantId, ConversationId], Awaitable[Suggestion]]


class SuggestionView(View):
    """What the bot would answer now. Nothing was sent."""

    text: str
    kind: str
    """answer, extracts, no_answer (nothing fits) or handoff (the model would ask for a person)."""
    question: str
    """What it answers."""
    citations: list[CitationView]
    support: float | None
    found: list[dict[str, Any]]
    """What the search gave, best first."""


class SuggestionsApi:
    """The route of suggested replies."""

    def __init__(self, *, suggest: Suggest) -> None:
        self._suggest = suggest

    async def suggest(self, call: Call, conversation: UUID) -> SuggestionView:
        made = await self._suggest(call.tenant_id, ConversationId(conversation))
        thought = made.thought
        return SuggestionView(
            text=thought.text,
            kind=thought.kind,
            question=made.question,
            citations=[CitationView.model_validate(_known(citation_to_json(c))) for c in thought.citations],
            support=thought.support,
            found=made.found,
        )

    def routes(self) -> list[Route]:
        """The routes of this file."""
        return [
            Route(method="POST", path="/api/v1/tenants/{tenant}/conversations/{conversation}/suggestion",
                  handler=self.suggest, name="suggest_reply", tags=("conversations",),
                  access=tenant(Permission.CONVERSATIONS_REPLY), idempotent=True, problems=(409,),
                  summary="What the bot would answer now"),
        ]  # fmt: skip


def _known(data: dict[str, Any]) -> dict[str, Any]:
    return {name: data.get(name) for name in CitationView.model_fields}
