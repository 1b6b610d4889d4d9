"""The ways in under attack, route by route from the router: guessing, planted sessions, links put to another use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import pytest

from hub.accounts import links
from hub.accounts.links import Purpose
from hub.core.ids import PersonId
from hub.http.access import Who
from hub.http.app import ROUTES
from hub.http.routes import Route
from support.api_calls import refused
from support.api_site import Site
from support.bodies import smallest_body
from support.database import Database
from support.provider_journey import Journey, World, providers, simulator, world
from support.signed_in import PASSWORD, Browser, person

__all__ = ["providers", "simulator", "world"]

NEW = "eleven slow boats drift"
TRIES = 45
"""More than any way in allows one address for one account or link."""


@pytest.fixture
def mails() -> bool:
    return True


def ways_in(site: Site) -> list[Route]:
    """What anybody may call from our own pages to change something: all of it leads to a session or a mail."""
    assert site.client.app is not None
    found = [bound.route for bound in site.client.app[ROUTES] if bound.route.access.own_pages]
    return [route for route in found if route.method == "POST" and route.access.who is Who.PUBLIC]


async def test_every_way_in_ends_guessing(world: World) -> None:
    routes = ways_in(world.site)
    assert len(routes) >= 9
    for route in routes:
        path = route.path.replace("{provider}", "oidc")
        seen = []
        for _ in range(TRIES):
            answer = await Browser(world.site).send("POST", path, json=smallest_body(route))
            seen.append(answer.status)
            if answer.status == 429:
                assert int(answer.headers["Retry-After"]) > 0, path
                break
        assert seen[-1] == 429, (path, seen)


@dataclass
class Entry:
    """One way to begin a session: what is called with a planted cookie in the browser."""

    path: str
    body: dict[str, Any] = field(default_factory=dict)


async def token_for(site: Site, purpose: Purpose, who: PersonId, email: str) -> str:
    async with site.store.directory() as directory:
        return await links.issue(directory, purpose, who, email=email, mailed=True)


@pytest.fixture
async def entries(world: World) -> AsyncIterator[dict[str, Entry]]:
    site = world.site
    tenant = await site.tenant()
    ada = (await site.people.create("ada@example.com", "Ada", password=PASSWORD)).person
    body = {"email": "new@example.com", "role": "agent"}
    await site.made(f"/api/v1/tenants/{tenant}/invitations", body)
    invitation = links.new_token()
    async with site.store.directory() as directory:
        await directory.invitations.add(
            PersonId(ada.id), (await directory.tenant(tenant)).id, "fresh@example.com", "agent", [], None,  # type: ignore[arg-type, union-attr]  # any id will do; the tenant is there
            invitation.hash, mailed=True, seconds=60,
        )  # fmt: skip
    yield {
        "sign_in": Entry("/api/v1/auth/sign-in", {"email": "ada@example.com", "password": PASSWORD}),
        "set_up_account": Entry(
            "/api/v1/auth/set-up",
            {"token": await token_for(site, Purpose.SETUP, ada.id, ada.email), "password": NEW},
        ),
        "reset_password": Entry(
            "/api/v1/auth/password/reset",
            {"token": await token_for(site, Purpose.RESET, ada.id, ada.email), "password": NEW},
        ),
        "accept_invitation": Entry(
            "/api/v1/auth/invitations/accept", {"token": invitation.text, "name": "Fresh", "password": NEW}
        ),
    }


async def test_no_way_in_keeps_a_planted_session(world: World, entries: dict[str, Entry]) -> None:
    eve = await person(world.site, "eve@example.com")
    for name, entry in entries.items():
        planted = eve.cookie
        ada = Browser(world.site, cookie=planted)
        await ada.ok("POST", entry.path, json=entry.body)
        assert ada.cookie not in (None, planted), name
        seen = await Browser(world.site, cookie=planted).send("GET", "/api/v1/me")
        if seen.status == 200:
            assert (await seen.json())["person"]["email"] == "eve@example.com", name
        await eve.sign_in("eve@example.com")
    world.account("1001", "fresh@example.com")
    browser = Browser(world.site, cookie="A" * 43)
    assert (await Journey(world, browser).all("1001")).error is None
    assert browser.cookie not in (None, "A" * 43)


async def test_no_other_route_gives_sessions_out(world: World, entries: dict[str, Entry]) -> None:
    for route in ways_in(world.site):
        if route.operation_id not in entries:
            path = route.path.replace("{provider}", "oidc")
            answer = await Browser(world.site).send("POST", path, json=smallest_body(route))
            assert all("hub_session=" not in header for header in answer.headers.getall("Set-Cookie", [])), path


async def test_a_link_is_good_for_its_purpose_once_and_in_time(world: World, database: Database) -> None:
    site = world.site
    ada = (await site.people.create("ada@example.com", "Ada", password=PASSWORD)).person
    doors = {
        Purpose.SETUP: ("/api/v1/auth/set-up", {"password": NEW}),
        Purpose.RESET: ("/api/v1/auth/password/reset", {"password": NEW}),
        Purpose.VERIFY: ("/api/v1/auth/email/verify", {}),
    }
    above = await asyncpg.connect(database.superuser_url)
    for purpose, (path, body) in doors.items():
        await above.execute("delete from hub.attempt")
        token = await token_for(site, purpose, ada.id, ada.email)
        for other, (door, more) in doors.items():
            if other is not purpose:
                answer = await Browser(site).send("POST", door, json={"token": token, **more})
                await refused(answer, 422, "token")
        invitation = {"token": token, "name": "Eve", "password": NEW}
        await refused(
            await Browser(site).send("POST", "/api/v1/auth/invitations/accept", json=invitation), 422, "token"
        )
        for wrong in (token[:-1], token[:-1] + ("A" if token[-1] != "A" else "B"), token + "A", token.swapcase()):
            await refused(await Browser(site).send("POST", path, json={"token": wrong, **body}), 422, "token")
        await above.execute("delete from hub.attempt")
        at_once = [Browser(site).send("POST", path, json={"token": token, **body}) for _ in range(4)]
        answers = [answer.status for answer in await asyncio.gather(*at_once)]
        assert sorted(answers) in ([200, 422, 422, 422], [204, 422, 422, 422]), (purpose, answers)
        late = await token_for(site, purpose, ada.id, ada.email)
        await above.execute("update hub.account_token set expires_at = now() - interval '1 second'")
        await refused(await Browser(site).send("POST", path, json={"token": late, **body}), 422, "token")
        first = await token_for(site, purpose, ada.id, ada.email)
        await token_for(site, purpose, ada.id, ada.email)
        await refused(await Browser(site).send("POST", path, json={"token": first, **body}), 422, "token")
    await above.close()
