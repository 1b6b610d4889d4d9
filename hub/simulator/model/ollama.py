"""The model server as Ollama speaks: ``/api/chat``, ``/api/embed``, ``/api/tags``, one JSON object a line.

https://docs.ollama.com/api
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from hub.simulator import wire
from hub.simulator.faults import ANSWER, REQUEST, Kind
from hub.simulator.model.answers import ModelServer, finish, pieces
from hub.simulator.model.brain import CHAT_MODELS, EMBEDDING_MODEL, SCRIPTS, Scripted
from hub.simulator.model.prompt import read
from hub.simulator.model.schema import OllamaChat, OllamaEmbed
from hub.simulator.model.vectors import embed
from hub.simulator.model.words import count_tokens

Body = TypeVar("Body", bound=BaseModel)
_DIMENSIONS = 384


class OllamaApi:
    """Ollama's API over the same scripts, faults and record."""

    def __init__(self, model: ModelServer) -> None:
        self._model = model

    def routes(self, app: web.Application) -> None:
        """Put the API on an application."""
        app.router.add_get("/api/tags", self._tags)
        app.router.add_post("/api/chat", self._chat)
        app.router.add_post("/api/embed", self._embed)

    async def _tags(self, request: web.Request) -> web.Response:
        names = [{"name": name, "model": name} for name in (*CHAT_MODELS, EMBEDDING_MODEL)]
        return web.json_response({"models": names})

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        entry = self._model.record.open("model", "ollama-chat")
        fault = self._model.faults.draw("model", "ollama-chat", REQUEST | ANSWER)
        early = await wire.before(fault, request, entry, _refuse)
        if early is not None:
            return finish(entry, early)
        asked = _parsed(OllamaChat, await request.read())
        if isinstance(asked, web.Response):
            return finish(entry, asked)
        if asked.model not in SCRIPTS:
            return finish(entry, _missing(asked.model))
        messages = [message.model_dump() for message in asked.messages]
        self._model.keep(entry, {"model": asked.model, "messages": messages, "tools": asked.tools})
        script = SCRIPTS[asked.model](read(messages, asked.tools or []))
        entry.accepted = True
        hung = await wire.after(fault, request)
        if hung is not None:
            return finish(entry, hung)
        if fault and fault.kind is Kind.SLOW_START:
            await fault.pause()
        lines = list(_lines(asked, script))
        if not asked.stream:
            message = {"role": "assistant", "content": script.text, "tool_calls": _calls(script)}
            return finish(entry, web.json_response({**lines[-1], "message": message}))
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        for index, line in enumerate(lines):
            if fault and fault.kind in (Kind.CUT, Kind.MALFORMED) and index == len(lines) // 2:
                if fault.kind is Kind.MALFORMED:
                    await response.write(b'{"model": \n')
                wire.drop(request)
                return response
            await response.write(json.dumps(line).encode() + b"\n")
            await self._model.pace(1)
        await response.write_eof()
        return finish(entry, response)

    async def _embed(self, request: web.Request) -> web.Response:
        entry = self._model.record.open("model", "ollama-embed")
        asked = _parsed(OllamaEmbed, await request.read())
        if isinstance(asked, web.Response):
            return finish(entry, asked)
        if asked.model.removesuffix(":latest") != EMBEDDING_MODEL:
            return finish(entry, _missing(asked.model))
        texts = [asked.input] if isinstance(asked.input, str) else asked.input
        vectors = await asyncio.to_thread(lambda: [embed(text, _DIMENSIONS).tolist() for text in texts])
        entry.accepted = True
        used = sum(count_tokens(text) for text in texts)
        return finish(
            entry, web.json_response({"model": asked.model, "embeddings": vectors, "prompt_eval_count": used})
        )


def _lines(asked: OllamaChat, script: Scripted) -> Iterator[dict[str, Any]]:
    head = {"model": asked.model, "created_at": datetime.now(UTC).isoformat()}
    for piece in pieces(script.text):
        yield {**head, "message": {"role": "assistant", "content": piece}, "done": False}
    if script.wishes:
        yield {**head, "message": {"role": "assistant", "content": "", "tool_calls": _calls(script)}, "done": False}
    yield {
        **head,
        "message": {"role": "assistant", "content": ""},
        "done": True,
        "done_reason": "stop",
        "prompt_eval_count": sum(count_tokens(message.content) for message in asked.messages),
        "eval_count": count_tokens(script.text),
        "total_duration": 1,
    }


def _calls(script: Scripted) -> list[dict[str, Any]]:
    return [{"function": {"name": wish.name, "arguments": json.loads(wish.arguments)}} for wish in script.wishes]


def _parsed(kind: type[Body], raw: bytes) -> Body | web.Response:
    try:
        return kind.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        return web.json_response({"error": f"{'.'.join(map(str, first['loc']))}: {first['msg']}"}, status=400)


def _missing(model: str) -> web.Response:
    return web.json_response({"error": f"model '{model[:80]}' not found"}, status=404)


def _refuse(code: int, seconds: float) -> web.Response:
    return web.json_response({"error": "server busy, please try again"}, status=503 if code == 429 else 500)
