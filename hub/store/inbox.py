"""What came in and what became of it: every row ends in exactly one outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.core.ids import ChannelId, ConversationId, InboxId, MessageId, TenantId
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_rows, fetch_value, run


@dataclass(frozen=True, slots=True)
class InboxRow:
    id: InboxId
    channel_id: ChannelId
    type: str
    conversation_id: ConversationId | None
    message_id: MessageId | None
    event: dict[str, Any]
    received_at: datetime


class Inbox:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def accept(self, channel: ChannelId, events: str) -> str:
        """What ``AcceptCall`` does, within this transaction."""
        statement = "select hub.accept(:channel, cast(:events as jsonb))::text"
        return str(await fetch_value(self._connection, statement, channel=channel, events=events))

    async def waiting(self, conversation: ConversationId, limit: int = 50) -> list[InboxRow]:
        """Rows no turn has finished, in the platform's order, then in order of arrival."""
        return await fetch_all(
            self._connection,
            InboxRow,
            """select * from hub.inbox where conversation_id = :c and outcome is null
                order by ord, id limit :limit""",
            c=conversation,
            limit=limit,
        )

    async def waiting_ids(self, conversation: ConversationId, limit: int = 50) -> list[InboxId]:
        """The ids of ``waiting`` alone."""
        rows = await fetch_rows(
            self._connection,
            """select id from hub.inbox where conversation_id = :c and outcome is null
                order by ord, id limit :limit""",
            c=conversation,
            limit=limit,
        )
        return [InboxId(row["id"]) for row in rows]

    async def finish(
        self, ids: Sequence[InboxId], outcome: str, reason: str | None = None, error: str | None = None
    ) -> int:
        """Give rows their outcome; a row that has one keeps it. How many were finished."""
        return await run(
            self._connection,
            """update hub.inbox set outcome = :outcome, reason = :reason, error = :error, done_at = now()
                where id = any(:ids__uuids) and outcome is null""",
            ids__uuids=list(ids),
            outcome=outcome,
            reason=reason,
            error=error,
        )

    async def close_waiting(self, conversation: ConversationId, outcome: str, reason: str) -> int:
        """Give every waiting row of the conversation its outcome, so that no turn reads it. The caller holds the
        conversation's row. How many there were."""
        return int(
            await fetch_value(
                self._connection,
                """with closed as (update hub.inbox set outcome = :outcome, reason = :reason, done_at = now()
                                    where conversation_id = :c and outcome is null returning 1),
                        counted as (select count(*) as n from closed),
                        eased as (update hub.conversation set pending = greatest(pending - n, 0) from counted
                                   where id = :c)
                   select n from counted""",
                c=conversation,
                outcome=outcome,
                reason=reason,
            )
        )

    async def put_back(self, conversation: ConversationId, messages: Sequence[MessageId]) -> int:
        """Let a turn read answered messages once more. The caller holds the conversation's row. How many there are."""
        return int(
            await fetch_value(
                self._connection,
                """with picked as (
                     select distinct on (message_id) id from hub.inbox
                      where conversation_id = :c and message_id = any(:ids__uuids) and outcome is not null
                        and type in ('message', 'choice')
                      order by message_id, id),
                   back as (update hub.inbox set outcome = null, reason = null, error = null, done_at = null
                             where id in (select id from picked) returning 1),
                   counted as (select count(*) as n from back),
                   bumped as (
                     update hub.conversation c
                        set pending = c.pending + n,
                            burst_since = case when c.pending = 0 then now() else c.burst_since end,
                            due_at = case when c.lease_owner is not null and c.due_at > now() then c.due_at
                                          else now() end
                       from counted where c.id = :c and n > 0)
                   select n from counted""",
                c=conversation,
                ids__uuids=list(messages),
            )
        )
