"""What can be done to a conversation from a list, as JSON: in bulk, by macros, one by one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field, TypeAdapter

from admin.api.actors import ActorId
from hub.core.errors import Invalid
from hub.http.model import Model
from hub.inbox.triage import (
    Assign,
    MarkRead,
    PutLabels,
    Resolve,
    Return,
    Snooze,
    TakeLabels,
    ToTeam,
    TriageAct,
)

MOST_MINUTES = 366 * 24 * 60


class AssignIn(Model):
    """Give it to a colleague (`me`: to whoever acts); null puts it back into the queue."""

    type: Literal["assign"]
    assignee: ActorId | None


class TeamIn(Model):
    type: Literal["team"]
    team: UUID | None


class ResolveIn(Model):
    type: Literal["resolve"]


class ReturnIn(Model):
    type: Literal["return"]


class SnoozeIn(Model):
    """Until a moment, or for some minutes."""

    type: Literal["snooze"]
    until: AwareDatetime | None = None
    minutes: Annotated[int, Field(ge=1, le=MOST_MINUTES)] | None = None


class WakeIn(Model):
    """Show a snoozed conversation again."""

    type: Literal["wake"]


class LabelIn(Model):
    type: Literal["label"]
    labels: Annotated[list[UUID], Field(min_length=1, max_length=20)]


class UnlabelIn(Model):
    type: Literal["unlabel"]
    labels: Annotated[list[UUID], Field(min_length=1, max_length=20)]


class ReadIn(Model):
    type: Literal["read"]


ActIn = Annotated[
    AssignIn | TeamIn | ResolveIn | ReturnIn | SnoozeIn | WakeIn | LabelIn | UnlabelIn | ReadIn,
    Field(discriminator="type"),
]
ACT: TypeAdapter[ActIn] = TypeAdapter(ActIn)


def act_of(given: ActIn, me: str) -> TriageAct:
    """The act. Raises ``Invalid`` for a snooze without an end."""
    match given:
        case AssignIn():
            return Assign(me if given.assignee == "me" else given.assignee)
        case TeamIn():
            return ToTeam(given.team)
        case ResolveIn():
            return Resolve()
        case ReturnIn():
            return Return()
        case SnoozeIn():
            return snooze_of(given.until, given.minutes)
        case WakeIn():
            return Snooze()
        case LabelIn():
            return PutLabels(tuple(given.labels))
        case UnlabelIn():
            return TakeLabels(tuple(given.labels))
        case ReadIn():
            return MarkRead()


def snooze_of(until: datetime | None, minutes: int | None) -> Snooze:
    """A snooze with exactly one end."""
    if (until is None) == (minutes is None):
        raise Invalid("Give either until or minutes.", field="until")
    return Snooze(until, minutes)
