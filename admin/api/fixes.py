"""Putting an answer right: trying what the bot would say if it knew better, and correcting a passage, over REST."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from admin.api.documents import DocumentView, show_document
from admin.api.prompts import TriedView, show_tried
from hub.accounts.permissions import Permission
from hub.core.ids import DocumentId
from hub.http.access import Call, tenant
from hub.http.model import Model
from hub.http.routes import Route
from hub.knowledge.corrections import Corrections
from hub.store.session import Store
from orchestrator.prompts import bot_settings
from orchestrator.trials import Supposed, Trial

_MOST = 20_000
Passage = Annotated[str, Field(min_length=1, max_length=_MOST)]


class SupposedPassage(Model):
    title: Annotated[str, Field(min_length=1, max_length=500, examples=["Do you deliver to Switzerland?"])]
    text: Passage


class TryFix(Model):
    """A question, asked as if the knowledge had these passages and not those."""

    question: Annotated[str, Field(min_length=1, max_length=4000)]
    passages: Annotated[list[SupposedPassage], Field(max_length=10)] = Field(default_factory=list)
    without: Annotated[list[UUID], Field(max_length=100)] = Field(default_factory=list)
    """Passages (chunks) that shall not count, such as the one that is being corrected."""


class Correction(Model):
    text: Passage


class FixesApi:
    """The routes of putting right."""

    def __init__(self, *, trial: Trial, corrections: Corrections, store: Store) -> None:
        self._trial = trial
        self._corrections = corrections
        self._store = store

    async def preview(self, call: Call, body: TryFix) -> TriedView:
        async with self._store.begin(call.tenant_id) as tx:
            settings = await bot_settings(tx, await tx.settings.get())
        supposed = Supposed([(one.title, one.text) for one in body.passages], body.without)
        return show_tried(await self._trial.ask(call.tenant_id, body.question, settings, supposed))

    async def correct(self, call: Call, document: UUID, chunk: UUID, body: Correction) -> DocumentView:
        row = await self._corrections.correct(call.tenant_id, DocumentId(document), chunk, body.text)
        return show_document(row)

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base, tags = "/api/v1/tenants/{tenant}", ("knowledge",)
        writes = tenant(Permission.KNOWLEDGE_WRITE)
        return [
            Route(method="POST", path=f"{base}/answers/preview", handler=self.preview, access=writes,
                  name="preview_answer", summary="What the bot would answer if it knew something else", tags=tags,
                  idempotent=True),
            Route(method="PUT", path=f"{base}/documents/{{document}}/chunks/{{chunk}}", handler=self.correct,
                  access=writes, name="correct_chunk", summary="Put a passage of a text into other words", tags=tags,
                  status=202, problems=(409,), description="The text is read anew; until then the old words answer."),
        ]  # fmt: skip
