"""What a list of conversations shows: a tree of conditions, the same for built-in lists, queries and saved views."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

Value = str | bool | float | datetime | UUID | None


class Op(StrEnum):
    """How a field is compared. ``is`` with nothing asks whether the field is empty."""

    IS = "is"
    IS_NOT = "is_not"
    BEFORE = "before"
    AFTER = "after"
    CONTAINS = "contains"


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison. ``field`` is one of ``FIELDS``, or ``attribute.KEY`` or ``contact_attribute.KEY``."""

    field: str
    op: Op
    value: Value = None


@dataclass(frozen=True, slots=True)
class Every:
    """All of these hold; true where there are none."""

    of: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of these holds."""

    of: tuple[Filter, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """This does not hold."""

    of: Filter


Filter = Condition | Every | Either | Not

_EQUAL = frozenset({Op.IS, Op.IS_NOT})
_TIME = frozenset({Op.BEFORE, Op.AFTER, Op.IS, Op.IS_NOT})

FIELDS: dict[str, tuple[type, frozenset[Op]]] = {
    "state": (str, _EQUAL),
    "handoff_reason": (str, _EQUAL),
    "assignee": (str, _EQUAL),
    "team": (UUID, _EQUAL),
    "channel": (UUID, _EQUAL),
    "channel_kind": (str, _EQUAL),
    "contact": (UUID, _EQUAL),
    "label": (UUID, _EQUAL),
    "unread": (bool, _EQUAL),
    "mentioned": (bool, _EQUAL),
    "snoozed": (bool, _EQUAL),
    "blocked": (bool, _EQUAL),
    "opened_at": (datetime, _TIME),
    "last_message_at": (datetime, _TIME),
    "waiting_since": (datetime, _TIME),
    "resolved_at": (datetime, _TIME),
    "sla_due_at": (datetime, _TIME),
}
"""Every field a condition may name, the type of its value, and how it may be compared."""

ATTRIBUTE = ("attribute.", "contact_attribute.")
ATTRIBUTE_OPS = frozenset({Op.IS, Op.IS_NOT, Op.CONTAINS})
ME = "me"
"""As an assignee: whoever looks."""


def all_of(*filters: Filter | None) -> Every:
    """The filters that are there, joined."""
    return Every(tuple(f for f in filters if f is not None))


def reach_filter(*, assigned: bool, unassigned: bool, teams: tuple[UUID, ...]) -> Filter:
    """What somebody may see who does not see everything: what is theirs, what is their teams', and what belongs
    neither to a person nor to a team."""
    parts: list[Filter] = [Condition("team", Op.IS, team) for team in teams]
    if assigned:
        parts.append(Condition("assignee", Op.IS, ME))
    if unassigned:
        parts.append(Every((Condition("assignee", Op.IS, None), Condition("team", Op.IS, None))))
    return Either(tuple(parts))


class Queue(StrEnum):
    """The lists every inbox has."""

    NEEDS_PERSON = "needs_person"
    MINE = "mine"
    TEAM = "team"
    UNASSIGNED = "unassigned"
    BOT = "bot"
    SNOOZED = "snoozed"
    RESOLVED = "resolved"
    MENTIONS = "mentions"
    OPEN = "open"


def queue_filter(queue: Queue, teams: tuple[UUID, ...] = ()) -> Filter:
    """What a built-in list shows. ``teams`` are those of whoever looks."""
    awake = Condition("snoozed", Op.IS, False)
    opened = Condition("state", Op.IS_NOT, "resolved")
    match queue:
        case Queue.NEEDS_PERSON:
            return Every((Condition("state", Op.IS, "waiting"), awake))
        case Queue.MINE:
            return Every((Condition("assignee", Op.IS, ME), opened, awake))
        case Queue.TEAM:
            return Every((Either(tuple(Condition("team", Op.IS, team) for team in teams)), opened, awake))
        case Queue.UNASSIGNED:
            return Every((Condition("assignee", Op.IS, None), Condition("state", Op.IS_NOT, "bot"), opened, awake))
        case Queue.BOT:
            return Every((Condition("state", Op.IS, "bot"), awake))
        case Queue.SNOOZED:
            return Every((Condition("snoozed", Op.IS, True), opened))
        case Queue.RESOLVED:
            return Condition("state", Op.IS, "resolved")
        case Queue.MENTIONS:
            return Condition("mentioned", Op.IS, True)
        case Queue.OPEN:
            return opened
