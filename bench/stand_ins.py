"""The world around a hub under measurement: a Telegram that takes everything, a model of known delay. Both instant."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

from aiohttp import web

from bench.machine import free_port

_ANSWER = "You can find this in the documentation [1]. Start with one command. It brings everything along."


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[str]:
    """The application on loopback; gives its address."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        await runner.cleanup()


@dataclass(slots=True)
class Telegram:
    """Takes messages and counts them; ``at`` is when each arrived."""

    at: list[float] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    ids: count[int] = field(default_factory=lambda: count(1))

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/{token}/{method}", self.take)
        return app

    async def take(self, request: web.Request) -> web.Response:
        if request.match_info["method"] != "sendMessage":
            await request.read()
            return web.json_response({"ok": True, "result": True})
        kind = request.content_type
        given = await request.json() if kind == "application/json" else await request.post()
        self.at.append(time.perf_counter())
        self.arrived.set()
        chat = {"id": int(str(given["chat_id"])), "type": "private", "first_name": "Person"}
        message = {"message_id": next(self.ids), "date": int(time.time()), "chat": chat, "text": str(given["text"])}
        return web.json_response({"ok": True, "result": message})

    async def until(self, n: int, seconds: float = 120.0) -> None:
        """Return when ``n`` messages came. Raises ``TimeoutError``."""
        async with asyncio.timeout(seconds):
            while len(self.at) < n:
                self.arrived.clear()
                await self.arrived.wait()


@dataclass(slots=True)
class Model:
    """An OpenAI-compatible chat model: thinks for ``delay`` seconds, then says three sentences word by word.

    For each call: when it was asked, when it gave the first word, when the first sentence was complete. Times of
    ``perf_counter``, which is one clock for all processes of the machine.
    """

    delay: float
    pause: float = 0.002
    asked: list[float] = field(default_factory=list)
    first_word: list[float] = field(default_factory=list)
    first_sentence: list[float] = field(default_factory=list)

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/v1/chat/completions", self.answer)
        return app

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(time.perf_counter())
        await request.read()
        await asyncio.sleep(self.delay)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        words = _ANSWER.split(" ")
        for n, word in enumerate(words):
            if n == 0:
                self.first_word.append(time.perf_counter())
            await response.write(_chunk({"content": word + " "}))
            if word.endswith(".") and len(self.first_sentence) < len(self.first_word):
                self.first_sentence.append(time.perf_counter())
            await asyncio.sleep(self.pause)
        await response.write(_chunk({}, "stop"))
        await response.write(b"data: [DONE]\n\n")
        await response.write_eof()
        return response


def _chunk(delta: dict[str, str], end: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": end}
    body = {"id": "bench", "object": "chat.completion.chunk", "created": 0, "model": "bench", "choices": [choice]}
    return f"data: {json.dumps(body)}\n\n".encode()
