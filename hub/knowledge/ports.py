"""What ingest and retrieval are given by the roof."""

from __future__ import annotations

from typing import Protocol

from hub.core.ids import TenantId
from hub.core.knowledge import Document
from hub.llm.ports import Embedder


class EmbedderFor(Protocol):
    """Gives a tenant an embedder (metered, retrying): of the model named, or the deployment's first. None where there
    is none, so that search goes by words alone."""

    async def __call__(self, tenant: TenantId, model: str | None = None) -> Embedder | None: ...


class DocumentLoader(Protocol):
    """Reads files; ``hub.knowledge.loading.Loader`` does so in a confined child. Raises ``Unreadable`` in words."""

    async def load(self, data: bytes, name: str = "") -> Document: ...
