"""What becomes a pair: the waiting question and the colleague's answer, without what is about one customer."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.core.errors import ModelError
from hub.core.ids import ConversationId, MessageId, TenantId, uuid7
from hub.core.usage import Usage
from hub.llm.ports import ChatRequest, Completed, TextDelta
from hub.store.messages import MessageRow
from orchestrator.pair_desk import polished
from orchestrator.pairs import BLOT, Candidate, blot, candidates, same_question

NOW = datetime(2026, 11, 1, tzinfo=UTC)
TALK = ConversationId(uuid4())


def row(who: str, text: str, talk: ConversationId = TALK, **more: Any) -> MessageRow:
    return MessageRow(
        id=MessageId(uuid7()), tenant_id=TenantId(UUID(int=1)), conversation_id=talk, seq=1, direction="in",
        author_kind=who, author_id=None, author_name=None, kind="message", parts=[{"type": "text", "text": text}],
        reply_to=None, status="sent", error=None, at=NOW, created_at=NOW, edited_at=None, deleted_at=None, citations=[],
        support=None, turn_id=None, floor_epoch=0, metadata=more, platform_ids=[],
    )  # fmt: skip


def test_the_question_that_waited_is_found_past_greetings_wishes_and_the_bots_regret() -> None:
    (found,) = candidates(
        [
            row("contact", "hello"),
            row("contact", "How long does a repair of my bicycle take?"),
            row("bot", "I could not find this.", thought="no_answer"),
            row("contact", "I want to talk to a person"),
            row("agent", "Hello Ann,\nthanks for asking."),
            row("agent", "A repair takes five working days.\nKind regards, Tom"),
            row("contact", "Thanks"),
        ]
    )
    assert found.question == "How long does a repair of my bicycle take?"
    assert found.answer == "thanks for asking.\n\nA repair takes five working days."
    assert not found.personal and found.language == "en"


def test_what_the_bot_answered_and_questions_back_are_no_pairs() -> None:
    bots = [row("contact", "How long does a repair take?"), row("bot", "Five days.", thought="answer")]
    assert candidates([*bots, row("agent", "Anything else that we can do?")]) == []
    back = [row("contact", "How long does a repair take?"), row("agent", "Which bicycle do you mean, the red one?")]
    assert candidates(back) == []
    assert candidates([row("contact", "ok"), row("agent", "A repair takes five working days.")]) == []


def test_talks_stand_apart() -> None:
    other = ConversationId(uuid4())
    rows = [row("contact", "How long does a repair take?"), row("agent", "A repair takes five working days.", other)]
    assert candidates(rows) == []


@pytest.mark.parametrize(
    "text",
    [
        "Write to ann.b@example.org",
        "call +49 (0)30 901820-11",
        "your order 2024-118822-01",
        "DE44 5001 0517 5407 3249 31",
    ],
)
def test_what_may_be_about_one_customer_is_blotted_out(text: str) -> None:
    shown, hidden = blot(text)
    assert hidden and BLOT in shown
    assert blot("Open from 9 to 17, for 12,50 euros, since 1998.") == (
        "Open from 9 to 17, for 12,50 euros, since 1998.",
        False,
    )
    assert blot("Dear Ann, Annual plans", ["ann"]) == (f"Dear {BLOT}, Annual plans", True)


def test_the_same_question_in_other_words_is_known() -> None:
    assert same_question("Do you deliver to Switzerland?", "Can you deliver to Switzerland please")
    assert not same_question("Do you deliver to Switzerland?", "Do you repair bicycles?")


class Writes:
    """A model that writes this, or fails."""

    provider, model = "scripted", "writes"

    def __init__(self, text: str | None) -> None:
        self._text = text

    async def stream(self, request: ChatRequest) -> AsyncGenerator[TextDelta | Completed, None]:
        assert request.schema is not None and request.task == "pair"
        if self._text is None:
            raise ModelError("down")
        yield Completed(self._text, Usage("pair", "scripted", "writes"))


async def test_a_models_words_are_taken_where_they_add_nothing() -> None:
    said = Candidate(
        "hm how long repair??", "It is five working days for a repair.", "en", False, TALK, MessageId(uuid7())
    )
    good = {"question": "How long is a repair?", "answer": "A repair is five working days."}
    assert await polished(Writes(json.dumps(good)), said) == replace(said, **good)
    lies = {"question": "How long is a repair?", "answer": "A repair is nine working days and free of charge."}
    for text in (json.dumps(lies), "no json", json.dumps({"question": ""}), None):
        assert await polished(Writes(text), said) == said
