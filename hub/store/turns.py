"""Turns: what the bot read and what it made of it, kept so that a crash does not pay the model twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from hub.core.ids import ConversationId, MessageId, TenantId, TurnId
from hub.store.rows import fetch_one, run


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
    def __init__(self, connection: AsyncConnection, tenant: TenantId) -> None:
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
    ) -> None:
        """Note that a turn is being thought."""
        await run(
            self._connection,
            """insert into hub.turn(id, tenant_id, conversation_id, last_seq, message_id, claim_epoch, floor_epoch)
               values (:id, :t, :c, :seq, :message, :claim, :floor)""",
            id=id,
            t=self.tenant,
            c=conversation,
            seq=last_seq,
            message=message,
            claim=claim_epoch,
            floor=floor_epoch,
        )

    async def keep(self, id: TurnId, result: dict[str, Any]) -> None:
        """Keep the finished thought."""
        await run(
            self._connection,
            "update hub.turn set state = 'thought', result = :result__jsonb where id = :id and state = 'thinking'",
            id=id,
            result__jsonb=result,
        )

    async def finish(self, id: TurnId, state: str) -> None:
        """End the turn: ``done``, ``interrupted`` or ``dead``."""
        await run(
            self._connection,
            "update hub.turn set state = :state, finished_at = now() where id = :id and finished_at is null",
            id=id,
            state=state,
        )
