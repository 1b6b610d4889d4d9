"""Reading, answering and documenting: the typed layer over aiohttp asked over real HTTP."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import TypeAdapter

from hub.core.errors import Invalid
from hub.http.access import PUBLIC
from hub.http.app import make_runner
from hub.http.bodies import decode_json
from hub.http.pages import decode_cursor, encode_cursor
from hub.http.routes import Route, bind
from support.http_world import Client, NewThing, World, problem


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
    http_client: Client, raw: bytes, status: int, code: str, field: str | None
) -> None:
    response = await http_client.post("/things", data=raw, headers={"Content-Type": "application/json"})
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


async def test_numbers_past_64_bits_can_be_written_again(http_client: Client) -> None:
    raw = b'{"name":"x","extra":{"n":73289722388852252672}}'
    written = orjson.dumps(decode_json(raw, TypeAdapter(NewThing)).extra)
    assert orjson.loads(written)["n"] == pytest.approx(73289722388852252672)


async def test_good_body_is_created(http_client: Client, http_world: World) -> None:
    response = await http_client.post("/things", json={"name": "Lämp 💡", "shape": {"kind": "circle", "radius": 2}})
    assert response.status == 201
    assert response.headers["Location"] == "/things/1"
    assert (await response.json())["name"] == "Lämp 💡"
    assert http_world.seen[-1] == ("POST", "/things", 201)


async def test_other_content_is_415(http_client: Client, http_world: World) -> None:
    for headers in ({"Content-Type": "text/plain"}, {"Content-Type": "application/json", "Content-Encoding": "gzip"}):
        await problem(await http_client.post("/things", data=b"{}", headers=headers), 415, "unsupported_type")
    latin = {"Content-Type": "application/json; charset=latin-1"}
    await problem(await http_client.post("/things", data=b"{}", headers=latin), 415, "unsupported_type")
    assert http_world.seen[-3:] == [("POST", "/things", 415)] * 3


async def test_body_without_length_is_cut_off(http_client: Client, http_world: World) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield b" " * 1000

    response = await http_client.post("/things", data=endless(), headers={"Content-Type": "application/json"})
    await problem(response, 413, "too_large")
    assert http_world.seen[-1] == ("POST", "/things", 413)


async def test_who_goes_away_amid_a_body_is_no_failure(http_world: World, caplog: pytest.LogCaptureFixture) -> None:
    runner = make_runner(http_world.app())  # a test's own server would cancel the handler
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    _, writer = await asyncio.open_connection(*runner.addresses[0])
    head = "POST /things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n"
    writer.write(head.encode() + b'{"name":')
    await writer.drain()
    await asyncio.sleep(0.1)
    writer.transport.abort()
    async with asyncio.timeout(10):
        while not http_world.seen:
            await asyncio.sleep(0.01)
    await runner.cleanup()
    assert http_world.seen == [("POST", "/things", 499)]
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_ids_paths_methods_and_queries(http_client: Client, http_world: World) -> None:
    assert (await problem(await http_client.get("/things/not-an-id"), 422, "invalid"))["field"] == "thing"
    assert (await problem(await http_client.get("/things/a%00b"), 422, "invalid"))["field"] == "thing"
    await problem(await http_client.get("/nothing/here"), 404, "not_found")
    assert http_world.seen[-1] == ("GET", "unmatched", 404)
    refused = await http_client.put("/things")
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
        assert (await problem(await http_client.get(f"/things?{query}"), 422, "invalid"))["field"] == field, query
    assert (await http_client.delete(f"/things/{uuid4()}")).status == 204


async def test_unexpected_errors_say_nothing_and_are_logged_once(
    http_client: Client, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.INFO):
        response = await http_client.get("/broken", headers={"X-Request-Id": "my-request-0001"})
    body = await problem(response, 500, "internal")
    assert "secret-connection-string" not in orjson.dumps(body).decode()
    assert body["request_id"] == "my-request-0001"
    logged = caplog.text + capsys.readouterr().out
    assert logged.count("http.failed") == 1
    assert logged.count("secret-connection-string") >= 1


async def test_health(http_client: Client, http_world: World) -> None:
    assert (await http_client.get("/healthz")).status == 200
    assert (await (await http_client.get("/readyz")).json())["status"] == "ready"
    http_world.ready = "No connection."
    broken = await http_client.get("/readyz")
    assert broken.status == 503
    assert (await broken.json())["checks"] == [{"name": "database", "ok": False, "text": "No connection."}]
    assert await (await http_client.get("/metrics")).text() == "up 1\n"


async def test_document_is_valid_and_complete(http_client: Client) -> None:
    document = await (await http_client.get("/api/v1/openapi.json")).json()
    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"] == "3.1.0"
    make = document["paths"]["/things"]["post"]
    assert {"201", "400", "409", "413", "415", "422", "429", "500", "503"} == set(make["responses"])
    assert [p["name"] for p in make["parameters"]] == ["Idempotency-Key"]
    assert document["paths"]["/t/{tenant}/ours"]["get"]["security"] == [{"bearer": []}, {"session": []}]
    schemas = document["components"]["schemas"]
    assert "kind" in schemas["Circle"]["required"]
    assert schemas["NewThing"]["properties"]["name"]["examples"] == ["Lamp"]
    assert schemas["NewThing"]["additionalProperties"] is False


async def test_docs_page_needs_nobody_else(http_client: Client) -> None:
    response = await http_client.get("/api/docs")
    page = await response.text()
    assert response.content_type == "text/html"
    assert "<script" not in page
    assert "style=" not in page
    assert "http://" not in page and "https://" not in page
    assert "/things/{thing}" in page
    assert 'id="rate_limited"' in page
    assert (await http_client.get("/api/docs.css")).content_type == "text/css"


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


async def test_what_does_not_answer_behind_the_hub_is_503(
    http_client: Client, http_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(ref: str) -> None:
        raise ConnectionRefusedError("10.0.0.5:6379")

    monkeypatch.setattr("support.http_world.Tenants.find", lambda self, ref: away(ref))
    response = await http_client.get("/t/acme/ours", headers={"Authorization": "Bearer acme"})
    assert "10.0.0.5" not in str(await problem(response, 503, "unavailable"))
