"""The WhatsApp adapter and the simulated WhatsApp understand each other, both ways, faults included."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import httpx
import pytest
from aiohttp import web
from pywa_async import WhatsApp as Pywa
from pywa_async import types

from adapters.whatsapp.channel import WhatsAppChannel
from hub.core.channels import Credentials, Request, SendResult, WebhookRequest
from hub.core.errors import Forged, Invalid, Unavailable
from hub.core.ids import AccountKey, MessageId, PlatformId, ThreadKey, uuid7
from hub.core.messages import (
    Alias,
    Card,
    Choice,
    Choices,
    ContactCard,
    Event,
    EventType,
    Location,
    LocationRequest,
    Media,
    MessageStatus,
    Option,
    Outbound,
    Part,
    Reaction,
    Template,
    Text,
)
from hub.simulator.faults import Fault, Kind
from hub.simulator.server import Simulator
from hub.simulator.whatsapp.people import Person
from hub.simulator.whatsapp.platform import DEMO_APP_SECRET, DEMO_NUMBER, DEMO_TOKEN
from hub.simulator.whatsapp.world import ApprovedTemplate

CREDENTIALS = {
    "phone_number_id": DEMO_NUMBER,
    "access_token": DEMO_TOKEN,
    "app_secret": DEMO_APP_SECRET,
    "verify_token": "chosen-by-us",
    "waba_id": f"9{DEMO_NUMBER}",
}
JPEG = b"\xff\xd8\xff\xe0" + b"x" * 500


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(seed=11, speed=100) as running:
        running.whatsapp.add_number()
        yield running


@pytest.fixture
async def channel(sim: Simulator) -> AsyncIterator[WhatsAppChannel]:
    async with aiohttp.ClientSession() as session:
        yield WhatsAppChannel(session=session, clock=_Clock(), api_url=sim.whatsapp_url)


@pytest.fixture
def credentials(channel: WhatsAppChannel) -> Credentials:
    return channel.configure(CREDENTIALS)


def received(sim: Simulator, channel: WhatsAppChannel) -> list[Event]:
    courier = sim.whatsapp.courier(sim.whatsapp.number())
    return [event for body in courier.take() for event in channel.parse(body, AccountKey(DEMO_NUMBER))]


def message(thread: str, *parts: Part, reply_to: str | None = None, sources: str | None = None) -> Outbound:
    to = PlatformId(reply_to) if reply_to else None
    return Outbound(MessageId(uuid7()), "key", ThreadKey(thread), parts, reply_to=to, sources=sources)


async def open_file(file_id: str) -> bytes:
    return JPEG


async def sent(channel: WhatsAppChannel, credentials: Credentials, outbound: Outbound) -> list[SendResult]:
    return [
        await channel.send(credentials, request, key=f"row:{n}", open_file=open_file)
        for n, request in enumerate(channel.render(outbound))
    ]


async def test_a_conversation_with_buttons_a_list_and_a_picture(
    sim: Simulator, channel: WhatsAppChannel, credentials: Credentials
):
    ada = sim.whatsapp.user("Ada")
    asked_id = ada.say("Where is my parcel?")
    (asked,) = received(sim, channel)
    assert (asked.type, asked.platform_id, asked.parts) == (
        EventType.MESSAGE, asked_id, (Text("Where is my parcel?"),),
    )  # fmt: skip
    assert asked.sender.ids[0] == Alias("whatsapp.user_id", ada.chat.user_id)
    offered = (Option("track", "Track it"), Option("person", "Talk to a person"))
    results = await sent(
        channel, credentials,
        message(asked.thread, Text("**On its way**"), Choices("Anything else?", offered), reply_to=asked_id),
    )  # fmt: skip
    assert all(result.ok for result in results)
    first, second = ada.inbox
    assert first.content == {"type": "text", "text": {"body": "*On its way*", "preview_url": False}}
    assert (first.reply_to, first.key, first.id) == (asked_id, "row:0", results[0].ids[0])
    statuses = received(sim, channel)
    assert [e.status for e in statuses] == [MessageStatus.SENT, MessageStatus.DELIVERED] * 2
    assert [e.row_key for e in statuses] == ["row:0", "row:0", "row:1", "row:1"]
    ada.read()
    assert [(e.status, e.target) for e in received(sim, channel)] == [
        (MessageStatus.READ, first.id), (MessageStatus.READ, second.id),
    ]  # fmt: skip
    ada.tap("Talk to a person")
    (tapped,) = received(sim, channel)
    assert (tapped.type, tapped.target, tapped.parts) == (
        EventType.CHOICE, second.id, (Choice("person", "Talk to a person"),),
    )  # fmt: skip
    rows = tuple(Option(f"r{n}", f"Row {n}", f"Detail {n}") for n in range(7))
    assert (await sent(channel, credentials, message(asked.thread, Choices("Pick", rows))))[0].ok
    received(sim, channel)
    ada.tap("Row 5")
    (picked,) = received(sim, channel)
    assert picked.parts == (Choice("r5", "Row 5"),)
    ada.send_photo(JPEG, caption="Broken")
    (pictured,) = received(sim, channel)
    (media,) = pictured.parts
    assert isinstance(media, Media) and (media.kind, media.caption) == ("image", "Broken")
    fetched = await channel.fetch_media(credentials, media)
    assert (fetched.mime, b"".join([chunk async for chunk in fetched.chunks])) == ("image/jpeg", JPEG)


async def test_every_part_is_taken_by_the_strict_server(
    sim: Simulator, channel: WhatsAppChannel, credentials: Credentials
):
    sim.whatsapp.number().add_template(ApprovedTemplate("parcel", "en_US", "Dear {{1}}, parcel {{2}} is there.", 2))
    ada = sim.whatsapp.user("Ada")
    asked = ada.say("hi")
    parts: tuple[Part, ...] = (
        Text("text " * 2000),
        Media("image", file_id="f1", mime="image/jpeg", caption="*here*"),
        Media("image", url="https://a.example/x.jpg"),
        Media("document", file_id="f2", name="a.pdf", mime="application/pdf", caption="c" * 1500),
        Media("voice", file_id="f3", mime="audio/ogg; codecs=opus"),
        Location(52.5, 13.4, "Shop", "Street 1"),
        ContactCard("Ben Ng", ("+49 30 1",), ("b@x.example",)),
        LocationRequest("Where are you?"),
        Card("Shoe", "Nice.", Media("image", file_id="f4", mime="image/jpeg"), (Option("buy", "Buy"),)),
        Card("Shoe", None, Media("image", url="https://a.example/s.png"), ()),
        Choices("Open?", (Option("u", "Our shop", url="https://shop.example/a?b=c"),)),
        Choices("Long. " * 400, tuple(Option(str(n), f"Option number {n} of many" + "x" * 30) for n in range(9))),
        Choices("Many", tuple(Option(str(n), f"Choice {n}") for n in range(14))),
        Template("parcel", "en_US", {"1": "Ada", "2": "77"}),
        Reaction("\U0001f44d"),
    )  # fmt: skip
    results = await sent(
        channel, credentials, message(ada.chat.user_id, *parts, reply_to=asked, sources="Sources:\n[1] A")
    )
    assert [r for r in results if not r.ok] == []
    assert all(call.accepted for call in sim.record.calls("whatsapp"))
    assert ada.chat.held[asked].reactions == {"business": "\U0001f44d"}
    shown = [held.content for held in ada.inbox]
    assert shown[-1]["shown"] == "Dear Ada, parcel 77 is there."


async def test_a_contact_without_a_phone_number_converses(
    sim: Simulator, channel: WhatsAppChannel, credentials: Credentials
):
    bob = sim.whatsapp.user("Bob", phone=False)
    bob.say("hello")
    (asked,) = received(sim, channel)
    assert [alias.kind for alias in asked.sender.ids] == ["whatsapp.user_id"]
    assert (await sent(channel, credentials, message(asked.thread, Text("Hello Bob"))))[0].ok
    assert bob.inbox[0].content["text"]["body"] == "Hello Bob"
    assert {event.thread for event in received(sim, channel)} == {asked.thread}


async def test_changes_deletions_reactions_and_colleagues(sim: Simulator, channel: WhatsAppChannel):
    ada = sim.whatsapp.user("Ada")
    wrote = ada.say("fourty")
    ada.edit(wrote, "forty")
    ada.react(wrote, "\u2764")
    ada.react(wrote)
    ada.delete(wrote)
    colleague = ada.hear_from_colleague("I take over.")
    _, edited, liked, unliked, deleted, echo = received(sim, channel)
    assert (edited.type, edited.target, edited.parts) == (EventType.EDIT, wrote, (Text("forty"),))
    assert liked.parts == (Reaction("\u2764"),) and unliked.parts == (Reaction("", removed=True),)
    assert (deleted.type, deleted.target) == (EventType.DELETE, wrote)
    assert (echo.type, echo.ours, echo.thread, echo.platform_id) == (EventType.ECHO, False, edited.thread, colleague)


async def test_one_webhook_of_several_people_and_messages(sim: Simulator, channel: WhatsAppChannel):
    ada, bob = sim.whatsapp.user("Ada"), sim.whatsapp.user("Bob", phone=False)
    with sim.whatsapp.courier(sim.whatsapp.number()).batch():
        for words in ("one", "two", "three"):
            ada.say(words)
        bob.say("four")
        ada.hear_from_colleague("five")
    events = received(sim, channel)
    assert [e.parts[0] for e in events] == [Text(w) for w in ("one", "two", "three", "four", "five")]
    assert [e.sender.name for e in events] == ["Ada", "Ada", "Ada", "Bob", None]


async def test_outside_24_hours_only_templates_arrive(
    sim: Simulator, channel: WhatsAppChannel, credentials: Credentials
):
    sim.whatsapp.number().add_template(ApprovedTemplate("hello", "de", "Hallo!"))
    ada = sim.whatsapp.user("Ada")
    ada.say("hi")
    ada.let_window_close()
    received(sim, channel)
    assert (await sent(channel, credentials, message(ada.chat.user_id, Text("Still there?"))))[0].ok
    (failed,) = received(sim, channel)
    assert (failed.status, failed.row_key) == (MessageStatus.FAILED, "row:0")
    assert (
        failed.error
        == "The customer last wrote more than 24 hours ago; only an approved template may be sent. (131047)"
    )
    assert (await sent(channel, credentials, message(ada.chat.user_id, Template("hello", "de"))))[0].ok
    assert [held.content["type"] for held in ada.inbox] == ["template"]
    (missing,) = await sent(channel, credentials, message(ada.chat.user_id, Template("nothing", "de")))
    assert missing.permanent and missing.code == "132001"


async def test_read_marks_and_typing(sim: Simulator, channel: WhatsAppChannel, credentials: Credentials):
    ada = sim.whatsapp.user("Ada")
    wrote = ada.say("hi")
    await channel.mark_read(credentials, PlatformId(wrote))
    assert ada.chat.held[wrote].read and not ada.chat.typing
    await channel.mark_read(credentials, PlatformId(wrote), typing=True)
    assert ada.chat.typing
    await channel.mark_read(credentials, PlatformId("wamid.unknown"), typing=True)  # best effort: never raises


async def test_faults_become_honest_results(sim: Simulator, channel: WhatsAppChannel, credentials: Credentials):
    ada = sim.whatsapp.user("Ada")
    ada.say("hi")
    (request,) = channel.render(message(ada.chat.user_id, Text("hello")))
    only = frozenset({"messages"})
    kinds = (Kind.TOO_MANY, Kind.SERVER_ERROR, Kind.HTML, Kind.RESET, Kind.RESET_AFTER_ACCEPT)
    for kind in kinds:
        sim.faults.add(Fault(kind, seconds=7, methods=only, times=1))
    results = [await channel.send(credentials, request, key="k") for _ in kinds]
    assert [(r.ok, r.retry_after, r.ambiguous, r.permanent) for r in results] == [
        (False, 7.0, False, False), (False, 2.0, False, False), (False, None, True, False),
        (False, None, True, False), (False, None, True, False),
    ]  # fmt: skip
    assert len(sim.record.messages(ada.chat.key)) == 1
    wrong = dict(credentials) | {"access_token": "another-token"}
    refused = await channel.send(wrong, request, key="k")
    assert refused.permanent and "access token" in (refused.error or "")


async def test_nothing_left_when_whatsapp_cannot_be_reached(session: aiohttp.ClientSession):
    away = WhatsAppChannel(session=session, clock=_Clock(), api_url="http://127.0.0.1:9")
    (request,) = away.render(message("491511", Text("hello")))
    result = await away.send(CREDENTIALS, request, key="k")
    assert (result.ok, result.ambiguous, result.permanent, result.code) == (False, False, False, "unreachable")
    assert result.retry_after == 2.0


async def test_a_failed_upload_is_no_ambiguous_message(
    sim: Simulator, channel: WhatsAppChannel, credentials: Credentials
):
    ada = sim.whatsapp.user("Ada")
    ada.say("hi")
    (request,) = channel.render(message(ada.chat.user_id, Media("image", file_id="f", mime="image/jpeg")))
    sim.faults.add(Fault(Kind.RESET_AFTER_ACCEPT, methods=frozenset({"media"}), times=1))
    result = await channel.send(credentials, request, key="k", open_file=open_file)
    assert (result.ok, result.ambiguous, result.retry_after) == (False, False, 5.0)
    assert (await channel.send(credentials, request, key="k", open_file=open_file)).ok


async def test_with_many_faults_nothing_is_lost_and_no_wait_is_cut_short(
    sim: Simulator, channel: WhatsAppChannel, credentials: Credentials
):
    """As the outbox works: again after Retry-After, an unknown end settled by the statuses' callback data."""
    for kind, rate in ((Kind.TOO_MANY, 0.2), (Kind.SERVER_ERROR, 0.1), (Kind.TIMEOUT_AFTER_ACCEPT, 0.05)):
        sim.faults.add(Fault(kind, rate, seconds=0.05, methods=frozenset({"messages"})))
    ada = sim.whatsapp.user("Ada")
    ada.say("hi")
    received(sim, channel)
    known: set[str] = set()
    early = 0

    async def deliver(n: int) -> None:
        nonlocal early
        (request,) = channel.render(message(ada.chat.user_id, Text(f"message {n}")))
        for _ in range(30):
            result = await channel.send(credentials, request, key=f"row-{n}")
            known.update(e.row_key or "" for e in received(sim, channel))
            if result.ok or (result.ambiguous and f"row-{n}" in known):
                return
            assert not result.permanent
            if result.code == "130429":
                assert result.retry_after is not None and result.retry_after >= 1.0  # whole seconds, never less
                early += 1
        raise AssertionError(f"message {n} was never taken")

    for n in range(150):
        await deliver(n)
    arrived = Counter(held.content["text"]["body"] for held in ada.inbox)
    assert arrived == Counter({f"message {n}": 1 for n in range(150)})
    met = Counter(call.fault for call in sim.record.calls("whatsapp", "messages"))
    assert min(met["429"], met["500"], met["timeout_after_accept"]) > 3 and early > 3


async def test_webhooks_are_signed_and_come_again_until_taken(
    sim: Simulator, channel: WhatsAppChannel, credentials: Credentials
):
    seen: list[WebhookRequest] = []

    async def hook(request: web.Request) -> web.Response:
        raw = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        seen.append(WebhookRequest(request.method, headers, dict(request.query), raw))
        if request.method == "GET":
            return web.Response(body=channel.verify([credentials], seen[-1]).challenge)
        return web.Response(status=500 if len(seen) == 2 else 200)

    app = web.Application()
    app.router.add_route("*", "/hook", hook)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        await channel.register_webhook(credentials, url)
        assert seen[0].method == "GET"
        sim.whatsapp.user("Ada").say("hi")
        await sim.whatsapp.courier(sim.whatsapp.number()).drained(5)
    finally:
        await runner.cleanup()
    assert [w.method for w in seen] == ["GET", "POST", "POST"] and seen[1].raw == seen[2].raw
    assert channel.verify([credentials], seen[2]).secret == 0
    with pytest.raises(Forged):
        channel.verify([dict(credentials) | {"app_secret": "another-secret"}], seen[2])


async def test_a_check_says_what_is_wrong(sim: Simulator, channel: WhatsAppChannel, credentials: Credentials):
    told = {check.name: check for check in await channel.check(credentials)}
    assert {name: check.ok for name, check in told.items()} == {"number": True, "app secret": True, "webhook": False}
    assert "Switchboard demo" in told["number"].text
    sim.whatsapp.subscribe(sim.whatsapp.number(), "http://127.0.0.1:9/")
    assert all(check.ok for check in await channel.check(credentials))
    secret = {c.name: c for c in await channel.check(dict(credentials) | {"app_secret": "wrong-secret"})}
    assert not secret["app secret"].ok and "basic settings" in secret["app secret"].text
    (token,) = await channel.check(dict(credentials) | {"access_token": "wrong"})
    assert not token.ok and "access token" in token.text
    with pytest.raises(Invalid, match="HUB_PUBLIC_URL"):
        await channel.register_webhook(credentials, "http://127.0.0.1:9/nobody")


async def test_the_token_goes_to_no_other_host(sim: Simulator, channel: WhatsAppChannel, credentials: Credentials):
    from adapters.whatsapp.download import address_of

    for url in (
        "https://evil.example/x", "http://lookaside.fbsbx.com/x", "https://lookaside.fbsbx.com.evil.example/x",
        "https://lookaside.fbsbx.com:444/x", "https://graph.facebook.com@evil.example/", "http://[", "", "file:///x",
        "https://u:p@lookaside.fbsbx.com/x",
    ):  # fmt: skip
        with pytest.raises(Invalid):
            address_of({"url": url}, "https://graph.facebook.com")
    good = "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1"
    assert address_of({"url": good}, "https://graph.facebook.com") == good
    for ref in ("../x", "1?x=y", "", None):
        with pytest.raises(Invalid):
            await channel.fetch_media(credentials, Media("image", ref=ref))
    with pytest.raises(Invalid):
        await channel.fetch_media(credentials, Media("image", ref="123"))
    sim.faults.add(Fault(Kind.SERVER_ERROR, methods=frozenset({"node"}), times=1))
    with pytest.raises(Unavailable):
        await channel.fetch_media(credentials, Media("image", ref="123"))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"unknown": 1}, 100),
        ({"text": {"body": "x" * 4097}}, 100),
        ({"text": {"body": ""}}, 100),
        ({"messaging_product": "sms"}, 100),
        ({"messaging_product": None}, 100),
        ({"context": {"message_id": "wamid.unknown"}}, 100),
        ({"to": "nobody"}, 100),
        ({"image": {"id": "1"}}, 100),
        ({"type": "image", "text": None, "image": {"id": "1"}}, 100),
        ({"type": "interactive", "text": None, "interactive": {"type": "button", "body": {"text": "x"}, "action": {
            "buttons": [{"type": "reply", "reply": {"id": str(n), "title": str(n)}} for n in range(4)]}}}, 100),
        ({"type": "template", "text": None, "template": {"name": "x", "language": {"code": "en"}}}, 132001),
    ],
)  # fmt: skip
async def test_the_server_is_strict(sim: Simulator, change: dict[str, Any], code: int):
    ada = sim.whatsapp.user("Ada")
    ada.say("hi")
    body: dict[str, Any] = {
        "messaging_product": "whatsapp", "to": ada.chat.phone, "type": "text", "text": {"body": "x"}, **change,
    }  # fmt: skip
    body = {key: value for key, value in body.items() if value is not None or key == "messaging_product"}
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {DEMO_TOKEN}"}) as session,
        session.post(f"{sim.whatsapp_url}/v23.0/{DEMO_NUMBER}/messages", json=body) as answer,
    ):
        told = await answer.json()
    assert answer.status >= 400 and told["error"]["code"] == code
    assert not ada.inbox


async def test_pywa_itself_talks_to_the_simulator(sim: Simulator):
    ada = sim.whatsapp.user("Ada")
    ada.say("hi")
    async with httpx.AsyncClient() as connection:
        client = Pywa(phone_id=DEMO_NUMBER, token=DEMO_TOKEN, session=connection)
        connection.base_url = httpx.URL(f"{sim.whatsapp_url}/v23.0")
        sent_ = await client.send_message(
            to=ada.chat.phone, text="Hello", buttons=[types.Button(title="Yes", callback_data="y")], tracker="t1"
        )
        media = await client.upload_media(media=JPEG, mime_type="image/jpeg", filename="a.jpg")
        await client.send_image(to=ada.chat.user_id, image=media, caption="Look", mime_type="image/jpeg")
        number = await client.get_business_phone_number()
    assert sent_.id == ada.inbox[0].id and ada.inbox[0].key == "t1"
    assert [held.content["type"] for held in ada.inbox] == ["interactive", "image"]
    assert number.display_phone_number == f"+{sim.whatsapp.number().display}"


async def test_the_page_and_its_control_api(sim: Simulator):
    base = f"{sim.pages_url}/control/whatsapp/numbers/{DEMO_NUMBER}/people/Ada"
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{sim.pages_url}/whatsapp/") as page:
            assert page.status == 200 and "Simulated WhatsApp" in await page.text()
            assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        async with session.get(f"{sim.pages_url}/whatsapp/..%2ftelegram.js") as outside:
            assert outside.status == 404
        async with session.post(base, json={"act": "say", "text": "Hi"}) as said:
            wrote = (await said.json())["message_id"]
        person: Person = sim.whatsapp.user("Ada")
        assert person.chat.held[wrote].content["text"] == {"body": "Hi"}
        started = time.monotonic()
        looking = asyncio.create_task(_look(session, f"{base}?after={person.chat.version}&wait=20"))
        await asyncio.sleep(0.05)
        async with session.post(base, json={"act": "react", "message_id": wrote, "text": "\U0001f44d"}):
            pass
        state = await looking
        assert time.monotonic() - started < 10
        assert [(m["message_id"], m["reactions"]) for m in state["messages"]] == [(wrote, ["\U0001f44d"])]
        async with session.post(base, json={"act": "tap", "text": "nothing"}) as refused:
            assert refused.status == 400 and "no button" in (await refused.json())["error"]
        async with session.post(base, data=json.dumps({"act": "say", "text": "Hi"})) as foreign:
            assert foreign.status == 415
        headers = {"X-File-Name": "a.jpg", "Content-Type": "image/jpeg"}
        async with session.put(f"{base}/file", data=JPEG, headers=headers) as put:
            assert put.status == 200
        file = next(reversed(sim.whatsapp.number().files.values()))
        async with session.get(f"{sim.pages_url}/control/whatsapp/numbers/{DEMO_NUMBER}/files/{file.id}") as got:
            assert (await got.read(), got.content_type) == (JPEG, "image/jpeg")


async def _look(session: aiohttp.ClientSession, url: str) -> dict[str, Any]:
    async with session.get(url) as answer:
        state: dict[str, Any] = await answer.json()
    return state


def test_requests_are_plain_and_repeatable(channel: WhatsAppChannel):
    outbound = message("491511", Text("a"), Choices("b", (Option("1", "One"),)))
    first: list[Request] = list(channel.render(outbound))
    assert first == list(channel.render(outbound))
    assert json.loads(json.dumps([dict(r.payload) for r in first])) == [dict(r.payload) for r in first]
