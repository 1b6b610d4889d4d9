"""When the bot may speak, one case a line."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

import pytest

from hub.core.conversations import State
from hub.core.ids import AccountKey, ChannelKind, PlatformId, ThreadKey
from hub.core.messages import Event, EventType, Sender
from orchestrator.gate import decide
from orchestrator.settings import BotSettings


def event(*, mentioned: bool) -> Event:
    return Event(
        type=EventType.MESSAGE,
        channel=ChannelKind("telegram"),
        account=AccountKey("1"),
        platform_id=PlatformId("1"),
        at=datetime.now(UTC),
        sender=Sender(ids=()),
        thread=ThreadKey("1"),
        mentioned=mentioned,
    )


@pytest.mark.parametrize(
    ("state", "direct", "groups", "mentioned", "turns", "reason"),
    [
        (State.BOT, True, "mention", False, 0, None),
        (State.BOT, True, "never", False, 999, None),
        (State.AGENT, True, "mention", True, 0, "agent"),
        (State.WAITING, True, "mention", True, 0, "in_queue"),
        (State.RESOLVED, True, "mention", True, 0, "resolved"),
        (State.BOT, False, "mention", False, 0, "not_addressed"),
        (State.BOT, False, "mention", True, 0, None),
        (State.BOT, False, "always", False, 0, None),
        (State.BOT, False, "never", True, 0, "group"),
        (State.BOT, False, "always", False, 19, None),
        (State.BOT, False, "always", True, 20, "loop_guard"),
        (State.AGENT, False, "always", True, 0, "agent"),
    ],
)
def test_the_gate(
    state: State,
    direct: bool,
    groups: Literal["mention", "always", "never"],
    mentioned: bool,
    turns: int,
    reason: str | None,
) -> None:
    events = [event(mentioned=False), event(mentioned=mentioned)]
    silent = decide(state, direct, events, BotSettings(groups=groups), bot_turns_last_hour=turns)
    assert (silent.reason if silent else None) == reason


def test_in_a_thread_the_bot_goes_on_once_it_has_spoken():
    follow_up = [replace(event(mentioned=False), threaded=True)]
    settings = BotSettings(groups="mention")
    silent = decide(State.BOT, False, follow_up, settings, bot_turns_last_hour=0)
    assert silent is not None and silent.reason == "not_addressed"
    assert decide(State.BOT, False, follow_up, settings, bot_turns_last_hour=1, bot_spoke=True) is None
    elsewhere = decide(State.BOT, False, [event(mentioned=False)], settings, bot_turns_last_hour=1, bot_spoke=True)
    assert elsewhere is not None
