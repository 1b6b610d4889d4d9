"""The model server as Anthropic speaks: ``/v1/messages``, streamed or whole, with a prompt cache that is counted.

https://docs.anthropic.com/en/api/messages
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from hub.core.signatures import equal
from hub.simulator import wire
from hub.simulator.faults import ANSWER, REQUEST, Kind
from hub.simulator.model.answers import ModelServer, finish, pieces
from hub.simulator.model.brain import SCRIPTS, Scripted
from hub.simulator.model.prompt import read
from hub.simulator.model.schema import Messages
from hub.simulator.model.words import count_tokens

_PREFIXES_KEPT = 1000
_REFUSALS = {
    400: "invalid_request_error",
    401: "authentication_error",
    404: "not_found_error",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}


class _Refused(Exception):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class MessagesApi:
    """Anthropic's API over the same scripts, faults and record."""

    def __init__(self, model: ModelServer) -> None:
        self._model = model
        self._cached: OrderedDict[bytes, None] = OrderedDict()

    def routes(self, app: web.Application) -> None:
        """Put the API on an application."""
        app.router.add_post("/v1/messages", self._messages)

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        entry = self._model.record.open("model", "messages")
        fault = self._model.faults.draw("model", "messages", REQUEST | ANSWER)
        try:
            self._check(request)
            early = await wire.before(fault, request, entry, _refuse)
            if early is not None:
                return finish(entry, early)
            asked = _read_body(await request.read())
        except _Refused as refused:
            return finish(entry, _error(refused.status, str(refused)))
        messages = _as_chat(asked)
        self._model.keep(entry, {"model": asked.model, "messages": messages, "tools": asked.tools})
        tools = [{"function": {**t, "parameters": t.get("input_schema")}} for t in asked.tools]
        script = SCRIPTS[asked.model](read(messages, tools))
        entry.accepted = True
        hung = await wire.after(fault, request)
        if hung is not None:
            return finish(entry, hung)
        if fault and fault.kind is Kind.SLOW_START:
            await fault.pause()
        answer = _Message(asked, script, entry.n, self._prompt_usage(asked))
        if not asked.stream:
            return finish(entry, web.json_response(answer.whole()))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await response.prepare(request)
        events = list(answer.events())
        for index, (name, event) in enumerate(events):
            if fault and fault.kind in (Kind.CUT, Kind.MALFORMED) and index == len(events) // 2:
                if fault.kind is Kind.MALFORMED:
                    await response.write(b"event: content_block_delta\ndata: {\n\n")
                wire.drop(request)
                return response
            await response.write(f"event: {name}\ndata: {json.dumps(event)}\n\n".encode())
            await self._model.pace(1)
        await response.write_eof()
        return finish(entry, response)

    def _check(self, request: web.Request) -> None:
        # The SDK sends a bearer key from 2.14 on; before, and by the reference, the key has a header of its own.
        bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
        key = request.headers.get("x-api-key", bearer)
        if self._model.api_key and not equal(key, self._model.api_key):
            raise _Refused(401, "invalid x-api-key")
        if not request.headers.get("anthropic-version"):
            raise _Refused(400, "anthropic-version: header is required")

    def _prompt_usage(self, asked: Messages) -> dict[str, int]:
        """Tokens read from the cache, put there, and the rest, by the prefixes that carry a cache mark."""
        blocks = [{"tools": asked.tools}, *_blocks(asked.system)]
        blocks += [block for turn in asked.messages for block in _blocks(turn.content)]
        digest, seen, read_, written = blake2b(asked.model.encode()), 0, 0, 0
        for block in blocks:
            plain = {name: value for name, value in block.items() if name != "cache_control"}
            digest.update(json.dumps(plain, sort_keys=True).encode())
            seen += count_tokens(str(plain.get("text") or plain.get("content") or plain.get("tools") or ""))
            if "cache_control" not in block:
                continue
            key = digest.digest()
            if key in self._cached:
                read_, written = seen, 0
            else:
                written = seen - read_
                self._cached[key] = None
                while len(self._cached) > _PREFIXES_KEPT:
                    self._cached.popitem(last=False)
        fresh = seen - read_ - written
        return {"input_tokens": fresh, "cache_read_input_tokens": read_, "cache_creation_input_tokens": written}


class _Message:
    """A scripted answer in Anthropic's shapes."""

    def __init__(self, asked: Messages, script: Scripted, n: int, usage: Mapping[str, int]) -> None:
        self._wishes = [(f"toolu_sim_{n}_{i}", wish) for i, wish in enumerate(script.wishes)]
        self._text, self._reason = script.text, "tool_use" if script.wishes else "end_turn"
        if count_tokens(script.text) > asked.max_tokens:
            self._text, self._reason = script.text[: asked.max_tokens * 4], "max_tokens"
        made = count_tokens(self._text) + sum(count_tokens(wish.arguments) for _, wish in self._wishes)
        self._usage = dict(usage)
        self._made = made
        self._head = {"id": f"msg_sim_{n}", "type": "message", "role": "assistant", "model": asked.model}

    def whole(self) -> dict[str, Any]:
        """The answer in one piece."""
        blocks: list[dict[str, Any]] = [{"type": "text", "text": self._text}] if self._text else []
        blocks += [
            {"type": "tool_use", "id": id, "name": wish.name, "input": json.loads(wish.arguments)}
            for id, wish in self._wishes
        ]
        usage = {**self._usage, "output_tokens": self._made}
        return {**self._head, "content": blocks, "stop_reason": self._reason, "stop_sequence": None, "usage": usage}

    def events(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """The answer event by event."""
        usage = {**self._usage, "output_tokens": 1}
        start: dict[str, Any] = {
            **self._head,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": usage,
        }
        yield _event("message_start", message=start)
        yield _event("ping")
        place = 0
        if self._text:
            yield _event("content_block_start", index=0, content_block={"type": "text", "text": ""})
            for piece in pieces(self._text):
                yield _event("content_block_delta", index=0, delta={"type": "text_delta", "text": piece})
            yield _event("content_block_stop", index=0)
            place = 1
        for index, (id, wish) in enumerate(self._wishes, start=place):
            block = {"type": "tool_use", "id": id, "name": wish.name, "input": {}}
            yield _event("content_block_start", index=index, content_block=block)
            for start_at in range(0, len(wish.arguments), 12):
                part = wish.arguments[start_at : start_at + 12]
                yield _event(
                    "content_block_delta", index=index, delta={"type": "input_json_delta", "partial_json": part}
                )
            yield _event("content_block_stop", index=index)
        delta = {"stop_reason": self._reason, "stop_sequence": None}
        yield _event("message_delta", delta=delta, usage={"output_tokens": self._made})
        yield _event("message_stop")


def _event(name: str, **data: Any) -> tuple[str, dict[str, Any]]:
    return name, {"type": name, **data}


def _read_body(raw: bytes) -> Messages:
    try:
        asked = Messages.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise _Refused(400, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    if asked.model not in SCRIPTS:
        raise _Refused(404, f"model: {asked.model[:80]}")
    if asked.messages[0].role != "user":
        raise _Refused(400, "messages: first message must use the user role")
    for turn in asked.messages:
        if any(block.get("type") == "text" and not block.get("text") for block in _blocks(turn.content)):
            raise _Refused(400, "messages: text content blocks must be non-empty")
    marks = sum(
        "cache_control" in b for part in (asked.system, *(t.content for t in asked.messages)) for b in _blocks(part)
    )
    if marks > 4:
        raise _Refused(400, "A maximum of 4 blocks with cache_control may be provided.")
    return asked


def _blocks(content: str | list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return content or []


def _as_chat(asked: Messages) -> list[dict[str, Any]]:
    """The conversation as the scripts read it: one message a block, tools' results on their own."""
    chat: list[dict[str, Any]] = [{"role": "system", "content": b.get("text", "")} for b in _blocks(asked.system)]
    for turn in asked.messages:
        for block in _blocks(turn.content):
            if block.get("type") == "tool_result":
                chat.append({"role": "tool", "content": block.get("content")})
            elif block.get("type") == "text":
                chat.append({"role": turn.role, "content": block["text"]})
    return chat


def _error(status: int, text: str, headers: Mapping[str, str] | None = None) -> web.Response:
    body = {"type": "error", "error": {"type": _REFUSALS.get(status, "api_error"), "message": text}}
    return web.json_response(body, status=status, headers=headers)


def _refuse(code: int, seconds: float) -> web.Response:
    if code == 429:
        return _error(429, "This request would exceed your rate limit.", {"retry-after": f"{seconds:g}"})
    return _error(529, "Overloaded")
