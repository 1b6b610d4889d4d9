"""B9, who may call what: every route of the product x every kind of caller, generated from the router itself.

A route that nobody classified fails: each names whom it lets in, and those open to everybody are listed here.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import DummyCookieJar, web
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr

import hub.run.web as hub_web
from hub.accounts.permissions import ROLES, SCOPES, Permission, Reach, Role, Scope, of_member
from hub.core.ids import TenantId
from hub.http.access import Who, unlimited
from hub.http.app import ROUTES
from hub.http.routes import Route
from hub.run.house import open_house
from hub.run.signing_in import SigningIn
from hub.run.web import WebSide
from hub.security.encryption import generate_key
from hub.security.passwords import Passwords
from hub.settings import Settings
from support.api_site import CHEAP, OPERATOR
from support.database import Database
from support.signed_in import COOKIE, PASSWORD

OPEN = {
    *("healthz", "readyz", "metrics", "openapi_json", "docs", "docs_style"),
    *("sign_in", "list_sign_in_providers", "look_at_set_up", "set_up_account"),
    *("look_at_invitation", "accept_invitation", "forgot_password", "reset_password", "verify_email"),
    *("loader", "widget_file", "chat_page", "demo_home", "demo_redirect", "demo_file"),
    *("begin_app_install", "finish_app_install", "start_provider_sign_in", "finish_provider_sign_in"),
}
"""Routes for everybody, each looked at: none gives out or changes a tenant's things without a proof of its own."""

OPEN_BY_PATH = ("/webhooks/", "/files/", "/api/v1/visitor/", "/admin", "/demo/")
"""Platforms' signed webhooks, signed downloads, what visitors begin with, and the files of our own pages."""

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")


@dataclass
class Caller:
    """Somebody who calls: what goes along with a request, and what they may do in the tenant that is asked."""

    name: str
    headers: dict[str, str] = field(default_factory=dict)
    allowed: frozenset[str] = frozenset()
    member: bool = False
    operator: bool = False
    person: bool = False


@dataclass
class Hub:
    client: TestClient[web.Request, web.Application]
    tenant: str
    callers: dict[str, Caller]

    @property
    def routes(self) -> list[Route]:
        return [bound.route for bound in self.client.app[ROUTES]] if self.client.app else []

    async def call(self, route: Route, who: Caller, tenant: str, **more: Any) -> tuple[int, dict[str, Any]]:
        path = re.sub(r"{tenant[^}]*}", tenant, route.path)
        path = re.sub(r"{[a-z_]+(:[^{}]+)?}", lambda _: str(uuid4()), path)
        headers = dict(who.headers) | more.pop("headers", {})
        async with self.client.request(route.method, path, headers=headers, allow_redirects=False, **more) as answer:
            body = await answer.json(content_type=None) if "json" in answer.content_type else {}
            return answer.status, body if isinstance(body, dict) else {}


async def signed_in(client: TestClient[web.Request, web.Application], email: str) -> dict[str, str]:
    url = client.make_url("/")
    origin = f"{url.scheme}://{url.host}:{url.port}"
    body = {"email": email, "password": PASSWORD}
    async with client.post("/api/v1/auth/sign-in", json=body, headers={"Origin": origin}) as answer:
        assert answer.status == 200, await answer.text()
        cookie = SimpleCookie(answer.headers["Set-Cookie"])[COOKIE].value
        csrf = (await answer.json())["csrf_token"]
    return {"Cookie": f"{COOKIE}={cookie}", "X-CSRF-Token": csrf, "Origin": origin}


@asynccontextmanager
async def running(
    database: Database, folder: Path
) -> AsyncIterator[tuple[TestClient[web.Request, web.Application], Any]]:
    settings = Settings(
        _env_file=None,
        database_url=SecretStr(database.url),
        secret_keys=(SecretStr(generate_key()),),
        admin_api_key=SecretStr(OPERATOR),
        data_dir=folder,
    )
    async with open_house(settings, pool=4) as house:
        server = TestServer(WebSide(house).app())
        await server.start_server(auto_decompress=False)
        async with TestClient(server, cookie_jar=DummyCookieJar()) as client:
            yield client, house


@pytest.fixture
async def hub(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hub]:
    monkeypatch.setattr(hub_web, "RouteLimits", lambda **_: unlimited)
    async with running(database, tmp_path) as (client, house):
        operator = {"Authorization": f"Bearer {OPERATOR}"}
        tenants = {}
        for slug in ("acme", "other"):
            body = {"slug": slug, "name": slug.title()}
            async with client.post("/api/v1/tenants", json=body, headers=operator) as answer:
                tenants[slug] = (await answer.json())["id"]
        people = SigningIn(
            store=house.store, secret_keys=house.secret_keys, post=house.post, passwords=Passwords(CHEAP)
        ).people
        callers = {"anonymous": Caller("anonymous"), "operator": Caller("operator", operator, operator=True)}
        for role in Role:
            await people.create(
                f"{role}@acme.example",
                role.title(),
                password=PASSWORD,
                tenant=TenantId(UUID(tenants["acme"])),
                role=role,
            )
            headers = await signed_in(client, f"{role}@acme.example")
            callers[role] = Caller(role, headers, frozenset(ROLES[role]), member=True, person=True)
        for reach in (Reach.TEAM, Reach.ASSIGNED):
            acme, email = TenantId(UUID(tenants["acme"])), f"{reach}@acme.example"
            made = await people.create(email, reach.title(), password=PASSWORD, tenant=acme, role=Role.AGENT)
            async with house.store.directory() as directory:
                await directory.memberships.change(acme, made.person.id, reach=reach)
            name, headers = f"agent, {reach}", await signed_in(client, email)
            callers[name] = Caller(name, headers, of_member(Role.AGENT, reach), member=True, person=True)
        foreign = TenantId(UUID(tenants["other"]))
        await people.create("owner@other.example", "Eve", password=PASSWORD, tenant=foreign, role=Role.OWNER)
        callers["foreign owner"] = Caller("foreign owner", await signed_in(client, "owner@other.example"), person=True)
        await people.create("root@example.com", "Root", password=PASSWORD, platform_admin=True)
        root = await signed_in(client, "root@example.com")
        callers["platform admin"] = Caller("platform admin", root, operator=True, person=True)
        for tenant, scopes in [("acme", [scope]) for scope in Scope] + [("other", list(Scope))]:
            body = {"name": "key", "scopes": [str(scope) for scope in scopes]}
            path = f"/api/v1/tenants/{tenants[tenant]}/api-keys"
            async with client.post(path, json=body, headers=operator) as answer:
                key = (await answer.json())["key"]
            name = f"key {scopes[0]}" if tenant == "acme" else "foreign key"
            allowed = frozenset(SCOPES[scopes[0]]) if tenant == "acme" else frozenset()
            callers[name] = Caller(name, {"Authorization": f"Bearer {key}"}, allowed, member=tenant == "acme")
        forged = {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."}
        callers["forged token"] = Caller("forged token", forged)
        yield Hub(client, tenants["acme"], callers)


async def test_every_route_is_classified(hub: Hub) -> None:
    assert len(hub.routes) > 100, "the router was read"
    for route in hub.routes:
        if route.access.who in (Who.PUBLIC, Who.SIGNED):
            listed = route.operation_id in OPEN or route.path.startswith(OPEN_BY_PATH)
            assert listed, f"{route.method} {route.path} is open to everybody: say why in this test"
            if route.method in UNSAFE and route.operation_id in OPEN:
                assert route.access.own_pages, f"{route.path}: other sites' pages could call it"
        if route.access.who is Who.TENANT:
            assert route.access.permission is not None, f"{route.path} names no permission"
    assert {p for r in ROLES.values() for p in r} == set(Permission), "no permission without a role"


async def test_nobody_gets_past_a_door_that_is_not_theirs(hub: Hub) -> None:
    refused = 0
    for route in hub.routes:
        who = route.access.who
        if who in (Who.PUBLIC, Who.SIGNED):
            continue
        kept_out = [(caller, expectation(route, caller)) for caller in hub.callers.values()]
        tries = [(caller, expected) for caller, expected in kept_out if expected is not None]
        answers = await asyncio.gather(*(hub.call(route, caller, hub.tenant) for caller, _ in tries))
        for (caller, expected), (status, body) in zip(tries, answers, strict=True):
            told = (route.method, route.path, caller.name, status, body)
            assert status == expected, told
            if expected == 403 and who is Who.TENANT:
                assert body["details"]["permission"] == route.access.permission, told
            refused += 1
    assert refused > 1_500, "the matrix was walked"


def expectation(route: Route, caller: Caller) -> int | None:
    """What a caller is refused with; None where they are let in."""
    who = route.access.who
    if caller.name in ("anonymous", "forged token"):
        return 401
    if who is Who.VISITOR:
        return 401
    if who is Who.KEY:
        return None
    if who is Who.PERSON:
        return None if caller.person else 403
    if caller.operator:
        return None
    if who is Who.PLATFORM:
        return 403
    if not caller.member:
        return 404
    return None if route.access.permission in caller.allowed else 403


async def test_whoever_may_read_gets_in(hub: Hub) -> None:
    """The other half: the same callers are let in where they may. Only reading, which leaves everything as it was."""
    let_in = 0
    for route in hub.routes:
        if route.access.who is not Who.TENANT or route.method != "GET":
            continue
        admitted = [caller for caller in hub.callers.values() if expectation(route, caller) is None]
        answers = await asyncio.gather(*(hub.call(route, caller, hub.tenant) for caller in admitted))
        for caller, (status, body) in zip(admitted, answers, strict=True):
            told = (route.path, caller.name, status, body)
            assert status in (200, 404, 409, 422), told
            assert not (status == 404 and body.get("field") == "tenant"), told
            let_in += 1
    assert let_in > 100


async def test_a_change_under_a_cookie_comes_from_our_page_with_its_token(hub: Hub) -> None:
    """CSRF: every unsafe route x no token, another session's, another site's page, a form's body, no origin at all."""
    root, other = hub.callers["platform admin"].headers, hub.callers["owner"].headers
    cookie = {"Cookie": root["Cookie"]}
    origin, token = {"Origin": root["Origin"]}, {"X-CSRF-Token": root["X-CSRF-Token"]}
    attacks: list[dict[str, str]] = [
        cookie | origin,
        cookie | origin | {"X-CSRF-Token": ""},
        cookie | origin | {"X-CSRF-Token": other["X-CSRF-Token"]},
        cookie | token,
        cookie | token | {"Origin": "https://evil.example"},
        cookie | token | {"Origin": "null"},
        cookie | token | {"Origin": root["Origin"] + ".evil.example"},
        cookie | token | {"Sec-Fetch-Site": "cross-site"},
        cookie | token | {"Sec-Fetch-Site": "same-site"},
        cookie | token | origin | {"Content-Type": "text/plain"},
        cookie | token | origin | {"Content-Type": "application/x-www-form-urlencoded"},
    ]
    tried = 0
    for route in hub.routes:
        if route.method not in UNSAFE:
            continue
        if route.access.own_pages:
            evil = {"Origin": "https://evil.example"}
            status, _ = await hub.call(route, Caller("form"), hub.tenant, headers=evil, json={})
            assert status == 403, route.path
            plain = {"Content-Type": "text/plain"} | origin
            status, _ = await hub.call(route, Caller("form"), hub.tenant, headers=plain, data=b"{}")
            assert status == 415, route.path
        elif route.access.who in (Who.TENANT, Who.KEY, Who.PLATFORM, Who.PERSON):
            calls = (hub.call(route, Caller("attack", headers), hub.tenant, data=b"{}") for headers in attacks)
            for headers, (status, body) in zip(attacks, await asyncio.gather(*calls), strict=True):
                told = (route.method, route.path, headers, status, body)
                assert status == 403 and body["code"] == "forbidden", told
                tried += 1
    assert tried > 400, "every unsafe route was tried"
    status, _ = await hub.call(me(hub), hub.callers["platform admin"], hub.tenant)
    assert status == 200, "the session itself is alive"


def me(hub: Hub) -> Route:
    return next(route for route in hub.routes if route.operation_id == "get_me")
