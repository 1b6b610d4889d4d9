"""Identifiers: one type per concept, ours (UUIDv7) and the platforms' (opaque strings)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NewType
from uuid import UUID, uuid4

TenantId = NewType("TenantId", UUID)
ChannelId = NewType("ChannelId", UUID)
AppId = NewType("AppId", UUID)
ContactId = NewType("ContactId", UUID)
ConversationId = NewType("ConversationId", UUID)
MessageId = NewType("MessageId", UUID)
InboxId = NewType("InboxId", UUID)
TurnId = NewType("TurnId", UUID)
DeliveryId = NewType("DeliveryId", UUID)
DocumentId = NewType("DocumentId", UUID)
ChunkId = NewType("ChunkId", UUID)
ContextId = NewType("ContextId", UUID)
EmbeddingSetId = NewType("EmbeddingSetId", UUID)
ApiKeyId = NewType("ApiKeyId", UUID)
FileId = NewType("FileId", UUID)
WebhookId = NewType("WebhookId", UUID)
WebhookDeliveryId = NewType("WebhookDeliveryId", UUID)
PersonId = NewType("PersonId", UUID)
SessionId = NewType("SessionId", UUID)
InvitationId = NewType("InvitationId", UUID)
TeamId = NewType("TeamId", UUID)

ChannelKind = NewType("ChannelKind", str)
"""``whatsapp``, ``messenger``, ``slack``, ``telegram``, ``webchat`` or a third party's own name."""

AccountKey = NewType("AccountKey", str)
"""What a platform calls the account a shared webhook is for: phone number id, page id, app and team id."""

ThreadKey = NewType("ThreadKey", str)
"""What names a conversation within a channel. Only the channel makes or reads it."""

PlatformId = NewType("PlatformId", str)
"""A platform's own id of an event or a message. Only the channel makes or reads it."""


_FIXED = (0xF << 76) | (0x3 << 62)
_VERSION_AND_VARIANT = (0x7 << 76) | (0x2 << 62)
_DIGITS = "0123456789abcdef"
_newest = 0


def uuid7(at: datetime | None = None) -> UUID:
    """A time-ordered UUID, version 7 (RFC 9562, section 5.7). An id, never a secret.

    Without ``at`` it is greater than every one this process made before, also within a millisecond.
    """
    return uuid7s(1, at)[0]


def uuid7s(n: int, at: datetime | None = None) -> list[UUID]:
    """Several at once, in rising order: drawn once and counted up from there (RFC 9562, section 6.2, method 2)."""
    first = _reserved(n, at)
    return [UUID(int=first + step) for step in range(n)]


def uuid7_texts(n: int) -> list[str]:
    """As ``uuid7s``, already in their written form, which is how ids travel to the database."""
    first = _reserved(n)
    last = first & 0xF
    if last + n > len(_DIGITS):
        return [str(UUID(int=first + step)) for step in range(n)]
    digits = f"{first:032x}"
    start = f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:31]}"
    return [start + digit for digit in _DIGITS[last : last + n]]


def _reserved(n: int, at: datetime | None = None) -> int:
    """The first of ``n`` ids that stand side by side. It ends in a nought, so that few of them differ in their last
    digit alone."""
    moment = at or datetime.now(UTC)
    milliseconds = int(moment.timestamp() * 1000) & ((1 << 48) - 1)
    random = uuid4().int & ((1 << 80) - 0x10)
    first = (((milliseconds << 80) | random) & ~_FIXED & ~(1 << 61)) | _VERSION_AND_VARIANT
    if at is None:
        global _newest
        if first <= _newest:  # the same millisecond, or a clock put back: a random step on
            first = (_newest | 0xF) + 1 + (random & 0xFFFF_FFF0)
        _newest = first + n - 1
    return first
