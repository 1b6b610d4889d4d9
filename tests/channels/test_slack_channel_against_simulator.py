"""Our own Slack channel against the simulated workspace, both ways."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from adapters.slack.channel import SlackChannel
from hub.core.channels import Credentials, WebhookRequest
from hub.core.errors import Forged, Invalid
from hub.core.ids import MessageId, ThreadKey, uuid7
from hub.core.messages import Choice, Choices, Event, EventType, Media, Option, Outbound, Text
from hub.simulator.faults import Fault, Kind
from hub.simulator.server import Simulator
from hub.simulator.slack.platform import DEMO_APP, DEMO_SIGNING_SECRET, DEMO_TEAM, DEMO_TOKEN

CREDENTIALS = {
    "bot_token": DEMO_TOKEN,
    "signing_secret": [DEMO_SIGNING_SECRET + "-old", DEMO_SIGNING_SECRET],
    "app_id": DEMO_APP,
    "team_id": DEMO_TEAM,
}
PICTURE = bytes.fromhex("89504e470d0a1a0a") + b"picture"


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class Hub:
    """The address that Slack calls: verifies, answers challenges and keeps the events, each key once."""

    def __init__(self, channel: SlackChannel, credentials: Credentials) -> None:
        self.channel = channel
        self.credentials = credentials
        self.url = ""
        self.events: list[Event] = []
        self.keys: set[str] = set()
        self.refusing = 0

    async def handle(self, request: web.Request) -> web.Response:
        raw = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        verified = self.channel.verify([self.credentials], WebhookRequest("POST", headers, {}, raw))
        if verified.challenge is not None:
            return web.Response(body=verified.challenge)
        if self.refusing:
            self.refusing -= 1
            return web.Response(status=503)
        account = self.channel.account(self.credentials)
        assert list(self.channel.route(raw)) == [account]
        for event in self.channel.parse(raw, account):
            if event.platform_id not in self.keys:
                self.keys.add(event.platform_id)
                self.events.append(event)
        return web.json_response({"outcome": "accepted"})

    def taken(self, *types: EventType) -> list[Event]:
        found = [event for event in self.events if not types or event.type in types]
        self.events = [event for event in self.events if event not in found]
        return found


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(seed=11, speed=200) as running:
        running.slack.add_app()
        yield running


@pytest.fixture
async def channel(sim: Simulator) -> AsyncIterator[SlackChannel]:
    async with aiohttp.ClientSession() as session:
        yield SlackChannel(session=session, clock=_Clock(), api_url=sim.slack_url)


@pytest.fixture
async def hub(sim: Simulator, channel: SlackChannel) -> AsyncIterator[Hub]:
    hub = Hub(channel, channel.configure(CREDENTIALS))
    app = web.Application()
    app.router.add_post("/webhooks/slack", hub.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hub.url = f"http://127.0.0.1:{runner.addresses[0][1]}/webhooks/slack"
    assert await sim.slack.subscribe(hub.url)
    yield hub
    await runner.cleanup()


async def heard(sim: Simulator, hub: Hub, *types: EventType) -> list[Event]:
    await sim.slack.desk().courier.drained(10)
    return hub.taken(*types)


async def say(hub: Hub, thread: str, *parts: Any, **more: Any) -> list[Any]:
    outbound = Outbound(MessageId(uuid7()), f"row-{uuid7()}", ThreadKey(thread), parts, **more)
    return [await hub.channel.send(hub.credentials, r, key="k") for r in hub.channel.render(outbound)]


async def test_a_direct_chat_with_text_buttons_and_a_picture(sim: Simulator, hub: Hub) -> None:
    ada = sim.slack.user("Ada")
    ada.say("Where is <my> parcel & hat?")
    (asked,) = await heard(sim, hub)
    assert (asked.type, asked.parts, asked.direct) == (EventType.MESSAGE, (Text("Where is <my> parcel & hat?"),), True)
    assert asked.sender.ids[0].value == f"{DEMO_TEAM}:{ada.id}"
    options = (
        Option("track", "Track it"),
        Option("person", "Talk to a person"),
        Option("w", "Web", url="https://x.example"),
    )
    sent = await say(hub, asked.thread, Text("**On its way** <!channel>"), Choices("Anything else?", options))
    assert all(result.ok and result.ids for result in sent), sent
    assert ada.inbox[0]["text"] == "*On its way* &lt;!channel&gt;"
    echoes = await heard(sim, hub)
    assert [(e.type, e.ours, e.platform_id) for e in echoes] == [(EventType.ECHO, True, r.ids[0]) for r in sent]
    assert all((e.row_key or "").startswith("row-") for e in echoes)
    ada.tap("Talk to a person")
    (tapped,) = await heard(sim, hub)
    assert (tapped.type, tapped.parts) == (EventType.CHOICE, (Choice("person", "Talk to a person"),))
    assert (tapped.target, tapped.thread) == (sent[1].ids[0], asked.thread)
    ada.tap("Web")
    (opened,) = await heard(sim, hub)
    assert opened.type is EventType.UNKNOWN
    ada.send_photo(PICTURE, caption="Broken")
    (pictured,) = await heard(sim, hub)
    words, media = pictured.parts
    assert words == Text("Broken") and isinstance(media, Media) and media.kind == "image"
    fetched = await hub.channel.fetch_media(hub.credentials, media)
    assert b"".join([chunk async for chunk in fetched.chunks]) == PICTURE
    by_id = await hub.channel.fetch_media(hub.credentials, Media("image", ref=next(iter(sim.slack.app().files))))
    assert b"".join([chunk async for chunk in by_id.chunks]) == PICTURE


async def test_a_channel_is_answered_in_a_thread_and_each_post_counts_once(sim: Simulator, hub: Hub) -> None:
    ada, ben = sim.slack.channel("help", [sim.slack.user("Ada"), sim.slack.user("Ben")])
    ada.say("Anybody here?")
    (chatter,) = await heard(sim, hub)
    assert (chatter.mentioned, chatter.direct, chatter.thread) == (False, False, ada.chat.id)
    post = ada.say("How do I export?", at_bot=True)
    (asked,) = await heard(sim, hub)  # message and app_mention, one event
    assert (asked.mentioned, asked.thread, asked.parts) == (
        True,
        f"{ada.chat.id}:{post['ts']}",
        (Text("How do I export?"),),
    )
    assert len([d for d in sim.record.deliveries if d.chat == ada.chat.id]) == 3
    await hub.channel.show_typing(hub.credentials, asked.thread)
    assert "typing" in ada.chat.typing
    (result,) = await say(hub, asked.thread, Text("From the menu."))
    assert result.ok and not ada.chat.typing
    assert ada.inbox[-1]["thread_ts"] == post["ts"]
    ben.say("Thanks!", thread=post["ts"])
    (thanks,) = await heard(sim, hub, EventType.MESSAGE)
    assert (thanks.thread, thanks.reply_to) == (asked.thread, f"{ada.chat.id}:{post['ts']}")


async def test_edits_deletions_reactions_and_commands(sim: Simulator, hub: Hub) -> None:
    ada = sim.slack.user("Ada")
    post = ada.say("frist")
    key = f"{ada.chat.id}:{post['ts']}"
    ada.edit(post["ts"], "first")
    ada.react(post["ts"], "+1")
    ada.react(post["ts"], "+1", remove=True)
    ada.delete(post["ts"])
    ada.command("/ask", "what is new")
    said, edit, added, removed, gone, command = await heard(sim, hub)
    assert said.platform_id == key
    assert (edit.type, edit.target, edit.parts) == (EventType.EDIT, key, (Text("first"),))
    assert [(e.type, e.target, e.parts[0].emoji, e.parts[0].removed) for e in (added, removed)] == [  # type: ignore[union-attr]  # a reaction's part
        (EventType.REACTION, key, "\U0001f44d", False),
        (EventType.REACTION, key, "\U0001f44d", True),
    ]
    assert (gone.type, gone.target) == (EventType.DELETE, key)
    assert (command.type, command.parts, command.direct) == (EventType.COMMAND, (Text("/ask what is new"),), True)


async def test_own_messages_are_changed_and_taken_back(sim: Simulator, hub: Hub) -> None:
    ada = sim.slack.user("Ada")
    (sent,) = await say(hub, ada.chat.id, Choices("Old?", (Option("a", "A"),)))
    outbound = Outbound(MessageId(uuid7()), "k", ThreadKey(ada.chat.id), (Text("New."),))
    for request in hub.channel.render_edit(outbound, sent.ids[0]):
        assert (await hub.channel.send(hub.credentials, request, key="k")).ok
    assert (ada.inbox[0]["text"], ada.inbox[0]["blocks"]) == ("New.", [])
    for _ in range(2):  # the second finds the work done
        for request in hub.channel.render_delete(outbound.thread, sent.ids[0]):
            assert (await hub.channel.send(hub.credentials, request, key="k")).ok
    assert ada.inbox == []
    assert {event.type for event in await heard(sim, hub)} == {EventType.ECHO, EventType.DELETE}


async def test_a_file_is_uploaded_and_shared_with_its_caption(sim: Simulator, hub: Hub) -> None:
    ada = sim.slack.user("Ada")

    async def open_file(file_id: str) -> bytes:
        return PICTURE

    part = Media("image", file_id="f1", name="Grüße 1.png", mime="image/png", caption="See **here**")
    (request,) = hub.channel.render(Outbound(MessageId(uuid7()), "k", ThreadKey(ada.chat.id), (part,)))
    before = datetime.now(UTC)
    sim.faults.add(Fault(Kind.RESET_AFTER_ACCEPT, methods=frozenset({"files.completeUploadExternal"}), times=1))
    result = await hub.channel.send(hub.credentials, request, key="k", open_file=open_file)
    assert result.ambiguous
    (message,) = ada.inbox
    assert (message["text"], message["files"][0]["name"]) == ("See *here*", "Grüße 1.png")
    assert next(iter(sim.slack.app().files.values())).data == PICTURE
    found = await hub.channel.find_sent(hub.credentials, request, since=before)
    assert found == (f"{ada.chat.id}:{message['ts']}",)


@pytest.mark.parametrize("in_thread", [False, True])
async def test_a_lost_answer_is_found_again_by_its_key(sim: Simulator, hub: Hub, in_thread: bool) -> None:
    (ada,) = sim.slack.channel("help", [sim.slack.user("Ada")])
    root = ada.say("hi")["ts"]
    thread = f"{ada.chat.id}:{root}" if in_thread else ada.chat.id
    before = datetime.now(UTC)
    requests = hub.channel.render(Outbound(MessageId(uuid7()), "row-1", ThreadKey(thread), (Text("hello"),)))
    other = hub.channel.render(Outbound(MessageId(uuid7()), "row-2", ThreadKey(thread), (Text("hello"),)))
    sim.faults.add(Fault(Kind.RESET_AFTER_ACCEPT, methods=frozenset({"chat.postMessage"}), times=1))
    result = await hub.channel.send(hub.credentials, requests[0], key="k")
    assert (result.ok, result.ambiguous) == (False, True)
    assert await hub.channel.find_sent(hub.credentials, requests[0], since=before) == (
        f"{ada.chat.id}:{ada.inbox[0]['ts']}",
    )
    assert await hub.channel.find_sent(hub.credentials, other[0], since=before) is None
    late = datetime.now(UTC) + timedelta(minutes=1)
    assert await hub.channel.find_sent(hub.credentials, requests[0], since=late) is None


async def test_faults_lose_nothing_double_nothing_and_wait_as_told(sim: Simulator, hub: Hub) -> None:
    """20 % 429, 10 % 500, 5 % broken off after the post was made: a sender that goes by the results alone."""
    ada = sim.slack.user("Ada")
    methods = frozenset({"chat.postMessage"})
    sim.faults.add(Fault(Kind.TOO_MANY, rate=0.2, seconds=1, methods=methods))
    sim.faults.add(Fault(Kind.SERVER_ERROR, rate=0.1, methods=methods))
    sim.faults.add(Fault(Kind.RESET_AFTER_ACCEPT, rate=0.05, methods=methods))
    allowed_at: dict[int, float] = {}

    async def deliver(number: int) -> None:
        outbound = Outbound(MessageId(uuid7()), f"row-{number}", ThreadKey(ada.chat.id), (Text(f"message {number}"),))
        (request,) = hub.channel.render(outbound)
        before = datetime.now(UTC)
        for _ in range(30):
            result = await hub.channel.send(hub.credentials, request, key=f"{number}")
            if result.ok:
                return
            assert not result.permanent
            if result.ambiguous and await hub.channel.find_sent(hub.credentials, request, since=before):
                return
            if result.retry_after and result.code == "ratelimited":
                assert result.retry_after == 1.0
                allowed_at[number] = asyncio.get_running_loop().time() + result.retry_after
                await asyncio.sleep(result.retry_after)
        raise AssertionError(f"message {number} never arrived")

    await asyncio.gather(*(deliver(number) for number in range(60)))
    words = sorted(message["text"] for message in ada.inbox)
    assert words == sorted(f"message {number}" for number in range(60))
    assert {entry.fault for entry in sim.record.calls("slack", "chat.postMessage")} >= {"429", "500"}


async def test_refusals_say_what_to_do(sim: Simulator, hub: Hub) -> None:
    (ada,) = sim.slack.channel("help", [sim.slack.user("Ada")])
    (nowhere,) = await say(hub, "C999", Text("hi"))
    assert nowhere.permanent and "does not know this conversation" in (nowhere.error or "")
    ada.chat.members.discard(sim.slack.app().bot_user)
    (outside,) = await say(hub, ada.chat.id, Text("hi"))
    assert outside.permanent and "/invite" in (outside.error or "")
    ada.chat.archived = True
    (archived,) = await say(hub, ada.chat.id, Text("hi"))
    assert archived.permanent and archived.code == "is_archived"
    sim.slack.pace = 60
    bob = sim.slack.user("Bob")
    results = [(await say(hub, bob.chat.id, Text("hi")))[0] for _ in range(2)]
    assert results[0].ok and (results[1].retry_after or 0) > 50


async def test_refused_webhooks_are_repeated_and_kept_once(sim: Simulator, hub: Hub) -> None:
    hub.refusing = 2
    sim.slack.user("Ada").say("hello")
    (asked,) = await heard(sim, hub)
    assert asked.parts == (Text("hello"),)
    assert [d.attempt for d in sim.record.deliveries] == [1, 2, 3]


async def test_checking_credentials_names_what_is_wrong(sim: Simulator, hub: Hub, channel: SlackChannel) -> None:
    assert [check.ok for check in await channel.check(hub.credentials)] == [True, True, True]
    bot, permissions, app = await channel.check({**hub.credentials, "team_id": "T0OTHER", "app_id": "A0OTHER"})
    assert not bot.ok and "T0OTHER" in bot.text and not app.ok and "A0OTHER" in app.text and permissions.ok
    (wrong,) = await channel.check({**hub.credentials, "bot_token": "xoxb-wrong-token"})
    assert not wrong.ok and "bot token" in wrong.text
    sim.slack.app().scopes = frozenset({"im:history"})
    lacking = {check.name: check for check in await channel.check(hub.credentials)}
    assert not lacking["permissions"].ok and "chat:write" in lacking["permissions"].text
    (refused,) = await say(hub, sim.slack.user("Ada").chat.id, Text("hi"))
    assert refused.permanent and "chat:write" in (refused.error or "")


async def test_an_agents_name_is_shown_where_the_app_may(sim: Simulator, hub: Hub) -> None:
    from hub.core.messages import AuthorKind

    ada = sim.slack.user("Ada")
    await say(hub, ada.chat.id, Text("hi"), author=AuthorKind.AGENT, author_name="Zoe")
    assert ada.inbox[-1]["username"] == "Zoe"
    sim.slack.app().scopes -= {"chat:write.customize"}
    (plain,) = await say(hub, ada.chat.id, Text("again"), author=AuthorKind.AGENT, author_name="Zoe")
    assert plain.ok and "username" not in ada.inbox[-1]


async def test_files_come_from_slacks_hosts_alone(sim: Simulator, hub: Hub) -> None:
    for url in ("https://evil.example/f.png", "https://slack.com.evil.example/f", "https://files.slack.com/f.png"):
        with pytest.raises(Invalid):
            await hub.channel.fetch_media(hub.credentials, Media("image", ref=url))
    sim.slack.user("Ada").send_photo(PICTURE)
    (pictured,) = await heard(sim, hub)
    media = next(part for part in pictured.parts if isinstance(part, Media))
    with pytest.raises(Invalid, match="files:read"):
        await hub.channel.fetch_media({**hub.credentials, "bot_token": "xoxb-other"}, media)


async def test_the_simulator_refuses_what_slack_would(sim: Simulator, hub: Hub) -> None:
    ada = sim.slack.user("Ada")
    from hub.core.channels import Request

    section = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}
    for payload, code in [
        ({"channel": ada.chat.id}, "no_text"),
        ({"channel": ada.chat.id, "text": "x", "colour": "red"}, "invalid_arguments"),
        ({"channel": ada.chat.id, "blocks": [section], "text": "x"}, "invalid_blocks"),
        ({"channel": ada.chat.id, "text": "x", "thread_ts": "1.000001"}, "thread_not_found"),
        ({"channel": ada.chat.id, "text": "x", "metadata": {"event_type": "a"}}, "invalid_metadata_format"),
    ]:
        result = await hub.channel.send(hub.credentials, Request("chat.postMessage", payload), key="k")
        assert (result.permanent, result.code) == (True, code)
    with pytest.raises(Forged):
        hub.channel.verify([hub.credentials], WebhookRequest("POST", {}, {}, b"{}"))
