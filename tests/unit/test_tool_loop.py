"""A model's tools: bound by the server, checked before they run, at most five rounds, every call kept."""

from __future__ import annotations

import itertools
import json
from collections.abc import AsyncGenerator, Sequence
from typing import Any

import pytest

from hub.core.ids import ChunkId, DocumentId, uuid7
from hub.core.knowledge import Passage
from hub.core.usage import Usage
from hub.llm.ports import ChatMessage, ChatRequest, Completed, TextDelta, ToolCall
from orchestrator.answer import Question, answer
from orchestrator.phrases import Phrasebook
from orchestrator.settings import BotSettings
from orchestrator.speaking import HAND_OFF, SEARCH, FloorLost
from orchestrator.thought import Thought
from orchestrator.tools import MAX_ROUNDS

Round = str | tuple[str, list[ToolCall]]


def passage(text: str) -> Passage:
    ids = (ChunkId(uuid7()), DocumentId(uuid7()))
    return Passage(*ids, None, "Handbook", None, text, None, None, 0, len(text), 1.0, 1.0, 0.5)


RETURNS = passage("Articles may be returned within thirty days.")
HOURS = passage("The shop in Graz opens at nine.")


class Script:
    """A model that says one thing a round and keeps what it was asked."""

    provider, model = "script", "script"

    def __init__(self, *rounds: Round) -> None:
        self.rounds = list(rounds)
        self.asked: list[ChatRequest] = []

    async def stream(self, request: ChatRequest) -> AsyncGenerator[TextDelta | Completed, None]:
        self.asked.append(request)
        said = self.rounds.pop(0) if len(self.rounds) > 1 else self.rounds[0]
        text, calls = said if isinstance(said, tuple) else (said, [])
        for word in text.split(" "):
            yield TextDelta(word + " ")
        yield Completed(text, Usage("answer", "script", "script"), tuple(calls), "tool_calls" if calls else "stop")


def call(name: str, **arguments: Any) -> ToolCall:
    return ToolCall(f"call_{name}", name, json.dumps(arguments))


async def said_by(script: Script, found: Sequence[Passage] = (HOURS,), queries: list[str] | None = None) -> Thought:
    async def find(query: str) -> Sequence[Passage]:
        if queries is not None:
            queries.append(query)
        return found

    async def show(text: str) -> None:
        pass

    question = Question(
        text="When does the shop in Graz open?",
        passages=[RETURNS],
        history=[ChatMessage("user", "When does the shop in Graz open?")],
        language="en",
        settings=BotSettings(),
        phrases=Phrasebook({}, default="en", bot="Bot", company="Shop"),
        find=find,
    )
    return await answer(question, script, show, lambda: True)


async def test_a_search_brings_more_sources_numbered_on() -> None:
    queries: list[str] = []
    script = Script(("Let me look.", [call(SEARCH, query="opening hours Graz")]), "The shop in Graz opens at nine. [2]")
    thought = await said_by(script, queries=queries)
    assert queries == ["opening hours Graz"]
    assert thought.text == "Let me look. \n\nThe shop in Graz opens at nine. [1]"
    assert [c.chunk_id for c in thought.citations] == [HOURS.chunk_id] and thought.support == 0.5
    result = script.asked[1].messages[-1]
    assert result.role == "tool" and '<source n="2"' in result.content and "opens at nine" in result.content
    assert [use.name for use in thought.tools] == [SEARCH]


async def test_the_wish_for_a_person_keeps_its_reason() -> None:
    thought = await said_by(Script(("", [call(HAND_OFF, reason="The customer is upset.")])))
    assert (thought.kind, thought.handoff, thought.note) == ("handoff", "wish", "The customer is upset.")
    assert Thought.from_json(json.loads(json.dumps(thought.to_json()))) == thought


async def test_after_five_rounds_the_model_must_answer() -> None:
    script = Script(("", [call(SEARCH, query="again")]))
    queries: list[str] = []
    await said_by(script, queries=queries)
    assert len(queries) == MAX_ROUNDS and len(script.asked) == MAX_ROUNDS + 1
    assert script.asked[-1].tools == () and script.asked[-2].tools


async def test_a_person_who_takes_over_ends_the_loop() -> None:
    script = Script("One. Two.")

    async def show(text: str) -> None:
        pass

    question = Question("Q", [], [], "en", BotSettings(), Phrasebook({}, default="en", bot="B", company="C"))
    with pytest.raises(FloorLost):
        await answer(question, script, show, lambda: False)


def malicious() -> list[ToolCall]:
    """What an obedient model might be talked into: other tools, other tenants, other shapes."""
    names = [
        "delete_tenant",
        "send_email",
        "http_get",
        "sql",
        "search_all_tenants",
        "refund",
        "",
        "x" * 5000,
        "__class__",
    ]
    payloads: list[Any] = [
        {},
        {"query": "x", "tenant_id": str(uuid7())},
        {"url": "http://169.254.169.254/latest"},
        {"sql": "drop table hub.message"},
        [],
        "query",
        None,
    ]
    foreign = [ToolCall("a", name, json.dumps(p)) for name, p in itertools.product(names, payloads)]
    shapes: list[Any] = [
        {"query": "secrets", "tenant": "other"},
        {"query": "secrets", "tenant_id": str(uuid7())},
        {"query": "secrets", "context": "private"},
        {"query": ["a", "b"]},
        {"query": {"$ne": None}},
        {"query": 7},
        {"query": None},
        {"query": ""},
        {"query": "   "},
        {"query": "x" * 501},
        {"Query": "secrets"},
        {"query": "a", "k": 10_000},
        {"reason": "x", "conversation_id": str(uuid7())},
        {"reason": 1},
        {"reason": ""},
        {"reason": "x" * 501},
        {"reason": "x", "to": "mallory@evil.example"},
    ]
    bent = [ToolCall("b", name, json.dumps(shape)) for name, shape in itertools.product((SEARCH, HAND_OFF), shapes)]
    raw = [
        "{",
        "null",
        "[]",
        '"text"',
        "1e999",
        '{"query": "a"}{"query": "b"}',
        "{'query': 'a'}",
        "\x00",
        "query=a",
        "<q/>",
    ]
    broken = [ToolCall("c", name, text) for name, text in itertools.product((SEARCH, HAND_OFF), raw)]
    variants = [f"{SEARCH}{suffix}" for suffix in (" ", "\n", ".all", "/../sql", ";", "\u200b", "_", "2")]
    near = [
        ToolCall("d", name, json.dumps({"query": word}))
        for name, word in itertools.product(
            variants,
            ["secrets", "passwords", "keys", "tokens", "users", "cards", "mails", "names", "files", "logs", "bills"],
        )
    ]
    return [*foreign, *bent, *broken, *near]


async def test_two_hundred_malicious_calls_are_refused_and_kept() -> None:
    calls = malicious()
    assert len(calls) >= 200
    queries: list[str] = []
    for attack in calls:
        thought = await said_by(Script(("", [attack]), "I do not know."), queries=queries)
        (use,) = thought.tools
        assert use.refused and thought.handoff is None, attack
    assert queries == []
