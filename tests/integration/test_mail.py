"""Mails: written with what they are about, sent by the worker, none lost; and what their links do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import asyncpg
import pytest

from hub.core.errors import Unavailable
from hub.jobs.mailing import Mailing
from hub.jobs.wakers import LocalWaker
from hub.mail.smtp import MailRefused, SmtpMailer
from hub.mail.wording import letter
from hub.simulator.mail import Caught, MailCatcher
from support.api_calls import refused
from support.api_site import Site
from support.database import Database
from support.signed_in import PASSWORD, Browser, person

NEW = "eleven slow boats drift"


@pytest.fixture
def mails() -> bool:
    return True


@dataclass
class Office:
    """The worker's part of mail, run by hand, and where the mails arrive."""

    catcher: MailCatcher
    mailing: Mailing
    site: Site

    async def deliver(self) -> None:
        async with self.site.store.directory() as directory:
            claims = await directory.letters.claim(50, 90)
        for claim in claims:
            await self.mailing.send(claim)

    async def newest(self, address: str) -> Caught:
        await self.deliver()
        return self.catcher.to(address)[-1]

    async def token(self, address: str, subject: str) -> str:
        await self.deliver()
        mail = next(mail for mail in reversed(self.catcher.to(address)) if subject in mail.subject)
        return mail.links[0].partition("#token=")[2]


@pytest.fixture
async def office(site: Site) -> AsyncIterator[Office]:
    catcher = MailCatcher()
    await catcher.start("127.0.0.1", 0)
    mailer = SmtpMailer(catcher.url, sender="Switchboard <switchboard@hub.example>")
    yield Office(catcher, Mailing(store=site.store, vault=site.vault, mailer=mailer, waker=LocalWaker()), site)
    await catcher.stop()


async def test_an_invitation_comes_by_mail_and_proves_the_address(site: Site, office: Office) -> None:
    tenant = await site.tenant()
    owner = await person(site, "owner@example.com", tenant=tenant)
    await owner.ok("PATCH", "/api/v1/me", json={"locale": "de"})
    made = await owner.ok("POST", f"/api/v1/tenants/{tenant}/invitations", json={"email": "bob@example.com"})
    assert (made["mailed"], made["link"]) == (True, None)
    mail = await office.newest("bob@example.com")
    assert mail.subject == "Owner lädt Sie zu Acme ein" and "Kunden von Acme" in mail.text
    assert mail.links[0].startswith("https://hub.example/admin/invitation#token=")
    assert mail.links[0] in mail.html and "<script" not in mail.html
    bob = Browser(site)
    body = {"token": mail.links[0].partition("#token=")[2], "name": "Bob", "password": PASSWORD}
    me = await bob.ok("POST", "/api/v1/auth/invitations/accept", json=body)
    assert me["person"]["email_verified"] is True


async def test_a_forgotten_password_is_chosen_anew_once_and_every_session_ends(site: Site, office: Office) -> None:
    ada = await person(site, "ada@example.com")
    asked = Browser(site)
    told = await asked.ok("POST", "/api/v1/auth/password/forgot", json={"email": "ADA@example.com"})
    assert told == await asked.ok("POST", "/api/v1/auth/password/forgot", json={"email": "nobody@example.com"})
    token = await office.token("ada@example.com", "new password")
    assert office.catcher.to("nobody@example.com") == []
    weak = await asked.send("POST", "/api/v1/auth/password/reset", json={"token": token, "password": "password1234"})
    await refused(weak, 422, "password")
    body = {"token": token, "password": NEW}
    me = await asked.ok("POST", "/api/v1/auth/password/reset", json=body)
    assert me["person"]["email_verified"] is True
    await refused(await ada.send("GET", "/api/v1/me"), 401)
    await refused(await Browser(site).send("POST", "/api/v1/auth/password/reset", json=body), 422, "token")
    await Browser(site).sign_in("ada@example.com", NEW)
    assert (await office.newest("ada@example.com")).subject == "Your password was chosen anew"


async def test_links_are_worth_nothing_when_forged_empty_old_replaced_or_for_something_else(
    site: Site, office: Office, database: Database
) -> None:
    await person(site, "ada@example.com")
    stranger = Browser(site)
    await stranger.ok("POST", "/api/v1/auth/password/forgot", json={"email": "ada@example.com"})
    first = await office.token("ada@example.com", "new password")
    await stranger.ok("POST", "/api/v1/auth/password/forgot", json={"email": "ada@example.com"})
    second = await office.token("ada@example.com", "new password")
    eve = await person(site, "eve@example.com")
    await eve.ok("POST", "/api/v1/me/email", json={"email": "eve2@example.com", "password": PASSWORD})
    verify = await office.token("eve2@example.com", "Confirm")
    swapped = second[:-1] + ("A" if second[-1] != "A" else "B")
    hostile: list[object] = [
        None, "", " ", "null", "undefined", "0", "A" * 43, first, swapped, second.lower(), second.upper(),
        f" {second}", f"{second} ", f"{second}\x00", verify, [second], {"$ne": None}, True, 0,
    ]  # fmt: skip
    for token in hostile:
        body = {"token": token, "password": NEW}
        answer = await stranger.send("POST", "/api/v1/auth/password/reset", json=body)
        assert answer.status in (422, 429), (token, await answer.text())
        assert "Set-Cookie" not in answer.headers
    connection = await asyncpg.connect(database.superuser_url)
    await connection.execute("delete from hub.attempt")
    await connection.execute("update hub.account_token set expires_at = now() where purpose = 'reset'")
    late = await stranger.send("POST", "/api/v1/auth/password/reset", json={"token": second, "password": NEW})
    await refused(late, 422, "token")
    assert await connection.fetchval("select count(*) from hub.account_token where hash = $1", second.encode()) == 0
    await connection.close()
    await Browser(site).sign_in("ada@example.com")


async def test_an_address_changes_once_the_new_one_is_proven_and_the_old_one_is_told(
    site: Site, office: Office
) -> None:
    ada = await person(site, "ada@example.com")
    await person(site, "taken@example.com")
    wrong = await ada.send("POST", "/api/v1/me/email", json={"email": "new@example.com", "password": "no"})
    await refused(wrong, 422, "password")
    await ada.ok("POST", "/api/v1/me/email", json={"email": "new@example.com", "password": PASSWORD})
    assert (await ada.ok("GET", "/api/v1/me"))["person"]["email"] == "ada@example.com"
    token = await office.token("new@example.com", "Confirm")
    assert "new@example.com" in (await office.newest("ada@example.com")).text
    await Browser(site).ok("POST", "/api/v1/auth/email/verify", json={"token": token})
    changed = (await ada.ok("GET", "/api/v1/me"))["person"]
    assert (changed["email"], changed["email_verified"]) == ("new@example.com", True)
    await ada.ok("POST", "/api/v1/me/email", json={"email": "taken@example.com", "password": PASSWORD})
    stolen = await office.token("taken@example.com", "Confirm")
    await refused(await ada.send("POST", "/api/v1/auth/email/verify", json={"token": stolen}), 409)


async def test_mail_waits_for_a_server_that_is_away_and_is_given_up_when_refused(
    site: Site, office: Office, database: Database
) -> None:
    await person(site, "ada@example.com")
    connection = await asyncpg.connect(database.superuser_url)
    office.catcher.refuse = "451 Not now"
    await Browser(site).ok("POST", "/api/v1/auth/password/forgot", json={"email": "ada@example.com"})
    await office.deliver()
    state = "select state, attempts, sealed is null, due_at > now(), error from hub.letter"
    (row,) = await connection.fetch(state)
    assert tuple(row) == ("waiting", 1, False, True, "The mail server answered 451.")
    kept = await connection.fetchval("select sealed from hub.letter")
    assert b"ada@example.com" not in kept and b"token" not in kept
    office.catcher.refuse = None
    await connection.execute("update hub.letter set due_at = now()")
    assert (await office.newest("ada@example.com")).subject == "Choose a new password"
    (row,) = await connection.fetch(state)
    assert tuple(row)[:3] == ("sent", 2, True)
    office.catcher.refuse = "550 No such user"
    await Browser(site).ok("POST", "/api/v1/auth/password/forgot", json={"email": "ada@example.com"})
    await office.deliver()
    states = [r[0] for r in await connection.fetch("select state from hub.letter order by created_at")]
    assert states == ["sent", "dead"]
    await connection.close()


async def test_a_mailer_tells_what_may_pass_from_what_will_not() -> None:
    away = SmtpMailer("smtp://127.0.0.1:1", sender="a@b.example")
    with pytest.raises(Unavailable):
        await away.send("ada@example.com", "Hello", "Hello")
    catcher = MailCatcher()
    await catcher.start("127.0.0.1", 0)
    host = catcher.url.removeprefix("smtp://")
    with pytest.raises((Unavailable, MailRefused)):
        # A password is never sent in the clear.
        await SmtpMailer(f"smtp://user:secret@{host}", sender="a@b.example").send("ada@example.com", "Hello", "Hello")
    assert not catcher.caught
    await catcher.stop()


def test_words_from_strangers_stay_words_in_every_mail() -> None:
    hostile = {"inviter": "<script>alert(1)</script>\r\nBcc: eve@example.com", "tenant": "{email} & Söhne"}
    for locale in ("en", "de-AT", "fr"):
        made = letter("invitation", locale, "hub.example", link="https://hub.example/#token=x", **hostile)
        assert "\n" not in made.subject and "\r" not in made.subject
        assert "<script" not in made.html and "{email} &amp; Söhne" in made.html
        assert ("lädt" in made.subject) == locale.startswith("de")
