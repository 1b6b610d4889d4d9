"""From a queued document to searchable chunks.

Load -> cut -> embed in batches (each batch is kept in the tenant's cache at once, so that a crash pays for none of
them twice) -> one transaction that puts the new chunks, their vectors and statistics in the place of the old ones.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from hub.core.errors import BudgetSpent, HubError, ModelError, NotFound, Unreadable
from hub.core.events import HubEvent
from hub.core.ids import ChunkId, DocumentId, TenantId, uuid7
from hub.core.knowledge import Chunk, Document, DocumentStatus
from hub.core.ports import BlobStore
from hub.knowledge.chunking import ChunkSizes, chunk_document
from hub.knowledge.chunking_settings import mark, read_chunk_sizes
from hub.knowledge.differences import keep_ids, what_changed
from hub.knowledge.filling import FILL_JOB, ask_to_fill, fill_args
from hub.knowledge.language import detect_language
from hub.knowledge.lexemes import document_lexemes, tsvector
from hub.knowledge.library import SUBTITLES, SUMMARY_JOB
from hub.knowledge.ports import DocumentLoader, EmbedderFor
from hub.knowledge.vectors import embed_missing, embedded_text
from hub.llm.ports import Embedder
from hub.store.chunks import NewChunk
from hub.store.documents import DocumentRow
from hub.store.session import Store

_LOADED: Final = 0.1
_EMBEDDED: Final = 0.9
_CHUNKS_IN_ONE_LANGUAGE: Final = 400  # characters below which a chunk's own language is not worth a guess


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A document's chunks with the text each is embedded as, the title and language to show, and how it was cut."""

    title: str
    language: str | None
    chunks: list[NewChunk]
    texts: dict[bytes, str]
    chunking: str


class _Superseded(Exception):
    """The document was given anew, or removed, while it was worked on; another run takes care of it."""


class Ingester:
    """Indexes documents. Safe to share; running the same document twice at once costs work, never harm."""

    def __init__(
        self,
        *,
        store: Store,
        blobs: BlobStore,
        loader: DocumentLoader,
        embedder_for: EmbedderFor,
        sizes: ChunkSizes | None = None,
    ) -> None:
        """``sizes`` are for tenants whose settings name none."""
        self._store = store
        self._blobs = blobs
        self._loader = loader
        self._embedder_for = embedder_for
        self._sizes = sizes or ChunkSizes()

    async def run(self, tenant: TenantId, id: DocumentId, *, last_try: bool = True) -> DocumentRow:
        """Indexes one document and returns it ``ready`` or ``failed`` with its error in words. Idempotent: one that is
        indexed already returns at once, one that was interrupted starts over from its cached vectors.

        A passing model failure raises ``ModelError``, and a budget that is used up ``BudgetSpent``, with the document
        queued again, unless this is the ``last_try``.
        Raises ``NotFound`` when there is no such document.
        """
        async with self._store.begin(tenant) as tx:
            row = await tx.documents.get(id)
            if row is not None and not _indexed(row):
                row = await tx.documents.start(id)
        if row is None:
            raise NotFound("There is no such document.")
        if _indexed(row):
            return row
        try:
            return await self._index(tenant, row)
        except _Superseded:
            return await self._now(tenant, id)
        except (ModelError, BudgetSpent) as error:
            if (isinstance(error, BudgetSpent) or error.retryable) and not last_try:
                async with self._store.begin(tenant) as tx:
                    await tx.documents.wait_again(id, row.content_hash, str(error))
                raise
            return await self._failed(tenant, row, _without_vectors(error))
        except HubError as error:
            if error.status >= 500 and not last_try:
                raise
            return await self._failed(tenant, row, str(error))

    async def _index(self, tenant: TenantId, row: DocumentRow) -> DocumentRow:
        if row.blob_key is None:
            raise Unreadable("The document's file is gone. Upload it again.")
        data = await self._blobs.get(row.blob_key)
        loaded = await self._loader.load(data, row.name)
        async with self._store.begin(tenant) as tx:
            sizes = read_chunk_sizes(await tx.settings.get(), self._sizes)
        prepared = await asyncio.to_thread(_prepare, loaded, row, sizes)
        if not prepared.chunks:
            raise Unreadable("The file has no text in it.")
        await self._advance(tenant, row, _LOADED)

        async def told(share: float) -> None:
            await self._advance(tenant, row, _LOADED + (_EMBEDDED - _LOADED) * share)

        while True:
            embedder = await self._embedder(tenant)
            if embedder is not None:
                await embed_missing(self._store, tenant, embedder, prepared.texts, told)
            done = await self._swap(tenant, row, prepared, embedder)
            if done is not None:
                return done

    async def _embedder(self, tenant: TenantId) -> Embedder | None:
        """That of the set in use; the deployment's first for a tenant without one, or whose model is gone."""
        async with self._store.begin(tenant) as tx:
            active = await tx.embeddings.active()
        found = await self._embedder_for(tenant, active.model) if active is not None else None
        return found or await self._embedder_for(tenant)

    async def _advance(self, tenant: TenantId, row: DocumentRow, progress: float) -> None:
        async with self._store.begin(tenant) as tx:
            if not await tx.documents.advance(row.id, row.content_hash, progress):
                raise _Superseded

    async def _swap(
        self, tenant: TenantId, row: DocumentRow, prepared: _Prepared, embedder: Embedder | None
    ) -> DocumentRow | None:
        """The document as it stands then; None where searches went over to another set meanwhile."""
        async with self._store.begin(tenant) as tx:
            held = await tx.documents.hold(row.id, row.content_hash)
            if held is None:
                raise _Superseded
            active = await tx.embeddings.active()
            moved = embedder is not None and active is not None and active.model != embedder.model
            if moved and active is not None and await self._embedder_for(tenant, active.model) is not None:
                return None
            version = held.version + 1
            before = await tx.chunks.of_document(row.id) if held.version else []
            chunks = keep_ids(before, prepared.chunks)
            await tx.chunks.replace(row.id, version, chunks)
            came, went = what_changed(before, chunks)
            if before and (came or went):
                kept = len(chunks) - len(came)
                await tx.document_changes.add(row.id, version, kept=kept, came=came, went=went)
            if embedder is not None:
                target = await tx.embeddings.ensure_set(embedder.model, embedder.dims)
                if await tx.embeddings.attach(target, row.id) < len(prepared.chunks):
                    raise ModelError("Vectors of this document were removed while it was indexed. Try again.")
                if active is None or not target.active or target.error:
                    # Chunks from before there was a model, or while it was gone: they get vectors too.
                    await tx.jobs.add_once(FILL_JOB, fill_args(target.id, activate=True))
            await ask_to_fill(tx, but=embedder.model if embedder is not None else None)
            # Nobody skims a video; other documents are summed up when asked, and again when they change.
            if row.mime == SUBTITLES or row.summary is not None:
                await tx.jobs.add(SUMMARY_JOB, {"document_id": str(row.id)})
            await tx.events.add(HubEvent.DOCUMENT_INDEXED, {"document_id": str(row.id), "version": version})
            return await tx.documents.finish(
                row.id,
                version=version,
                chunk_count=len(prepared.chunks),
                title=prepared.title,
                language=prepared.language,
                chunking=prepared.chunking,
            )

    async def _failed(self, tenant: TenantId, row: DocumentRow, reason: str) -> DocumentRow:
        async with self._store.begin(tenant) as tx:
            if await tx.documents.fail(row.id, row.content_hash, reason):
                await tx.events.add(HubEvent.DOCUMENT_FAILED, {"document_id": str(row.id), "error": reason})
        return await self._now(tenant, row.id)

    async def _now(self, tenant: TenantId, id: DocumentId) -> DocumentRow:
        async with self._store.begin(tenant) as tx:
            row = await tx.documents.get(id)
        if row is None:
            raise NotFound("The document was removed while it was indexed.")
        return row


def _indexed(row: DocumentRow) -> bool:
    return row.status == DocumentStatus.READY and row.indexed_hash == row.content_hash


def _prepare(loaded: Document, row: DocumentRow, sizes: ChunkSizes) -> _Prepared:
    # A title that is only the file's name says less than the one the file gives itself.
    title = (loaded.title if loaded.title and row.title in {"", row.name} else row.title) or "Untitled"
    chunks: list[NewChunk] = []
    texts: dict[bytes, str] = {}
    for chunk in chunk_document(loaded, sizes):
        text = embedded_text(title, chunk.heading, chunk.text)
        digest = sha256(text.encode()).digest()
        texts[digest] = text
        chunks.append(_new_chunk(chunk, title, digest, loaded.language))
    return _Prepared(title, loaded.language, chunks, texts, mark(sizes))


def _without_vectors(error: HubError) -> str:
    return str(error) if isinstance(error, BudgetSpent) else f"The embedding model did not answer: {error}"


def _new_chunk(chunk: Chunk, title: str, digest: bytes, language: str | None) -> NewChunk:
    # A document in several languages is stemmed chunk by chunk.
    own = detect_language(chunk.text) if len(chunk.text) >= _CHUNKS_IN_ONE_LANGUAGE else None
    lexemes = document_lexemes(embedded_text(title, chunk.heading, chunk.text), own or language)
    return NewChunk(
        id=ChunkId(uuid7()),
        position=chunk.position,
        start=chunk.start,
        end=chunk.end,
        text=chunk.text,
        heading=chunk.heading,
        page=chunk.page,
        hash=digest,
        tsv=tsvector(lexemes),
        dl=len(lexemes),
        seconds=chunk.seconds,
    )
