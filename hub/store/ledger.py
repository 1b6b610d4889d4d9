"""The ledger: what became of every event that came in, what could not be sent, and putting either back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.core.ids import ChannelId, ConversationId, DeliveryId, InboxId, MessageId, TenantId
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, run


@dataclass(frozen=True, slots=True)
class OutcomeCount:
    """``outcome`` is None for rows that are still open; ``oldest`` is when the oldest came or was put back."""

    outcome: str | None
    reason: str | None
    count: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class UnsentCount:
    state: str
    count: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One event that came in. ``kind`` is its channel's."""

    id: InboxId
    type: str
    channel_id: ChannelId
    kind: str
    platform_id: str
    conversation_id: ConversationId | None
    message_id: MessageId | None
    received_at: datetime
    replayed_at: datetime | None
    done_at: datetime | None
    outcome: str | None
    reason: str | None
    error: str | None
    event: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unsent:
    """One message that was not sent (``dead``), or of which nobody knows (``unknown``)."""

    id: DeliveryId
    conversation_id: ConversationId
    channel_id: ChannelId
    kind: str
    message_id: MessageId
    state: str
    code: str | None
    error: str | None
    attempts: int
    outbound: dict[str, Any]
    created_at: datetime
    finished_at: datetime | None
    replayed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a row stands: an inbox row's outcome, or an outbox row's state."""

    id: UUID
    state: str | None


@dataclass(frozen=True, slots=True)
class _Found:
    id: UUID


_ENTRIES = "select i.*, c.kind from hub.inbox i join hub.channel c on c.id = i.channel_id"
_WITH_OUTCOME = {
    "dead": " where i.outcome = 'dead' and :outcome = 'dead'",
    "open": " where i.outcome is null and :outcome = 'open'",
}
"""Rare outcomes are named in the statement itself, so that the partial indexes on them are used."""
_UNSENT = "select i.*, c.kind from hub.outbox i join hub.channel c on c.id = i.channel_id"


class Ledger:
    """One tenant's ledger. A range is from ``start`` up to but not including ``end``."""

    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def counts(self, start: datetime | None = None, end: datetime | None = None) -> list[OutcomeCount]:
        """How many events of a range have each outcome and reason. Reads every event of the range."""
        return await fetch_all(
            self._connection,
            OutcomeCount,
            """select outcome, reason, count(*) as count, min(coalesce(replayed_at, received_at)) as oldest
                 from hub.inbox
                where (cast(:start as timestamptz) is null or received_at >= :start)
                  and (cast(:end as timestamptz) is null or received_at < :end)
                group by outcome, reason order by outcome nulls first, count(*) desc, reason""",
            start=start,
            end=end,
        )

    async def unsent_counts(self) -> list[UnsentCount]:
        """How many messages are dead or unknown."""
        return await fetch_all(
            self._connection,
            UnsentCount,
            """select state, count(*) as count, min(created_at) as oldest
                 from hub.outbox where state in ('dead', 'unknown') group by state order by state""",
        )

    async def page(
        self,
        limit: int,
        after: tuple[datetime, UUID] | None = None,
        *,
        outcome: str | None = None,
        reason: str | None = None,
    ) -> list[Entry]:
        """Events by time of arrival, newest first, from after a (received_at, id) on. ``open``: without an outcome."""
        return await fetch_all(
            self._connection,
            Entry,
            _ENTRIES
            + _WITH_OUTCOME.get(outcome or "", " where (cast(:outcome as text) is null or i.outcome = :outcome)")
            + """   and (cast(:at as timestamptz) is null
                         or (i.received_at, i.id) < (cast(:at as timestamptz), cast(:id as uuid)))
                    and (cast(:reason as text) is null or i.reason = :reason)
                  order by i.received_at desc, i.id desc limit :limit""",
            at=after[0] if after else None,
            id=after[1] if after else None,
            outcome=outcome,
            reason=reason,
            limit=limit,
        )

    async def get(self, id: InboxId) -> Entry | None:
        return await fetch_one(self._connection, Entry, _ENTRIES + " where i.id = :id", id=id)

    async def unsent(
        self, limit: int, after: tuple[datetime, UUID] | None = None, *, state: str | None = None
    ) -> list[Unsent]:
        """Messages that are dead or unknown, newest first, from after a (created_at, id) on."""
        return await fetch_all(
            self._connection,
            Unsent,
            _UNSENT
            + """ where i.state in ('dead', 'unknown')
                    and (cast(:at as timestamptz) is null
                         or (i.created_at, i.id) < (cast(:at as timestamptz), cast(:id as uuid)))
                    and (cast(:state as text) is null or i.state = :state)
                  order by i.created_at desc, i.id desc limit :limit""",
            at=after[0] if after else None,
            id=after[1] if after else None,
            state=state,
            limit=limit,
        )

    async def standing(self, ids: Sequence[UUID]) -> list[Standing]:
        """The outcomes of these events; those that do not exist are left out."""
        return await fetch_all(
            self._connection,
            Standing,
            "select id, outcome as state from hub.inbox where id = any(:ids__uuids)",
            ids__uuids=list(ids),
        )

    async def unsent_standing(self, ids: Sequence[UUID]) -> list[Standing]:
        """The states of these deliveries; those that do not exist are left out."""
        return await fetch_all(
            self._connection,
            Standing,
            "select id, state from hub.outbox where id = any(:ids__uuids)",
            ids__uuids=list(ids),
        )

    async def dead(self, limit: int, start: datetime | None, end: datetime | None) -> list[UUID]:
        """Dead events of a range, oldest first."""
        found = await fetch_all(
            self._connection,
            _Found,
            """select id from hub.inbox
                where outcome = 'dead' and (cast(:start as timestamptz) is null or received_at >= :start)
                  and (cast(:end as timestamptz) is null or received_at < :end)
                order by received_at, id limit :limit""",
            start=start,
            end=end,
            limit=limit,
        )
        return [row.id for row in found]

    async def unsent_ids(self, state: str, limit: int, start: datetime | None, end: datetime | None) -> list[UUID]:
        """Deliveries of a range in this state, oldest first."""
        found = await fetch_all(
            self._connection,
            _Found,
            """select id from hub.outbox
                where state in ('dead', 'unknown') and state = :state
                  and (cast(:start as timestamptz) is null or created_at >= :start)
                  and (cast(:end as timestamptz) is null or created_at < :end)
                order by created_at, id limit :limit""",
            state=state,
            start=start,
            end=end,
            limit=limit,
        )
        return [row.id for row in found]

    async def put_back(self, ids: Sequence[UUID]) -> int:
        """Have a turn read these dead events again. How many: a row that is dead no more is left alone.

        Conversations are locked first and in one order, as turns lock them. A live lease sees by ``pending`` that more
        waits, as it would for a new message.
        """
        await run(
            self._connection,
            """select 1 from hub.conversation
                where id in (select conversation_id from hub.inbox where id = any(:ids__uuids))
                order by id for update""",
            ids__uuids=list(ids),
        )
        found = await fetch_all(
            self._connection,
            _Found,
            """with back as (
                 update hub.inbox set outcome = null, reason = null, done_at = null, replayed_at = now()
                  where id = any(:ids__uuids) and outcome = 'dead' and conversation_id is not null
                  returning id, conversation_id),
               waits as (select conversation_id, count(*) as n from back group by conversation_id),
               bumped as (
                 update hub.conversation c
                    set pending = c.pending + w.n,
                        burst_since = case when c.pending = 0 then now() else c.burst_since end,
                        due_at = case when c.lease_owner is not null and c.due_at > now() then c.due_at else now() end
                   from waits w where c.id = w.conversation_id)
               select id from back""",
            ids__uuids=list(ids),
        )
        return len(found)

    async def send_again(self, ids: Sequence[UUID], *, unknown: bool) -> int:
        """Queue these dead deliveries anew, and unknown ones where ``unknown`` says so. How many.

        What the platform took of a message in parts is not sent again.
        """
        await run(
            self._connection,
            "select 1 from hub.outbox where id = any(:ids__uuids) order by id for update",
            ids__uuids=list(ids),
        )
        found = await fetch_all(
            self._connection,
            _Found,
            """with back as (
                 update hub.outbox
                    set state = 'ready', attempts = 0, crashes = 0, send_due_at = now(), send_lease_owner = null,
                        sending_at = null, error = null, code = null, finished_at = null, replayed_at = now()
                  where id = any(:ids__uuids) and (state = 'dead' or (state = 'unknown' and cast(:unknown as boolean)))
                  returning id, message_id),
               queued as (
                 update hub.message m set status = 'queued', error = null from back where m.id = back.message_id)
               select id from back""",
            ids__uuids=list(ids),
            unknown=unknown,
        )
        return len(found)
