"""The desk's round: what must happen to a conversation while no one acts in it.

It rings for colleagues, gives conversations to those who are free, tells waiting customers their place, ends snoozes,
keeps an eye on promises, and gives conversations back to the bot when nobody wrote for long. A conversation is looked
at when something about it changed, and again when the round itself said so; each look decides by what is stored, so
that doing it twice does nothing twice.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog

from hub.core.channels import Channel
from hub.core.conversations import State
from hub.core.events import HubEvent
from hub.core.hours import Hours
from hub.core.ids import ChannelKind
from hub.core.messages import AuthorKind, Text
from hub.core.ports import Announcer, Clock, PresenceFeed, Waker
from hub.inbox import floor
from hub.inbox.desk_settings import DeskSettings, read_desk_settings
from hub.inbox.send import Draft, write
from hub.inbox.shown import notification_json
from hub.store.conversations import ConversationRow
from hub.store.cross import DeskClaim
from hub.store.notifications import ColleagueRow, NotificationRow
from hub.store.session import Store, Tx
from orchestrator.phrases import Phrasebook
from orchestrator.promises import promises
from orchestrator.settings import BotSettings, read_settings
from orchestrator.waiting_room import AGAIN_AFTER, closed_words, language_of, queue_words, wait_seconds

log = structlog.get_logger(__name__)

LEASE_SECONDS = 20.0
_QUEUE_SECONDS = 10.0
"""How often a waiting conversation is looked at: places move, and colleagues become free."""
_IDLE = "idle"


@dataclass(slots=True)
class _Look:
    """One look at one conversation, within its transaction."""

    tx: Tx
    row: ConversationRow
    desk: DeskSettings
    bot: BotSettings
    hours: Hours
    now: datetime
    marks: dict[str, Any]
    again: list[datetime] = field(default_factory=list)
    rung: list[NotificationRow] = field(default_factory=list)
    wrote: bool = False
    moved: bool = False

    async def ring(self, people: list[str], kind: str, mark: str, text: str) -> None:
        """Tell people once about this."""
        if people:
            self.rung += await self.tx.notifications.add(people, kind, self.row.id, mark, text)


class DeskRound:
    """Looks at one claimed conversation. ``bell`` rings at colleagues' windows."""

    def __init__(
        self,
        *,
        store: Store,
        channels: Mapping[ChannelKind, Channel],
        announcer: Announcer,
        bell: PresenceFeed,
        waker: Waker,
        clock: Clock,
    ) -> None:
        self._store = store
        self._channels = channels
        self._announcer = announcer
        self._bell = bell
        self._waker = waker
        self._clock = clock

    async def run(self, claim: DeskClaim) -> None:
        """Look, do what is due, and say when to look again."""
        async with self._store.begin(claim.tenant_id) as tx:
            row = await tx.conversations.get(claim.id, lock=True)
            if row is None:
                return
            raw = await tx.settings.get()
            desk = read_desk_settings(raw)
            hours = await tx.calendars.hours(desk.calendar)
            look = _Look(tx, row, desk, read_settings(raw), hours, self._clock.now(), dict(row.desk))
            sla = await self._look(look)
            again = min(look.again, default=None)
            await tx.conversations.desk_done(row.id, claim.due, again, look.marks, sla)
            seq = (await tx.conversations.get(row.id) or row).last_seq
        await self._tell(claim, look, seq)

    async def _look(self, look: _Look) -> datetime | None:
        if look.row.snoozed_until is not None and await self._asleep(look):
            return look.row.sla_due_at
        if look.row.state == State.WAITING:
            await self._waiting(look)
        elif look.row.state == State.AGENT:
            await self._with_agent(look)
        return await _promises(look)

    async def _asleep(self, look: _Look) -> bool:
        """Whether it still sleeps; else it is woken and its colleague told."""
        until = look.row.snoozed_until
        if until is None:
            return False
        if until > look.now:
            look.again.append(until)
            return True
        await look.tx.conversations.snooze(look.row.id, None)
        look.moved = True
        if look.row.assignee is not None:
            await look.ring([look.row.assignee], "snooze_over", until.isoformat(), "A snoozed conversation is back.")
        return False

    async def _waiting(self, look: _Look) -> None:
        colleagues = await look.tx.notifications.colleagues(look.row.team_id or look.desk.team)
        since = look.row.handoff_at or look.now
        await look.ring(
            [c.person for c in colleagues if not c.own_alone],
            floor.NEEDS_PERSON,
            since.isoformat(),
            "A customer waits for a person.",
        )
        look.again.append(look.now + timedelta(seconds=_QUEUE_SECONDS))
        is_open = look.hours.is_open(look.now)
        place = await look.tx.conversations.place(look.row)
        look.moved = look.moved or look.marks.get("place") != place
        look.marks["place"] = place
        if look.desk.auto_assign and is_open and await self._assign(look):
            return
        if look.desk.tell_place:
            await self._tell_place(look, place, is_open)

    async def _assign(self, look: _Look) -> bool:
        """Give it to a free colleague, if it is this one's turn. First come, first served within a team."""
        await look.tx.conversations.hold_desk()
        if await look.tx.conversations.place(look.row) != 1:
            return False
        # Counted again under the lock: whoever was free a moment ago may have got another.
        free = free_colleagues(await look.tx.notifications.colleagues(look.row.team_id or look.desk.team))
        if not free:
            return False
        chosen = free[0].person
        await floor.give_to(look.tx, look.row.id, to=chosen)
        look.moved = True
        await look.ring([chosen], "assigned", look.now.isoformat(), "A conversation was given to you.")
        return True

    async def _tell_place(self, look: _Look, place: int, is_open: bool) -> None:
        """In channels that have no place of their own for it: a line when the place is known, and when it improves."""
        channel = await look.tx.channels.get(look.row.channel_id)
        adapter = None if channel is None else self._channels.get(channel.kind)
        if adapter is None or adapter.capabilities.shows_queue:
            return
        mark = (look.row.handoff_at or look.now).isoformat()
        told = look.marks.get("queue")
        if not isinstance(told, dict) or told.get("mark") != mark:
            told = {"mark": mark}
        phrases = Phrasebook(
            look.bot.phrases, default=look.bot.language, bot=look.bot.bot_name, company=look.bot.company
        )
        newest_first = await look.tx.messages.before(look.row.id, None, 20)
        language = language_of(newest_first, look.bot.language)
        words = None
        if not is_open:
            if not told.get("closed"):
                words = closed_words(phrases, language, look.hours, look.now)
                told = {**told, "closed": True}
        elif _worth_telling(told, place, look.now):
            wait = wait_seconds(place, await look.tx.handoffs.accepted_lately())
            # Who is first and whose wait nobody can tell was told all there is to say when they were handed over.
            if place > 1 or wait is not None or "place" in told:
                words = queue_words(phrases, language, place, wait)
            told = {**told, "place": place, "at": look.now.isoformat()}
        if words is not None:
            draft = Draft(parts=[Text(words)], author=AuthorKind.SYSTEM, author_name=look.bot.bot_name,
                          metadata={"thought": "queue"})  # fmt: skip
            await write(look.tx, look.row, draft, at=look.now)
            look.wrote = look.moved = True
        look.marks["queue"] = told

    async def _with_agent(self, look: _Look) -> None:
        row = look.row
        # A person who answered elsewhere (their phone, the platform's own inbox) has taken the handoff too.
        if await look.tx.handoffs.accept(row.id, row.assignee):
            await look.tx.notifications.settle(row.id, floor.NEEDS_PERSON)
        if row.waiting_since is not None:
            if row.assignee is not None and row.answered_at is not None:
                await look.ring(
                    [row.assignee], "customer_replied", row.waiting_since.isoformat(), "A customer replied."
                )
            return
        minutes = look.desk.idle_return_minutes
        if minutes is None or row.last_message_at is None:
            return
        due = row.last_message_at + timedelta(minutes=minutes)
        if due > look.now:
            look.again.append(due)
            return
        await floor.return_to_bot(look.tx, row.id, by=_IDLE, reason="idle")
        look.moved = True

    async def _tell(self, claim: DeskClaim, look: _Look, seq: int) -> None:
        """Hints after the commit; lost ones cost time alone."""
        with contextlib.suppress(Exception):
            for note in look.rung:
                await self._bell.notified(claim.tenant_id, note.person, notification_json(note))
            if look.wrote:
                await self._waker.wake("delivery")
            if look.moved or look.rung:
                await self._announcer.announce(claim.tenant_id, claim.id, seq)


def free_colleagues(colleagues: list[ColleagueRow], skills: frozenset[str] = frozenset()) -> list[ColleagueRow]:
    """Those who are online with room for one more and have the skills: the least busy first, then who waits longest."""
    able = [c for c in colleagues if c.availability == "online" and c.busy < c.capacity and skills <= set(c.skills)]
    return sorted(able, key=lambda c: (c.busy / c.capacity, c.last_at.timestamp() if c.last_at else 0.0, c.person))


def _worth_telling(told: Mapping[str, Any], place: int, now: datetime) -> bool:
    """At first; then when the place has improved, but not every few seconds."""
    before, at = told.get("place"), told.get("at")
    if not isinstance(before, int) or not isinstance(at, str):
        return True
    return place < before and (now - datetime.fromisoformat(at)).total_seconds() >= AGAIN_AFTER


async def _promises(look: _Look) -> datetime | None:
    """Ring where a promise was broken; the next one that would be."""
    row = await look.tx.conversations.get(look.row.id)
    if row is None:
        return None
    broken = [mark for mark in look.marks.get("sla", []) if isinstance(mark, str)]
    current: list[str] = []
    for promise in promises(row, look.desk, look.hours):
        if promise.due > look.now:
            look.again.append(promise.due)
            continue
        current.append(promise.mark)
        if promise.mark in broken:
            continue
        who = [row.assignee] if row.assignee else [
            c.person for c in await look.tx.notifications.colleagues(row.team_id or look.desk.team) if not c.own_alone
        ]  # fmt: skip
        await look.ring(who, "sla", promise.mark, "A promised time has passed.")
        data = {"conversation_id": str(row.id), "promise": promise.kind, "due": promise.due.isoformat()}
        await look.tx.events.add(HubEvent.SLA_BREACHED, data, row.id)
    look.marks["sla"] = current
    return min((promise.due for promise in promises(row, look.desk, look.hours)), default=None)
