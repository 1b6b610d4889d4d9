"""A tenant's own system: takes webhooks on loopback, verifies them with the reference library, answers as told."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer
from standardwebhooks import Webhook


@dataclass(frozen=True)
class Taken:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float
    status: int

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = orjson.loads(self.body)
        return event

    def verified(self, secret: str) -> dict[str, Any]:
        """The payload, as the reference library lets it through. Raises what it raises."""
        payload: dict[str, Any] = Webhook(secret).verify(self.body, dict(self.headers))
        return payload


@dataclass
class Receiver:
    """``answers`` are given first, in turn; then ``decide`` (default: 204). The first ``held`` requests
    are answered only once ``hold`` is set."""

    port: int = 0
    requests: list[Taken] = field(default_factory=list)
    answers: deque[web.Response] = field(default_factory=deque)
    decide: Callable[[dict[str, Any]], int] = lambda event: 204
    hold: asyncio.Event = field(default_factory=asyncio.Event)
    held: int = 0

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def of(self, path: str) -> list[Taken]:
        return [taken for taken in self.requests if taken.path == path]

    @property
    def kept(self) -> list[Taken]:
        return [taken for taken in self.requests if 200 <= taken.status < 300]

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        answer = self.answers.popleft() if self.answers else web.Response(status=self.decide(orjson.loads(body)))
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append(Taken(request.path, headers, body, time.monotonic(), answer.status))
        if len(self.requests) <= self.held:
            await self.hold.wait()
        return answer


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver on a free port of loopback."""
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/{path:.*}", receiver.handle)
    server = TestServer(app)
    await server.start_server()
    receiver.port = server.port or 0
    yield receiver
    receiver.hold.set()
    await server.close()
