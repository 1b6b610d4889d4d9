"""The model server's HTTP side as OpenAI speaks: ``/v1/models``, ``/v1/chat/completions``, ``/v1/embeddings``."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import time
from array import array
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from aiohttp import hdrs, web
from pydantic import BaseModel, ValidationError

from hub.core.signatures import equal
from hub.simulator import wire
from hub.simulator.faults import ANSWER, REQUEST, Fault, FaultPlan, Kind
from hub.simulator.model.answers import finish, pieces
from hub.simulator.model.brain import CHAT_MODELS, EMBEDDING_MODEL, SCRIPTS, Scripted
from hub.simulator.model.messages import MessagesApi
from hub.simulator.model.ollama import OllamaApi
from hub.simulator.model.prompt import read
from hub.simulator.model.schema import Completion, Embedding
from hub.simulator.model.vectors import embed
from hub.simulator.model.words import count_tokens
from hub.simulator.record import Record, Recorded

BODY = 16 << 20
INPUTS = 2048
PROMPTS_KEPT = 1_000

T = TypeVar("T", bound=BaseModel)


class Refused(Exception):
    """An answer that is an error, in OpenAI's shape."""

    def __init__(self, status: int, text: str, kind: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.body = {"error": {"message": text, "type": kind, "param": param, "code": code}}


class Model:
    """The model server. ``api_key`` is checked when set; ``tokens_per_second`` paces answers (0: at once);
    ``prompts_kept`` is how many prompts the record keeps whole."""

    name = "model"

    def __init__(
        self,
        *,
        record: Record,
        faults: FaultPlan,
        api_key: str = "",
        tokens_per_second: float = 0.0,
        prompts_kept: int = PROMPTS_KEPT,
    ) -> None:
        self.record = record
        self.faults = faults
        self.api_key = api_key
        self.tokens_per_second = tokens_per_second
        self._prompts_kept = prompts_kept
        self._prompts: deque[Recorded] = deque()

    async def start(self) -> None:
        """Nothing to open."""

    async def stop(self) -> None:
        """Nothing to close."""

    def routes(self, app: web.Application) -> None:
        """Put the API on an application."""
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/v1/models/{model}", self._one_model)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_post("/v1/embeddings", self._embeddings)
        MessagesApi(self).routes(app)
        OllamaApi(self).routes(app)

    async def _models(self, request: web.Request) -> web.StreamResponse:
        entry = self.record.open("model", "models")
        try:
            self._authorise(request)
        except Refused as refused:
            return finish(entry, _error(refused))
        entry.accepted = True
        names = (*CHAT_MODELS, EMBEDDING_MODEL)
        return finish(entry, web.json_response({"object": "list", "data": [_model(name) for name in names]}))

    async def _one_model(self, request: web.Request) -> web.StreamResponse:
        entry = self.record.open("model", "models")
        name = request.match_info["model"]
        try:
            self._authorise(request)
            if name not in (*CHAT_MODELS, EMBEDDING_MODEL):
                raise _no_model(name)
        except Refused as refused:
            return finish(entry, _error(refused))
        entry.accepted = True
        return finish(entry, web.json_response(_model(name)))

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        entry = self.record.open("model", "chat", account=_presented(request))
        fault = self.faults.draw("model", "chat", REQUEST | ANSWER)
        try:
            self._authorise(request)
            early = await wire.before(fault, request, entry, _refuse)
            if early is not None:
                return finish(entry, early)
            asked = await _body(request, Completion)
            if asked.model not in SCRIPTS:
                raise _no_model(asked.model)
        except Refused as refused:
            return finish(entry, _error(refused))
        messages = [message.model_dump() for message in asked.messages]
        self.keep(entry, {"model": asked.model, "messages": messages, "tools": asked.tools, "stream": asked.stream})
        tools = [] if asked.tool_choice == "none" else asked.tools
        script = SCRIPTS[asked.model](read(messages, tools))
        entry.accepted = True
        entry.fault = fault.kind.value if fault else None
        hung = await wire.after(fault, request)
        if hung is not None:
            return finish(entry, hung)
        answer = _Answer(asked, script, entry.n)
        if fault and fault.kind is Kind.SLOW_START:
            await fault.pause()
        if asked.stream:
            return await self._stream(request, answer, fault, entry)
        await self.pace(count_tokens(script.text))
        if fault and fault.kind in (Kind.CUT, Kind.MALFORMED):
            half = json.dumps(answer.whole())[: -max(20, len(script.text) // 2)]
            return finish(entry, web.Response(text=half, content_type="application/json"))
        return finish(entry, web.json_response(answer.whole()))

    async def _stream(
        self, request: web.Request, answer: _Answer, fault: Fault | None, entry: Recorded
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await response.prepare(request)
        chunks = list(answer.chunks())
        middle = len(chunks) // 2
        for index, chunk in enumerate(chunks):
            if fault and fault.kind is Kind.CUT and index == middle:
                wire.drop(request)
                return response
            if fault and fault.kind is Kind.MALFORMED and index == middle:
                await response.write(b'data: {"id": "chatcmpl-sim", "choices": [{"delta": \n\n')
                continue
            await response.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")
            if index == 0:
                entry.status, entry.done = 200, time.time()
            await self.pace(1)
            if fault and fault.kind is Kind.DRIP:
                await asyncio.sleep(fault.seconds)
        await response.write(b"data: [DONE]\n\n")
        await response.write_eof()
        return response

    async def _embeddings(self, request: web.Request) -> web.StreamResponse:
        entry = self.record.open("model", "embeddings")
        fault = self.faults.draw("model", "embeddings", REQUEST | ANSWER)
        try:
            self._authorise(request)
            early = await wire.before(fault, request, entry, _refuse)
            if early is not None:
                return finish(entry, early)
            asked = await _body(request, Embedding)
            texts = [asked.input] if isinstance(asked.input, str) else asked.input
            if asked.model != EMBEDDING_MODEL:
                raise _no_model(asked.model)
            if not 1 <= len(texts) <= INPUTS or not all(texts):
                text = f"'input' must hold 1 to {INPUTS} texts, none of them empty."
                raise Refused(400, text, "invalid_request_error", param="input")
        except Refused as refused:
            return finish(entry, _error(refused))
        entry.params = {"model": asked.model, "count": len(texts), "dimensions": asked.dimensions}
        # Long batches take long enough to hold up everybody else on the loop.
        vectors = await asyncio.to_thread(lambda: [embed(text, asked.dimensions) for text in texts])
        entry.accepted = True
        entry.fault = fault.kind.value if fault else None
        hung = await wire.after(fault, request)
        if hung is not None:
            return finish(entry, hung)
        if fault and fault.kind is Kind.SLOW_START:
            await fault.pause()
        if fault and fault.kind in (Kind.CUT, Kind.MALFORMED):
            return finish(entry, web.Response(text='{"object": "list", "data": [', content_type="application/json"))
        used = sum(count_tokens(text) for text in texts)
        body = {
            "object": "list",
            "model": asked.model,
            "data": [
                {"object": "embedding", "index": i, "embedding": _vector(v, asked.encoding_format)}
                for i, v in enumerate(vectors)
            ],
            "usage": {"prompt_tokens": used, "total_tokens": used},
        }
        return finish(entry, web.json_response(body))

    def keep(self, entry: Recorded, params: Mapping[str, Any]) -> None:
        """Keep the last prompts whole; of older ones the model's name, since a prompt can be very long."""
        entry.params = params
        self._prompts.append(entry)
        if len(self._prompts) > self._prompts_kept:
            old = self._prompts.popleft()
            old.params = {"model": old.params["model"]}

    def _authorise(self, request: web.Request) -> None:
        if self.api_key and not equal(_presented(request), self.api_key):
            raise Refused(401, "Incorrect API key provided.", "invalid_request_error", code="invalid_api_key")

    async def pace(self, tokens: int) -> None:
        """Take as long as writing so many tokens takes."""
        if self.tokens_per_second > 0:
            await asyncio.sleep(tokens / self.tokens_per_second)


class _Answer:
    """A scripted answer in OpenAI's shapes."""

    def __init__(self, asked: Completion, script: Scripted, n: int) -> None:
        self._asked = asked
        self._wishes = [
            (f"call_sim_{n}_{index}", wish.name, wish.arguments) for index, wish in enumerate(script.wishes)
        ]
        limit = asked.max_completion_tokens or asked.max_tokens
        self._text, self._finish = script.text, "tool_calls" if script.wishes else "stop"
        if limit and count_tokens(script.text) > limit:
            self._text, self._finish = script.text[: limit * 4], "length"
        self._head = {
            "id": f"chatcmpl-sim-{n}",
            "created": int(time.time()),
            "model": asked.model,
            "system_fingerprint": "scripted-by-the-simulator",
        }

    @property
    def _usage(self) -> dict[str, int]:
        given = sum(count_tokens(json.dumps(message.content)) for message in self._asked.messages)
        made = count_tokens(self._text) + sum(count_tokens(arguments) for _, _, arguments in self._wishes)
        return {"prompt_tokens": given, "completion_tokens": made, "total_tokens": given + made}

    def whole(self) -> dict[str, Any]:
        """The answer in one piece."""
        message: dict[str, Any] = {"role": "assistant", "content": self._text or (None if self._wishes else "")}
        if self._wishes:
            message["tool_calls"] = [_tool_call(*wish) for wish in self._wishes]
        choice = {"index": 0, "message": message, "finish_reason": self._finish, "logprobs": None}
        return {**self._head, "object": "chat.completion", "choices": [choice], "usage": self._usage}

    def chunks(self) -> Iterator[dict[str, Any]]:
        """The answer word by word, then the calls, why it ended, and the usage where asked for."""
        yield self._chunk({"role": "assistant", "content": ""})
        for piece in pieces(self._text):
            yield self._chunk({"content": piece})
        for index, (call, name, arguments) in enumerate(self._wishes):
            yield self._chunk({"tool_calls": [{**_tool_call(call, name, ""), "index": index}]})
            for start in range(0, len(arguments), 12):
                part = {"index": index, "function": {"arguments": arguments[start : start + 12]}}
                yield self._chunk({"tool_calls": [part]})
        yield self._chunk({}, self._finish)
        if self._asked.stream_options and self._asked.stream_options.include_usage:
            yield {**self._head, "object": "chat.completion.chunk", "choices": [], "usage": self._usage}

    def _chunk(self, delta: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
        return {**self._head, "object": "chat.completion.chunk", "choices": [choice]}


def _tool_call(call: str, name: str, arguments: str) -> dict[str, Any]:
    return {"id": call, "type": "function", "function": {"name": name, "arguments": arguments}}


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "switchboard-simulator"}


def _no_model(name: str) -> Refused:
    known = ", ".join((*CHAT_MODELS, EMBEDDING_MODEL))
    text = f"The model '{name[:80]}' does not exist here. The simulator has: {known}."
    return Refused(404, text, "invalid_request_error", param="model", code="model_not_found")


def _presented(request: web.Request) -> str:
    """The key a caller shows; the record names callers by it."""
    return request.headers.get(hdrs.AUTHORIZATION, "").removeprefix("Bearer ")


def _vector(vector: array[float], form: str) -> list[float] | str:
    if form == "float":
        return vector.tolist()
    if sys.byteorder != "little":
        vector = array("f", vector)
        vector.byteswap()
    return base64.b64encode(vector.tobytes()).decode()


async def _body(request: web.Request, kind: type[T]) -> T:
    try:
        return kind.model_validate_json(await request.read())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        text = f"{where}: {first['msg']}" if where else first["msg"]
        raise Refused(400, text, "invalid_request_error", param=where or None) from error


def _error(refused: Refused, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response(refused.body, status=refused.status, headers=headers)


def _refuse(code: int, seconds: float) -> web.Response:
    if code == 429:
        refused = Refused(429, "Rate limit reached. Try again later.", "requests", code="rate_limit_exceeded")
        return _error(refused, {"Retry-After": f"{seconds:g}"})
    return _error(Refused(code, "The server had an error while processing your request.", "server_error"))
