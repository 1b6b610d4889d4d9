"""Messages of a conversation, in sequence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.core.events import HubEvent
from hub.core.ids import ChannelId, ConversationId, MessageId, PlatformId, TenantId, TurnId, uuid7
from hub.core.messages import AuthorKind, Direction, MessageStatus, Part, parts_to_json
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, fetch_rows, fetch_value, run

_SELECT = """
select m.*, coalesce((select array_agg(p.platform_id order by p.platform_id) from hub.platform_message p
                       where p.message_id = m.id), '{}') as platform_ids
  from hub.message m
"""


@dataclass(frozen=True, slots=True)
class MessageRow:
    """``parts`` and ``citations`` are plain JSON as ``hub.core.messages`` writes them."""

    id: MessageId
    tenant_id: TenantId
    conversation_id: ConversationId
    seq: int
    direction: str
    author_kind: str
    author_id: str | None
    author_name: str | None
    kind: str
    parts: list[dict[str, Any]]
    reply_to: str | None
    status: str
    error: str | None
    at: datetime
    created_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    citations: list[dict[str, Any]]
    support: float | None
    turn_id: TurnId | None
    floor_epoch: int
    metadata: dict[str, Any]
    platform_ids: list[str]


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message of ours, to be stored and sent."""

    id: MessageId
    conversation: ConversationId
    author: AuthorKind
    parts: Sequence[Part]
    at: datetime
    kind: str = "message"
    author_id: str | None = None
    author_name: str | None = None
    reply_to: str | None = None
    status: MessageStatus = MessageStatus.QUEUED
    citations: Sequence[dict[str, Any]] = ()
    support: float | None = None
    turn: TurnId | None = None
    floor_epoch: int = 0
    metadata: dict[str, Any] = field(default_factory=dict)


class Messages:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def get(self, id: MessageId) -> MessageRow | None:
        return await fetch_one(self._connection, MessageRow, _SELECT + " where m.id = :id", id=id)

    async def since(self, conversation: ConversationId, seq: int, limit: int = 200) -> list[MessageRow]:
        """Messages after a sequence number, oldest first."""
        return await fetch_all(
            self._connection,
            MessageRow,
            _SELECT + " where m.conversation_id = :c and m.seq > :seq order by m.seq limit :limit",
            c=conversation,
            seq=seq,
            limit=limit,
        )

    async def before(self, conversation: ConversationId, seq: int | None, limit: int) -> list[MessageRow]:
        """Messages before a sequence number (None: from the end), newest first."""
        return await fetch_all(
            self._connection,
            MessageRow,
            _SELECT
            + """ where m.conversation_id = :c and (cast(:seq as bigint) is null or m.seq < :seq)
                  order by m.seq desc limit :limit""",
            c=conversation,
            seq=seq,
            limit=limit,
        )

    async def many(self, ids: Sequence[MessageId]) -> list[MessageRow]:
        """These messages, newest first."""
        return await fetch_all(
            self._connection,
            MessageRow,
            _SELECT + " where m.id = any(:ids__uuids) order by m.seq desc",
            ids__uuids=list(ids),
        )

    async def last_answer(self, conversation: ConversationId) -> MessageRow | None:
        """The last message that the bot or a colleague sent to the customer."""
        return await fetch_one(
            self._connection,
            MessageRow,
            _SELECT
            + """ where m.conversation_id = :c and m.direction = 'out' and m.kind <> 'note'
                    and m.author_kind in ('bot', 'agent')
                  order by m.seq desc limit 1""",
            c=conversation,
        )

    async def last_colleague(self, conversation: ConversationId) -> str | None:
        """Who of the colleagues last wrote to the customer; None where none did, or nobody knows who."""
        found = await fetch_value(
            self._connection,
            """select author_id from hub.message
                where conversation_id = :c and author_kind = 'agent' and kind <> 'note' and author_id is not null
                order by seq desc limit 1""",
            c=conversation,
        )
        return None if found is None else str(found)

    async def add(self, new: NewMessage) -> int:
        """Store a message of ours at the next place in its conversation, which stays locked; the place."""
        seq = await fetch_value(
            self._connection,
            """with place as (
                 update hub.conversation set last_seq = last_seq + 1, last_message_at = now()
                  where id = :conversation returning last_seq)
               insert into hub.message(id, tenant_id, conversation_id, seq, direction, author_kind, author_id,
                   author_name, kind, parts, reply_to, status, at, citations, support, turn_id, floor_epoch, metadata)
               select :id, :t, :conversation, place.last_seq, :direction, :author, :author_id, :author_name,
                   :kind, :parts__jsonb, :reply_to, :status, :at, :citations__jsonb, :support, :turn,
                   :floor, :metadata__jsonb
                 from place
               returning seq""",
            id=new.id,
            t=self.tenant,
            conversation=new.conversation,
            direction=Direction.OUT.value,
            author=new.author.value,
            author_id=new.author_id,
            author_name=new.author_name,
            kind=new.kind,
            parts__jsonb=parts_to_json(new.parts),
            reply_to=new.reply_to,
            status=new.status.value,
            at=new.at,
            citations__jsonb=list(new.citations),
            support=new.support,
            turn=new.turn,
            floor=new.floor_epoch,
            metadata__jsonb=new.metadata,
        )
        return int(seq)

    async def set_status(self, id: MessageId, status: MessageStatus, error: str | None = None) -> bool:
        """Move a message's status forward; a later status never goes back to an earlier one."""
        return (
            await run(
                self._connection,
                """update hub.message set status = :status, error = coalesce(:error, error)
                    where id = :id and hub.status_rank(:status) > hub.status_rank(status)""",
                id=id,
                status=status.value,
                error=error,
            )
            > 0
        )

    async def mark_sent(self, id: MessageId) -> None:
        """The platform has it: its status moves forward, and the event log says so."""
        await run(
            self._connection,
            """with moved as (
                 update hub.message set status = 'sent'
                  where id = :id and hub.status_rank('sent') > hub.status_rank(status))
               insert into hub.event(id, tenant_id, type, conversation_id, data)
               select :event, :t, :type, m.conversation_id, jsonb_build_object(
                        'conversation_id', m.conversation_id, 'message_id', m.id, 'seq', m.seq)
                 from hub.message m where m.id = :id""",
            id=id,
            event=uuid7(),
            t=self.tenant,
            type=HubEvent.MESSAGE_SENT.value,
        )

    async def add_platform_ids(self, channel: ChannelId, id: MessageId, platform_ids: Sequence[PlatformId]) -> None:
        """Remember what the platform calls this message. Idempotent."""
        await run(
            self._connection,
            """insert into hub.platform_message(tenant_id, channel_id, platform_id, message_id)
               select :t, :channel, p, :id from unnest(:ids__texts) p on conflict do nothing""",
            t=self.tenant,
            channel=channel,
            id=id,
            ids__texts=list(platform_ids),
        )

    async def by_platform_id(self, channel: ChannelId, platform_id: PlatformId) -> MessageId | None:
        """Our message for a platform's id."""
        value = await fetch_value(
            self._connection,
            "select message_id from hub.platform_message where channel_id = :c and platform_id = :p",
            c=channel,
            p=platform_id,
        )
        return MessageId(value) if isinstance(value, UUID) else None

    async def set_parts(self, id: MessageId, parts: Sequence[Part]) -> None:
        """Replace the parts in place, as when a file was fetched. Not an edit a reader should see."""
        await run(
            self._connection,
            "update hub.message set parts = :parts__jsonb where id = :id",
            id=id,
            parts__jsonb=parts_to_json(parts),
        )

    async def supersede(self, conversation: ConversationId, first: int, by: str) -> list[MessageId]:
        """Mark what customer and bot said from a sequence number on as replaced; which messages."""
        rows = await fetch_rows(
            self._connection,
            """update hub.message set metadata = metadata || jsonb_build_object('superseded', cast(:by as text))
                where conversation_id = :c and seq >= :first
                  and author_kind in ('contact', 'bot') and kind not in ('note', 'activity')
                  and not metadata ? 'superseded'
                returning id""",
            c=conversation,
            first=first,
            by=by,
        )
        return [MessageId(row["id"]) for row in rows]

    async def mark_read(self, conversation: ConversationId, seq: int) -> int:
        """The customer has seen our messages up to this one; how many are newly seen.

        A quick reader is told of a message before its delivery is noted: what is seen needs no other proof.
        """
        return await run(
            self._connection,
            """update hub.message set status = 'read'
                where conversation_id = :c and seq <= :seq and direction = 'out'
                  and hub.status_rank(status) < hub.status_rank('read') and kind not in ('note', 'activity')""",
            c=conversation,
            seq=seq,
        )
