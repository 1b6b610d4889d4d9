"""Messenger webhooks that nobody here wrote mean what their authors meant."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.messenger.inbound import parse, route
from hub.core.messages import Choice, Event, Location, Media, Part, Text

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
Told = tuple[str, tuple[Part, ...] | str]
HELLO = (Text("hello, text message world!"),)
SHARED = (
    Media("image", ref="http://image.url"),
    Text("<TITLE_OF_THE_URL_ATTACHMENT>\n<URL_OF_THE_ATTACHMENT>"),
    Location(52.3765533, 9.7389123),
)
RECEIPT = (Text("Samsung Gear VR, Oculus Rift\nSamsung Gear VR\nFrost White\nOculus Rift\n"
                "Includes: headset, sensor, remote"),)  # fmt: skip
TAPPED = (Choice("<USER_DEFINED_PAYLOAD>", "<TITLE_FOR_THE_CTA>"),)

# name -> what each event is: its type, and its parts or the kind under which it is kept
EXPECTED: dict[str, list[Told]] = {
    "bottender-01ae84339cceb65e": [("unknown", "page.feed")],
    "bottender-11e44cd694a4de68": [("message", (Text("test 1"),)), ("message", (Text("test 2"),))],
    "bottender-1767340f19cb9503": [("echo", (Text("text"),))],
    "bottender-20300a1259e606cb": [("message", (Text("text"),))],
    "bottender-46af6d6228ff75bd": [("unknown", "standby.empty")],
    "bottender-631d4818e27dc3ad": [("message", (Text("test 1"),)), ("message", (Text("test 2"),))],
    "bottender-7d9f9ad99c1c9729": [("message", (Text("test 1"),)), ("message", (Text("test 2"),))],
    "bottender-ae6a3b66329b5158": [("message", (Text("text"),))],
    "bottender-d4fee1b5e8364bb1": [("unknown", "other")],
    "bottender-e94403e641789e4d": [("unknown", "page.feed"), ("unknown", "page.feed")],
    "bottender-ed613f1b6a3ca61d": [("unknown", "page.messages")],
    "messenger4j-0b69eafd5a862f22": [("message", (Text("34wrr3wr"),))],
    "messenger4j-147a54ba9973aae4": [("status", ())],
    "messenger4j-18a53ffaf19c7065": [("message", (Text("CHANGED_TEXT_SO_SIGNATURE_IS_INVALID"),))],
    "messenger4j-1949471d23d41dc3": [("unknown", "EVENT_TYPE_THAT_IS_UNSUPPORTED")],
    "messenger4j-1efe0216ae7a9e47": [("message", SHARED)],
    "messenger4j-2d0fb8e203acd5af": [("choice", TAPPED)],
    "messenger4j-3159f615cec12de0": [("referral", "referral")],
    "messenger4j-349cd48e97a2f357": [("choice", (Choice("DEVELOPER_DEFINED_PAYLOAD", "hello, world!"),))],
    "messenger4j-35a0d826fdbc9edb": [("referral", "referral")],
    "messenger4j-35c406d36fc823f4": [("echo", HELLO)],
    "messenger4j-3706e02a7a7b4eb7": [("message", (Text("Thanks for messaging me!"),))],
    "messenger4j-4654f527f3ce1473": [("message", HELLO)],
    "messenger4j-6663aa66cd3f63ea": [("referral", "referral")],
    "messenger4j-675134239e21993c": [("unknown", "game_play")],
    "messenger4j-6f8d8c64258ca8c3": [("echo", RECEIPT)],
    "messenger4j-70b3e58ca4de8c3c": [("message", SHARED)],
    "messenger4j-85d6fdd839da2f45": [("unknown", "account_linking")],
    "messenger4j-8a96fd31d084f0a8": [("referral", "referral")],
    "messenger4j-9a83f79c0d32518a": [("referral", "optin")],
    "messenger4j-9b38df314da6594a": [("read", ())],
    "messenger4j-a7bd142e2f6bd95d": [("message", HELLO)],
    "messenger4j-b36e5431270b7d09": [("choice", TAPPED), ("referral", "referral")],
    "messenger4j-bb56b09b4936adc2": [("unknown", "account_linking")],
    "messenger4j-d7bb1e073caddab8": [("message", (Text("Hello Chatbot"),))],
    "messenger4j-d9bac2129447aaff": [("referral", "optin")],
    "messenger4j-e6f7d0e2d1c35345": [("status", ())],
}


def read(fixtures: Path, name: str) -> tuple[list[dict[str, Any]], list[Event]]:
    raw = (fixtures / "webhooks" / "messenger" / f"{name}.json").read_bytes()
    entries = json.loads(raw)["entry"]
    assert list(route(raw)) == list(dict.fromkeys(entry["id"] for entry in entries))
    return entries, list(parse(raw, None, NOW))


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_meaning(fixtures: Path, name: str):
    entries, events = read(fixtures, name)
    assert [e.type for e in events] == [type_ for type_, _ in EXPECTED[name]]
    for event, (_, told) in zip(events, EXPECTED[name], strict=True):
        assert event.parts[0].kind == told if isinstance(told, str) else event.parts == told
        assert event.account in {entry["id"] for entry in entries}
    items = [(entry, item) for entry in entries for item in entry.get("messaging", ())]
    for event, (entry, item) in zip(events, items, strict=False):
        about(event, entry, item)


def about(event: Event, entry: dict[str, Any], item: dict[str, Any]) -> None:
    """Who, where and when, straight from the payload."""
    message = item.get("message", {})
    is_echo = event.type == "echo"
    side = item["recipient" if is_echo else "sender"]["id"] if "sender" in item else None
    if side:
        assert event.thread == side
    if side and not is_echo:
        assert (event.sender.ids[0].kind, event.sender.ids[0].value) == ("messenger.psid", f"{entry['id']}:{side}")
    receipt = item.get("read") or item.get("delivery") or {}
    stamp = receipt.get("watermark") or item.get("timestamp") or entry["time"]
    assert event.at == datetime.fromtimestamp(float(stamp) / 1000, UTC)
    if message:
        assert event.message_id == message["mid"]
        assert (event.ours, event.row_key) == (False, None)
    if "mids" in receipt:
        assert (event.target, event.status) == (receipt["mids"][0], "delivered")
    elif receipt:
        assert (event.target, event.status) == (None, "read" if "read" in item else "delivered")
    if "optin" in item and "user_ref" in item["optin"]:
        assert event.thread == "ref:REF_FROM_CHECKBOX_PLUGIN"


def test_no_file_is_left_out(fixtures: Path):
    files = sorted((fixtures / "webhooks" / "messenger").glob("*.json"))
    assert {file.stem for file in files} == set(EXPECTED)
    for file in files:
        events = parse(file.read_bytes(), None, NOW)
        assert events and all(event.platform_id for event in events), file.name
