"""Our own Messenger channel against the strict fake Graph API, both ways."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from adapters.messenger.channel import MessengerChannel
from hub.core.channels import Credentials, Request, Upload, WebhookRequest, Window
from hub.core.errors import Invalid
from hub.core.ids import MessageId, PlatformId, ThreadKey, uuid7
from hub.core.messages import (
    AuthorKind,
    Card,
    Choice,
    Choices,
    ContactCard,
    Event,
    EventType,
    Location,
    LocationRequest,
    Media,
    Option,
    Outbound,
    Part,
    Reaction,
    Text,
)
from hub.simulator.faults import Fault, Kind
from hub.simulator.messenger.platform import DEMO_PAGE, DEMO_SECRET, DEMO_TOKEN, DEMO_VERIFY
from hub.simulator.server import Simulator

CREDENTIALS = {
    "page_id": DEMO_PAGE,
    "page_access_token": DEMO_TOKEN,
    "app_secret": DEMO_SECRET,
    "verify_token": DEMO_VERIFY,
}
ROW = "0199aabb-0000-7000-8000-00000000abcd"
GIF = bytes.fromhex("47494638396101000100800000ff0000ffffff21f90401000000002c00000000010001000002024401003b")


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class Hub:
    """The other end of the webhook: verifies and parses what arrives with the real channel."""

    def __init__(self, channel: MessengerChannel, credentials: Credentials) -> None:
        self.channel, self.credentials = channel, credentials
        self.events: list[Event] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = WebhookRequest(request.method, headers, dict(request.query), await request.read())
        verified = self.channel.verify([self.credentials], asked)
        if verified.challenge is not None:
            return web.Response(body=verified.challenge)
        self.events += self.channel.parse(asked.raw, self.channel.account(self.credentials))
        return web.json_response({})

    def take(self, *types: EventType) -> list[Event]:
        taken = [event for event in self.events if event.type in types]
        self.events = [event for event in self.events if event.type not in types]
        return taken


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(seed=11, speed=100) as running:
        running.messenger.add_page()
        yield running


@pytest.fixture
async def channel(sim: Simulator) -> AsyncIterator[MessengerChannel]:
    async with aiohttp.ClientSession() as session:
        yield MessengerChannel(session=session, clock=_Clock(), api_url=sim.messenger_url)


@pytest.fixture
async def hub(sim: Simulator, channel: MessengerChannel) -> AsyncIterator[Hub]:
    hub = Hub(channel, channel.configure(CREDENTIALS))
    app = web.Application()
    app.router.add_route("*", "/hook", hub.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hub.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    await channel.register_webhook(hub.credentials, hub.url)
    assert await sim.messenger.verify(hub.url)
    sim.messenger.listen(hub.url)
    yield hub
    await runner.cleanup()


async def arrived(sim: Simulator) -> None:
    await sim.messenger.courier(sim.messenger.page()).drained(10)


def outbound(thread: str, *parts: Part, **said: Any) -> Outbound:
    return Outbound(MessageId(uuid7()), ROW, ThreadKey(thread), parts, **said)


async def told(hub: Hub, message: Outbound, window: Window | None = None) -> list[PlatformId]:
    ids: list[PlatformId] = []
    for index, request in enumerate(hub.channel.render(message, window)):
        sent = await hub.channel.send(hub.credentials, request, key=f"{ROW}:{index}")
        assert sent.ok, sent
        ids += sent.ids
    return ids


async def test_a_conversation_both_ways(sim: Simulator, hub: Hub) -> None:
    ada = sim.messenger.user("Ada")
    ada.say("Where is my parcel? \U0001f4e6")
    await arrived(sim)
    (asked,) = hub.take(EventType.MESSAGE)
    assert (asked.parts, asked.thread) == ((Text("Where is my parcel? \U0001f4e6"),), ada.id)
    await hub.channel.show_typing(hub.credentials, asked.thread)
    assert ada.chat.typing and ada.chat.seen_at
    options = Choices("Anything else?", (Option("track", "Track it"), Option("person", "Talk to a person")))
    ids = await told(hub, outbound(asked.thread, Text("**On its way**."), options, reply_to=asked.message_id))
    assert [m.get("text") for m in ada.inbox] == ["On its way.", "Anything else?"]
    assert ada.inbox[0]["reply_to"] == asked.message_id and not ada.chat.typing
    await arrived(sim)
    echoes = hub.take(EventType.ECHO)
    assert {(e.ours, e.row_key, e.message_id) for e in echoes} == {
        (True, f"{ROW}:0", ids[0]),
        (True, f"{ROW}:1", ids[1]),
    }
    assert {e.target for e in hub.take(EventType.STATUS)} == set(ids)
    ada.tap("Talk to a person")
    ada.react(ids[0], "\u2764")
    ada.read()
    await arrived(sim)
    (tapped,) = hub.take(EventType.CHOICE)
    assert tapped.parts == (Choice("person", "Talk to a person"),)
    (reacted,) = hub.take(EventType.REACTION)
    assert (reacted.target, reacted.parts) == (ids[0], (Reaction("\u2764"),))
    assert len(hub.take(EventType.READ)) == 1
    said = ada.say("frist")
    ada.edit(said["mid"], "first")
    ada.arrive("summer")
    ada.send_location(52.5, 13.4)
    await arrived(sim)
    (edited,) = hub.take(EventType.EDIT)
    assert (edited.target, edited.parts) == (said["mid"], (Text("first"),))
    assert len(hub.take(EventType.REFERRAL)) == 1
    assert hub.take(EventType.MESSAGE)[-1].parts[0].type == "location"


async def test_a_colleague_in_metas_inbox_is_a_person(sim: Simulator, hub: Hub) -> None:
    sim.messenger.user("Ada").answered_by_hand("I am looking into it.")
    await arrived(sim)
    (echo,) = hub.take(EventType.ECHO)
    assert (echo.ours, echo.row_key, echo.parts) == (False, None, (Text("I am looking into it."),))


async def test_pictures_and_files_both_ways(sim: Simulator, hub: Hub) -> None:
    ada = sim.messenger.user("Ada")
    ada.send_photo(GIF, name="broken.gif", mime="image/gif")
    await arrived(sim)
    (pictured,) = hub.take(EventType.MESSAGE)
    (media,) = [part for part in pictured.parts if isinstance(part, Media)]
    fetched = await hub.channel.fetch_media(hub.credentials, media)
    assert (fetched.mime, b"".join([chunk async for chunk in fetched.chunks])) == ("image/gif", GIF)

    async def open_file(file_id: str) -> bytes:
        assert file_id == "f1"
        return GIF

    picture = Media("image", file_id="f1", mime="image/gif", name="gr\u00fcn.gif", caption="Look")
    upload, caption = hub.channel.render(outbound(ada.id, picture))
    sent = await hub.channel.send(hub.credentials, upload, key=f"{ROW}:0", open_file=open_file)
    assert sent.ok, sent
    stored = ada.page.files[ada.inbox[-1]["attachments"][0]["payload"]["file"]]
    assert (stored.data, stored.name, stored.mime) == (GIF, "gr\u00fcn.gif", "image/gif")
    assert ada.inbox[-1]["metadata"] == f"{ROW}:0"
    assert (await hub.channel.send(hub.credentials, caption, key="k")).ok


async def test_every_part_is_taken_by_the_strict_api(sim: Simulator, hub: Hub) -> None:
    ada = sim.messenger.user("Ada")
    ada.say("hi")
    buttons = tuple(Option(f"option-{n}", f"A rather long title number {n}", "why") for n in range(15))
    link = Option("web", "Shop", url="https://shop.example/a")
    parts: tuple[Part, ...] = (
        Text("x " * 3000),
        Choices("Many", buttons),
        Choices("Few", (Option("y" * 2000, "Yes"), link)),
        Choices("w" * 1500, (link, Option("n", "No"))),
        Choices("", (Option("n", "No"),)),
        Card("Lamp", "Bright", Media("image", url="https://shop.example/l.png"), (Option("b", "Buy"), link)),
        Card("Lamp" * 30, "Bright " * 30, None, buttons[:4]),
        Card("Lamp"),
        Media("image", url="https://shop.example/l.png", caption="c"),
        Media("document", url="https://shop.example/l.pdf"),
        Media("voice", url="https://shop.example/l.mp3"),
        Media("video", url="https://shop.example/l.mp4", size=90_000_000),
        Location(52.5, 13.4, "Home", "Street 1"),
        LocationRequest("Where are you?"),
        ContactCard("Ada", ("+49 1",), ("a@b.example",)),
    )
    await told(hub, outbound(ada.id, *parts, sources="Sources: 1. Manual"))
    assert all(len(m.get("text", "")) <= 2000 for m in ada.inbox)


async def test_the_window_and_the_tag_follow_author_and_time(sim: Simulator, hub: Hub) -> None:
    ada = sim.messenger.user("Ada")
    ada.say("hi")
    ada.fall_silent(hours=30)
    closed = Window(datetime.now(UTC) - timedelta(hours=6))
    await told(hub, outbound(ada.id, Text("A person answers"), author=AuthorKind.AGENT), closed)
    assert sim.record.calls("messenger", "messages")[-1].params["tag"] == "HUMAN_AGENT"
    (request,) = hub.channel.render(outbound(ada.id, Text("The bot would")), closed)
    refused = await hub.channel.send(hub.credentials, request, key="k")
    assert refused.permanent and refused.code == "10/2018278" and "24 hours" in str(refused.error)
    ada.fall_silent(hours=24 * 7)
    (late,) = hub.channel.render(outbound(ada.id, Text("Too late"), author=AuthorKind.AGENT), closed)
    assert (await hub.channel.send(hub.credentials, late, key="k")).permanent


async def test_faults_become_honest_results(sim: Simulator, hub: Hub) -> None:
    ada = sim.messenger.user("Ada")
    ada.say("hi")
    (request,) = hub.channel.render(outbound(ada.id, Text("hello")))
    kinds = (Kind.TOO_MANY, Kind.SERVER_ERROR, Kind.HTML, Kind.RESET_AFTER_ACCEPT)
    for kind in kinds:
        sim.faults.add(Fault(kind, seconds=7, upstream="messenger", methods=frozenset({"messages"}), times=1))
    results = [await hub.channel.send(hub.credentials, request, key=ROW) for _ in kinds]
    assert [r.ok for r in results] == [False] * 4
    assert (results[0].retry_after, results[0].code) == (7, "613")
    assert results[1].retry_after is not None and not results[1].ambiguous
    assert results[2].ambiguous and results[3].ambiguous
    assert len(sim.record.messages(ada.id)) == 1
    await arrived(sim)
    (echo,) = hub.take(EventType.ECHO)
    assert (echo.row_key, echo.status) == (ROW, "sent")  # what was ambiguous is settled by its echo
    ada.block()
    blocked = await hub.channel.send(hub.credentials, request, key=ROW)
    assert blocked.permanent and "blocked the page" in str(blocked.error)
    sim.messenger.page().token = "another-token-now"
    expired = await hub.channel.send(hub.credentials, request, key=ROW)
    assert expired.permanent and "access token" in str(expired.error)


async def test_nothing_is_lost_or_doubled_under_faults(sim: Simulator, hub: Hub) -> None:
    people = [sim.messenger.user(f"Person {n}") for n in range(20)]
    for kind, rate in ((Kind.TOO_MANY, 0.2), (Kind.SERVER_ERROR, 0.1), (Kind.RESET_AFTER_ACCEPT, 0.05)):
        sim.faults.add(Fault(kind, rate=rate, seconds=1, upstream="messenger", methods=frozenset({"messages"})))
    settled = 0
    for person in people:
        person.say("hi")
        for n in range(5):
            key = str(uuid7())
            (request,) = hub.channel.render(Outbound(MessageId(uuid7()), key, ThreadKey(person.id), (Text(f"{n}"),)))
            for _ in range(50):
                result = await hub.channel.send(hub.credentials, request, key=key)
                if result.ambiguous:
                    await arrived(sim)
                    if any(event.row_key == key for event in hub.events):
                        settled += 1
                        break
                if result.ok:
                    break
                assert result.retry_after
    assert all([m["text"] for m in p.inbox] == ["0", "1", "2", "3", "4"] for p in people)
    assert settled


async def test_checking_says_what_is_wrong_in_words(sim: Simulator, channel: MessengerChannel) -> None:
    good = channel.configure({**CREDENTIALS, "app_id": sim.messenger.page().app_id})
    first = {check.name: check for check in await channel.check(good)}
    assert not first["webhook"].ok and first["app_secret"].ok and first["permissions"].ok and first["page"].ok
    await channel.register_webhook(good, "https://hub.example/hook")
    assert all(check.ok for check in await channel.check(good))
    wrong = {check.name: check for check in await channel.check({**good, "app_secret": "wrong"})}
    assert not wrong["app_secret"].ok and "app secret" in wrong["app_secret"].text
    (bad,) = await channel.check({**good, "page_access_token": "not-the-token"})
    assert not bad.ok and "access token" in bad.text


@pytest.mark.parametrize(
    "change",
    [
        {"message": {"text": "x" * 2001}}, {"message": {}}, {"message": {"text": "x", "colour": "red"}},
        {"tag": "HUMAN_AGENT"},
        {"messaging_type": "MESSAGE_TAG", "tag": "ACCOUNT_UPDATE"}, {"messaging_type": "HELLO"}, {"surprise": 1},
        {"recipient": {"id": "1"}}, {"sender_action": "typing_on"},
        {"message": {"text": "x", "quick_replies": [{"content_type": "text", "title": "y" * 21, "payload": "p"}]}},
        {"message": {"attachment": {"type": "template", "payload": {"template_type": "button", "text": "x"}}}},
    ],
)  # fmt: skip
async def test_the_fake_api_refuses_what_meta_refuses(sim: Simulator, hub: Hub, change: dict[str, Any]) -> None:
    ada = sim.messenger.user("Ada")
    ada.say("hi")
    good = {"recipient": {"id": ada.id}, "messaging_type": "RESPONSE", "message": {"text": "x"}}
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {DEMO_TOKEN}"}) as session:
        url = f"{sim.messenger_url}/v23.0/{DEMO_PAGE}/messages"
        async with session.post(url, json={**good, **change}) as answer:
            assert answer.status == 400
            assert (await answer.json())["error"]["code"] == 100
        async with session.post(url, json=good) as answer:
            assert answer.status == 200
    assert len(ada.inbox) == 1


async def test_a_file_of_a_foreign_host_is_not_fetched(channel: MessengerChannel) -> None:
    for url in (
        "https://evil.example/a", "http://x.fbcdn.net/a", "https://fbcdn.net.evil.example/a", "https://u@x.fbcdn.net/a",
        "file:///etc/passwd", "https://x.fbcdn.net:8443/a", "https://notfbcdn.net/a", "//x", "https://[::1", "",
    ):  # fmt: skip
        with pytest.raises(Invalid):
            await channel.fetch_media(CREDENTIALS, Media("image", ref=url))


async def test_sending_without_what_it_takes(channel: MessengerChannel) -> None:
    request = Request("messages", {"message": {}}, (Upload("filedata", "f", "n", "a/b"),))
    assert (await channel.send(CREDENTIALS, request, key="k")).code == "no_file"
    async with aiohttp.ClientSession() as session:
        nowhere = MessengerChannel(session=session, clock=_Clock(), api_url="http://127.0.0.1:9")
        result = await nowhere.send(CREDENTIALS, Request("messages", {}), key="k")
        assert (result.code, result.ambiguous) == ("unreachable", False) and result.retry_after
