"""Writing a message of ours: one row in the conversation, one in the outbox, whoever the author is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hub.core.ids import DeliveryId, MessageId, PlatformId, TurnId, uuid7
from hub.core.messages import AuthorKind, Outbound, Part, outbound_to_json
from hub.core.policy import Standing
from hub.store.contacts import ContactRow
from hub.store.conversations import ConversationRow
from hub.store.messages import NewMessage
from hub.store.session import Tx


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be written. ``part`` numbers the messages of one turn; ``sources`` is what a channel without a
    place for citations shows under the text."""

    parts: Sequence[Part]
    author: AuthorKind
    author_id: str | None = None
    author_name: str | None = None
    id: MessageId | None = None
    turn: TurnId | None = None
    part: int = 0
    kind: str = "message"
    citations: Sequence[dict[str, Any]] = ()
    support: float | None = None
    sources: str | None = None
    reply_to: PlatformId | None = None
    metadata: dict[str, Any] | None = None


def standing_of(conversation: ConversationRow, contact: ContactRow | None) -> Standing:
    """The customer as the send policy asks about them."""
    return Standing(
        last_inbound_at=conversation.last_inbound_at,
        blocked=contact is not None and contact.blocked,
        opted_out_at=contact.opted_out_at if contact is not None else None,
    )


async def write(tx: Tx, conversation: ConversationRow, draft: Draft, *, at: datetime) -> tuple[MessageId, int]:
    """Store the message and queue its delivery; its id and sequence number.

    The caller holds the conversation's row, so its floor epoch is the live one.
    """
    message = draft.id or MessageId(uuid7())
    delivery = DeliveryId(uuid7())
    seq = await tx.messages.add(
        NewMessage(
            id=message,
            conversation=conversation.id,
            author=draft.author,
            parts=draft.parts,
            at=at,
            kind=draft.kind,
            author_id=draft.author_id,
            author_name=draft.author_name,
            reply_to=draft.reply_to,
            citations=draft.citations,
            support=draft.support,
            turn=draft.turn,
            floor_epoch=conversation.floor_epoch,
            metadata=draft.metadata or {},
        )
    )
    outbound = Outbound(
        id=message,
        key=str(delivery),
        thread=conversation.thread_key,
        parts=(*draft.parts,),
        sources=draft.sources,
        author=draft.author,
        author_name=draft.author_name,
        reply_to=draft.reply_to,
    )
    await tx.outbox.add(
        delivery,
        conversation=conversation.id,
        channel=conversation.channel_id,
        message=message,
        seq=seq,
        author=draft.author.value,
        to=conversation.contact_id,
        floor_epoch=conversation.floor_epoch,
        outbound=outbound_to_json(outbound),
        turn=draft.turn,
        part=draft.part,
    )
    return message, seq
