"""Turns: what the bot read and what it made of it, kept so that a crash does not pay the model twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hub.core.ids import ConversationId, InboxId, MessageId, TenantId, TurnId
from hub.store.pool import Connection
from hub.store.rows import fetch_one, fetch_value, run


@dataclass(frozen=True, slots=True)
class TurnRow:
    """``last_seq`` is the newest customer message read; ``result`` the finished thought, before it is said."""

    id: TurnId
    conversation_id: ConversationId
    last_seq: int
    message_id: MessageId
    claim_epoch: int
    floor_epoch: int
    state: str
    result: dict[str, Any] | None


class Turns:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def live(self, conversation: ConversationId) -> TurnRow | None:
        """The turn that is being thought, if one is."""
        return await fetch_one(
            self._connection,
            TurnRow,
            "select * from hub.turn where conversation_id = :c and state in ('thinking', 'thought')",
            c=conversation,
        )

    async def get(self, id: TurnId) -> TurnRow | None:
        return await fetch_one(self._connection, TurnRow, "select * from hub.turn where id = :id", id=id)

    async def start(
        self,
        id: TurnId,
        conversation: ConversationId,
        *,
        last_seq: int,
        message: MessageId,
        claim_epoch: int,
        floor_epoch: int,
    ) -> bool:
        """Note that a turn is being thought. False, and nothing noted, while another one is (see ``live``)."""
        return (
            await run(
                self._connection,
                """insert into hub.turn(id, tenant_id, conversation_id, last_seq, message_id, claim_epoch, floor_epoch)
                   values (:id, :t, :c, :seq, :message, :claim, :floor)
                   on conflict (conversation_id) where state in ('thinking', 'thought') do nothing""",
                id=id,
                t=self.tenant,
                c=conversation,
                seq=last_seq,
                message=message,
                claim=claim_epoch,
                floor=floor_epoch,
            )
            > 0
        )

    async def keep(self, id: TurnId, result: dict[str, Any]) -> None:
        """Keep the finished thought."""
        await run(
            self._connection,
            "update hub.turn set state = 'thought', result = :result__jsonb where id = :id and state = 'thinking'",
            id=id,
            result__jsonb=result,
        )

    async def conclude(self, id: TurnId, rows: Sequence[InboxId], outcome: str, reason: str) -> int:
        """End the turn as done and give what it read its outcome; how many rows got one."""
        return int(
            await fetch_value(
                self._connection,
                """with ended as (
                     update hub.turn set state = 'done', finished_at = now() where id = :id and finished_at is null),
                   finished as (
                     update hub.inbox set outcome = :outcome, reason = :reason, error = null, done_at = now()
                      where id = any(:rows__uuids) and outcome is null returning 1)
                   select count(*) from finished""",
                id=id,
                rows__uuids=list(rows),
                outcome=outcome,
                reason=reason,
            )
        )

    async def finish(self, id: TurnId, state: str) -> None:
        """End the turn: ``done``, ``interrupted`` or ``dead``."""
        await run(
            self._connection,
            "update hub.turn set state = :state, finished_at = now() where id = :id and finished_at is null",
            id=id,
            state=state,
        )
