"""What is to be sent: one row a message, claimed, sent, and settled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.core.ids import ChannelId, ContactId, ConversationId, DeliveryId, MessageId, TenantId, TurnId
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, run


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """``progress`` counts the rendered requests the platform has already taken, ``crashes`` the holders who never gave
    the row back: their process ended."""

    id: DeliveryId
    tenant_id: TenantId
    conversation_id: ConversationId
    channel_id: ChannelId
    message_id: MessageId
    turn_id: TurnId | None
    part: int
    seq: int
    author_kind: str
    floor_epoch: int
    outbound: dict[str, Any]
    state: str
    progress: int
    attempts: int
    crashes: int
    send_epoch: int
    sending_at: datetime | None
    error: str | None
    created_at: datetime
    replayed_at: datetime | None


class Outbox:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def add(
        self,
        id: DeliveryId,
        *,
        conversation: ConversationId,
        channel: ChannelId,
        message: MessageId,
        seq: int,
        author: str,
        to: ContactId | None,
        floor_epoch: int,
        outbound: dict[str, Any],
        turn: TurnId | None = None,
        part: int = 0,
    ) -> bool:
        """Queue a message for sending to every address of a contact, oldest first. False when this turn's part was
        queued before."""
        return (
            await run(
                self._connection,
                """insert into hub.outbox(id, tenant_id, conversation_id, channel_id, message_id, turn_id, part, seq,
                       author_kind, floor_epoch, outbound, send_due_at)
                   select :id, :t, :conversation, :channel, :message, :turn, :part, :seq, :author, :floor,
                          :outbound__jsonb || jsonb_build_object('to', coalesce(jsonb_agg(jsonb_build_object(
                            'kind', i.kind, 'value', i.value) order by i.created_at, i.kind, i.value), '[]')), now()
                     from hub.identity i where i.tenant_id = :t and i.contact_id = :to
                   on conflict (turn_id, part) do nothing""",
                id=id,
                t=self.tenant,
                conversation=conversation,
                channel=channel,
                message=message,
                turn=turn,
                part=part,
                seq=seq,
                author=author,
                to=to,
                floor=floor_epoch,
                outbound__jsonb=outbound,
            )
            > 0
        )

    async def get(self, id: DeliveryId) -> DeliveryRow | None:
        return await fetch_one(self._connection, DeliveryRow, "select * from hub.outbox where id = :id", id=id)

    async def start_sending(
        self, id: DeliveryId, epoch: int, owner: UUID, *, seconds: float, fewer_crashes_than: int
    ) -> DeliveryRow | None:
        """Mark the row as on the wire, leased for ``seconds`` from now. None when the claim is lost, a person has
        taken the floor meanwhile, or the row's process ended too often.

        Locks the conversation first, as a takeover does, so that one of the two sees the other.
        """
        return await fetch_one(
            self._connection,
            DeliveryRow,
            """with floor as materialized (
                 select c.id, c.floor_epoch from hub.conversation c
                  where c.id = (select conversation_id from hub.outbox where id = :id) for share)
               update hub.outbox o set state = 'sending', sending_at = now(),
                      send_due_at = now() + make_interval(secs => :seconds)
                 from floor
                where o.id = :id and o.state = 'ready' and o.send_epoch = :epoch and o.send_lease_owner = :owner
                  and o.crashes < :crashes and (o.author_kind <> 'bot' or o.floor_epoch >= floor.floor_epoch)
               returning o.*""",
            id=id,
            epoch=epoch,
            owner=owner,
            seconds=seconds,
            crashes=fewer_crashes_than,
        )

    async def renew(self, id: DeliveryId, epoch: int, owner: UUID, *, seconds: float, progress: int) -> bool:
        """Keep the lease and note how many requests were taken. False when the claim is lost."""
        return (
            await run(
                self._connection,
                """update hub.outbox set send_due_at = now() + make_interval(secs => :seconds),
                          progress = greatest(progress, :progress)
                    where id = :id and send_epoch = :epoch and send_lease_owner = :owner""",
                id=id,
                epoch=epoch,
                owner=owner,
                seconds=seconds,
                progress=progress,
            )
            > 0
        )

    async def settle(
        self, id: DeliveryId, epoch: int, state: str, *, error: str | None = None, code: str | None = None
    ) -> bool:
        """End the row: ``sent``, ``unknown``, ``dead`` or ``cancelled``. False when the claim is lost."""
        return (
            await run(
                self._connection,
                """update hub.outbox set state = :state, error = :error, code = :code, send_due_at = null,
                          send_lease_owner = null, finished_at = now()
                    where id = :id and send_epoch = :epoch and state in ('ready', 'sending')""",
                id=id,
                epoch=epoch,
                state=state,
                error=error,
                code=code,
            )
            > 0
        )

    async def retry(
        self, id: DeliveryId, epoch: int, seconds: float, *, error: str | None = None, code: str | None = None
    ) -> bool:
        """Put the row back to be sent again in ``seconds``. False when the claim is lost."""
        return (
            await run(
                self._connection,
                """update hub.outbox set state = 'ready', error = :error, code = :code, send_lease_owner = null,
                          send_due_at = now() + make_interval(secs => :seconds)
                    where id = :id and send_epoch = :epoch and state in ('ready', 'sending')""",
                id=id,
                epoch=epoch,
                seconds=seconds,
                error=error,
                code=code,
            )
            > 0
        )

    async def await_echo(self, id: DeliveryId, epoch: int, seconds: float, error: str) -> bool:
        """Leave a send whose answer was lost as it is and look again in ``seconds``: by then the platform will have
        told, by echo or status, whether it arrived. False when the claim is lost."""
        return (
            await run(
                self._connection,
                """update hub.outbox set send_lease_owner = null, error = :error,
                          send_due_at = now() + make_interval(secs => :seconds)
                    where id = :id and send_epoch = :epoch and state = 'sending'""",
                id=id,
                epoch=epoch,
                seconds=seconds,
                error=error,
            )
            > 0
        )

    async def resume(self, id: DeliveryId, epoch: int, owner: UUID, seen: int, *, seconds: float) -> DeliveryRow | None:
        """Go on with a row found on the wire, from the first part that is not known to have arrived (``seen`` parts
        were). None when the claim is lost, or a person has taken the floor and none of it arrived."""
        return await fetch_one(
            self._connection,
            DeliveryRow,
            """with floor as materialized (
                 select c.id, c.floor_epoch from hub.conversation c
                  where c.id = (select conversation_id from hub.outbox where id = :id) for share)
               update hub.outbox o set progress = greatest(o.progress, :seen), sending_at = now(),
                      send_due_at = now() + make_interval(secs => :seconds)
                 from floor
                where o.id = :id and o.state = 'sending' and o.send_epoch = :epoch and o.send_lease_owner = :owner
                  and (o.author_kind <> 'bot' or o.floor_epoch >= floor.floor_epoch or greatest(o.progress, :seen) > 0)
               returning o.*""",
            id=id,
            epoch=epoch,
            owner=owner,
            seen=seen,
            seconds=seconds,
        )

    async def let_go(self, id: DeliveryId, epoch: int, owner: UUID, seconds: float | None = None) -> None:
        """Give the row back as it is, to be taken up in ``seconds``; without them when the lease would have ended, so
        that nobody looks for an answer too early. Idempotent."""
        await run(
            self._connection,
            """update hub.outbox set send_lease_owner = null,
                      send_due_at = coalesce(now() + make_interval(secs => cast(:seconds as float)), send_due_at)
                where id = :id and send_epoch = :epoch and send_lease_owner = :owner""",
            id=id,
            epoch=epoch,
            owner=owner,
            seconds=seconds,
        )

    async def of_conversation(self, conversation: ConversationId) -> list[DeliveryRow]:
        """Every row of a conversation, oldest first."""
        return await fetch_all(
            self._connection,
            DeliveryRow,
            "select * from hub.outbox where conversation_id = :c order by seq, part",
            c=conversation,
        )
