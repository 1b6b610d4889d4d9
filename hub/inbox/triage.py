"""Sorting the inbox: assign, snooze, label, hand to a team, resolve, give back; one, or many at once; and undo."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from hub.core.errors import Conflict, HubError, Invalid, NotFound
from hub.core.events import HubEvent
from hub.core.ids import ConversationId, TenantId, uuid7
from hub.core.ports import Clock
from hub.inbox.agents import AgentDesk, Colleague
from hub.inbox.floor import Floor, undo
from hub.store.session import Store, Tx
from hub.store.undo import Undoable

LONGEST_SNOOZE = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Assign:
    """Give it to a colleague, or (None) back into the queue."""

    to: str | None


@dataclass(frozen=True, slots=True)
class ToTeam:
    """Say whose team's it is; None: nobody's in particular."""

    team: UUID | None


@dataclass(frozen=True, slots=True)
class Resolve:
    """Close it."""


@dataclass(frozen=True, slots=True)
class Return:
    """Let the bot answer again."""


@dataclass(frozen=True, slots=True)
class Snooze:
    """Hide it until a moment, or for some minutes from now; neither: show it again."""

    until: datetime | None = None
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class PutLabels:
    labels: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class TakeLabels:
    labels: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class MarkRead:
    """Read by whoever acts."""


TriageAct = Assign | ToTeam | Resolve | Return | Snooze | PutLabels | TakeLabels | MarkRead


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one conversation of many: done, perhaps to be undone, or why not."""

    conversation: ConversationId
    undo: UUID | None = None
    error: HubError | None = None


class Triage:
    """Acts on conversations for colleagues. What changes who answers goes by ``AgentDesk``, as everywhere."""

    def __init__(self, *, store: Store, desk: AgentDesk, clock: Clock) -> None:
        self._store = store
        self._desk = desk
        self._clock = clock

    async def act(self, tenant: TenantId, conversation: ConversationId, act: TriageAct, by: Colleague) -> UUID | None:
        """Do it; the token that undoes it, where that can be. Raises ``NotFound``, ``Conflict`` and ``Invalid``."""
        match act:
            case PutLabels() | TakeLabels() | MarkRead():
                async with self._store.begin(tenant) as tx:
                    await self._mark(tx, conversation, act, by)
                await self._desk.announce(tenant, conversation)
                return None
            case Assign():
                return (await self.assign(tenant, conversation, act, by))[0]
            case Resolve() | Return() | Snooze() | ToTeam():
                before = await self._standing(tenant, conversation)
                await self._move(tenant, conversation, act, by)
                async with self._store.begin(tenant) as tx:
                    return await tx.undo.keep(before, uuid7(), by.id)

    async def assign(
        self, tenant: TenantId, conversation: ConversationId, act: Assign, by: Colleague
    ) -> tuple[UUID | None, Floor]:
        """Give it to a colleague; the token that undoes it, and what the bot's rows were up to."""
        before = await self._standing(tenant, conversation)
        moved = await self._desk.assign(tenant, conversation, act.to, by)
        async with self._store.begin(tenant) as tx:
            return await tx.undo.keep(before, uuid7(), by.id), moved

    async def act_on_many(
        self,
        tenant: TenantId,
        conversations: Sequence[ConversationId],
        act: TriageAct,
        by: Colleague,
        *,
        unseen: Set[ConversationId] = frozenset(),
    ) -> list[Outcome]:
        """Do it to each; one that cannot be does not hold up the others. For who acts, the ``unseen`` are not there."""
        outcomes = []
        for conversation in dict.fromkeys(conversations):
            try:
                if conversation in unseen:
                    raise NotFound("There is no such conversation.", field="conversation")
                outcomes.append(Outcome(conversation, undo=await self.act(tenant, conversation, act, by)))
            except HubError as error:
                outcomes.append(Outcome(conversation, error=error))
        return outcomes

    async def undo(self, tenant: TenantId, conversation: ConversationId, token: UUID, by: Colleague) -> None:
        """Put a conversation back to where an act found it. Raises ``Conflict`` when something happened since."""
        async with self._store.begin(tenant) as tx:
            if await tx.conversations.get(conversation, lock=True) is None:
                raise NotFound("There is no such conversation.", field="conversation")
            kept = await tx.undo.take(conversation, token)
            if kept is None:
                raise Conflict("This can no longer be undone: something else was done since.", field="token")
            await undo(tx, kept, by=by.id)
        await self._desk.announce(tenant, conversation)

    async def _standing(self, tenant: TenantId, conversation: ConversationId) -> Undoable:
        async with self._store.begin(tenant) as tx:
            standing = await tx.undo.standing(conversation)
        if standing is None:
            raise NotFound("There is no such conversation.", field="conversation")
        return standing

    async def _move(
        self, tenant: TenantId, conversation: ConversationId, act: Resolve | Return | Snooze | ToTeam, by: Colleague
    ) -> None:
        match act:
            case Resolve():
                await self._desk.resolve(tenant, conversation, by)
            case Return():
                await self._desk.give_back(tenant, conversation, by)
            case Snooze():
                await self._snooze(tenant, conversation, act, by)
            case ToTeam(team=team):
                async with self._store.begin(tenant) as tx:
                    await tx.conversations.set_team(conversation, team)
                    await _note(tx, conversation, by, team=None if team is None else str(team))
                await self._desk.announce(tenant, conversation)

    async def _snooze(self, tenant: TenantId, conversation: ConversationId, act: Snooze, by: Colleague) -> None:
        now = self._clock.now()
        until = act.until if act.minutes is None else now + timedelta(minutes=act.minutes)
        if until is not None and not now < until <= now + LONGEST_SNOOZE:
            raise Invalid("Choose a moment in the coming year.", field="until")
        async with self._store.begin(tenant) as tx:
            row = await tx.conversations.get(conversation, lock=True)
            if row is not None and row.state == "resolved":
                raise Conflict("A resolved conversation needs no snooze: it comes back by itself.", field="state")
            await tx.conversations.snooze(conversation, until)
            await _note(tx, conversation, by, snoozed_until=None if until is None else until.isoformat())
        await self._desk.announce(tenant, conversation)

    async def _mark(
        self, tx: Tx, conversation: ConversationId, act: PutLabels | TakeLabels | MarkRead, by: Colleague
    ) -> None:
        row = await tx.conversations.get(conversation, lock=True)
        if row is None:
            raise NotFound("There is no such conversation.", field="conversation")
        match act:
            case PutLabels(labels=labels):
                known = {label.id for label in await tx.labels.all()}
                if not known.issuperset(labels):
                    raise Invalid("There is no such label.", field="labels")
                if await tx.labels.put_on(conversation, labels):
                    await _note(tx, conversation, by, labels_added=[str(label) for label in labels])
            case TakeLabels(labels=labels):
                if await tx.labels.take_off(conversation, labels):
                    await _note(tx, conversation, by, labels_removed=[str(label) for label in labels])
            case MarkRead():
                await tx.readings.mark(conversation, by.id, row.last_seq)


async def _note(tx: Tx, conversation: ConversationId, by: Colleague, **change: object) -> None:
    data = {"conversation_id": str(conversation), "by": by.id, **change}
    await tx.events.add(HubEvent.CONVERSATION_UPDATED, data, conversation)
