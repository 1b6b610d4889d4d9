"""Telegram updates that nobody here wrote mean what their authors meant."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.telegram.inbound import parse
from hub.core.ids import AccountKey
from hub.core.messages import Alias, Choice, Event, Media, Part, Text

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
VISITOR = ("Test Firstname Test Lastname", "1111111")
FILE = "AwADBAADbXXXXXXXXXXXGBdhD2l6_XX"
SENT = 1441645532

# name -> type, parts (None: kept raw), seconds since 1970, reply to, target
EXPECTED: dict[str, tuple[str, tuple[Part, ...] | None, int | None, str | None, str | None]] = {
    "adapter-telegram-962814c873e23b67": ("command", (Text("/start"),), SENT, None, None),
    "adapter-telegram-e2fcca326778b1de": ("command", (Text("/start"),), SENT, None, None),
    "adapter-telegram-f7b924c25406ac24": ("command", (Text("/start"),), SENT, None, None),
    "adapter-telegram-91669bf794e27ae9": ("command", (Text("/start"),), SENT, "1111112:1334", None),
    "adapter-telegram-f3fbc9f3ca692a2e": ("message", (Text("Bold and italics"),), SENT, None, None),
    "adapter-telegram-2d150706df2f9b3c": ("edit", (Text("Edited text"),), 1441646600, None, "1111111:1365"),
    "adapter-telegram-088426f3881bc418": (
        "message", (Media("document", ref=FILE, mime="application/pdf", name="Testfile.pdf", size=536392),),
        SENT, None, None,
    ),
    "adapter-telegram-91374306ff3e17f9": (
        "message",
        (Media("audio", ref=FILE, mime="audio/mpeg", name="Test music file", size=3897500, duration=243.0),),
        SENT, None, None,
    ),
    "adapter-telegram-a75b3adfd7705c10": (
        "message", (Media("voice", ref=FILE, mime="audio/ogg", size=23000, duration=5.0),), SENT, None, None,
    ),
    "adapter-telegram-421201c76f5efef9": ("unknown", None, None, None, None),
    "adapter-telegram-96bcce725a18118b": ("unknown", None, None, None, None),
    "adapter-telegram-a24ebd3472614786": (
        "choice", (Choice("Data from button callback"),), None, None, "inline:1234csdbsk4839",
    ),
    "java-telegram-bot-api-962f659964379779": ("message", (Text("block the news"),), 1579958705, None, None),
    "java-telegram-bot-api-d501c55b49320d6e": ("unknown", None, 1535389477, None, None),
}  # fmt: skip


def read(fixtures: Path, name: str) -> tuple[dict[str, Any], Event]:
    raw = (fixtures / "webhooks" / "telegram" / f"{name}.json").read_bytes()
    (event,) = parse(raw, AccountKey("999"), NOW)
    return json.loads(raw), event


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_meaning(fixtures: Path, name: str):
    type_, parts, seconds, reply_to, target = EXPECTED[name]
    update, event = read(fixtures, name)
    assert event.type == type_
    assert event.platform_id == str(update["update_id"])
    assert event.at == (datetime.fromtimestamp(seconds, UTC) if seconds else NOW)
    assert (event.reply_to, event.target) == (reply_to, target)
    if parts is None:
        assert event.raw == update
    else:
        assert event.parts == parts
    if name.startswith("adapter"):
        assert (event.sender.name, event.sender.ids) == (VISITOR[0], (Alias("telegram.user", VISITOR[1]),))
        assert event.direct
    if type_ in ("message", "command"):
        body = update["message"]
        assert event.thread == str(body["chat"]["id"])
        assert event.message_id == f"{body['chat']['id']}:{body['message_id']}"


def test_group_message_with_a_shared_user(fixtures: Path):
    _, event = read(fixtures, "java-telegram-bot-api-962f659964379779")
    assert (event.thread, event.direct, event.mentioned) == ("-23123123123123", False, False)
    assert (event.sender.name, event.sender.ids) == ("RRRR", (Alias("telegram.user", "1231231231"),))


def test_no_file_is_left_out(fixtures: Path):
    files = sorted((fixtures / "webhooks" / "telegram").glob("*.json"))
    assert {file.stem for file in files} == set(EXPECTED)
    for file in files:
        events = parse(file.read_bytes(), AccountKey("999"), NOW)
        assert events and all(event.platform_id for event in events), file.name
