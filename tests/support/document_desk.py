"""What a test needs to give documents in, have them indexed and ask about them: real store, files in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256

from hub.core.errors import NotFound
from hub.core.ids import DocumentId, TenantId, uuid7
from hub.knowledge.chunking import ChunkSizes
from hub.knowledge.ingest import Ingester
from hub.knowledge.loading import Loader
from hub.knowledge.retrieval import Retriever
from hub.llm.ports import Embedder
from hub.store.documents import DocumentRow, NewDocument, Put
from hub.store.rows import run
from hub.store.session import Store


class Blobs(dict[str, bytes]):
    """Bytes by key, in memory."""

    async def put(self, key: str, data: bytes) -> None:
        self[key] = data

    async def get(self, key: str) -> bytes:  # type: ignore[override]  # the port's get, not the dict's
        if key not in self:
            raise NotFound("The file is gone.")
        return self[key]

    async def delete(self, key: str) -> None:
        self.pop(key, None)

    async def delete_under(self, folder: str) -> None:
        for key in [key for key in self if key.startswith(f"{folder}/")]:
            del self[key]

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        yield self[key]


class DocumentDesk:
    """A tenant's documents, indexed at once. ``embedder`` may be changed between two documents."""

    def __init__(self, store: Store, tenant: TenantId, embedder: Embedder | None) -> None:
        self.store, self.tenant, self.embedder, self.blobs = store, tenant, embedder, Blobs()
        self.ingester = Ingester(
            store=store, blobs=self.blobs, loader=Loader(), embedder_for=self.embedder_for, sizes=ChunkSizes(target=40)
        )
        self.retriever = Retriever(store=store, embedder_for=self.embedder_for)

    async def embedder_for(self, tenant: TenantId, model: str | None = None) -> Embedder | None:
        return self.embedder if model is None or (self.embedder and self.embedder.model == model) else None

    async def give(self, data: bytes, name: str = "rules.md", **fields: object) -> Put:
        key = str(uuid7())
        self.blobs[key] = data
        new = NewDocument(
            DocumentId(uuid7()),
            name,
            sha256(data).digest(),
            key,
            name=name,
            size=len(data),
            **fields,  # type: ignore[arg-type]  # a test's fields
        )
        async with self.store.begin(self.tenant) as tx:
            return await tx.documents.put(new)

    async def index(self, data: bytes, name: str = "rules.md", **fields: object) -> DocumentRow:
        return await self.ingester.run(self.tenant, (await self.give(data, name, **fields)).document.id)

    async def ask(self, query: str, **options: object) -> list[str]:
        found = await self.retriever.search(self.tenant, query, **options)  # type: ignore[arg-type]  # a test's options
        return [passage.text for passage in found.passages]

    async def age(self, external_id: str, by: timedelta) -> None:
        """Makes a document look older."""
        async with self.store.begin(self.tenant) as tx:
            await run(
                tx.connection,
                "update hub.document set updated_at = updated_at - cast(:by as interval) where external_id = :id",
                by=by,
                id=external_id,
            )
