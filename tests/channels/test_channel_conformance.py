"""What every channel promises, asked of all that are registered and of one that a third party brings."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from adapters import registry
from adapters.registry import Channels, channel_kinds, open_channel
from hub.core.channels import (
    AnswersTaps,
    Capabilities,
    Channel,
    ChecksCredentials,
    Credentials,
    Deletes,
    Dialect,
    Edits,
    FetchesMedia,
    OpenFile,
    RegistersWebhook,
    Request,
    SendResult,
    ShowsTyping,
    Verified,
    WebhookRequest,
    Window,
)
from hub.core.errors import Forged, Invalid, NotFound, Unavailable
from hub.core.ids import AccountKey, ChannelKind, MessageId, PlatformId, ThreadKey, uuid7
from hub.core.messages import Choices, Event, EventType, Media, Option, Outbound, Text, event_from_json, event_to_json

THREADS = {
    "messenger": "42",
    "slack": "D42",
    "telegram": "42",
    "webchat": "0198-conv",
    "whatsapp": "49151",
    "pigeon": "coop-1",
}
BODIES: list[bytes] = [
    b"", b"null", b"[]", b"{}", b"0", b'"x"', b"\x00\xff", b"[" * 50_000, b'{"a": NaN}', b'{"a": 1e999}',
    json.dumps({"entry": [{"changes": [{"value": {"messages": [None, 1, {}]}}]}]}).encode(),
    json.dumps({"type": "event_callback", "event": {"type": "message"}}).encode(),
    json.dumps({"update_id": "x", "message": []}).encode(),
]  # fmt: skip


class Pigeon:
    """A channel of a third party."""

    kind = ChannelKind("pigeon")
    capabilities = Capabilities(dialect=Dialect.PLAIN, text_limit=20)

    def __init__(self, *, session: Any, clock: Any, api_url: str | None) -> None:
        self.clock, self.api_url = clock, api_url

    def configure(self, credentials: Mapping[str, Any]) -> Credentials:
        if set(credentials) != {"ring"}:
            raise Invalid("ring is missing.", field="ring")
        return dict(credentials)

    def account(self, credentials: Credentials) -> AccountKey:
        return AccountKey(credentials["ring"])

    def verify(self, credentials: Sequence[Credentials], request: WebhookRequest) -> Verified:
        raise Forged("Pigeons carry no signature.")

    def route(self, raw: bytes) -> Sequence[AccountKey]:
        return ()

    def parse(self, raw: bytes, account: AccountKey | None = None) -> Sequence[Event]:
        key = PlatformId(raw.hex()[:64] or "empty")
        return [Event(EventType.UNKNOWN, self.kind, account or AccountKey(""), key, self.clock.now(), raw={})]

    def render(self, outbound: Outbound, window: Window | None = None) -> Sequence[Request]:
        return [Request("fly", {"words": p.text[:20]}) for p in outbound.parts if isinstance(p, Text | Choices)]

    async def send(
        self, credentials: Credentials, request: Request, *, key: str, open_file: OpenFile | None = None
    ) -> SendResult:
        return SendResult(True, ids=(PlatformId(key),))


class Entry:
    name = "pigeon"

    def load(self) -> type[Pigeon]:
        return Pigeon


@pytest.fixture(autouse=True)
def pigeon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def found(*, group: str) -> list[Any]:
        ours = SimpleNamespace(name="telegram", load=lambda: Pigeon)
        return [Entry(), ours] if group == "switchboard.channels" else []

    monkeypatch.setattr(registry, "entry_points", found)
    registry._third_party.cache_clear()
    yield
    registry._third_party.cache_clear()


@pytest.fixture(params=["messenger", "slack", "telegram", "webchat", "whatsapp", "pigeon"])
def channel(request: pytest.FixtureRequest, clock: Any) -> Channel:
    return open_channel(request.param, clock=clock)


def test_every_registered_channel_is_held_to_this(clock: Any):
    assert set(channel_kinds()) == set(THREADS)
    assert channel_kinds()[-1] == "pigeon"


def test_kind_and_capabilities(channel: Channel):
    assert channel.kind in channel_kinds()
    assert channel.capabilities.text_limit > 0
    assert isinstance(channel, Edits) == channel.capabilities.edit
    assert isinstance(channel, Deletes) == channel.capabilities.delete


@pytest.mark.parametrize("body", BODIES)
def test_parse_and_route_never_raise(channel: Channel, body: bytes):
    events = channel.parse(body, AccountKey("acc"))
    assert events
    for event in events:
        assert event.channel == channel.kind and event.platform_id
        assert event_from_json(json.loads(json.dumps(event_to_json(event)))) == event
    assert list(channel.parse(body, AccountKey("acc"))) == list(events)
    assert len(set(channel.route(body))) == len(channel.route(body))


@pytest.mark.parametrize("depth", [90, 101, 150, 400, 900])
def test_deep_bodies_can_still_be_stored(channel: Channel, depth: int):
    deep = "[" * depth + "]" * depth
    bodies = (
        f'{{"entry": [{{"changes": [{{"field": "x", "value": {{"a": {deep}}}}}], "messaging": [{{"x": {deep}}}]}}]}}',
        f'{{"update_id": 1, "message": {deep}}}',
        f'{{"type": "event_callback", "event": {{"type": "x", "y": {deep}}}}}',
    )
    for body in bodies:
        events = channel.parse(body.encode(), AccountKey("acc"))
        assert events
        for event in events:
            assert event_from_json(orjson.loads(orjson.dumps(event_to_json(event)))) == event


def test_nothing_is_genuine_without_a_secret(channel: Channel):
    for credentials in ([], [{}], [{"secret_token": "", "app_secret": "", "signing_secret": ""}]):
        with pytest.raises(Forged):
            channel.verify(credentials, WebhookRequest("POST", {}, {}, b"{}"))


def test_empty_credentials_name_a_field(channel: Channel):
    with pytest.raises(Invalid) as caught:
        channel.configure({})
    assert caught.value.field


def test_render_is_pure_and_plain_json(channel: Channel):
    parts = (Text("Hello **you**"), Choices("Sure?", (Option("y", "Yes"),)))
    outbound = Outbound(MessageId(uuid7()), "k1", ThreadKey(THREADS[channel.kind]), parts)
    requests = channel.render(outbound)
    assert requests and list(channel.render(outbound)) == list(requests)
    assert "Hello" in json.dumps([dict(r.payload) for r in requests])


async def test_without_a_session_sending_says_so(clock: Any):
    telegram = open_channel("telegram", clock=clock)
    credentials = {"bot_token": "1:" + "A" * 35, "secret_token": "s"}
    with pytest.raises(Unavailable):
        await telegram.send(credentials, Request("sendMessage", {}), key="k")
    assert isinstance(telegram, FetchesMedia)
    with pytest.raises(Unavailable):
        await telegram.fetch_media(credentials, Media("image", ref="F"))


def test_telegram_has_every_optional_capability_it_can_have(clock: Any):
    telegram = open_channel("telegram", clock=clock)
    for protocol in (ShowsTyping, AnswersTaps, Edits, Deletes, FetchesMedia, ChecksCredentials, RegistersWebhook):
        assert isinstance(telegram, protocol), protocol


def test_unknown_kind_names_the_known_ones(clock: Any):
    with pytest.raises(NotFound, match="messenger, slack, telegram, webchat, whatsapp, pigeon"):
        open_channel("fax", clock=clock)


def test_the_mapping_opens_each_once_and_cannot_be_hijacked(clock: Any):
    channels = Channels(clock=clock, api_urls={"pigeon": "http://loft.example"})
    assert list(channels) == list(channel_kinds()) and len(channels) == len(THREADS)
    pigeon = channels[ChannelKind("pigeon")]
    assert isinstance(pigeon, Pigeon) and pigeon.api_url == "http://loft.example"
    assert channels[ChannelKind("pigeon")] is pigeon
    assert not isinstance(channels[ChannelKind("telegram")], Pigeon)
    assert channels.get(ChannelKind("fax")) is None and "fax" not in channels


def test_no_sdk_is_loaded_to_verify_parse_and_render():
    code = """
import sys
from datetime import datetime, UTC
from adapters.registry import open_channel, channel_kinds
class Clock:
    def now(self): return datetime.now(UTC)
for kind in channel_kinds():
    channel = open_channel(kind, clock=Clock())
    channel.parse(b'{"update_id": 1, "message": {"message_id": 1, "date": 1, "chat": {"id": 1}, "text": "x"}}')
heavy = {"telegram", "httpx", "slack_sdk", "slack_bolt", "pywa", "markdown_it", "aiohttp"} & set(sys.modules)
sys.exit(f"loaded: {heavy}" if heavy else 0)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=240)
    assert ran.returncode == 0, ran.stderr
