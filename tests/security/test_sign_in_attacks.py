"""Sign-in under attack: fixed sessions, guessed passwords, and what timing could tell."""

from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from hub.accounts.attempts import SIGN_IN
from hub.accounts.audit import Trace
from hub.accounts.sign_in import PasswordSignIn
from hub.core.errors import TooMany, Unauthenticated
from hub.security.passwords import Passwords
from support.api_calls import refused
from support.api_site import CHEAP, Site
from support.signed_in import COOKIE, PASSWORD, Browser, person


@pytest.fixture
def door(site: Site) -> PasswordSignIn:
    return PasswordSignIn(store=site.store, passwords=Passwords(CHEAP), sessions=site.sessions)


async def test_a_session_that_an_attacker_planted_is_not_the_one_that_is_signed_in(site: Site) -> None:
    await person(site, "ada@example.com")
    eve = await person(site, "eve@example.com")
    for planted in (eve.cookie, "A" * 43, "x", ""):
        ada = Browser(site, cookie=planted)
        await ada.sign_in("ada@example.com")
        assert ada.cookie not in (None, planted)
        if planted:
            answer = await Browser(site, cookie=planted).send("GET", "/api/v1/me")
            await refused(answer, 401)  # the planted session died with the sign-in
    forced = Browser(site)
    answer = await forced.send("GET", f"/api/v1/auth/providers?{COOKIE}={'A' * 43}")
    assert "Set-Cookie" not in answer.headers, "nobody but sign-in gives sessions out"


async def test_signing_in_again_ends_the_session_before(site: Site) -> None:
    ada = await person(site, "ada@example.com")
    before = ada.cookie
    await ada.sign_in("ada@example.com")
    assert ada.cookie != before
    await refused(await Browser(site, cookie=before).send("GET", "/api/v1/me"), 401)


async def guess(door: PasswordSignIn, email: str, address: str, times: int) -> int:
    """How many of so many guesses were looked at."""
    looked_at = 0
    for n in range(times):
        try:
            await door.sign_in(email, f"guess number {n}", Trace(address=address))
        except Unauthenticated:
            looked_at += 1
        except TooMany as error:
            assert error.retry_after > 0
    return looked_at


async def test_guessing_ends_per_address_and_account_whatever_the_spelling(site: Site, door: PasswordSignIn) -> None:
    await site.people.create("ada@example.com", "Ada", password=PASSWORD)
    spellings = ("ada@example.com", "ADA@example.com", " ada@EXAMPLE.com ")
    seen = sum([await guess(door, email, "198.51.100.7", 10) for email in spellings])
    assert seen == SIGN_IN.pair.times
    with pytest.raises(TooMany):
        await door.sign_in("ada@example.com", PASSWORD, Trace(address="198.51.100.7"))
    assert (await door.sign_in("ada@example.com", PASSWORD, Trace(address="203.0.113.9"))).token, "not locked out"


async def test_guessing_from_many_addresses_ends_per_account(site: Site, door: PasswordSignIn) -> None:
    await site.people.create("ada@example.com", "Ada", password=PASSWORD)
    seen = sum([await guess(door, "ada@example.com", f"198.51.100.{n}", 8) for n in range(8)])
    assert seen == SIGN_IN.account.times < 64


async def test_guessing_many_accounts_ends_per_address(site: Site, door: PasswordSignIn) -> None:
    seen = sum([await guess(door, f"person{n}@example.com", "198.51.100.7", 1) for n in range(80)])
    assert seen == SIGN_IN.address.times < 80


async def test_a_right_password_clears_the_count_and_another_process_counts_the_same(
    site: Site, door: PasswordSignIn
) -> None:
    await site.people.create("ada@example.com", "Ada", password=PASSWORD)
    second = PasswordSignIn(store=site.store, passwords=Passwords(CHEAP), sessions=site.sessions)
    assert await guess(door, "ada@example.com", "198.51.100.7", 5) == 5
    await second.sign_in("ada@example.com", PASSWORD, Trace(address="198.51.100.7"))
    assert await guess(door, "ada@example.com", "198.51.100.7", 5) == 5
    assert await guess(second, "ada@example.com", "198.51.100.7", 5) == SIGN_IN.pair.times - 5


async def test_every_refusal_takes_the_same_work(
    site: Site, door: PasswordSignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Timing tells nothing because there is nothing to tell: one verification under the same settings each time."""
    await site.people.create("ada@example.com", "Ada", password=PASSWORD)
    await site.people.create("new@example.com", "No password yet")
    with pytest.raises(Unauthenticated):
        await door.sign_in("warm@example.com", "up the dummy hash", Trace(address="192.0.2.1"))
    work: list[str] = []
    verify = PasswordHasher.verify

    def counted(self: PasswordHasher, kept: str, password: str) -> bool:
        work.append(kept.split("$")[3])
        return verify(self, kept, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    for email in ("ada@example.com", "nobody@example.com", "new@example.com", "not an address"):
        work.clear()
        with pytest.raises(Unauthenticated):
            await door.sign_in(email, "a wrong password", Trace(address="192.0.2.1"))
        assert work == ["m=8,t=1,p=1"], email


async def test_a_disabled_person_is_out_at_once(site: Site, door: PasswordSignIn, database: object) -> None:
    import asyncpg

    ada = await person(site, "ada@example.com")
    connection = await asyncpg.connect(database.superuser_url)  # type: ignore[attr-defined]  # the fixture's Database
    await connection.execute("update hub.person set disabled_at = now()")
    await connection.close()
    await refused(await ada.send("GET", "/api/v1/me"), 401)
    with pytest.raises(Unauthenticated):
        await door.sign_in("ada@example.com", PASSWORD, Trace(address="192.0.2.1"))
