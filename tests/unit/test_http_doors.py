"""Who is let in, how often, from where, and how often a request counts."""

from __future__ import annotations

import asyncio

import pytest

from hub.http.client import bucket
from support.http_world import ACME, OTHER, Client, World, problem


async def test_request_ids_are_echoed_only_when_harmless(http_client: Client) -> None:
    assert (await http_client.get("/healthz", headers={"X-Request-Id": "abc-12345"})).headers[
        "X-Request-Id"
    ] == "abc-12345"
    for bad in ("short", "x" * 200, "white space is bad"):
        assert (await http_client.get("/healthz", headers={"X-Request-Id": bad})).headers["X-Request-Id"] != bad


async def test_every_answer_has_security_headers(http_client: Client) -> None:
    for path in ("/healthz", "/nothing", "/api/docs"):
        headers = (await http_client.get(path)).headers
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
        ("Bearer reader", "/t/acme/ours", 403, "permission_missing"),
        ("Bearer platform", "/t/nobody/ours", 404, "not_found"),
    ],
)
async def test_doors_that_stay_shut(http_client: Client, key: str | None, path: str, status: int, code: str) -> None:
    response = await http_client.get(path, headers={"Authorization": key} if key else {})
    await problem(response, status, code)
    assert ("WWW-Authenticate" in response.headers) == (status == 401)


async def test_doors_that_open(http_client: Client) -> None:
    for key, path in [("acme", "/t/acme/ours"), ("acme", f"/t/{ACME.id}/ours"), ("platform", "/t/acme/ours")]:
        response = await http_client.get(path, headers={"Authorization": f"Bearer {key}"})
        assert response.status == 200
        assert (await response.json())["id"] == str(ACME.id)


async def test_limits_answer_429_and_count_refused_keys(http_client: Client, http_world: World) -> None:
    await http_client.get("/operator", headers={"Authorization": "Bearer nobody"})
    assert [a.failed for a in http_world.attempts] == [True]
    http_world.limited = True
    response = await http_client.get("/healthz")
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
async def test_address_is_believed_only_from_proxies(http_client: Client, forwarded: str | None, seen: str) -> None:
    headers = {"Authorization": "Bearer acme", "X-Real-IP": "9.9.9.9", "Forwarded": "for=9.9.9.9"}
    if forwarded is not None:
        headers["X-Forwarded-For"] = forwarded
    assert (await (await http_client.get("/t/acme/ours", headers=headers)).json())["name"] == seen


def test_limits_count_an_ipv6_network_as_one() -> None:
    assert bucket("2001:db8:1:2:3:4:5:6") == bucket("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64"
    assert bucket("::ffff:192.0.2.1") == bucket("192.0.2.1")


async def test_same_key_happens_once(http_client: Client, http_world: World) -> None:
    headers = {"Idempotency-Key": "order-1"}
    first = await http_client.post("/things", json={"name": "a"}, headers=headers)
    again = await http_client.post("/things", json={"name": "a"}, headers=headers)
    assert await first.read() == await again.read()
    assert (first.status, again.status, http_world.things.made) == (201, 201, 1)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Location"] == "/things/1"
    other = await http_client.post("/things", json={"name": "b"}, headers=headers)
    assert (await problem(other, 422, "invalid"))["field"] == "Idempotency-Key"
    bad = await http_client.post("/things", json={"name": "b"}, headers={"Idempotency-Key": "with space"})
    assert (await problem(bad, 422, "invalid"))["field"] == "Idempotency-Key"


async def test_same_key_while_the_first_runs_is_a_conflict(http_client: Client, http_world: World) -> None:
    http_world.things.gate.clear()
    headers = {"Idempotency-Key": "order-2"}
    first = asyncio.create_task(http_client.post("/things", json={"name": "a"}, headers=headers))
    await http_world.keys.claimed.wait()
    await problem(await http_client.post("/things", json={"name": "a"}, headers=headers), 409, "conflict")
    http_world.things.gate.set()
    assert (await first).status == 201


async def test_a_failed_request_leaves_its_key_free(http_client: Client, http_world: World) -> None:
    headers = {"Idempotency-Key": "order-3"}
    await problem(await http_client.post("/things", json={"name": "taken"}, headers=headers), 409, "conflict")
    assert not http_world.keys.claims


async def test_only_allowed_pages_may_call_shared_routes(http_client: Client) -> None:
    good = {"Origin": "https://shop.example"}
    key = {"Authorization": "Bearer platform"}
    preflight = await http_client.options("/shared", headers=good)
    assert preflight.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert preflight.headers["Access-Control-Allow-Methods"] == "GET"
    assert "Access-Control-Allow-Credentials" not in preflight.headers
    assert (await http_client.get("/shared", headers=good)).headers["Vary"] == "Origin"
    for origin in ("https://evil.example", "null", "https://shop.example.evil.example"):
        assert (
            "Access-Control-Allow-Origin"
            not in (await http_client.options("/shared", headers={"Origin": origin})).headers
        )
    assert "Access-Control-Allow-Origin" not in (await http_client.get("/operator", headers={**good, **key})).headers
