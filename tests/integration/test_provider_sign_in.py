"""Signing in by OpenID Connect and by GitHub, against local servers of both kinds, over HTTP."""

from __future__ import annotations

from uuid import UUID

import asyncpg
import pytest

from hub.core.ids import TenantId
from hub.simulator.faults import Fault, Kind
from support.api_calls import refused
from support.database import Database
from support.provider_journey import Journey, World, providers, simulator, world
from support.signed_in import PASSWORD, Browser, person

__all__ = ["providers", "simulator", "world"]


async def made(world: World, email: str, *, tenant: str | None = None, verified: bool = True) -> None:
    owner = TenantId(UUID(tenant)) if tenant else None
    await world.site.people.create(email, "Ada", password=PASSWORD, tenant=owner, verified=verified)


async def invited(world: World, tenant: str, email: str) -> str:
    owner = await person(world.site, f"owner-of-{email}", tenant=tenant)
    row = await owner.ok("POST", f"/api/v1/tenants/{tenant}/invitations", json={"email": email, "role": "agent"})
    return str(row["link"]).partition("#token=")[2]


async def test_the_page_is_told_which_ways_there_are(world: World) -> None:
    ways = await Browser(world.site).ok("GET", "/api/v1/auth/providers")
    assert [(w["id"], w["name"], w["kind"]) for w in ways["providers"]] == [
        ("oidc", "Acme", "oidc"),
        ("github", "GitHub", "github"),
    ]


@pytest.mark.parametrize("provider", ["oidc", "github"])
async def test_a_proven_address_signs_in_and_is_remembered(world: World, provider: str) -> None:
    tenant = await world.site.tenant()
    await made(world, "ada@example.com", tenant=tenant)
    world.account("1001", "ADA@example.com")
    ada = Browser(world.site)
    landing = await Journey(world, ada, provider).all("1001", next="/admin/acme/inbox/mine?view=1")
    assert landing.page == "/admin/acme/inbox/mine?view=1"
    me = await ada.ok("GET", "/api/v1/me")
    assert me["person"]["email"] == "ada@example.com"
    (session,) = (await ada.ok("GET", "/api/v1/me/sessions"))["items"]
    assert session["method"] == provider
    (login,) = (await ada.ok("GET", "/api/v1/me/logins"))["items"]
    assert (login["provider"], login["email"]) == (provider, "ADA@example.com")
    # The address there changes, the account stays: it is the subject that counts.
    world.account("1001", "elsewhere@example.com", verified=False)
    assert (await Journey(world, Browser(world.site), provider).all("1001")).error is None


async def test_signing_in_ends_the_session_before(world: World) -> None:
    await made(world, "ada@example.com")
    world.account("1001", "ada@example.com")
    ada = Browser(world.site)
    await ada.sign_in("ada@example.com")
    before = ada.cookie
    await Journey(world, ada).all("1001")
    assert ada.cookie != before
    await refused(await Browser(world.site, before).send("GET", "/api/v1/me"), 401)


async def test_who_has_no_account_or_declines_is_told_so(world: World) -> None:
    world.account("1001", "stranger@example.com")
    assert (await Journey(world, Browser(world.site)).all("1001")).error == "unknown"
    landing = await Journey(world, Browser(world.site)).all("", next="/admin/acme")
    assert (landing.error, landing.query["next"]) == ("declined", "/acme")
    await refused(await Browser(world.site).send("POST", "/api/v1/auth/providers/nobody/start", json={}), 404)


async def test_an_address_that_nobody_proved_connects_nothing(world: World) -> None:
    await made(world, "ada@example.com")
    await made(world, "bob@example.com", verified=False)
    world.account("1001", "ada@example.com", verified=False)
    world.account("1002", "bob@example.com")
    assert (await Journey(world, Browser(world.site)).all("1001")).error == "unverified"
    # Somebody may have opened this account under an address that is not theirs.
    assert (await Journey(world, Browser(world.site)).all("1002")).error == "connect_first"


async def test_an_account_that_nobody_used_yet_is_opened_by_the_proven_address(world: World) -> None:
    fresh = await world.site.people.create("ada@example.com", "Ada")
    world.account("1001", "ada@example.com")
    ada = Browser(world.site)
    assert (await Journey(world, ada).all("1001")).error is None
    assert (await ada.ok("GET", "/api/v1/me"))["person"]["email_verified"] is True
    answer = await Browser(world.site).send("POST", "/api/v1/auth/set-up/look", json={"token": fresh.setup})
    await refused(answer, 422, "token")


async def test_connecting_and_disconnecting_in_ones_own_account(world: World) -> None:
    ada, eve = await person(world.site, "ada@example.com"), await person(world.site, "eve@example.com")
    world.account("1001", "private@example.net", verified=False)
    world.account("1002", "second@example.net")
    journey = await Journey(world, ada).start("/api/v1/me/logins/oidc", next="/admin/account", password=PASSWORD)
    assert (await journey.back(await journey.choose("1001"))).page == "/admin/account?connected=oidc"
    again = Browser(world.site)
    assert (await Journey(world, again).all("1001")).error is None
    assert (await again.ok("GET", "/api/v1/me"))["person"]["email"] == "ada@example.com"
    for who, subject, trouble in ((eve, "1001", "taken"), (ada, "1002", "another")):
        journey = await Journey(world, who).start("/api/v1/me/logins/oidc", password=PASSWORD)
        assert (await journey.back(await journey.choose(subject))).error == trouble
    await refused(await eve.send("DELETE", "/api/v1/me/logins/oidc"), 404)
    await ada.ok("DELETE", "/api/v1/me/logins/oidc")
    assert (await Journey(world, Browser(world.site)).all("1001")).error == "unverified"


async def test_a_provider_that_became_another_issuer_is_connected_anew(world: World, database: Database) -> None:
    await made(world, "ada@example.com")
    world.account("1001", "ada@example.com")
    await Journey(world, Browser(world.site)).all("1001")
    connection = await asyncpg.connect(database.superuser_url)
    await connection.execute("update hub.external_login set issuer = 'https://former.example'")
    await connection.close()
    ada = Browser(world.site)
    assert (await Journey(world, ada).all("1001")).error is None
    assert len((await ada.ok("GET", "/api/v1/me/logins"))["items"]) == 1


async def test_the_only_way_in_stays(world: World) -> None:
    await world.site.people.create("ada@example.com", "Ada")
    world.account("1001", "ada@example.com")
    ada = Browser(world.site)
    await Journey(world, ada).all("1001")
    await ada.ok("GET", "/api/v1/me")
    await refused(await ada.send("DELETE", "/api/v1/me/logins/oidc"), 409)
    await ada.ok("POST", "/api/v1/me/password", json={"new": "a new one quietly"})
    await ada.ok("DELETE", "/api/v1/me/logins/oidc")
    assert (await ada.ok("GET", "/api/v1/me/logins"))["items"] == []


@pytest.mark.parametrize("provider", ["oidc", "github"])
async def test_a_newcomer_accepts_an_invitation_by_a_provider(world: World, provider: str) -> None:
    tenant = await world.site.tenant()
    token = await invited(world, tenant, "new@example.com")
    world.account("1001", "new@example.com")
    new = Browser(world.site)
    assert (await Journey(world, new, provider).all("1001", invitation=token)).page == "/admin/"
    me = await new.ok("GET", "/api/v1/me")
    assert (me["person"]["email"], me["person"]["name"]) == ("new@example.com", "New")
    assert me["person"]["email_verified"] is True and me["person"]["has_password"] is False
    assert [(m["slug"], m["role"]) for m in me["memberships"]] == [("acme", "agent")]
    again = await Journey(world, Browser(world.site), provider).all("1001", invitation=token)
    assert again.error == "invitation" and again.page.endswith(f"#token={token}")


async def test_an_invitation_is_for_whom_it_names(world: World) -> None:
    tenant = await world.site.tenant()
    await made(world, "bob@example.com")
    token = await invited(world, tenant, "bob@example.com")
    world.account("1001", "eve@example.com")
    world.account("1002", "bob@example.com")
    fresh = await invited(world, await world.site.tenant("other"), "nobody@example.com")
    wrong = await Journey(world, Browser(world.site)).all("1002", invitation=fresh)
    assert wrong.error == "other_person", "Bob has an account of his own, and stays Bob"
    assert (await Journey(world, Browser(world.site)).all("1001", invitation=token)).error == "other_person"
    bob = Browser(world.site)
    assert (await Journey(world, bob).all("1002", invitation=token)).error is None
    assert [m["slug"] for m in (await bob.ok("GET", "/api/v1/me"))["memberships"]] == ["acme"]


@pytest.mark.parametrize("provider", ["oidc", "github"])
async def test_a_provider_in_trouble_is_told_of_in_plain_words(world: World, provider: str) -> None:
    await made(world, "ada@example.com")
    world.account("1001", "ada@example.com")
    for kind, trouble in ((Kind.SERVER_ERROR, "unavailable"), (Kind.RESET, "unavailable"), (Kind.HTML, "unavailable")):
        world.simulator.faults.clear()
        world.simulator.faults.add(Fault(kind, upstream=provider))
        assert (await Journey(world, Browser(world.site), provider).all("1001")).error == trouble
    world.simulator.faults.clear()
    assert (await Journey(world, Browser(world.site), provider).all("1001")).error is None


async def test_an_issuer_that_is_away_at_the_start_is_told_of(world: World) -> None:
    await world.simulator.close()
    answer = await Browser(world.site).send("POST", "/api/v1/auth/providers/oidc/start", json={})
    problem = await refused(answer, 503)
    assert "cannot be reached" in problem["detail"]
