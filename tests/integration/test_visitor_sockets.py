"""The visitors' sockets, with the real Socket.IO client over a real server on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import aiohttp
import pytest
import socketio
from aiohttp import web
from socketio.exceptions import ConnectionError as Refused

from hub.core.conversations import State
from hub.core.ids import ConversationId, MessageId, uuid7
from hub.inbox.guests import Guest, Taken
from hub.realtime.ports import SocketLimits, Standing, VisitorDesk
from hub.realtime.schemas import FeedbackFrame, Frame
from hub.realtime.server import Realtime
from support.chat_site import ORIGIN, SITE, Ledger
from support.running_hub import eventually

NAMESPACE = "/visitor"


class Served:
    def __init__(self, ledger: Ledger, realtime: Realtime, url: str) -> None:
        self.ledger, self.realtime, self.url = ledger, realtime, url
        self.clients: list[socketio.AsyncClient] = []
        self.heard: dict[int, list[tuple[str, Any]]] = {}

    async def connect(
        self, token: str, *, site: str = SITE, origin: str | None = ORIGIN, transport: str = "websocket"
    ) -> socketio.AsyncClient:
        client = socketio.AsyncClient(reconnection=False)
        self.clients.append(client)
        heard = self.heard[id(client)] = []
        client.on("*", lambda event, *data: heard.append((event, data[0] if data else None)), namespace=NAMESPACE)
        await client.connect(
            f"{self.url}/?site={site}",
            headers={"Origin": origin} if origin else {},
            auth={"token": token},
            namespaces=[NAMESPACE],
            transports=[transport],
            wait_timeout=60,
        )
        return client

    async def say(self, client: socketio.AsyncClient, event: str, data: Any = None) -> Any:
        return await client.call(event, data, namespace=NAMESPACE, timeout=60)

    def got(self, client: socketio.AsyncClient, event: str) -> list[Any]:
        return [data for name, data in self.heard[id(client)] if name == event]

    async def until(self, client: socketio.AsyncClient, event: str, count: int = 1) -> list[Any]:
        await eventually(lambda: len(self.got(client, event)) >= count, what=f"'{event}'")
        return self.got(client, event)


async def feedback(visitor: Guest, conversation: ConversationId, frame: Frame) -> Mapping[str, Any]:
    assert isinstance(frame, FeedbackFrame)
    return {"thanked": frame.value}


@contextlib.asynccontextmanager
async def serving(limits: SocketLimits | None = None) -> AsyncIterator[Served]:
    ledger = Ledger()
    desk = VisitorDesk(
        verify=ledger.verify,
        origin_allowed=ledger.origin_allowed,
        accept=ledger.accept,
        conversations=ledger,
        acts={"feedback": feedback},
    )
    realtime = Realtime(desk=desk, address=lambda request: request.remote or "", limits=limits)
    app = web.Application()
    realtime.mount(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    served = Served(ledger, realtime, f"http://127.0.0.1:{port}")
    try:
        yield served
    finally:
        for client in served.clients:
            await client.disconnect()
        await runner.cleanup()


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    async with serving() as it:
        yield it


def text(words: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": words}]


async def test_a_message_is_acknowledged_once_and_read_back_in_order(served: Served) -> None:
    anna = await served.connect("anna")
    acks = [await served.say(anna, "message", {"client_id": f"client-{n}", "parts": text(str(n))}) for n in range(3)]
    again = await served.say(anna, "message", {"client_id": "client-1", "parts": text("1")})
    assert [a["seq"] for a in acks] == [1, 2, 3]
    assert again == acks[1]
    resumed = await served.say(anna, "resume", {"last_seq": 1})
    assert [m["seq"] for m in resumed["messages"]] == [2, 3]
    assert resumed["conversation"]["state"] == "bot"
    assert resumed["seq"] == 3 and resumed["more"] is False


async def test_one_clients_messages_keep_their_order_without_waiting_for_acks(served: Served) -> None:
    anna = await served.connect("anna")
    await asyncio.gather(
        *(served.say(anna, "message", {"client_id": f"client-{n}", "parts": text(str(n))}) for n in range(30))
    )
    conversation = served.ledger.conversations[served.ledger.visitors["anna"]]
    said = [m["parts"][0]["text"] for m in served.ledger.messages[conversation]]
    assert said == [str(n) for n in range(30)]


async def test_a_hint_makes_the_server_tell_what_the_store_says(served: Served) -> None:
    ledger = served.ledger
    anna, other_window, ben = [await served.connect(token) for token in ("anna", "anna", "ben")]
    await served.say(anna, "message", {"client_id": "client-1", "parts": text("hello")})
    await served.say(ben, "message", {"client_id": "client-1", "parts": text("hello")})
    await served.until(other_window, "conversation")
    await served.say(other_window, "resume", {})
    conversation = ledger.conversations[ledger.visitors["anna"]]
    ledger.add(conversation, text("a note for colleagues"), hidden=True)
    answer = ledger.add(conversation, text("an answer"))
    await served.realtime.rooms.announce(ledger.tenant, conversation, 3)
    for window in (anna, other_window):
        told = await served.until(window, "message")
        assert [(m["id"], m["seq"], m["prev_seq"]) for m in told] == [(answer["id"], 3, 1)]
    assert served.got(ben, "message") == []


async def test_a_burst_of_hints_tells_each_message_once_in_order(served: Served) -> None:
    ledger = served.ledger
    anna = await served.connect("anna")
    await served.say(anna, "message", {"client_id": "client-1", "parts": text("hello")})
    conversation = ledger.conversations[ledger.visitors["anna"]]
    for n in range(120):
        ledger.add(conversation, text(str(n)))
        await served.realtime.rooms.announce(ledger.tenant, conversation, n + 2)
    told = await served.until(anna, "message", 120)
    assert [m["seq"] for m in told] == list(range(2, 122))
    assert [m["prev_seq"] for m in told] == list(range(1, 121))


async def test_a_hint_nobody_listens_to_reads_nothing(served: Served) -> None:
    ledger = served.ledger
    conversation = ledger.open(ledger.visitors["anna"])
    await served.realtime.rooms.announce(ledger.tenant, conversation, 1)
    await asyncio.sleep(0.05)
    assert ledger.pages == 0


async def test_an_answer_grows_and_a_late_watcher_gets_what_he_missed(served: Served) -> None:
    ledger, rooms = served.ledger, served.realtime.rooms
    anna = await served.connect("anna")
    await served.say(anna, "message", {"client_id": "client-1", "parts": text("hello")})
    conversation = ledger.conversations[ledger.visitors["anna"]]
    answer = MessageId(uuid7())
    for n, piece in enumerate(["Plug ", "it ", "in."]):
        await rooms.delta(ledger.tenant, conversation, answer, 0, n, piece)
    deltas = await served.until(anna, "message.delta", 3)
    assert [(d["n"], d["text"]) for d in deltas] == [(0, "Plug "), (1, "it "), (2, "in.")]
    late = await served.connect("anna")
    resumed = await served.say(late, "resume", {})
    assert "".join(d["text"] for d in resumed["deltas"]) == "Plug it in."


async def test_a_takeover_withdraws_what_the_bot_was_saying_and_drops_the_rest(served: Served) -> None:
    ledger, rooms = served.ledger, served.realtime.rooms
    anna = await served.connect("anna")
    await served.say(anna, "message", {"client_id": "client-1", "parts": text("hello")})
    conversation = ledger.conversations[ledger.visitors["anna"]]
    answer = MessageId(uuid7())
    await rooms.delta(ledger.tenant, conversation, answer, 0, 0, "The bot says")
    await served.until(anna, "message.delta")
    ledger.states[conversation] = Standing(conversation, State.AGENT, floor_epoch=1, agent="Maria")
    await rooms.announce(ledger.tenant, conversation, 1)
    assert await served.until(anna, "message.withdrawn") == [{"message_id": str(answer)}]
    assert (await served.until(anna, "conversation"))[-1]["agent"] == "Maria"
    await rooms.delta(ledger.tenant, conversation, answer, 0, 1, " more")
    await rooms.delta(ledger.tenant, conversation, MessageId(uuid7()), 0, 0, "another try")
    await rooms.typing(ledger.tenant, conversation, True)
    assert (await served.until(anna, "typing"))[-1] == {"active": True, "author": "agent", "name": "Maria"}
    assert len(served.got(anna, "message.delta")) == 1


async def test_nothing_of_an_answer_follows_its_final_message(served: Served) -> None:
    ledger, rooms = served.ledger, served.realtime.rooms
    anna = await served.connect("anna")
    await served.say(anna, "message", {"client_id": "client-1", "parts": text("hello")})
    conversation = ledger.conversations[ledger.visitors["anna"]]
    answer = ledger.add(conversation, text("All of it."))
    await rooms.announce(ledger.tenant, conversation, 2)
    await served.until(anna, "message")

    await rooms.delta(ledger.tenant, conversation, MessageId(UUID(answer["id"])), 0, 5, "late")
    await asyncio.sleep(0.05)
    assert served.got(anna, "message.delta") == []


@pytest.mark.parametrize("token", ["", "nobody", "x" * 5000])
async def test_a_bad_token_does_not_connect(served: Served, token: str) -> None:
    with pytest.raises(Refused):
        await served.connect(token)


async def test_a_token_of_another_site_does_not_connect(served: Served) -> None:
    with pytest.raises(Refused):
        await served.connect("foreign", site=SITE)


@pytest.mark.parametrize("transport", ["polling", "websocket"])
@pytest.mark.parametrize(
    ("site", "origin", "good"),
    [
        (SITE, ORIGIN, True),
        (SITE, None, True),
        (SITE, "https://evil.test", False),
        (SITE, "https://shop.test.evil.test", False),
        (SITE, "http://shop.test", False),
        (SITE, "null", False),
        ("unknown", ORIGIN, False),
    ],
)
async def test_only_a_sites_own_origins_may_talk(
    served: Served, transport: str, site: str, origin: str | None, good: bool
) -> None:
    if good:
        await served.connect("anna", site=site, origin=origin, transport=transport)
    else:
        with pytest.raises(Refused):
            await served.connect("anna", site=site, origin=origin, transport=transport)


async def test_a_foreign_conversation_id_opens_nothing(served: Served) -> None:
    ben, anna = await served.connect("ben"), await served.connect("anna")
    sent = await served.say(ben, "message", {"client_id": "client-1", "parts": text("ben's secret")})
    resumed = await served.say(anna, "resume", {"last_seq": 0, "conversation_id": sent["conversation_id"]})
    assert resumed["conversation"] is None and resumed["messages"] == []


@pytest.mark.parametrize(
    ("event", "data", "field"),
    [
        ("message", None, "client_id"),
        ("message", "words", "data"),
        ("message", [], "data"),
        ("message", {"client_id": "client-1", "parts": []}, "parts"),
        ("message", {"client_id": "client-1", "parts": [{"type": "text", "text": ""}]}, "parts.0.text.text"),
        ("message", {"client_id": "client-1", "parts": [{"type": "text", "text": "x" * 4001}]}, "parts.0.text.text"),
        ("message", {"client_id": "client-1", "parts": [{"type": "template", "name": "x"}]}, "parts.0"),
        ("message", {"client_id": "../../etc", "parts": [{"type": "text", "text": "x"}]}, "client_id"),
        ("message", {"client_id": "client-1", "parts": [{"type": "text", "text": "x"}], "tenant": "t"}, "tenant"),
        (
            "message",
            {"client_id": "client-1", "parts": [{"type": "choice", "id": "x"}, {"type": "text", "text": "x"}]},
            "data",
        ),
        ("resume", {"last_seq": -1}, "last_seq"),
        ("resume", {"last_seq": "1"}, "last_seq"),
        ("read", {}, "seq"),
        ("inbox.subscribe", {}, "event"),
        ("stop", {}, "event"),
    ],
)
async def test_a_bad_event_is_answered_in_words_and_changes_nothing(
    served: Served, event: str, data: Any, field: str
) -> None:
    anna = await served.connect("anna")
    ack = await served.say(anna, event, data)
    assert ack["error"]["code"] == "invalid"
    assert ack["error"]["field"] == field
    assert served.ledger.messages == {}
    assert (await served.say(anna, "typing", {"active": True})) == {"ok": True}


async def test_a_store_that_is_away_is_answered_in_words(served: Served) -> None:
    anna = await served.connect("anna")
    served.ledger.down = True
    ack = await served.say(anna, "message", {"client_id": "client-1", "parts": text("x")})
    assert ack == {"error": {"code": "unavailable", "message": "The store is away. Try again."}}
    served.ledger.down = False
    assert (await served.say(anna, "message", {"client_id": "client-1", "parts": text("x")}))["seq"] == 1


async def test_a_tapped_option_is_said_as_a_choice_of_its_message(served: Served) -> None:
    taken: list[Any] = []
    accept = served.ledger.accept

    async def noting(guest: Guest, raw: bytes) -> Taken:
        taken.append(json.loads(raw))
        return await accept(guest, raw)

    served.realtime._visitors._desk = replace(served.realtime._visitors._desk, accept=noting)
    anna = await served.connect("anna")
    choice = {"type": "choice", "id": "yes", "title": "Yes"}
    await served.say(anna, "message", {"client_id": "client-1", "parts": [choice], "target": "message-1"})
    assert taken == [{"event": "choice", "client_id": "client-1", "target": "message-1", "parts": [choice]}]


async def test_an_act_reaches_its_handler_once_there_is_a_conversation(served: Served) -> None:
    anna = await served.connect("anna")
    thumb = {"message_id": "message-1", "value": "up"}
    assert (await served.say(anna, "feedback", thumb))["error"]["code"] == "not_found"
    await served.say(anna, "message", {"client_id": "client-1", "parts": text("x")})
    assert await served.say(anna, "feedback", thumb) == {"ok": True, "thanked": "up"}


async def test_one_visitor_cannot_open_windows_without_end() -> None:
    async with serving(SocketLimits(sockets_per_visitor=2)) as served:
        for _ in range(2):
            await served.connect("anna")
        with pytest.raises(Refused):
            await served.connect("anna")
        await served.connect("ben")
        await served.clients[0].disconnect()
        counted = served.realtime._visitors._per_visitor
        await eventually(lambda: sorted(counted.values()) == [1, 1], what="the place of the window that was closed")
        await served.connect("anna")


async def test_one_address_cannot_take_all_sockets() -> None:
    async with serving(SocketLimits(sockets_per_address=2)) as served:
        for token in ("anna", "ben"):
            await served.connect(token)
        with pytest.raises(Refused):
            await served.connect("anna")


async def test_a_flood_is_slowed_and_loses_nothing() -> None:
    async with serving(SocketLimits(frames_per_second=100, burst=5)) as served:
        anna = await served.connect("anna")
        loop = asyncio.get_running_loop()
        started = loop.time()
        acks = await asyncio.gather(*(served.say(anna, "typing", {}) for _ in range(55)))
        assert all(ack == {"ok": True} for ack in acks)
        assert loop.time() - started > 0.4


RAW_FRAMES = [
    "",
    "9",
    "4",
    "4z",
    "42",
    "42/visitor,",
    "42/visitor,{}",
    "42/visitor,[]",
    "42/visitor,[1]",
    '42/visitor,[{"a":1}]',
    "42/visitor,[[]]",
    '42/visitor,["connect",{"aiohttp.request":{}},{"token":"anna"}]',
    '42/visitor,["disconnect"]',
    '42/visitor,1["message",' + "[" * 5000,
    '42/visitor,["message"' + ',"x"' * 500 + "]",
    '40/visitor,{"token":"anna"}',
    '40/visitor,"token"',
    "40/agent,",
    "40",
    "41",
    '451-/visitor,["message",{"_placeholder":true,"num":0}]',
    '4599999999-["message"]',
    "43/visitor,99[]",
    '44/visitor,"x"',
    "1",
    "5",
    "b" + "A" * 100,
    "4" + "x" * 60_000,
    "4" + "x" * 70_000,
    '42/visitor,99999999999999999999999["typing",{}]',
    '42/visitor,["\\ud800"]',
    "\x00\x01\x02",
]


@pytest.mark.parametrize("frame", RAW_FRAMES, ids=range(len(RAW_FRAMES)))
async def test_a_hostile_frame_harms_nobody_else(served: Served, frame: str, caplog: pytest.LogCaptureFixture) -> None:
    ben = await served.connect("ben")
    url = f"{served.url}/socket.io/?EIO=4&transport=websocket&site={SITE}"
    async with aiohttp.ClientSession() as session, session.ws_connect(url, headers={"Origin": ORIGIN}) as socket:
        await socket.receive_str()
        await socket.send_str('40/visitor,{"token":"anna"}')
        await socket.receive_str()
        with contextlib.suppress(ConnectionError):
            await socket.send_str(frame)
            await socket.send_bytes(frame.encode("utf-8", "surrogatepass"))
        with contextlib.suppress(asyncio.TimeoutError):
            await socket.receive(timeout=0.05)
    assert await served.say(ben, "typing", {}) == {"ok": True}
    assert not [r for r in caplog.records if r.levelname in ("ERROR", "CRITICAL")]


async def test_a_socket_that_is_gone_leaves_nothing_behind(served: Served) -> None:
    for _ in range(5):
        client = await served.connect("anna")
        await served.say(client, "message", {"client_id": "client-1", "parts": text("x")})
        await client.disconnect()
    wire, visitors = served.realtime._wire, served.realtime._visitors
    await eventually(lambda: not visitors._seats and not wire._per_address, what="the end of the last socket")
    assert served.realtime._guests._rooms == {}
    assert not visitors._per_visitor
    assert wire._paces == {} and wire._deadlines == {}
