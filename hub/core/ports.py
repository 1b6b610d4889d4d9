"""What the rooms need from outside themselves, as protocols that ``hub.run`` fills in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from hub.core.ids import ConversationId, MessageId, TenantId
from hub.core.usage import Usage


class Clock(Protocol):
    """Tells the time, with zone UTC."""

    def now(self) -> datetime: ...


class Announcer(Protocol):
    """Hints to browsers that a conversation moved on. Lost hints cost time, never data."""

    async def announce(self, tenant: TenantId, conversation: ConversationId, seq: int) -> None: ...


class DeltaFeed(Protocol):
    """Carries a growing answer to whoever watches. Ephemeral: the final message is what counts."""

    async def delta(
        self,
        tenant: TenantId,
        conversation: ConversationId,
        message: MessageId,
        floor_epoch: int,
        n: int,
        text: str,
    ) -> None: ...

    async def withdrawn(self, tenant: TenantId, conversation: ConversationId, message: MessageId) -> None: ...

    async def typing(self, tenant: TenantId, conversation: ConversationId, active: bool) -> None: ...


class PresenceFeed(Protocol):
    """Tells colleagues who else is at a conversation, and rings for one of them. Ephemeral."""

    async def present(
        self, tenant: TenantId, conversation: ConversationId, who: str, name: str | None, state: str
    ) -> None:
        """``who`` is a colleague, or ``contact``; ``state`` is viewing, typing, noting or gone."""
        ...

    async def notified(self, tenant: TenantId, person: str, notification: Mapping[str, Any]) -> None: ...


class Waker(Protocol):
    """Wakes sleeping claim loops. A hint: loops also sweep, so a lost wake costs at most a second.

    ``topic`` is ``turn``, ``delivery``, ``job``, ``webhook``, ``mail`` or ``desk``.
    """

    async def wake(self, topic: str) -> None: ...

    async def wait(self, topic: str, seconds: float) -> None: ...


class BlobStore(Protocol):
    """Keeps bytes under a key. Keys are tenant-prefixed and unguessable."""

    async def put(self, key: str, data: bytes) -> None: ...

    async def get(self, key: str) -> bytes: ...

    async def delete(self, key: str) -> None: ...

    async def delete_under(self, folder: str) -> None:
        """Forget every key that begins with ``folder/``. Idempotent."""
        ...

    def stream(self, key: str) -> AsyncIterator[bytes]: ...


class Budget(Protocol):
    """Says before a model call whether the tenant may make it."""

    async def reserve(self, tenant: TenantId, estimate: Usage) -> UUID | None:
        """Put the most the call may take aside, until usage is recorded under the id given. Raises ``BudgetSpent``."""
        ...


class UsageSink(Protocol):
    """Takes note of model calls; ``hold`` is what was put aside for the call."""

    async def record(self, tenant: TenantId, usage: Usage, hold: UUID | None = None) -> None: ...


class EmbeddingCache(Protocol):
    """Remembers vectors by model and text hash, so that no text is embedded twice."""

    async def get_many(self, model: str, hashes: Sequence[bytes]) -> Mapping[bytes, Sequence[float]]: ...

    async def put_many(self, model: str, vectors: Mapping[bytes, Sequence[float]]) -> None: ...


class Mailer(Protocol):
    """Sends one mail."""

    async def send(self, to: str, subject: str, text: str, *, html: str | None = None) -> None: ...
