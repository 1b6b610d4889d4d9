"""A server that listens before all of its routes are there: who asks for one of those waits, and gets it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from hub.http.access import PUBLIC
from hub.http.app import ADMIT, build_app
from hub.http.model import View
from hub.http.routes import Route, bind_all
from support.http_world import Client, Keys, MemoryKeys, Tenants


class Said(View):
    words: str


async def first() -> Said:
    return Said(words="first")


async def late(name: str) -> Said:
    return Said(words=f"late {name}")


FRONT = [Route(method="GET", path="/front", handler=first, access=PUBLIC, summary="First")]
LATER = [Route(method="GET", path="/api/v1/later/{name}", handler=late, access=PUBLIC, summary="Late")]


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    app = build_app(
        routes=FRONT, keys=Keys(), tenants=Tenants(), idempotency=MemoryKeys(), version="0", more_to_come=True
    )
    async with TestClient(TestServer(app)) as client:
        yield client


def admit(client: Client) -> None:
    app: web.Application | None = client.app
    assert app is not None
    app[ADMIT](bind_all(LATER))


async def words(client: Client, path: str) -> str:
    answer = await client.get(path)
    assert answer.status == 200
    return str((await answer.json())["words"])


async def test_who_asks_early_waits_and_is_answered(client: Client) -> None:
    early = [asyncio.create_task(words(client, f"/api/v1/later/{n}")) for n in range(3)]
    document = asyncio.create_task(client.get("/api/v1/openapi.json"))
    assert await words(client, "/front") == "first"
    assert not any(task.done() for task in (*early, document))
    admit(client)
    assert await asyncio.gather(*early) == ["late 0", "late 1", "late 2"]
    paths = (await (await document).json())["paths"]
    assert {"/front", "/api/v1/later/{name}"} <= set(paths)


async def test_what_is_nowhere_is_refused_as_ever(client: Client) -> None:
    admit(client)
    for method, path, status in (("GET", "/nowhere", 404), ("DELETE", "/api/v1/later/x", 405), ("POST", "/front", 405)):
        answer = await client.request(method, path)
        assert answer.status == status
        assert answer.content_type == "application/problem+json"
