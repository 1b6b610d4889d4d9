"""The states of a conversation and who may move it where."""

from __future__ import annotations

from enum import StrEnum

from hub.core.errors import Conflict


class State(StrEnum):
    """Who answers: the bot, nobody yet (a person was asked for), a person, or nobody any more."""

    BOT = "bot"
    WAITING = "waiting"
    AGENT = "agent"
    RESOLVED = "resolved"


TRANSITIONS: dict[State, frozenset[State]] = {
    State.BOT: frozenset({State.WAITING, State.AGENT, State.RESOLVED}),
    State.WAITING: frozenset({State.AGENT, State.BOT, State.RESOLVED}),
    State.AGENT: frozenset({State.BOT, State.WAITING, State.RESOLVED}),
    State.RESOLVED: frozenset({State.BOT, State.AGENT}),
}
"""From each state, the states it may go to."""


def check_transition(current: State, wanted: State) -> None:
    """Raise ``Conflict`` in plain words where a conversation cannot go from ``current`` to ``wanted``."""
    if wanted not in TRANSITIONS[current]:
        raise Conflict(f"A conversation in state '{current}' cannot become '{wanted}'.", field="state")


class HandoffReason(StrEnum):
    """Why a person was asked for."""

    KEYWORD = "keyword"
    WISH = "wish"
    NO_ANSWER = "no_answer"
    MODEL_FAILED = "model_failed"
    PERSON_ACTED = "person_acted"
    AGENT_TOOK_OVER = "agent_took_over"
    LOW_SUPPORT = "low_support"
    TURN_LIMIT = "turn_limit"
    COST_LIMIT = "cost_limit"
    BUDGET = "budget"
    PERSON_FIRST = "person_first"
    REOPENED = "reopened"
    CONTINUED = "continued"
