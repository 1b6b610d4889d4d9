"""Signing in and out, the session, and the person who has it."""

from __future__ import annotations

import asyncpg
import pytest

from hub.accounts.permissions import Permission, Role
from hub.core.errors import Conflict, Invalid
from hub.security.passwords import Passwords, Strength
from support.api_calls import refused
from support.api_site import Site
from support.database import Database
from support.signed_in import COOKIE, PASSWORD, Browser, person


async def test_a_person_signs_in_sees_themselves_and_signs_out(site: Site) -> None:
    tenant = await site.tenant()
    ada = await person(site, "ada@example.com", tenant=tenant)
    me = await ada.ok("GET", "/api/v1/me")
    assert (me["person"]["email"], me["person"]["name"]) == ("ada@example.com", "Ada")
    assert [(m["slug"], m["role"]) for m in me["memberships"]] == [("acme", "owner")]
    assert set(me["memberships"][0]["permissions"]) == set(Permission)
    assert (await ada.ok("GET", f"/api/v1/tenants/{tenant}"))["slug"] == "acme"
    kept = ada.cookie
    await ada.ok("POST", "/api/v1/auth/sign-out")
    assert ada.cookie is None
    await refused(await Browser(site, kept).send("GET", "/api/v1/me"), 401)


async def test_an_address_is_one_address_whatever_its_case(site: Site) -> None:
    await person(site, "Ada@Example.com")
    await Browser(site).sign_in(" ada@EXAMPLE.com")
    with pytest.raises(Conflict):
        await site.people.create("ADA@example.com", "Another", password=PASSWORD)


async def test_wrong_passwords_and_unknown_people_are_told_the_same(site: Site) -> None:
    await person(site, "ada@example.com")
    stranger = Browser(site)
    said = set()
    for email, password in (("ada@example.com", "wrong password here"), ("nobody@example.com", PASSWORD)):
        answer = await stranger.send("POST", "/api/v1/auth/sign-in", json={"email": email, "password": password})
        said.add((await refused(answer, 401))["detail"])
        assert "Set-Cookie" not in answer.headers
    assert len(said) == 1


async def test_a_password_made_under_weaker_settings_is_kept_anew_at_sign_in(site: Site, database: Database) -> None:
    made = await site.people.create("ada@example.com", "Ada", password=PASSWORD)
    weak = await Passwords(Strength(memory=16, passes=2)).hash(PASSWORD)
    connection = await asyncpg.connect(database.superuser_url)
    await connection.execute("update hub.person set password_hash = $1 where id = $2", weak, made.person.id)
    browser = Browser(site)
    await browser.sign_in("ada@example.com")
    kept = await connection.fetchval("select password_hash from hub.person where id = $1", made.person.id)
    await connection.close()
    assert kept != weak and "m=8,t=1" in kept
    await browser.sign_in("ada@example.com")


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("short", "at least 12"),
        ("password1234", "among the first"),
        ("ada.lovelace@example.com", "among the first"),
        ("adalovelace1", "among the first"),
        ("x" * 257, "at most 256"),
    ],
)
async def test_weak_passwords_are_refused_with_what_helps(site: Site, password: str, said: str) -> None:
    with pytest.raises(Invalid, match=said):
        await site.people.create("ada.lovelace@example.com", "Ada Lovelace", password=password)


async def test_a_set_up_link_makes_the_first_person_once(site: Site) -> None:
    token = await site.people.first_link()
    assert token is not None
    body = {"token": token, "password": PASSWORD, "email": "root@example.com", "name": "Root"}
    browser = Browser(site)
    assert (await browser.ok("POST", "/api/v1/auth/set-up/look", json={"token": token}))["first"] is True
    await refused(await browser.send("POST", "/api/v1/auth/set-up", json=body | {"password": "password1234"}), 422,
                  "password")  # fmt: skip
    me = await browser.ok("POST", "/api/v1/auth/set-up", json=body)
    assert me["person"]["platform_admin"] is True
    assert (await browser.ok("GET", "/api/v1/tenants"))["items"] == []
    await refused(await Browser(site).send("POST", "/api/v1/auth/set-up", json=body), 422, "token")
    assert await site.people.first_link() is None
    for slug in ("first", "second"):
        await browser.ok("POST", "/api/v1/tenants", json={"slug": slug, "name": slug.title()})
    belongs = (await browser.ok("GET", "/api/v1/me"))["memberships"]
    assert [(one["slug"], one["role"]) for one in belongs] == [("first", "owner")], "who belongs to none owns the first"


async def test_a_person_made_without_a_password_chooses_it_by_their_link(site: Site) -> None:
    made = await site.people.create("ada@example.com", "Ada")
    assert made.setup is not None
    shown = await Browser(site).ok("POST", "/api/v1/auth/set-up/look", json={"token": made.setup})
    assert shown == {"first": False, "email": "ada@example.com", "name": "Ada"}
    body = {"token": made.setup, "password": PASSWORD}
    await Browser(site).ok("POST", "/api/v1/auth/set-up", json=body)
    await Browser(site).sign_in("ada@example.com")
    await refused(await Browser(site).send("POST", "/api/v1/auth/set-up", json=body), 422, "token")


async def test_roles_decide_and_a_refusal_says_what_is_missing_and_who_can_give_it(site: Site) -> None:
    tenant = await site.tenant()
    await person(site, "owner@example.com", tenant=tenant)
    viewer = await person(site, "viewer@example.com", tenant=tenant, role=Role.VIEWER)
    await viewer.ok("GET", f"/api/v1/tenants/{tenant}/conversations")
    answer = await viewer.send("POST", f"/api/v1/tenants/{tenant}/api-keys", json={"name": "k", "scopes": ["chat"]})
    problem = await refused(answer, 403)
    assert (problem["code"], problem["details"]["permission"]) == ("permission_missing", "keys:write")
    assert "keys:write" in problem["detail"] and "owner or admin" in problem["detail"]
    await refused(await viewer.send("GET", "/api/v1/tenants"), 403)
    other = await site.tenant("other")
    await refused(await viewer.send("GET", f"/api/v1/tenants/{other}"), 404)


async def test_sessions_are_listed_and_ended_one_by_one_and_all_at_once(site: Site) -> None:
    first = await person(site, "ada@example.com")
    second, third = Browser(site, extra={"User-Agent": "Second"}), Browser(site)
    for browser in (second, third):
        await browser.sign_in("ada@example.com")
    listed = (await first.ok("GET", "/api/v1/me/sessions"))["items"]
    assert len(listed) == 3 and [s["current"] for s in listed].count(True) == 1
    gone = next(s for s in listed if s["user_agent"] == "Second")
    await first.ok("DELETE", f"/api/v1/me/sessions/{gone['id']}")
    await refused(await second.send("GET", "/api/v1/me"), 401)
    await third.ok("GET", "/api/v1/me")
    await first.ok("DELETE", "/api/v1/me/sessions")
    await refused(await third.send("GET", "/api/v1/me"), 401)
    await first.ok("GET", "/api/v1/me")
    stranger = await person(site, "eve@example.com")
    mine = (await first.ok("GET", "/api/v1/me/sessions"))["items"][0]["id"]
    await refused(await stranger.send("DELETE", f"/api/v1/me/sessions/{mine}"), 404)


async def test_changing_the_password_ends_every_other_session_and_renews_this_one(site: Site) -> None:
    ada, elsewhere = await person(site, "ada@example.com"), Browser(site)
    await elsewhere.sign_in("ada@example.com")
    before = ada.cookie
    await refused(await ada.send("POST", "/api/v1/me/password", json={"current": "wrong", "new": "a new one quietly"}),
                  422, "current")  # fmt: skip
    await ada.ok("POST", "/api/v1/me/password", json={"current": PASSWORD, "new": "a new one quietly"})
    assert ada.cookie not in (None, before)
    await ada.ok("PATCH", "/api/v1/me", json={"name": "Ada L."})
    for cookie in (before, elsewhere.cookie):
        await refused(await Browser(site, cookie).send("GET", "/api/v1/me"), 401)
    await Browser(site).sign_in("ada@example.com", "a new one quietly")


async def test_a_session_ends_when_idle_and_after_its_whole_life(site: Site, database: Database) -> None:
    connection = await asyncpg.connect(database.superuser_url)
    for column, interval in (("seen_at = now() -", "25 hours"), ("expires_at = now() -", "1 second")):
        ada = await person(site, f"ada-{interval[:2].strip()}@example.com")
        assert (await ada.ok("GET", "/api/v1/me"))["person"]["name"], "it was good until then"
        await connection.execute(f"update hub.session set {column} interval '{interval}'")
        await refused(await ada.send("GET", "/api/v1/me"), 401)
    await connection.close()


async def test_the_cookie_is_bound_to_https_where_there_is_https(site: Site) -> None:
    from hub.http.cookies import SessionCookie

    over_https = SessionCookie(secure=True).keep("t", 60)
    assert over_https == "__Host-hub_session=t; Path=/; HttpOnly; SameSite=Strict; Max-Age=60; Secure"
    await site.people.create("ada@example.com", "Ada", password=PASSWORD)
    answer = await Browser(site).send(
        "POST", "/api/v1/auth/sign-in", json={"email": "ada@example.com", "password": PASSWORD}
    )
    (header,) = answer.headers.getall("Set-Cookie")
    assert header.startswith(f"{COOKIE}=") and "HttpOnly" in header and "SameSite=Strict" in header
