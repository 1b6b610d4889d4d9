"""OpenAI-compatible chat and embeddings against a local server that speaks the protocol, faults included."""

from __future__ import annotations

import asyncio
import base64
import json
import struct
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from hub.core.errors import BlockedAddress, Invalid, ModelError
from hub.llm.errors import AnswerCut
from hub.llm.factory import open_chat_model, open_embedder
from hub.llm.openai_chat import OpenAIChatModel
from hub.llm.openai_client import OpenAIAccess
from hub.llm.openai_embeddings import OpenAIEmbedder
from hub.llm.ports import ChatMessage, ChatRequest, Completed, TextDelta, Tool, ToolCall

KEY = "sk-canary-7f3a"
ASK = ChatRequest([ChatMessage("system", "Be brief."), ChatMessage("user", "Where is my parcel?")])
Handler = Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]


class Server:
    """Answers each request with the next handler (the last one again and again) and keeps what it was sent."""

    def __init__(self, *handlers: Handler) -> None:
        self.handlers = list(handlers)
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[Any] = []
        self.asked = asyncio.Event()
        self.hung_up = asyncio.Event()

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.bodies.append(body)
        self.asked.set()
        self.headers.append(request.headers)
        handler = self.handlers.pop(0) if len(self.handlers) > 1 else self.handlers[0]
        try:
            return await handler(request, body)
        except (ConnectionResetError, asyncio.CancelledError):
            self.hung_up.set()
            raise


@asynccontextmanager
async def serving(*handlers: Handler, **options: Any) -> AsyncIterator[tuple[Server, OpenAIAccess]]:
    server = Server(*handlers)
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_post("/v1/chat/completions", server)
    app.router.add_post("/v1/embeddings", server)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        async with aiohttp.ClientSession() as session:
            settings = {"api_key": KEY, "provider": "compatible"} | options
            yield server, OpenAIAccess(session, base_url=f"http://127.0.0.1:{port}/v1", **settings)
            assert not session.closed
    finally:
        await runner.cleanup()


def chunk(delta: dict[str, Any] | None = None, finish: str | None = None, **more: Any) -> bytes:
    choices = [] if delta is None else [{"index": 0, "delta": delta, "finish_reason": finish}]
    body = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices} | more
    return b"data: " + json.dumps(body).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"
HELLO = (
    chunk({"role": "assistant", "content": ""}),
    chunk({"content": "It is "}),
    chunk({"content": "on its way. 📦"}),
    chunk({}, "stop"),
    chunk(usage={"prompt_tokens": 21, "completion_tokens": 6, "total_tokens": 27}),
    DONE,
)


def streams(*pieces: bytes | float | type[Exception]) -> Handler:
    """Stream pieces; a number is a pause in seconds, an exception class cuts the connection."""

    async def handle(request: web.Request, _: dict[str, Any]) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        for piece in pieces:
            if isinstance(piece, bytes):
                await answer.write(piece)
            elif isinstance(piece, float):
                await asyncio.sleep(piece)
            else:
                assert request.transport is not None
                request.transport.abort()
                break
        return answer

    return handle


def refuses(status: int, headers: dict[str, str] | None = None, **error: Any) -> Handler:
    async def handle(_: web.Request, __: dict[str, Any]) -> web.StreamResponse:
        body = {"error": {"message": f"Incorrect API key provided: {KEY}. SECRET BODY"} | error}
        return web.json_response(body, status=status, headers=headers)

    return handle


async def read(model: Any, request: ChatRequest = ASK) -> tuple[list[str], Completed]:
    *deltas, end = [delta async for delta in model.stream(request)]
    assert isinstance(end, Completed)
    return [delta.text for delta in deltas], end


async def failing(handler: Handler, **options: Any) -> ModelError:
    async with serving(handler, **options) as (_, access):
        with pytest.raises(ModelError) as raised:
            await read(OpenAIChatModel("m", access=access))
    told = "".join(traceback.format_exception(raised.value))
    assert KEY not in told
    assert "SECRET BODY" not in told
    return raised.value


async def test_an_answer_is_streamed_counted_and_asked_for_properly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_ORG_ID", "org-from-the-environment")
    monkeypatch.setenv("OPENAI_PROJECT_ID", "project-from-the-environment")
    async with serving(streams(*HELLO)) as (server, access):
        texts, end = await read(OpenAIChatModel("m", access=access))
    assert texts == ["It is ", "on its way. 📦"]
    assert (end.text, end.finish, end.tool_calls) == ("It is on its way. 📦", "stop", ())
    assert (end.usage.provider, end.usage.input_tokens, end.usage.output_tokens) == ("compatible", 21, 6)
    (body,) = server.bodies
    assert body["stream_options"] == {"include_usage": True}
    assert (body["max_tokens"], body["temperature"], body["model"]) == (800, 0.2, "m")
    assert body["messages"][1] == {"role": "user", "content": "Where is my parcel?"}
    assert server.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert "from-the-environment" not in str(server.headers[0])


async def test_no_key_means_no_header() -> None:
    async with serving(streams(*HELLO), api_key=None) as (server, access):
        await read(OpenAIChatModel("m", access=access))
    assert "Authorization" not in server.headers[0]


async def test_tool_calls_are_put_together_from_their_pieces() -> None:
    def call(index: int, **function: str) -> bytes:
        part = {"index": index, "function": function} | ({"id": f"id{index}"} if "name" in function else {})
        return chunk({"tool_calls": [part]})

    pieces = (
        call(0, name="find_order", arguments='{"num'),
        call(1, name="hours", arguments=""),
        call(0, arguments='ber": 7}'),
        chunk({}, "tool_calls"),
        DONE,
    )
    tool = Tool("find_order", "Finds an order.", {"type": "object", "properties": {}})
    earlier = (
        ChatMessage("assistant", "", tool_calls=(ToolCall("id9", "hours", "{}"),)),
        ChatMessage("tool", "9 to 5", tool_call_id="id9"),
    )
    async with serving(streams(*pieces)) as (server, access):
        texts, end = await read(
            OpenAIChatModel("m", access=access), ChatRequest([*ASK.messages, *earlier], tools=[tool])
        )
    assert texts == []
    assert end.finish == "tool_calls"
    assert end.tool_calls == (ToolCall("id0", "find_order", '{"number": 7}'), ToolCall("id1", "hours", "{}"))
    assert end.usage.input_tokens > 0
    assert server.bodies[0]["tools"][0]["function"]["name"] == "find_order"
    assert server.bodies[0]["messages"][2]["tool_calls"][0]["id"] == "id9"
    assert server.bodies[0]["messages"][3]["tool_call_id"] == "id9"


async def test_fields_a_server_refuses_are_left_out_and_remembered() -> None:
    handlers = (
        refuses(400, param="max_tokens", code="unsupported_parameter"),
        refuses(400, param="temperature", code="unsupported_value"),
        refuses(422, message="Extra inputs are not permitted: stream_options"),
        streams(*HELLO),
    )
    async with serving(*handlers) as (server, access):
        model = OpenAIChatModel("m", access=access)
        await read(model)
        await read(model)
    assert len(server.bodies) == 5
    for body in server.bodies[3:]:
        assert "temperature" not in body
        assert "stream_options" not in body
        assert "max_tokens" not in body
        assert body["max_completion_tokens"] == 800


async def test_429_says_when_to_come_back() -> None:
    error = await failing(refuses(429, {"Retry-After": "7"}, code="rate_limit_exceeded"))
    assert (error.retryable, error.retry_after) == (True, 7.0)
    assert "rate_limit_exceeded" in str(error)
    later = datetime.now(UTC) + timedelta(seconds=90)
    error = await failing(refuses(429, {"Retry-After": format_datetime(later, usegmt=True)}))
    assert (later - datetime.now(UTC)).total_seconds() - 1 <= (error.retry_after or 0.0) <= 90  # in whole seconds
    error = await failing(refuses(429, {"Retry-After": "soon"}))
    assert (error.retryable, error.retry_after) == (True, None)


@pytest.mark.parametrize(
    ("status", "code", "retryable", "words"),
    [
        (500, None, True, "has trouble"),
        (503, None, True, "has trouble"),
        (401, "invalid_api_key", False, "Check HUB_LLM_API_KEY"),
        (403, None, False, "does not allow"),
        (404, "model_not_found", False, "does not know this model"),
        (429, "insufficient_quota", False, "no credit"),
        (400, "context_length_exceeded", False, "context_length_exceeded"),
        (307, None, False, "did not take the request"),
    ],
)
async def test_refusals_are_told_in_words(status: int, code: str | None, retryable: bool, words: str) -> None:
    error = await failing(refuses(status, {"Location": "http://127.0.0.1:1/elsewhere"}, code=code))
    assert (error.retryable, type(error)) == (retryable, ModelError)
    assert words in str(error)


async def test_a_cut_stream_keeps_what_was_shown() -> None:
    error = await failing(streams(HELLO[1], 0.02, ConnectionResetError))
    assert isinstance(error, AnswerCut)
    assert error.partial == "It is "


async def test_a_stream_that_just_ends_is_a_cut_too() -> None:
    error = await failing(streams(HELLO[1]))
    assert isinstance(error, AnswerCut)
    error = await failing(streams(HELLO[0], DONE))
    assert (type(error), error.retryable) == (ModelError, True)


@pytest.mark.parametrize(
    "broken",
    [
        b'data: {"choices": [\n\n',
        b"data: \xff\xfe\n\n",
        b'data: {"error": {"message": "SECRET BODY", "code": "server_error"}}\n\n',
        b"event: error\ndata: <html>SECRET BODY</html>\n\n",
    ],
)
async def test_a_malformed_chunk_is_a_cut(broken: bytes) -> None:
    error = await failing(streams(HELLO[1], broken, *HELLO[2:]))
    assert isinstance(error, AnswerCut)
    assert error.partial == "It is "


@pytest.mark.parametrize(
    "odd", [b"data: []\n\n", b'data: "x"\n\n', b'data: {"choices": [{"delta": null}]}\n\n', b": ping\n\n"]
)
async def test_odd_but_harmless_chunks_are_passed_over(odd: bytes) -> None:
    async with serving(streams(HELLO[1], odd, *HELLO[2:])) as (_, access):
        texts, _ = await read(OpenAIChatModel("m", access=access))
    assert "".join(texts) == "It is on its way. 📦"


async def test_a_slow_first_token_is_given_up() -> None:
    for pieces in ((0.5, *HELLO), (HELLO[0], 0.5, *HELLO)):
        error = await failing(streams(*pieces), first_token=0.1)
        assert (type(error), error.retryable) == (ModelError, True)
        assert "in time" in str(error)


async def test_silence_and_length_after_the_first_token_are_bounded() -> None:
    error = await failing(streams(HELLO[1], 4.0, *HELLO), first_token=1.0)
    assert isinstance(error, AnswerCut)
    drip = [piece for _ in range(80) for piece in (HELLO[1], 0.05)]
    error = await failing(streams(*drip), first_token=2.0, total=2.0)
    assert isinstance(error, AnswerCut)


async def test_nobody_there_is_an_error_in_words() -> None:
    async with aiohttp.ClientSession() as session:
        access = OpenAIAccess(session, api_key=KEY, base_url="http://127.0.0.1:9/v1")
        with pytest.raises(ModelError, match="cannot be reached") as raised:
            await read(OpenAIChatModel("m", access=access))
    assert raised.value.retryable


async def test_an_address_the_session_blocks_is_final_and_said_so() -> None:
    class Guarded(aiohttp.TCPConnector):
        async def connect(self, *_: Any, **__: Any) -> Any:
            raise BlockedAddress("The hub does not talk to 10.0.0.1.")

    async with aiohttp.ClientSession(connector=Guarded()) as session:
        access = OpenAIAccess(session, api_key=KEY, base_url="http://10.0.0.1/v1")
        with pytest.raises(ModelError, match=r"does not talk to 10\.0\.0\.1") as raised:
            await read(OpenAIChatModel("m", access=access))
    assert not raised.value.retryable


async def test_leaving_early_hangs_up_on_the_server() -> None:
    async with serving(streams(HELLO[1], *[0.02, HELLO[2]] * 500)) as (server, access):
        async with aclosing(OpenAIChatModel("m", access=access).stream(ASK)) as deltas:
            assert await anext(deltas) == TextDelta("It is ")
        await asyncio.wait_for(server.hung_up.wait(), 60)


async def test_cancelling_the_reader_hangs_up_on_the_server() -> None:
    async with serving(streams(HELLO[1], 5.0)) as (server, access):
        task = asyncio.create_task(read(OpenAIChatModel("m", access=access)))
        await server.asked.wait()
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(server.hung_up.wait(), 60)


async def test_connections_are_used_again() -> None:
    ports: set[Any] = set()

    async def handle(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        assert request.transport is not None
        ports.add(request.transport.get_extra_info("peername"))
        return await streams(*HELLO)(request, body)

    async with serving(handle) as (_, access):
        for _ in range(5):
            await read(OpenAIChatModel("m", access=access))
    assert len(ports) == 1


def embeds(*, dims: int = 3, plain: bool = False, shuffle: bool = False) -> Handler:
    """A vector points along the length of its text; not of unit length, so that somebody must see to it."""

    async def handle(_: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        data = []
        for index, text in enumerate(body["input"]):
            numbers = [float(len(text)), 2.0, *[0.0] * (dims - 2)]
            packed = base64.b64encode(struct.pack(f"<{dims}f", *numbers)).decode()
            data.append({"index": index, "object": "embedding", "embedding": numbers if plain else packed})
        if shuffle:
            data.reverse()
        return web.json_response({"data": data, "model": "m", "usage": {"prompt_tokens": 5 * len(data)}})

    return handle


@pytest.mark.parametrize("options", [{}, {"plain": True}, {"shuffle": True}])
async def test_vectors_are_unit_length_and_in_order(options: dict[str, bool]) -> None:
    async with serving(embeds(**options)) as (server, access):
        embedder = OpenAIEmbedder("m", access=access, dims=3, max_batch=4)
        found = await embedder.embed(["x" * size for size in range(1, 11)])
    assert [len(body["input"]) for body in server.bodies] == [4, 4, 2]
    assert found.usage.input_tokens == 50
    for size, vector in enumerate(found.vectors, 1):
        length = (size**2 + 4) ** 0.5
        assert vector == pytest.approx([size / length, 2 / length, 0.0], abs=1e-6)


async def test_batches_keep_to_the_token_limit_and_blank_texts_keep_their_place() -> None:
    async with serving(embeds()) as (server, access):
        found = await OpenAIEmbedder("m", access=access, dims=3).embed(["é" * 20_000] * 30 + [""])
    assert len(found.vectors) == 31
    assert all(sum(len(text.encode()) for text in body["input"]) <= 300_000 for body in server.bodies)
    assert server.bodies[-1]["input"][-1] == " "


async def test_dimensions_are_asked_for_and_checked() -> None:
    async with serving(embeds(dims=3)) as (server, access):
        embedder = OpenAIEmbedder("m", access=access, dims=3, shorten=True)
        await embedder.embed(["a"])
        assert server.bodies[0]["dimensions"] == 3
        assert embedder.model == "m@3"
        with pytest.raises(ModelError, match="HUB_EMBEDDING_DIMENSIONS") as raised:
            await OpenAIEmbedder("m", access=access, dims=8).embed(["a"])
        assert not raised.value.retryable


async def test_a_server_that_knows_no_base64_is_asked_for_numbers() -> None:
    async with serving(refuses(400, param="encoding_format"), embeds(plain=True)) as (server, access):
        await OpenAIEmbedder("m", access=access, dims=3).embed(["a"])
    assert [body["encoding_format"] for body in server.bodies] == ["base64", "float"]


@pytest.mark.parametrize(
    "body", [b"<html>SECRET BODY</html>", b"[]", b'{"data": []}', b'{"data": [{"index": 0, "embedding": [0, 0, 0]}]}']
)
async def test_an_embedding_answer_that_is_none_is_an_error(body: bytes) -> None:
    async def handle(_: web.Request, __: dict[str, Any]) -> web.StreamResponse:
        return web.Response(body=body, content_type="application/json")

    async with serving(handle) as (_, access):
        with pytest.raises(ModelError) as raised:
            await OpenAIEmbedder("m", access=access, dims=3).embed(["a"])
    assert "SECRET BODY" not in "".join(traceback.format_exception(raised.value))


async def test_the_factory_opens_models_that_retry(tmp_path: Path) -> None:
    async with serving(refuses(500), streams(*HELLO)) as (server, access):
        model = open_chat_model(
            provider="openai", model="m", session=access.session, base_url=access.base_url, api_key=KEY
        )
        assert model is not None
        texts, _ = await read(model)
    assert "".join(texts) == "It is on its way. 📦"
    assert len(server.bodies) == 2
    assert model.provider == "compatible"
    async with serving(refuses(503), embeds()) as (server, access):
        embedder = open_embedder(
            provider="compatible",
            model="m",
            dims=3,
            session=access.session,
            base_url=access.base_url,
            cache_dir=tmp_path,
        )
        assert embedder is not None
        assert len((await embedder.embed(["a"])).vectors) == 1
    assert len(server.bodies) == 2


async def test_the_factory_names_the_setting_that_is_wrong(tmp_path: Path) -> None:
    async with aiohttp.ClientSession() as session:
        for provider, model, key, url, field in (
            ("nonsense", "m", KEY, None, "HUB_LLM_PROVIDER"),
            ("openai", None, KEY, None, "HUB_LLM_MODEL"),
            ("openai", "m", None, None, "HUB_LLM_API_KEY"),
            ("compatible", "m", KEY, None, "HUB_OPENAI_BASE_URL"),
        ):
            with pytest.raises(Invalid, match=field) as raised:
                open_chat_model(provider=provider, model=model, api_key=key, base_url=url, session=session)
            assert raised.value.field == field
        with pytest.raises(Invalid, match="HUB_EMBEDDING_PROVIDER"):
            open_embedder(provider="nonsense", session=session, cache_dir=tmp_path)
        with pytest.raises(Invalid, match="HUB_EMBEDDING_DIMENSIONS"):
            open_embedder(
                provider="compatible", model="own", base_url="http://127.0.0.1:9", session=session, cache_dir=tmp_path
            )
        with pytest.raises(Invalid, match="HUB_EMBEDDING_MODEL_DIR"):
            open_embedder(provider="local", model_dir=tmp_path, session=session, cache_dir=tmp_path)
        assert open_chat_model(provider=None, model=None, session=session) is None
        assert open_embedder(provider="none", session=session, cache_dir=tmp_path) is None


async def test_without_a_local_model_auto_means_words_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import hub.llm.factory as room

    monkeypatch.setattr(room, "find_minilm", lambda: None)
    async with aiohttp.ClientSession() as session:
        assert open_embedder(provider="auto", session=session, cache_dir=tmp_path) is None
