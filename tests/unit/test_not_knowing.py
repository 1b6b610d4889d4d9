"""A model that says that it does not know gave no answer: it counts as a miss, whatever the words or the language."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from hub.core.ids import ChunkId, DocumentId, uuid7
from hub.core.knowledge import Passage
from hub.core.usage import Usage
from hub.llm.ports import ChatMessage, ChatRequest, Completed, TextDelta
from orchestrator.answer import Question, answer
from orchestrator.phrases import Phrasebook
from orchestrator.settings import BotSettings
from orchestrator.thought import Thought

_TEXT = "Articles may be returned within thirty days. Returns are free."
RETURNS = Passage(
    ChunkId(uuid7()), DocumentId(uuid7()), None, "Returns", None, _TEXT, None, None, 0, len(_TEXT), 1.0, 1.0, 0.5
)


class Saying:
    """A model that says one thing, in small pieces."""

    provider, model = "script", "script"

    def __init__(self, text: str) -> None:
        self.text = text

    async def stream(self, request: ChatRequest) -> AsyncGenerator[TextDelta | Completed, None]:
        for start in range(0, len(self.text), 3):
            yield TextDelta(self.text[start : start + 3])
        yield Completed(self.text, Usage("answer", "script", "script"), (), "stop")


async def thought_of(text: str, *, use_knowledge: bool = True) -> Thought:
    async def show(text: str) -> None: ...

    history = [ChatMessage("user", "Do you sell gift cards?")]
    settings = BotSettings(use_knowledge=use_knowledge)
    question = Question(
        "Do you sell gift cards?",
        [RETURNS],
        history,
        "en",
        settings,
        Phrasebook({}, default="en", bot="Bot", company="Shop"),
    )
    return await answer(question, Saying(text), show, lambda: True)


@pytest.mark.parametrize(
    "text",
    [
        "I do not know this. [0] Would you like to talk to a person?",
        "I could not find anything about gift cards in our documents.",
        "Unfortunately our sources don't mention gift cards. Shall I connect you with a colleague?",
        "Dazu finde ich in unseren Unterlagen leider nichts.",
        "No he encontrado información. ¿Quiere hablar con una persona?",
        "Je ne trouve pas de réponse dans nos documents.",
        "申し訳ありませんが、わかりません。[0]",
        "Przykro mi, nie wiem. [0, 0]",
    ],
)
async def test_not_knowing_counts_as_a_miss_and_offers_a_person(text: str) -> None:
    thought = await thought_of(text)
    assert (thought.kind, thought.missed, thought.offer_person) == ("no_answer", True, True)
    assert "[0" not in thought.text


async def test_the_model_s_own_words_are_kept() -> None:
    thought = await thought_of("I do not know this from the sources I have. [0] Would you like to talk to a person?")
    assert thought.text == "I do not know this from the sources I have. Would you like to talk to a person?"
    assert thought.model == "script/script"


@pytest.mark.parametrize(
    "text",
    [
        "Articles may be returned within thirty days [1].",
        "Articles may be returned within thirty days [1]. I do not know more than that. [0]",
        "Which article do you mean?",
        "Of course, I am happy to help!",
    ],
)
async def test_what_answers_or_asks_back_is_no_miss(text: str) -> None:
    assert (await thought_of(text)).kind == "answer"


async def test_without_knowledge_not_knowing_is_talk_like_any_other() -> None:
    assert (await thought_of("I do not know. [0]", use_knowledge=False)).kind == "answer"
