"""What a waiting customer is told in the channel: the place in the queue, the wait, or when somebody will be there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.core.hours import Hours
from hub.core.ids import ConversationId, TenantId
from hub.core.messages import AuthorKind, part_from_json, plain_text
from hub.knowledge.language import detect_language
from hub.store.messages import MessageRow
from hub.store.session import Store
from orchestrator.phrases import Phrasebook

_LONGEST_TOLD = 7_200
AGAIN_AFTER = 120.0
"""Seconds between two words about the place, at least."""


def wait_seconds(place: int, accepted: Sequence[datetime]) -> int | None:
    """The expected wait, from the pace at which colleagues took conversations lately; None where too few did."""
    moments = sorted(accepted)
    if len(moments) < 4:
        return None
    pace = (moments[-1] - moments[0]).total_seconds() / (len(moments) - 1)
    expected = round(place * pace)
    return expected if expected <= _LONGEST_TOLD else None


class QueueReader:
    """Where a waiting conversation stands in line, and how long it may take, for whoever shows it."""

    def __init__(self, *, store: Store) -> None:
        self._store = store

    async def __call__(self, tenant: TenantId, conversation: ConversationId) -> tuple[int | None, int | None]:
        """The place, counted from 1, and the wait in seconds; None where nobody can say."""
        async with self._store.begin(tenant) as tx:
            row = await tx.conversations.get(conversation)
            if row is None or row.handoff_at is None:
                return None, None
            place = await tx.conversations.place(row)
            return place, wait_seconds(place, await tx.handoffs.accepted_lately())


def queue_words(phrases: Phrasebook, language: str | None, place: int, wait: int | None) -> str:
    """The place, and the wait where it can be told."""
    text = phrases.say("queue_next" if place == 1 else "queue_place", language).replace("{place}", str(place))
    if wait is None:
        return text
    minutes = max(1, round(wait / 60))
    return f"{text} {phrases.say('queue_wait', language).replace('{minutes}', str(minutes))}"


def closed_words(phrases: Phrasebook, language: str | None, hours: Hours, now: datetime) -> str:
    """That nobody is there now, and when somebody will be."""
    opens = hours.next_opening(now)
    if opens is None:
        return phrases.say("closed", language)
    local = opens.astimezone(ZoneInfo(hours.zone))
    when = f"{local:%Y-%m-%d %H:%M} ({hours.zone})"
    return phrases.say("closed_until", language).replace("{when}", when)


def language_of(newest_first: Sequence[MessageRow], default: str) -> str:
    """The language in which the customer wrote lately."""
    said = [
        plain_text([part_from_json(part) for part in row.parts])
        for row in newest_first
        if row.author_kind == AuthorKind.CONTACT and row.deleted_at is None
    ]
    return detect_language("\n".join(reversed(said[:5]))) or default
