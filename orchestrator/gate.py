"""The gate: does the bot speak now? Pure, so that every case is one line of a test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.core.conversations import State
from hub.core.messages import Event
from orchestrator.settings import BotSettings


@dataclass(frozen=True, slots=True)
class Silent:
    """The bot says nothing; ``outcome`` and ``reason`` are what the ledger shows for the messages read."""

    outcome: str
    reason: str


def decide(
    state: State,
    direct: bool,
    events: Sequence[Event],
    settings: BotSettings,
    *,
    bot_turns_last_hour: int,
    bot_spoke: bool = False,
) -> Silent | None:
    """None when the bot may speak, otherwise why not. ``bot_spoke``: it has answered in this conversation before."""
    if state is State.AGENT:
        return Silent("handed_over", "agent")
    if state is State.WAITING:
        return Silent("waiting", "in_queue")
    if state is State.RESOLVED:
        return Silent("ignored", "resolved")
    if not direct:
        if settings.groups == "never":
            return Silent("ignored", "group")
        if settings.groups == "mention" and not any(e.mentioned or (e.threaded and bot_spoke) for e in events):
            return Silent("ignored", "not_addressed")
        if bot_turns_last_hour >= settings.group_turns_per_hour:
            return Silent("ignored", "loop_guard")
    return None
