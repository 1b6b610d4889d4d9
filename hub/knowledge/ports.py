"""What ingest and retrieval are given by the roof."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from hub.core.ids import TenantId
from hub.core.knowledge import Document
from hub.llm.ports import Embedder

EmbedderFor = Callable[[TenantId], Awaitable[Embedder | None]]
"""Gives a tenant's embedder (metered, retrying), or None where search goes by words alone."""


class DocumentLoader(Protocol):
    """Reads files; ``hub.knowledge.loading.Loader`` does so in a confined child. Raises ``Unreadable`` in words."""

    async def load(self, data: bytes, name: str = "") -> Document: ...
