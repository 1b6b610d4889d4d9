"""Conversations that go on on another channel: consents, and codes that work once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.core.ids import ChannelId, ConversationId, TenantId, uuid7
from hub.store.pool import Connection
from hub.store.rows import fetch_one, fetch_value, run


@dataclass(frozen=True, slots=True)
class ContinuationRow:
    """``conversation_id`` is the one that goes on, ``channel_id`` where; ``consent`` the words agreed to."""

    conversation_id: ConversationId
    channel_id: ChannelId
    consent: str
    created_at: datetime


class Continuations:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def add(
        self, hash: bytes, conversation: ConversationId, channel: ChannelId, consent: str, *, seconds: float
    ) -> datetime:
        """Keep a code's hash; until when it works. Earlier codes of the same conversation are worth nothing now."""
        await run(
            self._connection,
            "delete from hub.continuation where conversation_id = :conversation and used_at is null",
            conversation=conversation,
        )
        until: datetime = await fetch_value(
            self._connection,
            """insert into hub.continuation(id, tenant_id, hash, conversation_id, channel_id, consent, expires_at)
               values (:id, :t, :hash, :conversation, :channel, :consent, now() + make_interval(secs => :seconds))
               returning expires_at""",
            id=uuid7(),
            t=self.tenant,
            hash=hash,
            conversation=conversation,
            channel=channel,
            consent=consent,
            seconds=seconds,
        )
        return until

    async def use(self, hash: bytes, channel: ChannelId, by: ConversationId) -> ContinuationRow | None:
        """Use a code up. None when it never was, was used, or has expired; of several at once one gets it."""
        return await fetch_one(
            self._connection,
            ContinuationRow,
            """update hub.continuation set used_at = now(), used_by = :by
                where tenant_id = :t and hash = :hash and channel_id = :channel and used_at is null
                  and expires_at > now()
                returning conversation_id, channel_id, consent, created_at""",
            t=self.tenant,
            hash=hash,
            channel=channel,
            by=by,
        )

    async def origin(self, conversation: ConversationId) -> ConversationId | None:
        """The conversation that goes on in this one, where one does; of several the last."""
        found = await fetch_value(
            self._connection,
            """select conversation_id from hub.continuation
                where tenant_id = :t and used_by = :c order by used_at desc, id desc limit 1""",
            t=self.tenant,
            c=conversation,
        )
        return None if found is None else ConversationId(found)
