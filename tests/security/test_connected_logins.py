"""What somebody at an open screen, or with a stolen session, can leave behind as a way in: nothing that lasts."""

from __future__ import annotations

import pytest

from hub.accounts import links
from hub.accounts.links import Purpose
from hub.http.cookies import JourneyCookie
from support.api_calls import refused
from support.provider_journey import Journey, World, providers, simulator, world
from support.signed_in import PASSWORD, Browser, person

__all__ = ["providers", "simulator", "world"]


@pytest.fixture
def mails() -> bool:
    return True


async def told(world: World) -> list[tuple[str, str]]:
    """Whom a mail of which kind is on its way to."""
    async with world.site.store.directory() as directory:
        return [(letter.recipient, letter.kind) for letter in await directory.letters.claim(50, 90)]


async def test_connecting_asks_for_the_password(world: World) -> None:
    ada = await person(world.site, "ada@example.com")
    for wrong in ("", "not her password", PASSWORD.upper()):
        await refused(await ada.send("POST", "/api/v1/me/logins/oidc", json={"password": wrong}), 422, "password")
    tries = [(await ada.send("POST", "/api/v1/me/logins/oidc", json={"password": "x"})).status for _ in range(20)]
    assert tries[-1] == 429, "a password is not to be guessed here"


async def test_who_has_no_password_connects_without_one(world: World) -> None:
    await world.site.people.create("ada@example.com", "Ada")
    world.account("1001", "ada@example.com")
    ada = Browser(world.site)
    await Journey(world, ada).all("1001")
    await ada.ok("GET", "/api/v1/me")
    journey = await Journey(world, ada, "github").start("/api/v1/me/logins/github")
    assert (await journey.back(await journey.choose("1001"))).error is None


async def test_every_new_way_in_is_told_by_mail(world: World) -> None:
    await world.site.people.create("ada@example.com", "Ada", password=PASSWORD, verified=True)
    world.account("1001", "ada@example.com")
    world.account("1002", "else@example.net", verified=False)
    ada = Browser(world.site)
    await Journey(world, ada).all("1001")
    assert await told(world) == [("ada@example.com", "login_connected")]
    await Journey(world, Browser(world.site)).all("1001")
    assert await told(world) == [], "it is no news"
    await ada.ok("GET", "/api/v1/me")
    journey = await Journey(world, ada, "github").start("/api/v1/me/logins/github", password=PASSWORD)
    await journey.back(await journey.choose("1002"))
    assert await told(world) == [("ada@example.com", "login_connected")]


async def test_a_password_chosen_anew_shuts_what_was_connected(world: World) -> None:
    made = await world.site.people.create("ada@example.com", "Ada", password=PASSWORD, verified=True)
    ada = Browser(world.site)
    await ada.sign_in("ada@example.com", PASSWORD)
    world.account("1001", "thief@example.net")
    world.account("1002", "ada@example.com")
    journey = await Journey(world, ada).start("/api/v1/me/logins/oidc", password=PASSWORD)
    await journey.back(await journey.choose("1001"))
    assert (await Journey(world, Browser(world.site)).all("1001")).error is None
    async with world.site.store.directory() as directory:
        token = await links.issue(directory, Purpose.RESET, made.person.id, email="ada@example.com", mailed=True)
    body = {"token": token, "password": "eleven slow boats drift"}
    await Browser(world.site).ok("POST", "/api/v1/auth/password/reset", json=body)
    assert (await Journey(world, Browser(world.site)).all("1001")).error == "unknown"
    assert (await Journey(world, Browser(world.site)).all("1002")).error is None, "her own is connected anew"
    assert ("ada@example.com", "password_reset") in await told(world)


def test_over_https_no_other_host_can_set_what_the_browser_kept() -> None:
    header = JourneyCookie(secure=True).keep("oidc", "kept", 900)
    assert header.startswith("__Host-hub_provider_oidc=kept; ")
    assert {"Path=/", "Secure", "HttpOnly", "SameSite=Lax"} <= set(header.split("; "))
    assert "Domain" not in header
