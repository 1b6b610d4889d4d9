"""A reply suggested to a colleague: what the bot would say now, from the same knowledge, and nothing is sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from hub.core.errors import Conflict, NotFound
from hub.core.ids import ChannelId, ConversationId, TenantId
from hub.core.knowledge import Passage
from hub.core.messages import AuthorKind
from hub.llm.ports import ChatModel
from hub.store.messages import MessageRow
from hub.store.session import Store
from orchestrator.answer import Question, answer
from orchestrator.handoff import found_json
from orchestrator.history import HISTORY_ROWS, history_of
from orchestrator.memory import text_of
from orchestrator.phrases import Phrasebook
from orchestrator.prompts import bot_settings
from orchestrator.retrieve import Search, find_passages
from orchestrator.thought import Thought
from orchestrator.waiting_room import language_of


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``thought`` holds the words and their sources; ``question`` is what they answer, ``found`` what was searched."""

    question: str
    thought: Thought
    found: list[dict[str, Any]]


class Suggester:
    """Thinks for a colleague. The model is called outside any transaction; the conversation stays untouched."""

    def __init__(
        self,
        *,
        store: Store,
        search_on: Callable[[ChannelId], Search],
        model_for: Callable[[TenantId, ConversationId], Awaitable[ChatModel | None]],
    ) -> None:
        self._store = store
        self._search_on = search_on
        self._model_for = model_for

    async def __call__(self, tenant: TenantId, conversation: ConversationId) -> Suggestion:
        """What could be answered to what the customer last said. Raises ``NotFound``, and ``Conflict`` where nothing
        was asked."""
        async with self._store.begin(tenant) as tx:
            talk = await tx.conversations.get(conversation)
            if talk is None:
                raise NotFound("There is no such conversation.", field="conversation")
            rows = await tx.messages.before(conversation, None, HISTORY_ROWS)
            settings = await bot_settings(tx, await tx.settings.get(), conversation)
            more = len(rows) >= HISTORY_ROWS
            before = await history_of(tx, conversation, rows, settings.history_tokens, more=more)
        asked = last_words(rows)
        if not asked:
            raise Conflict("The customer has not asked anything in words yet.", field="conversation")
        said = [text_of(row) for row in rows if row.author_kind == AuthorKind.CONTACT and row.deleted_at is None]
        language = language_of(rows, settings.language)

        search = self._search_on(talk.channel_id)

        async def find(query: str) -> list[Passage]:
            return await find_passages(search, tenant, query, said[1:6], settings.passages)

        passages = await find(asked) if settings.use_knowledge else []

        async def show(text: str) -> None:
            """Nobody watches: the colleague gets the whole."""

        question = Question(
            text=asked,
            passages=passages,
            history=before.messages,
            language=language,
            settings=settings,
            phrases=Phrasebook(
                settings.phrases, default=settings.language, bot=settings.bot_name, company=settings.company
            ),
            find=find if settings.use_knowledge else None,
        )
        model = await self._model_for(tenant, conversation)
        thought = await answer(question, model, show, lambda: True)
        return Suggestion(asked, thought, found_json(passages))


def last_words(newest_first: list[MessageRow]) -> str:
    """What the customer said since somebody last answered; else the last thing they said."""
    burst: list[str] = []
    for row in newest_first:
        if row.kind in ("note", "activity") or row.deleted_at is not None:
            continue
        text = text_of(row).strip()
        if row.author_kind == AuthorKind.CONTACT and text:
            burst.append(text)
        elif row.author_kind in (AuthorKind.AGENT, AuthorKind.BOT) and burst:
            break
    return "\n".join(reversed(burst))
