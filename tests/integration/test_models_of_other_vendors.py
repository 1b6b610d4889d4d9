"""Anthropic's and Ollama's models over their real SDKs, against the simulator: streaming, tools, caching, faults."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import anthropic
import ollama
import pytest

from hub.core.errors import Invalid, ModelError
from hub.llm.anthropic_prompt import message_body
from hub.llm.errors import AnswerCut
from hub.llm.factory import CHAT_VENDORS, ChatSettings, open_embedder
from hub.llm.ports import ChatMessage, ChatModel, ChatRequest, Completed, Embedder, TextDelta, Tool, ToolCall
from hub.llm.retrying import RetryPolicy
from hub.simulator.faults import Fault, Kind
from hub.simulator.server import Simulator

SOURCES = '<source n="1" title="Returns">You can send goods back within 30 days.</source>'
ASK = ChatRequest(
    [
        ChatMessage("system", "Answer from the sources alone. " * 20, stable=True),
        ChatMessage("system", SOURCES),
        ChatMessage("user", "How many days do I have to send goods back?"),
    ]
)
HAND_OFF = Tool(
    "hand_off_to_human",
    "Let a person talk to the customer.",
    {"type": "object", "properties": {"reason": {"type": "string"}}, "required": ["reason"]},
)
VENDORS = ["anthropic", "ollama", "openai"]


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(seed=7, model_key="right") as running:
        yield running


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as made:
        yield made


def opened(
    vendor: str, sim: Simulator, session: aiohttp.ClientSession, *, model: str = "sim-grounded", key: str = "right"
) -> ChatModel:
    url = sim.model_url if vendor == "openai" else sim.model_url.removesuffix("/v1")
    settings = ChatSettings(
        provider=vendor, model=model, session=session, api_key=key, base_url=url, first_token=60.0, total=120.0
    )
    return CHAT_VENDORS[vendor](settings)


async def answered(model: ChatModel, request: ChatRequest = ASK) -> tuple[list[str], Completed]:
    deltas: list[str] = []
    async with aclosing(model.stream(request)) as events:
        async for event in events:
            if isinstance(event, Completed):
                return deltas, event
            deltas.append(event.text)
    raise AssertionError("the stream ended without an end")


@pytest.mark.parametrize("vendor", VENDORS)
async def test_an_answer_streams_and_is_counted(vendor: str, sim: Simulator, session: aiohttp.ClientSession) -> None:
    deltas, end = await answered(opened(vendor, sim, session))
    assert "".join(deltas) == end.text == "You can send goods back within 30 days [1]."
    assert len(deltas) > 3 and end.finish == "stop" and not end.tool_calls
    assert end.usage.input_tokens > 100 and end.usage.output_tokens > 5


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_tool_is_called_and_its_result_understood(
    vendor: str, sim: Simulator, session: aiohttp.ClientSession
) -> None:
    model = opened(vendor, sim, session, model="sim-tools")
    request = replace(ASK, messages=[ChatMessage("user", "Let me talk to a person")], tools=[HAND_OFF])
    _, end = await answered(model, request)
    (call,) = end.tool_calls
    assert call.name == "hand_off_to_human" and "person" in call.arguments
    again = [
        *request.messages,
        ChatMessage("assistant", "", tool_calls=(call,)),
        ChatMessage("tool", "A colleague is on the way.", tool_call_id=call.id),
    ]
    _, end = await answered(model, replace(request, messages=again))
    assert end.text == "Done. A colleague is on the way."


@pytest.mark.parametrize("vendor", VENDORS)
async def test_an_answer_that_breaks_off_says_so(vendor: str, sim: Simulator, session: aiohttp.ClientSession) -> None:
    sim.faults.add(Fault(Kind.CUT, upstream="model"))
    shown: list[str] = []
    with pytest.raises(AnswerCut) as cut:
        async with aclosing(opened(vendor, sim, session).stream(ASK)) as events:
            async for event in events:
                shown += [event.text] if isinstance(event, TextDelta) else []
    assert shown and cut.value.partial == "".join(shown)


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_cancelled_reader_hangs_up_and_frees_its_connection(vendor: str, sim: Simulator) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as single:
        model = opened(vendor, sim, single)
        begun = asyncio.Event()

        async def read() -> None:
            async with aclosing(model.stream(ASK)) as events:
                async for _ in events:
                    sim.model.tokens_per_second = 0.001  # whoever keeps the connection now holds it for an hour
                    begun.set()

        sim.model.tokens_per_second = 10.0
        reader = asyncio.create_task(read())
        await asyncio.wait_for(begun.wait(), 20)
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader
        sim.model.tokens_per_second = 0.0
        _, end = await asyncio.wait_for(answered(model), 15)
        assert end.text, "the only connection is free again"


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize("kind", [Kind.TOO_MANY, Kind.SERVER_ERROR, Kind.RESET, Kind.HTML])
async def test_trouble_before_the_first_word_may_be_tried_again(
    vendor: str, kind: Kind, sim: Simulator, session: aiohttp.ClientSession
) -> None:
    sim.faults.add(Fault(kind, seconds=3, upstream="model", times=1))
    model = opened(vendor, sim, session)
    with pytest.raises(ModelError) as refused:
        await answered(model)
    assert refused.value.retryable and not isinstance(refused.value, AnswerCut)
    if kind is Kind.TOO_MANY and vendor != "ollama":
        assert refused.value.retry_after == 3
    _, end = await answered(model)
    assert end.text


@pytest.mark.parametrize("vendor", VENDORS)
async def test_a_model_that_is_not_there_is_named_as_the_setting_to_mend(
    vendor: str, sim: Simulator, session: aiohttp.ClientSession
) -> None:
    with pytest.raises(ModelError) as refused:
        await answered(opened(vendor, sim, session, model="no-such"))
    assert not refused.value.retryable and "HUB_" in str(refused.value)


async def test_anthropic_refuses_a_wrong_key_in_words(sim: Simulator, session: aiohttp.ClientSession) -> None:
    with pytest.raises(ModelError) as refused:
        await answered(opened("anthropic", sim, session, key="wrong-canary"))
    assert "HUB_LLM_API_KEY" in str(refused.value) and "wrong-canary" not in str(refused.value)


async def test_what_is_stable_comes_from_anthropics_cache_the_second_time(
    sim: Simulator, session: aiohttp.ClientSession
) -> None:
    model = opened("anthropic", sim, session)
    _, first = await answered(model)
    assert first.usage.cache_writes > 100 and first.usage.cached_tokens == 0
    other = replace(ASK, messages=[*ASK.messages[:2], ChatMessage("user", "And where do I send them?")])
    _, second = await answered(model, other)
    assert second.usage.cached_tokens == first.usage.cache_writes and second.usage.cache_writes == 0


async def test_without_a_key_anthropic_itself_is_not_asked(session: aiohttp.ClientSession) -> None:
    with pytest.raises(Invalid, match="HUB_LLM_API_KEY"):
        CHAT_VENDORS["anthropic"](ChatSettings(provider="anthropic", model="m", session=session))


def test_turns_alternate_and_begin_with_the_customer() -> None:
    calls = (ToolCall("a", "look", "{}"), ToolCall("b", "look", "not json"))
    request = ChatRequest(
        [
            ChatMessage("assistant", "Hello!"),
            ChatMessage("user", "One"),
            ChatMessage("user", ""),
            ChatMessage("user", "Two"),
            ChatMessage("assistant", "", tool_calls=calls),
            ChatMessage("tool", "1", tool_call_id="a"),
            ChatMessage("tool", "2", tool_call_id="b"),
        ]
    )
    turns = message_body("m", request)["messages"]
    assert [turn["role"] for turn in turns] == ["user", "assistant", "user", "assistant", "user"]
    assert [block["text"] for block in turns[2]["content"]] == ["One", "Two"]
    assert [block["tool_use_id"] for block in turns[4]["content"]] == ["a", "b"]
    assert turns[3]["content"][1]["input"] == {}


async def test_the_sdks_themselves_talk_to_the_simulator(sim: Simulator) -> None:
    url = sim.model_url.removesuffix("/v1")
    async with anthropic.AsyncAnthropic(api_key="right", base_url=url, max_retries=0) as client:
        message = await client.messages.create(
            model="sim-echo", max_tokens=100, messages=[{"role": "user", "content": "Hello there"}]
        )
        assert message.content[0].type == "text" and message.content[0].text == "Hello there"
        async with client.messages.stream(
            model="sim-echo", max_tokens=100, messages=[{"role": "user", "content": "Hello again"}]
        ) as stream:
            assert [text async for text in stream.text_stream] == ["Hello ", "again"]
    local = ollama.AsyncClient(host=url)
    answer = await local.chat(model="sim-echo", messages=[{"role": "user", "content": "Hello"}])
    assert answer.message.content == "Hello"
    vectors = await local.embed(model="sim-embedding:latest", input=["one", "two"])
    assert len(vectors.embeddings) == 2 and len(vectors.embeddings[0]) == 384


def embedding(sim: Simulator, session: aiohttp.ClientSession, tmp_path: Path, **more: Any) -> Embedder:
    url = sim.model_url.removesuffix("/v1")
    given = {"model": "sim-embedding", "dims": 384, "policy": RetryPolicy(attempts=1), "base_url": url, **more}
    made = open_embedder(provider="ollama", session=session, cache_dir=tmp_path, **given)
    assert made is not None
    return made


async def test_ollama_makes_vectors_in_batches_that_are_counted(
    sim: Simulator, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    embedder = embedding(sim, session, tmp_path, max_batch=2)
    found = await embedder.embed(["shoes come back", "", "parcels arrive", "shoes come back"])
    assert [len(vector) for vector in found.vectors] == [384] * 4
    assert found.vectors[0] == found.vectors[3] != found.vectors[2]
    assert all(abs(math.hypot(*vector) - 1) < 1e-6 for vector in found.vectors)
    assert found.usage.provider == "ollama" and found.usage.input_tokens >= 8
    assert len(sim.record.calls("model", "ollama-embed")) == 2


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"model": "nobody"}, "HUB_EMBEDDING_MODEL"),
        ({"dims": 768}, "HUB_EMBEDDING_DIMENSIONS"),
    ],
)
async def test_ollamas_refusals_to_embed_name_the_setting(
    more: dict[str, Any], words: str, sim: Simulator, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    with pytest.raises(ModelError, match=words):
        await embedding(sim, session, tmp_path, **more).embed(["text"])


async def test_ollamas_known_models_need_no_size_and_unknown_ones_do(
    session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    known = open_embedder(provider="ollama", session=session, cache_dir=tmp_path, model="nomic-embed-text:v1.5")
    assert known is not None and (known.dims, known.model) == (768, "nomic-embed-text:v1.5")
    with pytest.raises(Invalid) as refusal:
        open_embedder(provider="ollama", session=session, cache_dir=tmp_path, model="somebodys-own")
    assert refusal.value.field == "HUB_EMBEDDING_DIMENSIONS"
