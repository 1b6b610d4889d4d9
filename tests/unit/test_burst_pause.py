"""How long a message waits for the rest of its thought."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hub.core.ids import AccountKey, ChannelKind, PlatformId
from hub.core.messages import Choice, Event, EventType, Media, Part, Text
from hub.inbox.bursts import FRAGMENT, OPEN_END, pause_after


def event(*parts: Part, type: EventType = EventType.MESSAGE) -> Event:
    return Event(
        type=type,
        channel=ChannelKind("any"),
        account=AccountKey(""),
        platform_id=PlatformId("1"),
        at=datetime.now(UTC),
        parts=parts,
    )


@pytest.mark.parametrize(
    ("text", "pause"),
    [
        ("hi", FRAGMENT),
        ("I have a", FRAGMENT),
        ("I have a question about my last order", OPEN_END),
        ("Where is my order?", 0.0),
        ("Where is my order", OPEN_END),
        ("Danke!", 0.0),
        ("営業時間は何時ですか？", 0.0),
    ],
)
def test_text(text: str, pause: float) -> None:
    assert pause_after(event(Text(text))) == pause


def test_taps_commands_and_pictures_do_not_wait() -> None:
    assert pause_after(event(Choice("yes"), type=EventType.CHOICE)) == 0.0
    assert pause_after(event(Text("/start"), type=EventType.COMMAND)) == 0.0
    assert pause_after(event(Media("image"))) == 0.0
