"""Mails about what colleagues have not seen: who gets one, when, once, and never in quiet hours."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from hub.accounts.permissions import Role
from hub.accounts.post import Post
from hub.core.ids import ConversationId
from hub.inbox.notices import Notices, is_quiet, to_mail
from hub.jobs.mailing import Mailing
from hub.jobs.wakers import LocalWaker
from hub.mail.smtp import SmtpMailer
from hub.mail.wording import counted
from hub.simulator.mail import Caught, MailCatcher
from hub.store.notifications import NotificationRow
from support.api_calls import refused
from support.api_site import Now, Site
from support.database import Database
from support.desk_calls import Desk, open_desk
from support.signed_in import Browser, person

NOON = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


def row(kind: str) -> NotificationRow:
    return NotificationRow(uuid4(), "p", kind, ConversationId(uuid4()), "m", "t", NOON, None, None)


@pytest.mark.parametrize(
    ("start", "end", "zone", "quiet"),
    [
        ("11:00", "13:00", "UTC", True),
        ("12:00", "12:01", "UTC", True),
        ("11:00", "12:00", "UTC", False),
        ("22:00", "06:00", "UTC", False),
        ("22:00", "12:30", "UTC", True),
        ("12:30", "14:00", "Europe/Vienna", True),
        ("12:30", "14:00", "America/New_York", False),
        ("12:00", "12:00", "UTC", False),
    ],
)
def test_quiet_hours_are_those_of_the_reader(start: str, end: str, zone: str, quiet: bool) -> None:
    assert is_quiet({"start": start, "end": end, "zone": zone}, NOON) is quiet


def test_what_is_mailed_is_what_was_chosen() -> None:
    waiting, mention = row("needs_person"), row("mention")
    both = [waiting, mention]
    soon = {"kinds": {"mention": {"mail": True}}}
    assert to_mail(both, {}, None, NOON) == []
    assert to_mail(both, soon, None, NOON) == [mention]
    assert to_mail(both, soon | {"quiet": {"start": "10:00", "end": "14:00"}}, None, NOON) == []
    for digest, period in (("hourly", timedelta(hours=1)), ("daily", timedelta(days=1))):
        chosen = soon | {"digest": digest}
        assert to_mail(both, chosen, None, NOON) == both
        assert to_mail(both, chosen, NOON - period, NOON) == both
        assert to_mail(both, chosen, NOON - period + timedelta(minutes=1), NOON) == [mention]
    assert to_mail(both, {"digest": "off"}, None, NOON) == []


def test_counts_are_said_in_the_readers_language() -> None:
    assert (
        counted({"needs_person": 1, "mention": 2}, "en") == "1 customer waits for a person, you were mentioned 2 times"
    )
    assert counted({"sla": 2}, "de-AT") == "2 zugesagte Zeiten sind vorbei"
    assert counted({"assigned": 1}, "fr") == "1 conversation was given to you"


@dataclass
class Office:
    """The clockwork and the post, run by hand."""

    site: Site
    catcher: MailCatcher
    notices: Notices
    mailing: Mailing
    database: Database

    async def later(self, minutes: int) -> None:
        """Let time pass for what was told and mailed."""
        above = await asyncpg.connect(self.database.superuser_url)
        await above.execute(
            "update hub.notification set at = at - $1::interval, mailed_at = mailed_at - $1::interval",
            timedelta(minutes=minutes),
        )
        await above.close()

    async def round(self) -> int:
        done = await self.notices({})
        async with self.site.store.directory() as directory:
            claims = await directory.letters.claim(50, 90)
        for claim in claims:
            await self.mailing.send(claim)
        return int(done["written"])

    def mails(self, to: str) -> list[Caught]:
        return self.catcher.to(to)


@pytest.fixture
async def office(site: Site, database: Database) -> AsyncIterator[Office]:
    catcher, waker = MailCatcher(), LocalWaker()
    await catcher.start("127.0.0.1", 0)
    post = Post(vault=site.vault, waker=waker, base_url="https://hub.example", sends=True)
    mailer = SmtpMailer(catcher.url, sender="Switchboard <switchboard@hub.example>")
    yield Office(
        site,
        catcher,
        Notices(store=site.store, post=post, clock=Now()),
        Mailing(store=site.store, vault=site.vault, mailer=mailer, waker=waker),
        database,
    )
    await catcher.stop()


async def mentioned(desk: Desk, who: Browser, conversation: str) -> None:
    me = (await who.ok("GET", "/api/v1/me"))["person"]["id"]
    await desk.act(conversation, "notes", {"text": "Look", "mentions": [me]}, status=201)


async def choose(desk: Desk, who: Browser, **settings: Any) -> None:
    await who.ok("PUT", f"{desk.path}/notifications/settings", json=settings)


async def test_what_was_not_seen_is_mailed_once_to_those_who_want_it(office: Office) -> None:
    desk = await open_desk(office.site)
    ada, bob = [
        await person(office.site, f"{name}@example.com", tenant=desk.tenant, role=Role.AGENT) for name in ("ada", "bob")
    ]
    await choose(desk, ada, digest="hourly")
    conversation, _ = await desk.customer()
    for one in (ada, bob):
        await mentioned(desk, one, conversation)
    assert await office.round() == 0, "she may still see it at the desk"
    await office.later(3)
    assert await office.round() == 1
    (mail,) = office.mails("ada@example.com")
    assert mail.subject == "Acme: you were mentioned once"
    assert mail.links == [f"https://hub.example/admin/acme/inbox/mine/{conversation}"]
    assert office.mails("bob@example.com") == [], "he did not ask for mail"
    assert await office.round() == 0
    await mentioned(desk, ada, conversation)
    await office.later(3)
    assert await office.round() == 0, "once an hour"
    await office.later(60)
    assert await office.round() == 1
    await mentioned(desk, ada, conversation)
    await ada.ok("POST", f"{desk.path}/notifications/seen", json={})
    await office.later(90)
    assert await office.round() == 0, "what was seen is not mailed"


async def test_nobody_is_mailed_in_quiet_hours_or_after_leaving(office: Office) -> None:
    desk = await open_desk(office.site)
    ada = await person(office.site, "ada@example.com", tenant=desk.tenant, role=Role.AGENT)
    me = (await ada.ok("GET", "/api/v1/me"))["person"]["id"]
    now = datetime.now(UTC)
    around = {"start": f"{now - timedelta(hours=2):%H:%M}", "end": f"{now + timedelta(hours=2):%H:%M}"}
    kinds = {"mention": {"mail": True}}
    await choose(desk, ada, kinds=kinds, quiet=around)
    conversation, _ = await desk.customer()
    await mentioned(desk, ada, conversation)
    await office.later(3)
    assert await office.round() == 0
    bad = {"quiet": {**around, "zone": "Mars/Olympus"}}
    await refused(await ada.send("PUT", f"{desk.path}/notifications/settings", json=bad), 422)
    other = await open_desk(office.site, "other")
    assert await office.round() == 0 and other.tenant != desk.tenant
    await choose(desk, ada, kinds=kinds)
    answer = await office.site.call("DELETE", f"{desk.path}/members/{me}")
    assert answer.status == 204
    assert await office.round() == 0, "whoever left is told nothing more"
