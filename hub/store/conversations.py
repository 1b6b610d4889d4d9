"""Conversations: state, sequence, lease and the two epochs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.core.conversations import State
from hub.core.ids import ChannelId, ContactId, ConversationId, MessageId, TenantId, ThreadKey
from hub.core.policy import Standing
from hub.store.cross import Claim
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, fetch_value, run

_GET = "select * from hub.conversation where id = :id"
_GET_LOCKED = _GET + " for update"


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """``pending`` counts customer messages no turn has read; ``due_at`` is when a worker looks next.

    The customer waits for a person since ``waiting_since``; ``handoff_at`` and ``handoff_reason`` tell when and why one
    was last asked for, ``answered_at`` when one first answered; ``sla_due_at`` is the next promise to keep.
    """

    id: ConversationId
    tenant_id: TenantId
    channel_id: ChannelId
    thread_key: ThreadKey
    contact_id: ContactId | None
    direct: bool
    state: str
    state_reason: str | None
    assignee: str | None
    title: str | None
    pending: int
    due_at: datetime | None
    attempts: int
    lease_owner: UUID | None
    claim_epoch: int
    floor_epoch: int
    last_seq: int
    bot_misses: int
    last_inbound_at: datetime | None
    last_message_at: datetime | None
    opened_at: datetime
    resolved_at: datetime | None
    metadata: dict[str, Any]
    team_id: UUID | None
    snoozed_until: datetime | None
    handoff_reason: str | None
    handoff_at: datetime | None
    waiting_since: datetime | None
    answered_at: datetime | None
    sla_due_at: datetime | None
    attributes: dict[str, Any]
    desk: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Yielded:
    """What a person's act did to the bot's rows: message ids on the wire, and those taken back in time."""

    floor_epoch: int
    in_flight: list[MessageId]
    cancelled: list[MessageId]


class Conversations:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def get(self, id: ConversationId, *, lock: bool = False) -> ConversationRow | None:
        """The conversation; ``lock`` holds its row until the transaction ends."""
        return await fetch_one(self._connection, ConversationRow, _GET_LOCKED if lock else _GET, id=id)

    async def standing(self, id: ConversationId) -> Standing | None:
        """The customer of a conversation as the send policy asks about them."""
        return await fetch_one(
            self._connection,
            Standing,
            """select c.last_inbound_at, coalesce(p.blocked, false) as blocked, p.opted_out_at
                 from hub.conversation c left join hub.contact p on p.tenant_id = c.tenant_id and p.id = c.contact_id
                where c.id = :id""",
            id=id,
        )

    async def by_thread(self, channel: ChannelId, thread: ThreadKey) -> ConversationRow | None:
        """The newest conversation of a thread, the open one before resolved ones."""
        return await fetch_one(
            self._connection,
            ConversationRow,
            """select * from hub.conversation where channel_id = :channel and thread_key = :thread
                order by (state <> 'resolved') desc, opened_at desc limit 1""",
            channel=channel,
            thread=thread,
        )

    async def page(
        self,
        limit: int,
        after: tuple[datetime, UUID] | None = None,
        *,
        state: str | None = None,
        channel: ChannelId | None = None,
        contact: ContactId | None = None,
    ) -> list[ConversationRow]:
        """Conversations by opening time, newest first, from after a (opened_at, id) on."""
        return await fetch_all(
            self._connection,
            ConversationRow,
            """select * from hub.conversation
                where (cast(:at as timestamptz) is null
                       or (opened_at, id) < (cast(:at as timestamptz), cast(:id as uuid)))
                  and (cast(:state as text) is null or state = :state)
                  and (cast(:channel as uuid) is null or channel_id = :channel)
                  and (cast(:contact as uuid) is null or contact_id = :contact)
                order by opened_at desc, id desc limit :limit""",
            at=after[0] if after else None,
            id=after[1] if after else None,
            state=state,
            channel=channel,
            contact=contact,
            limit=limit,
        )

    async def renew(self, id: ConversationId, epoch: int, owner: UUID, seconds: float) -> int | None:
        """Prolong the lease; the floor epoch as it is now. None when somebody else holds the conversation."""
        floor = await fetch_value(
            self._connection,
            """update hub.conversation set due_at = now() + make_interval(secs => :seconds)
                where id = :id and claim_epoch = :epoch and lease_owner = :owner returning floor_epoch""",
            id=id,
            epoch=epoch,
            owner=owner,
            seconds=seconds,
        )
        return None if floor is None else int(floor)

    async def check_fence(self, id: ConversationId, epoch: int, owner: UUID) -> ConversationRow | None:
        """The locked row while this claim is the live one, else None."""
        return await fetch_one(
            self._connection,
            ConversationRow,
            """select * from hub.conversation where id = :id and claim_epoch = :epoch and lease_owner = :owner
                for update""",
            id=id,
            epoch=epoch,
            owner=owner,
        )

    async def release(
        self,
        id: ConversationId,
        epoch: int,
        owner: UUID,
        *,
        done: int,
        retry_in: float | None = None,
        forgive: bool = False,
        title: str | None = None,
        misses: int | None = None,
    ) -> bool:
        """Give the claim back: ``done`` messages were read; look again at once if more wait, or in ``retry_in`` s.

        A release without ``retry_in`` counts as success and forgets earlier attempts; ``forgive`` takes back this one,
        as when the process is stopped. A ``title`` names a conversation that has none; ``misses`` replaces the count.
        """
        return (
            await run(
                self._connection,
                """update hub.conversation
                      set pending = greatest(pending - :done, 0), lease_owner = null,
                          attempts = case when cast(:retry as float) is null then 0
                                          else greatest(attempts - cast(:forgive as int), 0) end,
                          survived = case when cast(:retry as float) is null then 0
                                          else survived + 1 - cast(:forgive as int) end,
                          due_at = case when cast(:retry as float) is not null
                                          then now() + make_interval(secs => cast(:retry as float))
                                        when pending - :done > 0 then now() end,
                          title_by = case when title is null and cast(:title as text) is not null then 'words'
                                          else title_by end,
                          title = coalesce(title, :title), bot_misses = coalesce(:misses, bot_misses)
                    where id = :id and claim_epoch = :epoch and lease_owner = :owner""",
                id=id,
                epoch=epoch,
                owner=owner,
                done=done,
                retry=retry_in,
                forgive=int(forgive),
                title=title,
                misses=misses,
            )
            > 0
        )

    async def count_try(self, id: ConversationId, epoch: int, owner: UUID, by: int) -> bool:
        """Take this try back before it has begun (-1), or count it after all (1). False when the claim is lost."""
        return (
            await run(
                self._connection,
                """update hub.conversation set attempts = attempts + :by
                    where id = :id and claim_epoch = :epoch and lease_owner = :owner""",
                id=id,
                epoch=epoch,
                owner=owner,
                by=by,
            )
            > 0
        )

    async def set_state(
        self, id: ConversationId, state: State, *, reason: str | None, assignee: str | None = None
    ) -> None:
        """Move the conversation; the caller checked that it may."""
        await run(
            self._connection,
            """update hub.conversation
                  set state = :state, state_reason = :reason, assignee = :assignee,
                      resolved_at = case when :state = 'resolved' then now() end
                where id = :id""",
            id=id,
            state=state.value,
            reason=reason,
            assignee=assignee,
        )

    async def goes_on_from(self, id: ConversationId, origin: ConversationId) -> None:
        """Note that this conversation goes on with another one: what was said there came before what is said here."""
        await run(
            self._connection,
            "update hub.conversation set metadata = metadata || :note__jsonb where id = :id",
            id=id,
            note__jsonb={"origin": str(origin)},
        )

    async def acting(self, by: str | None) -> None:
        """Name who acts, for the markers that this transaction leaves in threads."""
        await run(self._connection, "select set_config('app.actor', :by, true)", by=by or "")

    async def place(self, row: ConversationRow) -> int:
        """A waiting conversation's place in its team's queue, counted from 1."""
        ahead = await fetch_value(
            self._connection,
            """select count(*) from hub.conversation c
                where c.tenant_id = :t and c.state = 'waiting' and c.team_id is not distinct from cast(:team as uuid)
                  and (c.snoozed_until is null or c.snoozed_until <= now())
                  and (c.handoff_at, c.id) < (cast(:at as timestamptz), cast(:id as uuid))""",
            t=self.tenant,
            team=row.team_id,
            at=row.handoff_at,
            id=row.id,
        )
        return int(ahead) + 1

    async def hold_desk(self) -> None:
        """One at a time of this tenant gives conversations to colleagues, so that nobody gets more than they take."""
        await run(self._connection, "select pg_advisory_xact_lock(hashtextextended(:t, 11))", t=f"desk:{self.tenant}")

    async def desk_done(
        self, id: ConversationId, due: datetime, again: datetime | None, marks: dict[str, Any], sla: datetime | None
    ) -> None:
        """The desk has looked: when to look again, unless something happened meanwhile that wants it sooner."""
        await run(
            self._connection,
            """update hub.conversation
                  set desk = :marks__jsonb, sla_due_at = :sla,
                      desk_due_at = case when desk_due_at = cast(:due as timestamptz) then cast(:again as timestamptz)
                                         else desk_due_at end
                where id = :id""",
            id=id,
            due=due,
            again=again,
            marks__jsonb=marks,
            sla=sla,
        )

    async def snooze(self, id: ConversationId, until: datetime | None) -> None:
        """Hide the conversation from the lists until then (None: show it again); a customer's message shows it too."""
        await run(
            self._connection, "update hub.conversation set snoozed_until = :until where id = :id", id=id, until=until
        )

    async def set_team(self, id: ConversationId, team: UUID | None) -> None:
        """The team whose conversation it is."""
        await run(self._connection, "update hub.conversation set team_id = :team where id = :id", id=id, team=team)

    async def set_attributes(self, id: ConversationId, values: dict[str, Any]) -> None:
        """Replace the tenant's own attributes of a conversation."""
        await run(
            self._connection,
            "update hub.conversation set attributes = :values__jsonb where id = :id",
            id=id,
            values__jsonb=values,
        )

    async def set_misses(self, id: ConversationId, misses: int) -> None:
        """How many questions in a row the bot could not answer."""
        await run(self._connection, "update hub.conversation set bot_misses = :m where id = :id", id=id, m=misses)

    async def prolong_pause(self, id: ConversationId, seconds: float) -> None:
        """The customer is writing on: wait ``seconds`` more for the rest of the burst, up to eight after its start."""
        await run(
            self._connection,
            """update hub.conversation
                  set due_at = greatest(due_at, least(now() + make_interval(secs => :seconds),
                                                      burst_since + interval '8 seconds'))
                where id = :id and pending > 0 and lease_owner is null and due_at > now()""",
            id=id,
            seconds=seconds,
        )

    async def yield_to_human(self, id: ConversationId, state: State, *, by: str | None, reason: str) -> Yielded | None:
        """Raise the floor epoch and cancel unsent bot rows. None when there is no such conversation."""
        return await fetch_one(
            self._connection,
            Yielded,
            "select * from hub.yield_to_human(:id, :state, :by, :reason)",
            id=id,
            state=state.value,
            by=by,
            reason=reason,
        )

    async def raise_floor(self, id: ConversationId) -> None:
        """What the bot is about to say is not wanted any more, though it keeps the conversation."""
        await run(self._connection, "update hub.conversation set floor_epoch = floor_epoch + 1 where id = :id", id=id)

    async def claim_one(self, id: ConversationId, owner: UUID, lease: float) -> Claim | None:
        """Lease this one conversation for ``lease`` seconds; None while a live lease holds it."""
        return await fetch_one(
            self._connection,
            Claim,
            """select *, 0 as crashes, null::uuid as next_after
                 from hub_cross.claim_one(:id, :owner, make_interval(secs => :lease))""",
            id=id,
            owner=owner,
            lease=lease,
        )
