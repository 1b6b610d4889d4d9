"""Promises of service: until when a first answer, the next one and the end are due, in open time. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.core.conversations import State
from hub.core.hours import Hours
from hub.inbox.desk_settings import DeskSettings
from hub.store.conversations import ConversationRow


@dataclass(frozen=True, slots=True)
class Promise:
    """``kind`` is first_response, next_response or resolution; ``mark`` names this very occasion."""

    kind: str
    due: datetime
    mark: str


def promises(row: ConversationRow, settings: DeskSettings, hours: Hours) -> list[Promise]:
    """What is promised to the customer now, the soonest first."""
    if row.state not in (State.WAITING, State.AGENT):
        return []
    found = []
    answered = row.answered_at is not None
    wanted = [
        ("first_response", None if answered else row.handoff_at, settings.first_response_minutes),
        ("next_response", row.waiting_since if answered else None, settings.next_response_minutes),
        ("resolution", row.handoff_at, settings.resolution_minutes),
    ]
    for kind, since, minutes in wanted:
        if since is None or minutes is None:
            continue
        due = hours.add_open_time(since, timedelta(minutes=minutes))
        if due is not None:
            found.append(Promise(kind, due, f"{kind}:{since.isoformat()}"))
    return sorted(found, key=lambda promise: promise.due)
