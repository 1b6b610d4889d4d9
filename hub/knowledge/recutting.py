"""How a tenant's documents are cut into passages, and cutting those anew that were cut otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from hub.core.ids import TenantId
from hub.knowledge.chunking import ChunkSizes
from hub.knowledge.chunking_settings import ChunkingSettings, mark, read_chunk_sizes
from hub.knowledge.library import INGEST_JOB, Library
from hub.store.chunks import Cut
from hub.store.session import Store, Tx


@dataclass(frozen=True, slots=True)
class Cutting:
    """How documents are cut from now on, and how many are cut so already."""

    sizes: ChunkSizes
    documents: Cut


class ChunkingDesk:
    """A tenant's way of cutting."""

    def __init__(self, *, store: Store, library: Library) -> None:
        self._store = store
        self._library = library

    async def get(self, tenant: TenantId) -> Cutting:
        """As it stands."""
        async with self._store.begin(tenant) as tx:
            return await _cutting(tx)

    async def change(self, tenant: TenantId, wanted: ChunkingSettings, *, anew: bool) -> Cutting:
        """Cut documents so from now on; ``anew``: those there are too, in the background. Idempotent."""
        async with self._store.begin(tenant) as tx:
            await tx.settings.put_part("chunking", wanted.model_dump())
            if anew:
                await tx.chunks.cut_anew(mark(wanted.sizes()), INGEST_JOB)
            cutting = await _cutting(tx)
        if anew:
            await self._library.wake()
        return cutting

    async def cut_anew(self, tenant: TenantId) -> Cutting:
        """Have the documents that were cut otherwise cut as the settings say, in the background. Idempotent."""
        async with self._store.begin(tenant) as tx:
            sizes = read_chunk_sizes(await tx.settings.get(), ChunkSizes())
            await tx.chunks.cut_anew(mark(sizes), INGEST_JOB)
            cutting = await _cutting(tx)
        await self._library.wake()
        return cutting


async def _cutting(tx: Tx) -> Cutting:
    sizes = read_chunk_sizes(await tx.settings.get(), ChunkSizes())
    return Cutting(sizes, await tx.chunks.cut(mark(sizes)))
