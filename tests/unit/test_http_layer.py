"""The typed layer over aiohttp: a small application with every feature, asked over real HTTP."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Annotated, Literal
from uuid import UUID, uuid4

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import Field, TypeAdapter

from hub.accounts.principals import Principal, PrincipalKind, Scope, Tenant
from hub.core.errors import Conflict, Invalid, TooMany, Unauthenticated
from hub.core.ids import TenantId
from hub.http.access import PLATFORM, PUBLIC, Attempt, Call, tenant
from hub.http.app import build_app
from hub.http.bodies import decode_json
from hub.http.client import bucket
from hub.http.health import Health
from hub.http.idempotency import Claim, Kept
from hub.http.model import Model, View
from hub.http.pages import Page, PageQuery, decode_cursor, encode_cursor
from hub.http.routes import Route, bind

ACME = Tenant(TenantId(uuid4()), "acme", "Acme")
OTHER = Tenant(TenantId(uuid4()), "other", "Other")
ASLEEP = Tenant(TenantId(uuid4()), "asleep", "Asleep", enabled=False)


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
                return Principal(PrincipalKind.TENANT, frozenset({Scope.CHAT}), ACME.id)
            case "asleep":
                return Principal(PrincipalKind.TENANT, frozenset({Scope.CHAT}), ASLEEP.id)
            case "reader":
                return Principal(PrincipalKind.TENANT, frozenset({Scope.TENANT_READ}), ACME.id)
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
            route("GET", "/t/{tenant}/ours", self.ours, access=tenant(Scope.CHAT)),
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
            version="1",
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
def world() -> World:
    return World()


@pytest.fixture
async def client(world: World) -> AsyncIterator[Client]:
    server = TestServer(world.app())
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


@pytest.mark.parametrize(
    ("raw", "status", "code", "field"),
    [
        (b"", 400, "malformed", None),
        (b"{", 400, "malformed", None),
        (b"\xff", 400, "malformed", None),
        (b"[" * 5000 + b"]" * 5000, 400, "malformed", None),
        (b'{"name":"x","extra":{"a":' + b"[" * 60 + b"]" * 60 + b"}}", 400, "malformed", None),
        (b"NaN", 400, "malformed", None),
        (b"[]", 422, "invalid", None),
        (b"null", 422, "invalid", None),
        (b"{}", 422, "invalid", "name"),
        (b'{"name":5}', 422, "invalid", "name"),
        (b'{"name":""}', 422, "invalid", "name"),
        (b'{"name":"x","count":"5"}', 422, "invalid", "count"),
        (b'{"name":"x","count":99999999999999999999999}', 422, "invalid", "count"),
        (b'{"name":"x","nmae":1}', 422, "invalid", "nmae"),
        (b'{"name":"x","tags":["a",7]}', 422, "invalid", "tags.1"),
        (b'{"name":"x","shape":{"kind":"square","side":0}}', 422, "invalid", "shape.side"),
        (b'{"name":"x","shape":{"kind":"square"}}', 422, "invalid", "shape.side"),
        (b'{"name":"x","shape":{"kind":"moon"}}', 422, "invalid", "shape"),
        (b'{"name":"a\\u0000b"}', 422, "invalid", "name"),
        (b'{"name":"x","extra":{"k":["\\u0000"]}}', 422, "invalid", "extra.k.0"),
        (b'{"name":"a\\ud800b"}', 422, "invalid", "name"),
        (b'{"name":"taken"}', 409, "conflict", "name"),
        (b'{"name":"' + b"x" * 20_000 + b'"}', 413, "too_large", None),
    ],
)
async def test_bad_bodies_are_named_and_refused(
    client: Client, raw: bytes, status: int, code: str, field: str | None
) -> None:
    response = await client.post("/things", data=raw, headers={"Content-Type": "application/json"})
    body = await problem(response, status, code)
    assert body["field"] == field
    assert body["detail"]


@given(
    raw=st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.sampled_from(["name", "count", "shape", "tags", "kind", "x"]), inner, max_size=4)
            ),
            max_leaves=8,
        ).map(lambda value: __import__("json").dumps(value).encode()),
    )
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_body_whatever_is_an_error_of_ours(raw: bytes) -> None:
    async def ask() -> None:
        async with TestClient(TestServer(World().app())) as client:
            response = await client.post("/things", data=raw, headers={"Content-Type": "application/json"})
            assert response.status in (201, 400, 409, 413, 422), await response.text()

    asyncio.run(ask())


async def test_numbers_past_64_bits_can_be_written_again(client: Client) -> None:
    raw = b'{"name":"x","extra":{"n":73289722388852252672}}'
    written = orjson.dumps(decode_json(raw, TypeAdapter(NewThing)).extra)
    assert orjson.loads(written)["n"] == pytest.approx(73289722388852252672)


async def test_good_body_is_created(client: Client, world: World) -> None:
    response = await client.post("/things", json={"name": "Lämp 💡", "shape": {"kind": "circle", "radius": 2}})
    assert response.status == 201
    assert response.headers["Location"] == "/things/1"
    assert (await response.json())["name"] == "Lämp 💡"
    assert world.seen[-1] == ("POST", "/things", 201)


async def test_other_content_is_415(client: Client) -> None:
    for headers in ({"Content-Type": "text/plain"}, {"Content-Type": "application/json", "Content-Encoding": "gzip"}):
        await problem(await client.post("/things", data=b"{}", headers=headers), 415, "unsupported_type")
    latin = {"Content-Type": "application/json; charset=latin-1"}
    await problem(await client.post("/things", data=b"{}", headers=latin), 415, "unsupported_type")


async def test_body_without_length_is_cut_off(client: Client) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b" " * 1000

    response = await client.post("/things", data=endless(), headers={"Content-Type": "application/json"})
    await problem(response, 413, "too_large")


async def test_ids_paths_methods_and_queries(client: Client, world: World) -> None:
    assert (await problem(await client.get("/things/not-an-id"), 422, "invalid"))["field"] == "thing"
    assert (await problem(await client.get("/things/a%00b"), 422, "invalid"))["field"] == "thing"
    await problem(await client.get("/nothing/here"), 404, "not_found")
    assert world.seen[-1] == ("GET", "unmatched", 404)
    refused = await client.put("/things")
    await problem(refused, 405, "method_not_allowed")
    assert set(refused.headers["Allow"].split(", ")) == {"GET", "HEAD", "POST"}
    for query, field in [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=x", "limit"),
        ("cursor=%00", "cursor"),
        ("cursor=zzz", "cursor"),
        ("cursor=" + "A" * 32 + "A", "cursor"),
        ("limit=1&limit=2", "limit"),
        ("lmit=1", "lmit"),
    ]:
        assert (await problem(await client.get(f"/things?{query}"), 422, "invalid"))["field"] == field, query
    assert (await client.delete(f"/things/{uuid4()}")).status == 204


async def test_unexpected_errors_say_nothing_and_are_logged_once(
    client: Client, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.INFO):
        response = await client.get("/broken", headers={"X-Request-Id": "my-request-0001"})
    body = await problem(response, 500, "internal")
    assert "secret-connection-string" not in orjson.dumps(body).decode()
    assert body["request_id"] == "my-request-0001"
    logged = caplog.text + capsys.readouterr().out
    assert logged.count("http.failed") == 1
    assert logged.count("secret-connection-string") >= 1


async def test_request_ids_are_echoed_only_when_harmless(client: Client) -> None:
    assert (await client.get("/healthz", headers={"X-Request-Id": "abc-12345"})).headers["X-Request-Id"] == "abc-12345"
    for bad in ("short", "x" * 200, "white space is bad"):
        assert (await client.get("/healthz", headers={"X-Request-Id": bad})).headers["X-Request-Id"] != bad


async def test_every_answer_has_security_headers(client: Client) -> None:
    for path in ("/healthz", "/nothing", "/api/docs"):
        headers = (await client.get(path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("key", "path", "status", "code"),
    [
        (None, "/operator", 401, "unauthenticated"),
        ("Basic abc", "/operator", 401, "unauthenticated"),
        ("Bearer nobody", "/operator", 401, "unauthenticated"),
        ("Bearer acme", "/operator", 403, "forbidden"),
        ("Bearer acme", "/t/other/ours", 404, "not_found"),
        ("Bearer acme", f"/t/{OTHER.id}/ours", 404, "not_found"),
        ("Bearer acme", "/t/nobody/ours", 404, "not_found"),
        ("Bearer acme", "/t/asleep/ours", 404, "not_found"),
        ("Bearer asleep", "/t/asleep/ours", 403, "tenant_disabled"),
        ("Bearer platform", "/t/asleep/ours", 403, "tenant_disabled"),
        ("Bearer reader", "/t/acme/ours", 403, "forbidden"),
        ("Bearer platform", "/t/nobody/ours", 404, "not_found"),
    ],
)
async def test_doors_that_stay_shut(client: Client, key: str | None, path: str, status: int, code: str) -> None:
    response = await client.get(path, headers={"Authorization": key} if key else {})
    await problem(response, status, code)
    assert ("WWW-Authenticate" in response.headers) == (status == 401)


async def test_doors_that_open(client: Client) -> None:
    for key, path in [("acme", "/t/acme/ours"), ("acme", f"/t/{ACME.id}/ours"), ("platform", "/t/acme/ours")]:
        response = await client.get(path, headers={"Authorization": f"Bearer {key}"})
        assert response.status == 200
        assert (await response.json())["id"] == str(ACME.id)


async def test_limits_answer_429_and_count_refused_keys(client: Client, world: World) -> None:
    await client.get("/operator", headers={"Authorization": "Bearer nobody"})
    assert [a.failed for a in world.attempts] == [True]
    world.limited = True
    response = await client.get("/healthz")
    await problem(response, 429, "rate_limited")
    assert response.headers["Retry-After"] == "7"


@pytest.mark.parametrize(
    ("forwarded", "seen"),
    [
        (None, "127.0.0.1"),
        ("203.0.113.9", "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9", "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("garbage, 10.1.2.3", "10.1.2.3"),
        ("unknown", "127.0.0.1"),
    ],
)
async def test_address_is_believed_only_from_proxies(client: Client, forwarded: str | None, seen: str) -> None:
    headers = {"Authorization": "Bearer acme", "X-Real-IP": "9.9.9.9", "Forwarded": "for=9.9.9.9"}
    if forwarded is not None:
        headers["X-Forwarded-For"] = forwarded
    assert (await (await client.get("/t/acme/ours", headers=headers)).json())["name"] == seen


def test_limits_count_an_ipv6_network_as_one() -> None:
    assert bucket("2001:db8:1:2:3:4:5:6") == bucket("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64"
    assert bucket("::ffff:192.0.2.1") == bucket("192.0.2.1")


async def test_same_key_happens_once(client: Client, world: World) -> None:
    headers = {"Idempotency-Key": "order-1"}
    first = await client.post("/things", json={"name": "a"}, headers=headers)
    again = await client.post("/things", json={"name": "a"}, headers=headers)
    assert await first.read() == await again.read()
    assert (first.status, again.status, world.things.made) == (201, 201, 1)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Location"] == "/things/1"
    other = await client.post("/things", json={"name": "b"}, headers=headers)
    assert (await problem(other, 422, "invalid"))["field"] == "Idempotency-Key"
    bad = await client.post("/things", json={"name": "b"}, headers={"Idempotency-Key": "with space"})
    assert (await problem(bad, 422, "invalid"))["field"] == "Idempotency-Key"


async def test_same_key_while_the_first_runs_is_a_conflict(client: Client, world: World) -> None:
    world.things.gate.clear()
    headers = {"Idempotency-Key": "order-2"}
    first = asyncio.create_task(client.post("/things", json={"name": "a"}, headers=headers))
    await world.keys.claimed.wait()
    await problem(await client.post("/things", json={"name": "a"}, headers=headers), 409, "conflict")
    world.things.gate.set()
    assert (await first).status == 201


async def test_a_failed_request_leaves_its_key_free(client: Client, world: World) -> None:
    headers = {"Idempotency-Key": "order-3"}
    await problem(await client.post("/things", json={"name": "taken"}, headers=headers), 409, "conflict")
    assert not world.keys.claims


async def test_only_allowed_pages_may_call_shared_routes(client: Client) -> None:
    good = {"Origin": "https://shop.example"}
    key = {"Authorization": "Bearer platform"}
    preflight = await client.options("/shared", headers=good)
    assert preflight.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert preflight.headers["Access-Control-Allow-Methods"] == "GET"
    assert "Access-Control-Allow-Credentials" not in preflight.headers
    assert (await client.get("/shared", headers=good)).headers["Vary"] == "Origin"
    for origin in ("https://evil.example", "null", "https://shop.example.evil.example"):
        assert (
            "Access-Control-Allow-Origin" not in (await client.options("/shared", headers={"Origin": origin})).headers
        )
    assert "Access-Control-Allow-Origin" not in (await client.get("/operator", headers={**good, **key})).headers


async def test_health(client: Client, world: World) -> None:
    assert (await client.get("/healthz")).status == 200
    assert (await (await client.get("/readyz")).json())["status"] == "ready"
    world.ready = "No connection."
    broken = await client.get("/readyz")
    assert broken.status == 503
    assert (await broken.json())["checks"] == [{"name": "database", "ok": False, "text": "No connection."}]
    assert await (await client.get("/metrics")).text() == "up 1\n"
    assert (await client.get("/api/v1/system")).status == 401


async def test_document_is_valid_and_complete(client: Client) -> None:
    document = await (await client.get("/api/v1/openapi.json")).json()
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"] == "3.1.0"
    make = document["paths"]["/things"]["post"]
    assert {"201", "400", "409", "413", "415", "422", "429", "500", "503"} == set(make["responses"])
    assert [p["name"] for p in make["parameters"]] == ["Idempotency-Key"]
    assert document["paths"]["/t/{tenant}/ours"]["get"]["security"] == [{"bearer": []}]
    schemas = document["components"]["schemas"]
    assert "kind" in schemas["Circle"]["required"]
    assert schemas["NewThing"]["properties"]["name"]["examples"] == ["Lamp"]
    assert schemas["NewThing"]["additionalProperties"] is False


async def test_docs_page_needs_nobody_else(client: Client) -> None:
    response = await client.get("/api/docs")
    page = await response.text()
    assert response.content_type == "text/html"
    assert "<script" not in page
    assert "style=" not in page
    assert "http://" not in page and "https://" not in page
    assert "/things/{thing}" in page
    assert 'id="rate_limited"' in page
    assert (await client.get("/api/docs.css")).content_type == "text/css"


@given(at=st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9000, 1, 1)), id_=st.uuids())
def test_cursors_come_back(at: datetime, id_: UUID) -> None:
    position = (at.replace(tzinfo=UTC), id_)
    assert decode_cursor(encode_cursor(position)) == position


@given(text=st.text(max_size=64))
def test_other_cursors_are_refused(text: str) -> None:
    try:
        position = decode_cursor(text)
    except Invalid as error:
        assert error.field == "cursor"
    else:
        assert position is not None and encode_cursor(position) == text


def test_a_route_that_does_not_fit_its_handler_is_refused_at_start() -> None:
    async def wrong(nothing: UUID) -> None: ...

    async def untyped(thing: UUID):  # type: ignore[no-untyped-def]  # this is what is refused
        ...

    for handler in (wrong, untyped):
        with pytest.raises(TypeError):
            bind(Route(method="GET", path="/things/{thing}", handler=handler, access=PUBLIC, summary="x"))
