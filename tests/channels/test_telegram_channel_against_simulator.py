"""Our own Telegram channel against the strict fake Bot API, both ways."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from adapters.telegram.channel import TelegramChannel
from hub.core.channels import Credentials, WebhookRequest
from hub.core.errors import Forged
from hub.core.ids import MessageId, uuid7
from hub.core.messages import Choice, Choices, EventType, Media, Option, Outbound, Text
from hub.simulator.faults import Fault, Kind
from hub.simulator.server import Simulator
from hub.simulator.telegram.platform import DEMO_TOKEN

CREDENTIALS = {"bot_token": DEMO_TOKEN, "secret_token": "a-secret-of-the-test-1234567890"}


class _Clock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    async with Simulator(seed=11, speed=100) as running:
        running.telegram.add_bot()
        yield running


@pytest.fixture
async def channel(sim: Simulator) -> AsyncIterator[TelegramChannel]:
    async with aiohttp.ClientSession() as session:
        yield TelegramChannel(session=session, clock=_Clock(), api_url=sim.telegram_url)


async def receive(sim: Simulator, channel: TelegramChannel) -> list[Any]:
    courier = sim.telegram.courier(sim.telegram.bot())
    updates = await courier.poll(0, 100, 0)
    await courier.poll(updates[-1]["update_id"] + 1, 1, 0) if updates else None
    return [event for update in updates for event in channel.parse(json.dumps(update).encode())]


async def test_a_conversation_with_text_buttons_and_a_picture(sim: Simulator, channel: TelegramChannel) -> None:
    credentials: Credentials = channel.configure(CREDENTIALS)
    ada = sim.telegram.user("Ada")
    ada.say("Where is my parcel?")
    (asked,) = await receive(sim, channel)
    assert (asked.type, asked.parts[0].text, asked.direct) == (EventType.MESSAGE, "Where is my parcel?", True)
    parts = (
        Text("**On its way** & <soon> [1]."),
        Choices("Anything else?", (Option("track", "Track it"), Option("person", "Talk to a person"))),
    )
    for request in channel.render(Outbound(MessageId(uuid7()), "key", asked.thread, parts)):
        sent = await channel.send(credentials, request, key="key")
        assert sent.ok, sent
    said = [message["text"] for message in ada.inbox]
    assert said[0].startswith("On its way & <soon> [1].")
    ada.tap("Talk to a person")
    (tapped,) = await receive(sim, channel)
    assert tapped.type is EventType.CHOICE
    assert any(isinstance(part, Choice) for part in tapped.parts)
    await channel.answer_tap(credentials, tapped.callback)
    assert next(iter(sim.telegram.bot().taps.values())).answered == {}
    gif = bytes.fromhex("47494638396101000100800000ff0000ffffff21f90401000000002c00000000010001000002024401003b")
    ada.send_photo(gif, caption="Broken")
    (pictured,) = await receive(sim, channel)
    (media,) = [part for part in pictured.parts if isinstance(part, Media)]
    fetched = await channel.fetch_media(credentials, media)
    assert b"".join([chunk async for chunk in fetched.chunks]) == gif
    await channel.show_typing(credentials, asked.thread)
    assert ada.chat.typing


async def test_faults_become_honest_results(sim: Simulator, channel: TelegramChannel) -> None:
    credentials = channel.configure(CREDENTIALS)
    ada = sim.telegram.user("Ada")
    ada.say("hi")
    (asked,) = await receive(sim, channel)
    (request,) = channel.render(Outbound(MessageId(uuid7()), "key", asked.thread, (Text("hello"),)))
    for kind in (Kind.TOO_MANY, Kind.RESET_AFTER_ACCEPT):
        sim.faults.add(Fault(kind, seconds=7, methods=frozenset({"sendMessage"}), times=1))
    limited = await channel.send(credentials, request, key="key")
    assert (limited.ok, limited.retry_after) == (False, 7)
    cut = await channel.send(credentials, request, key="key")
    assert (cut.ok, cut.ambiguous) == (False, True)
    assert len(sim.record.messages(ada.id)) == 1
    ada.block()
    assert (await channel.send(credentials, request, key="key")).permanent


async def test_registering_and_checking_a_webhook(sim: Simulator, channel: TelegramChannel) -> None:
    credentials = channel.configure(CREDENTIALS)
    await channel.register_webhook(credentials, "https://hub.example/webhooks/telegram/1")
    hook = sim.telegram.bot().webhook
    assert hook is not None
    assert hook.secret == CREDENTIALS["secret_token"]
    assert (await channel.check(credentials))[0].ok
    with pytest.raises(Forged):
        channel.verify([credentials], WebhookRequest("POST", {}, {}, b"{}"))
