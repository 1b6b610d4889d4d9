"""A small application with every feature of the typed HTTP layer, for asking it over real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_network
from typing import Annotated, Literal
from uuid import NAMESPACE_DNS, UUID, uuid4, uuid5

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import Field

from hub.accounts.permissions import Permission
from hub.accounts.principals import Principal, PrincipalKind, Tenant
from hub.core.errors import Conflict, TooMany, Unauthenticated
from hub.core.ids import TenantId
from hub.http.access import PLATFORM, PUBLIC, Attempt, Call, tenant
from hub.http.app import build_app
from hub.http.health import Health
from hub.http.idempotency import Claim, Kept
from hub.http.model import Model, View
from hub.http.pages import Page, PageQuery, decode_cursor
from hub.http.routes import Route

ACME = Tenant(TenantId(uuid5(NAMESPACE_DNS, "acme.example")), "acme", "Acme")
OTHER = Tenant(TenantId(uuid5(NAMESPACE_DNS, "other.example")), "other", "Other")
ASLEEP = Tenant(TenantId(uuid5(NAMESPACE_DNS, "asleep.example")), "asleep", "Asleep", enabled=False)


class Circle(Model):
    kind: Literal["circle"]
    radius: Annotated[float, Field(gt=0)]


class Square(Model):
    kind: Literal["square"]
    side: Annotated[int, Field(ge=1, le=100)]


class NewThing(Model):
    name: Annotated[str, Field(min_length=1, max_length=50, examples=["Lamp"])]
    count: Annotated[int, Field(ge=0, le=1000)] = 1
    shape: Annotated[Circle | Square, Field(discriminator="kind")] | None = None
    tags: list[str] = Field(default_factory=list)
    extra: dict[str, object] = Field(default_factory=dict)


class Thing(View):
    id: UUID
    name: str
    count: int


class Keys:
    async def authenticate(self, key: str) -> Principal:
        match key:
            case "platform":
                return Principal(PrincipalKind.PLATFORM)
            case "acme":
                return Principal(PrincipalKind.TENANT, frozenset({Permission.CHAT}), ACME.id)
            case "asleep":
                return Principal(PrincipalKind.TENANT, frozenset({Permission.CHAT}), ASLEEP.id)
            case "reader":
                return Principal(PrincipalKind.TENANT, frozenset({Permission.TENANT_READ}), ACME.id)
        raise Unauthenticated("Nobody issued this key.")


class Tenants:
    async def find(self, ref: str) -> Tenant | None:
        return next((t for t in (ACME, OTHER, ASLEEP) if ref in (t.slug, str(t.id))), None)


class MemoryKeys:
    def __init__(self) -> None:
        self.claims: dict[tuple[str, str], tuple[bytes, Kept | None]] = {}
        self.claimed = asyncio.Event()

    async def claim(self, tenant: TenantId | None, scope: str, key: str, fingerprint: bytes) -> Claim:
        found = self.claims.get((scope, key))
        self.claimed.set()
        if found is None:
            self.claims[scope, key] = (fingerprint, None)
            return Claim(True, fingerprint)
        return Claim(False, *found)

    async def keep(self, tenant: TenantId | None, scope: str, key: str, kept: Kept) -> None:
        self.claims[scope, key] = (self.claims[scope, key][0], kept)

    async def release(self, tenant: TenantId | None, scope: str, key: str) -> None:
        del self.claims[scope, key]


class Things:
    """Handlers under test."""

    def __init__(self) -> None:
        self.made = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def make(self, call: Call, body: NewThing) -> Thing:
        await self.gate.wait()
        self.made += 1
        if body.name == "taken":
            raise Conflict("The name is taken.", field="name")
        call.headers["Location"] = "/things/1"
        return Thing(id=uuid4(), name=body.name, count=body.count)

    async def get(self, thing: UUID) -> Thing:
        return Thing(id=thing, name="Lamp", count=1)

    async def all(self, query: PageQuery) -> Page[Thing]:
        decode_cursor(query.cursor)
        return Page[Thing](items=[], next_cursor=None)

    async def drop(self, thing: UUID) -> None:
        return None

    async def ours(self, call: Call) -> Thing:
        return Thing(id=call.tenant_id, name=call.client, count=0)

    async def operator(self) -> Thing:
        return Thing(id=uuid4(), name="operator", count=0)

    async def broken(self) -> Thing:
        raise RuntimeError("secret-connection-string")

    def routes(self) -> list[Route]:
        def route(method: str, path: str, handler: object, **more: object) -> Route:
            return Route(method=method, path=path, handler=handler, summary="A thing", **{"access": PUBLIC, **more})  # type: ignore[arg-type]  # test shorthand

        return [
            route("POST", "/things", self.make, status=201, idempotent=True, max_body=10_000, problems=(409,)),
            route("GET", "/things", self.all, name="list_things"),
            route("GET", "/things/{thing}", self.get, name="get_thing"),
            route("DELETE", "/things/{thing}", self.drop),
            route("GET", "/t/{tenant}/ours", self.ours, access=tenant(Permission.CHAT)),
            route("GET", "/operator", self.operator, access=PLATFORM),
            route("GET", "/broken", self.broken),
            route("GET", "/shared", self.operator, name="shared", cors=True),
        ]


class World:
    def __init__(self) -> None:
        self.things = Things()
        self.keys = MemoryKeys()
        self.seen: list[tuple[str, str, int]] = []
        self.attempts: list[Attempt] = []
        self.limited = False
        self.ready: str | None = None

    async def limit(self, attempt: Attempt) -> None:
        self.attempts.append(attempt)
        if self.limited:
            raise TooMany("Too many.", retry_after=7)

    async def origin(self, request: web.Request, origin: str) -> bool:
        return origin == "https://shop.example"

    async def check(self) -> str | None:
        return self.ready

    def app(self) -> web.Application:
        health = Health(
            checks={"database": self.check},
            render_metrics=lambda: (b"up 1\n", "text/plain; version=0.0.4"),
        )
        return build_app(
            routes=[*self.things.routes(), *health.routes()],
            keys=Keys(),
            tenants=Tenants(),
            idempotency=self.keys,
            version="1.2.3",
            limit=self.limit,
            origin_allowed=self.origin,
            observe=lambda route, method, status, seconds: self.seen.append((method, route, status)),
            trusted_proxies=[ip_network("127.0.0.0/8"), ip_network("10.0.0.0/8")],
        )


Client = TestClient[web.Request, web.Application]


@pytest.fixture
def http_world() -> World:
    return World()


@pytest.fixture
async def http_client(http_world: World) -> AsyncIterator[Client]:
    server = TestServer(http_world.app())
    await server.start_server(auto_decompress=False)
    async with TestClient(server) as client:
        yield client


async def problem(response: object, status: int, code: str) -> dict[str, object]:
    assert response.status == status, await response.text()  # type: ignore[attr-defined]  # aiohttp's client response
    assert response.content_type == "application/problem+json"  # type: ignore[attr-defined]  # as above
    body: dict[str, object] = await response.json(content_type=None)  # type: ignore[attr-defined]  # as above
    assert (body["status"], body["code"]) == (status, code)
    assert body["request_id"] == response.headers["X-Request-Id"]  # type: ignore[attr-defined]  # as above
    return body
