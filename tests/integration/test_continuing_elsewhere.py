"""A visitor goes on with a conversation on Telegram or WhatsApp: by a code that works once, with what was said and who
had it; and has a copy of it mailed."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.telegram.config import start_link as telegram_link
from adapters.whatsapp.config import start_link as whatsapp_link
from hub.core.errors import Invalid
from hub.core.ids import ChannelId, uuid7
from hub.security.encryption import generate_key
from hub.security.resume_codes import ResumeCodes, hash_of
from hub.simulator.whatsapp.platform import DEMO_APP_SECRET, DEMO_TOKEN
from orchestrator.phrases import PHRASES
from support.database import Database
from support.running_hub import ORIGIN, Site, eventually, hub_in_process

EN = PHRASES["en"]
CONSENT = "Whoever opens the link sees what was said here, and our account there is linked with this chat."


def test_a_code_is_for_one_channel_and_nobody_makes_one_up() -> None:
    old, new, stranger = generate_key(), generate_key(), generate_key()
    here, there = ChannelId(uuid7()), ChannelId(uuid7())
    codes = ResumeCodes([new, old])
    code = codes.issue(here)
    assert codes.heard(here, f"Hello!\n{code.upper()} please") == hash_of(code)
    assert codes.heard(here, ResumeCodes([old]).issue(here)), "codes of a key that is being replaced still work"
    body = base64.b32decode(code.removeprefix("resume-").upper())
    forgeries = [ResumeCodes([stranger]).issue(here), code[:-1] + ("a" if code[-1] != "a" else "b")]
    for place in range(len(body)):
        bent = bytes([*body[:place], body[place] ^ 1, *body[place + 1 :]])
        forgeries.append("resume-" + base64.b32encode(bent).decode().lower())
    for forged in forgeries:
        assert codes.heard(here, f"/start {forged}") == b"", forged
    assert codes.heard(there, code) == b""
    for other in ("", "resume", "resume-", f"x{code}", code + "a", code[:-1], "a" * 2_001 + code):
        assert codes.heard(here, other) is None, other


def test_the_links_of_both_platforms() -> None:
    assert telegram_link({"bot_username": "acme_bot"}, None, "resume-a2") == "https://t.me/acme_bot?start=resume-a2"
    assert telegram_link({}, "@other_bot", "resume-a2") == "https://t.me/other_bot?start=resume-a2"
    assert (
        whatsapp_link("+49 (30) 123-4567", "resume-a2", "Weiter geht's: &c")
        == "https://wa.me/49301234567?text=Weiter%20geht%27s%3A%20%26c%20resume-a2"
    )
    for address in (None, "", "a b", "bot/../x"):
        with pytest.raises(Invalid):
            telegram_link({}, address, "resume-a2")
    for address in (None, "", "0301234567", "+49 abc", "1" * 16):
        with pytest.raises(Invalid):
            whatsapp_link(address, "resume-a2", "")


@dataclass
class Shop:
    """A hub with a website and a Telegram bot on which its conversations may go on."""

    hub: Site
    tenant: str
    site: str
    telegram: str

    @property
    def base(self) -> str:
        return f"/api/v1/tenants/{self.tenant}"

    async def ask(self, token: str, path: str, body: Any) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {token}", "Origin": ORIGIN}
        return await self.hub.call("POST", f"/api/v1/visitor{path}", key=None, json=body, headers=headers)

    async def code(self, token: str, conversation: str, channel: str | None = None) -> dict[str, Any]:
        body = {"channel": channel or self.telegram, "consent": CONSENT, "words": "Please go on:"}
        status, offer = await self.ask(token, f"/conversations/{conversation}/continuation", body)
        assert status == 201, offer
        given: dict[str, Any] = offer
        return given

    async def replied(self, person: Any, count: int) -> list[str]:
        found: list[str] = await eventually(
            lambda: said if len(said := self.hub.replies(person)) >= count else None, what=f"reply {count}"
        )
        return found

    async def conversation_on(self, channel: str) -> dict[str, Any]:
        (found,) = [c for c in await self.hub.conversations(self.tenant) if c["channel"]["id"] == channel]
        return found


@pytest.fixture
async def shop(database: Database, tmp_path: Path) -> AsyncIterator[Shop]:
    async with hub_in_process(database, tmp_path, smtp_url=lambda simulator: simulator.smtp_url) as hub:
        tenant = await hub.tenant()
        site, telegram = await hub.website(tenant), await hub.telegram(tenant)
        made = Shop(hub, tenant, site, telegram)
        looks = {"name": "Northwind", "continue_on": [{"channel": telegram, "address": "northwind_bot"}]}
        await hub.ok("PUT", f"{made.base}/channels/{site}/site", json=looks)
        yield made


async def test_the_bot_goes_on_on_telegram_with_what_was_said(shop: Shop) -> None:
    hub = shop.hub
    config = await hub.ok("GET", f"/api/v1/visitor/config?site_key={shop.site}", key=None, headers={"Origin": ORIGIN})
    assert config["elsewhere"] == [{"channel": shop.telegram, "kind": "telegram"}] and config["mails"] is True
    async with hub.visit(shop.site) as ada:
        said = await ada.say("Do you have green shoes in size 42?", "client-0001")
        await ada.reply()
        first = await shop.code(ada.token, said["conversation_id"])
        offer = await shop.code(ada.token, said["conversation_id"])
        link = urlsplit(offer["link"])
        assert (link.netloc, link.path) == ("t.me", "/northwind_bot")
        assert parse_qs(link.query) == {"start": [offer["code"]]}
        (kept,) = await hub.rows("select consent, hash, channel_id::text from hub.continuation")
        assert tuple(kept) == (CONSENT, hash_of(offer["code"]), shop.telegram)

        phone = hub.person("Ada")
        phone.say(f"/start {first['code']}")  # the one before works no more
        phone_says = await shop.replied(phone, 1)
        assert phone_says == [EN["code_gone"]]
        phone.say(f"/start {offer['code']}")
        (_, welcome) = await shop.replied(phone, 2)
        assert "Do you have green shoes in size 42?" in welcome and "resume-" not in welcome
        page = await ada.client.call("resume", {"last_seq": 0}, namespace="/visitor", timeout=10)
        notice = page["messages"][-1]
        assert (notice["author"]["kind"], notice["parts"][0]["text"]) == (
            "system",
            "This conversation continues on Telegram.",
        )

        phone.say("And in blue?")
        await shop.replied(phone, 3)
        request = hub.simulator.record.calls("model", "chat")[-1].params
        assert "green shoes in size 42" in str(request), "the model knows what was said on the website"

        there = await shop.conversation_on(shop.telegram)
        here = await shop.conversation_on(shop.site)
        profile = await hub.ok("GET", f"{shop.base}/contacts/{there['contact']['id']}")
        assert [other["id"] for other in profile["linked"]] == [here["contact"]["id"]], "linked, never merged"
        assert here["contact"]["id"] != there["contact"]["id"] and here["state"] == "bot"

        stranger = hub.person("Mallory")
        stranger.say(f"/start {offer['code']}")
        assert await shop.replied(stranger, 1) == [EN["code_gone"]], "it works once"
        forged = offer["code"][:-4] + ("aaaa" if offer["code"][-4:] != "aaaa" else "bbbb")
        stranger.say(f"/start {forged}")
        assert (await shop.replied(stranger, 2))[1] == EN["code_gone"]
        late = await shop.code(ada.token, said["conversation_id"])
        await hub.rows("update hub.continuation set expires_at = now() - interval '1 second' where used_at is null")
        stranger.say(f"/start {late['code']}")
        assert (await shop.replied(stranger, 3))[2] == EN["code_gone"], "it has expired"
        (links,) = await hub.rows("select count(*) from hub.contact_link")
        assert links[0] == 1, "nobody else was linked"


async def test_a_colleague_who_had_it_has_it_there(shop: Shop) -> None:
    hub = shop.hub
    async with hub.visit(shop.site) as ada:
        said = await ada.say("My parcel is lost", "client-0001")
        await ada.reply()
        await hub.act(shop.tenant, said["conversation_id"], "takeover", by="maria")
        offer = await shop.code(ada.token, said["conversation_id"])
        phone = hub.person("Ada")
        phone.say(f"/start {offer['code']}")
        assert await shop.replied(phone, 1) == [EN["continued_waiting"]]
        there, here = await shop.conversation_on(shop.telegram), await shop.conversation_on(shop.site)
        assert (there["state"], there["assignee"]) == ("agent", "maria")
        assert here["state"] == "resolved", "one conversation waits for an answer, not two"
        (handoff,) = await hub.rows(
            "select reason, question, summary from hub.handoff where conversation_id = $1::uuid", there["id"]
        )
        assert (handoff["reason"], handoff["question"]) == ("continued", "My parcel is lost")
        assert "Customer: My parcel is lost" in handoff["summary"]
        page = await ada.client.call("resume", {"last_seq": 0}, namespace="/visitor", timeout=10)
        assert page["conversation"]["state"] == "resolved"
        answer = {"text": "It is on its way again."}
        await hub.ok("POST", f"{shop.base}/conversations/{there['id']}/messages", json=answer)
        assert (await shop.replied(phone, 2))[1] == "It is on its way again."


async def test_who_waited_on_the_website_waits_on_whatsapp(shop: Shop) -> None:
    hub = shop.hub
    number = hub.simulator.whatsapp.add_number()
    secrets = {"access_token": DEMO_TOKEN, "app_secret": DEMO_APP_SECRET, "verify_token": "v"}
    body = {"kind": "whatsapp", "name": "W", "credentials": {"phone_number_id": number.id, **secrets}}
    whatsapp = (await hub.ok("POST", f"{shop.base}/channels", json=body))["id"]
    hub.simulator.whatsapp.subscribe(number, f"{hub.base}/webhooks/whatsapp/{whatsapp}")
    path = f"{shop.base}/channels/{shop.site}/site"
    for wrong, field in (
        ({"channel": whatsapp}, "continue_on.0.address"),
        ({"channel": whatsapp, "address": "acme_bot"}, "continue_on.0.address"),
        ({"channel": shop.site, "address": "acme_bot"}, "continue_on.0.channel"),
        ({"channel": str(uuid7()), "address": "+49 30 1234567"}, "continue_on.0.channel"),
    ):
        status, problem = await hub.call("PUT", path, json={"continue_on": [wrong]})
        assert (status, problem["field"]) == (422, field)
    await hub.ok("PUT", path, json={"continue_on": [{"channel": whatsapp, "address": "+49 30 1234567"}]})
    async with hub.visit(shop.site) as ada:
        said = await ada.say("I need a person", "client-0001")
        await eventually(lambda: [n for n in ada.got("conversation") if n["state"] == "waiting"], what="the queue")
        offer = await shop.code(ada.token, said["conversation_id"], whatsapp)
        link = urlsplit(offer["link"])
        assert (link.netloc, link.path) == ("wa.me", "/49301234567")
        (text,) = parse_qs(link.query)["text"]
        assert text == f"Please go on: {offer['code']}"
        phone = hub.simulator.whatsapp.user("Ada")
        phone.say(text)
        await eventually(lambda: phone.inbox, seconds=20, what="the welcome")
        assert EN["continued_waiting"] in str(phone.inbox[0].content)
        there = await shop.conversation_on(whatsapp)
        here = await shop.conversation_on(shop.site)
        assert (there["state"], here["state"]) == ("waiting", "resolved")


async def test_only_the_visitor_and_only_where_the_site_says(shop: Shop) -> None:
    hub = shop.hub
    async with hub.visit(shop.site) as ada, hub.visit(shop.site) as ben:
        said = await ada.say("Hello", "client-0001")
        await ada.reply()
        one = f"/conversations/{said['conversation_id']}/continuation"
        good = {"channel": shop.telegram, "consent": CONSENT}
        for body, token, expected in (
            (good, ben.token, 404),
            (good, "nonsense", 401),
            ({"channel": shop.telegram}, ada.token, 422),
            ({**good, "consent": "no"}, ada.token, 422),
            ({**good, "channel": shop.site}, ada.token, 422),
            ({**good, "channel": str(uuid7())}, ada.token, 422),
        ):
            status, problem = await shop.ask(token, one, body)
            assert status == expected, problem
        await hub.ok("PATCH", f"{shop.base}/channels/{shop.telegram}", json={"enabled": False})
        assert (await shop.ask(ada.token, one, good))[0] == 422
        assert await hub.rows("select 1 from hub.continuation") == []


async def test_a_copy_goes_to_the_visitors_own_mailbox_a_few_times(shop: Shop) -> None:
    hub = shop.hub
    async with hub.visit(shop.site) as ada, hub.visit(shop.site) as ben:
        said = await ada.say("Is <b>this</b> bold?", "client-0001")
        path = f"/conversations/{said['conversation_id']}/transcript"
        await ada.reply()
        wish = {"email": "ada@home.example", "consent": True, "locale": "de-AT"}
        for body, token, expected in (
            (wish, ben.token, 404),
            ({**wish, "consent": False}, ada.token, 422),
            ({"email": "ada@home.example"}, ada.token, 422),
            ({**wish, "email": "ada"}, ada.token, 422),
            ({**wish, "email": "a@b.example,c@d.example"}, ada.token, 422),
            ({**wish, "email": "a@b.example\nBcc: c@d.example"}, ada.token, 422),
        ):
            status, problem = await shop.ask(token, path, body)
            assert status == expected, (body, problem)
        for _ in range(3):
            assert (await shop.ask(ada.token, path, wish))[0] == 202
        status, problem = await shop.ask(ada.token, path, wish)
        assert (status, problem["code"]) == (429, "rate_limited") and "download" in problem["detail"]
        mails = await eventually(
            lambda: found if len(found := hub.simulator.mail.to("ada@home.example")) == 3 else None, what="the mails"
        )
        assert mails[0].subject == "Ihr Gespräch mit Northwind"
        text = mails[0].text.replace("\r\n", "\n")
        assert "Sie\nIs <b>this</b> bold?" in text and "&lt;b&gt;this&lt;/b&gt;" in mails[0].html
        assert mails[0].links == []
        (contact,) = await hub.rows("select attributes from hub.contact")
        assert "home.example" not in str(contact["attributes"]), "the mailbox is not kept"
