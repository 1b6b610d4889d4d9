"""What channel tests share: a clock that stands still, the outside fixtures, and a server that plays a platform."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class StandingClock:
    def now(self) -> datetime:
        return NOW


@pytest.fixture(scope="session")
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW


@pytest.fixture(scope="session")
def fixtures() -> Path:
    default = Path(__file__).resolve().parents[3] / "shared" / "fixtures"
    path = Path(os.environ.get("HUB_TEST_FIXTURES") or default)
    if not (path / "webhooks").is_dir():
        pytest.skip(f"the outside data is not here ({path}); set HUB_TEST_FIXTURES")
    return path


@dataclass
class Call:
    path: str
    method: str
    form: dict[str, Any]
    files: dict[str, tuple[str, str, bytes]]


@dataclass
class Platform:
    """A server that notes every call and answers as it is told."""

    url: str = ""
    calls: list[Call] = field(default_factory=list)
    answer: Callable[[Call], Awaitable[web.StreamResponse] | web.StreamResponse] | None = None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        form: dict[str, Any] = {}
        files: dict[str, tuple[str, str, bytes]] = {}
        if request.can_read_body:
            for name, value in (await request.post()).items():
                if isinstance(value, web.FileField):
                    files[name] = (value.filename, value.content_type, value.file.read())
                else:
                    form[name] = value
        call = Call(request.path, request.method, form, files)
        self.calls.append(call)
        if self.answer is None:
            return web.json_response({"ok": True, "result": {"message_id": len(self.calls), "chat": {"id": 7}}})
        answer = self.answer(call)
        return answer if isinstance(answer, web.StreamResponse) else await answer


@pytest.fixture
async def platform() -> AsyncIterator[Platform]:
    platform = Platform()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", platform.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    platform.url = f"http://{host}:{port}"
    yield platform
    await runner.cleanup()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
