"""Trying what the bot would answer: under other words, or if it knew something else. Nothing is kept or sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from hub.core.ids import ChunkId, ConversationId, DocumentId, TenantId, uuid7
from hub.core.knowledge import Passage
from hub.knowledge.language import detect_language
from hub.llm.ports import ChatMessage, ChatModel
from orchestrator.answer import Question, answer
from orchestrator.phrases import Phrasebook
from orchestrator.retrieve import Search, find_passages
from orchestrator.settings import BotSettings
from orchestrator.thought import Thought

ModelFor = Callable[[TenantId, ConversationId | None], Awaitable[ChatModel | None]]


@dataclass(frozen=True, slots=True)
class Supposed:
    """What the bot is taken to know, beside what it knows: passages (title, text), and chunks it is to forget."""

    passages: Sequence[tuple[str, str]] = ()
    without: Collection[UUID] = ()


class Trial:
    """Asks as a customer would."""

    def __init__(self, *, search: Search, model_for: ModelFor) -> None:
        self._search = search
        self._model_for = model_for

    async def ask(
        self, tenant: TenantId, question: str, settings: BotSettings, supposed: Supposed | None = None
    ) -> Thought:
        """What the bot would answer by these settings, supposing this."""
        model = await self._model_for(tenant, None)
        thought, _ = await try_out(self._search, model, tenant, settings, question, supposed)
        return thought


async def try_out(
    search: Search,
    model: ChatModel | None,
    tenant: TenantId,
    settings: BotSettings,
    question: str,
    supposed: Supposed | None = None,
) -> tuple[Thought, list[Passage]]:
    """What the bot would answer to a question by itself, and the passages found. Nothing is kept or sent."""
    given = [_passage(title, text) for title, text in supposed.passages] if supposed else []
    without = set(supposed.without) if supposed else set()

    async def find(query: str) -> list[Passage]:
        found = await find_passages(search, tenant, query, [], settings.passages)
        return [*given, *(one for one in found if one.chunk_id not in without)]

    async def show(text: str) -> None:
        """Nobody watches: the whole answer is given."""

    passages = await find(question) if settings.use_knowledge else []
    asked = Question(
        text=question,
        passages=passages,
        history=[ChatMessage("user", question)],
        language=detect_language(question) or settings.language,
        settings=settings,
        phrases=Phrasebook(
            settings.phrases, default=settings.language, bot=settings.bot_name, company=settings.company
        ),
        find=find if settings.use_knowledge else None,
    )
    return await answer(asked, model, show, lambda: True), passages


def _passage(title: str, text: str) -> Passage:
    return Passage(
        chunk_id=ChunkId(uuid7()),
        document_id=DocumentId(uuid7()),
        external_id=None,
        title=title,
        url=None,
        text=text,
        section=None,
        page=None,
        start=0,
        end=len(text),
        score=1.0,
        keyword=1.0,
        vector=1.0,
    )
