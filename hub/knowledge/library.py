"""The shelf of a tenant's documents: taking one in, looking it up, indexing it anew, removing it.

Taking in is quick and durable: bytes to the blob store, one row, one job. ``Ingester`` does the rest.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID

import structlog

from hub.core.errors import HubError, Invalid, NotFound
from hub.core.events import HubEvent
from hub.core.ids import ContextId, DocumentId, TenantId, uuid7
from hub.core.ports import BlobStore, Waker
from hub.files.keys import new_key
from hub.files.sniff import sniff
from hub.store.chunks import ChunkRow
from hub.store.contexts import ContextRow
from hub.store.documents import DocumentRow, NewDocument
from hub.store.session import Store, Tx

log = structlog.get_logger(__name__)

INGEST_JOB = "document.ingest"
"""The job that indexes one document; its args are ``{"document_id"}``."""
SUMMARY_JOB = "document.summarise"
"""The job that writes what one document is about; its args are ``{"document_id"}``."""
SUBTITLES = "text/vtt"
MAX_DOCUMENT = 25 * 1024 * 1024
_ENDINGS = {
    "text/html": ".html",
    "application/pdf": ".pdf",
    "text/csv": ".csv",
    "text/markdown": ".md",
    "text/plain": ".txt",
    "application/json": ".json",
    "application/jsonl": ".jsonl",
    "application/x-ndjson": ".jsonl",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a document beside its bytes. ``context`` is a context's name, made when there is none."""

    title: str | None = None
    external_id: str | None = None
    context: str | None = None
    url: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """A web page's or file's bytes, its content type without parameters, and where redirects ended."""

    data: bytes
    mime: str
    url: str


class FetchPage(Protocol):
    """Fetches an address a tenant named, through the one outbound client. Raises ``BlockedAddress``,
    ``Unavailable`` or ``TooLarge``."""

    async def __call__(self, url: str, max_bytes: int) -> Page: ...


class Library:
    """A tenant's documents."""

    def __init__(self, *, store: Store, blobs: BlobStore, waker: Waker, fetch: FetchPage) -> None:
        self._store = store
        self._blobs = blobs
        self._waker = waker
        self._fetch = fetch

    async def add(self, tenant: TenantId, data: bytes, name: str, entry: Entry) -> DocumentRow:
        """Take a file in. The same bytes again change nothing; new bytes under a known external id replace the old
        once they are indexed. Raises ``Invalid``."""
        return (await self.take(tenant, data, name, entry))[0]

    async def take(self, tenant: TenantId, data: bytes, name: str, entry: Entry) -> tuple[DocumentRow, bool]:
        """As ``add``; says too whether there is anything to index."""
        if not data:
            raise Invalid("The file is empty.", field="file")
        key = new_key(tenant, "documents")
        await self._blobs.put(key, data)
        try:
            document, changed, unused = await self._put(tenant, data, name, key, entry)
        except BaseException:
            await self._drop(key)
            raise
        if unused is not None:
            await self._drop(unused)
        if changed:
            await self.wake()
        return document, changed

    async def add_text(self, tenant: TenantId, text: str, entry: Entry) -> DocumentRow:
        """Take a text in (Markdown is welcome)."""
        if not text.strip():
            raise Invalid("The text is empty.", field="text")
        return await self.add(tenant, text.encode(), f"{_slug(entry.title or 'text')}.md", entry)

    async def add_url(self, tenant: TenantId, url: str, entry: Entry) -> DocumentRow:
        """Fetch one page or file and take it in. Raises ``BlockedAddress``, ``Unavailable``, ``Invalid``."""
        page = await self._fetch(url, MAX_DOCUMENT)
        known = Entry(entry.title, entry.external_id or url, entry.context, page.url, entry.metadata)
        return await self.add(tenant, page.data, _name_of(page), known)

    async def get(self, tenant: TenantId, id: DocumentId) -> DocumentRow:
        """One document. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            return _there(await tx.documents.get(id))

    async def page(
        self,
        tenant: TenantId,
        limit: int,
        after: DocumentId | None = None,
        *,
        status: str | None = None,
        context: str | None = None,
        sort: str = "created_at",
        ascending: bool = False,
    ) -> Sequence[DocumentRow]:
        """Documents by one of the store's ``SORTS``. Raises ``Invalid`` where the one to go on behind is gone."""
        async with self._store.begin(tenant) as tx:
            held = None
            if context is not None:
                found = await tx.contexts.by_name(context)
                if found is None:
                    return ()
                held = found.id
            if after is not None and sort != "created_at" and await tx.documents.get(after) is None:
                raise Invalid("The document this page ended with is gone. Begin anew.", field="cursor")
            return await tx.documents.page(
                limit=limit, after=after, status=status, context=held, sort=sort, ascending=ascending
            )

    async def chunks(self, tenant: TenantId, id: DocumentId, *, after: int, limit: int) -> Sequence[ChunkRow]:
        """A document's chunks in reading order behind the position ``after``. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            _there(await tx.documents.get(id))
            return await tx.chunks.part_of_document(id, after=after, limit=limit)

    async def work_given_up(self, tenant: TenantId, args: Mapping[str, Any], why: str) -> None:
        """Nobody works on a document any more (``args`` of its job): say so on it. One that is ready stays so."""
        async with self._store.begin(tenant) as tx:
            row = await tx.documents.get(DocumentId(UUID(str(args["document_id"]))))
            if row is not None and row.status in ("queued", "processing"):
                reason = f"{why} Index it anew to try again."
                if await tx.documents.fail(row.id, row.content_hash, reason):
                    await tx.events.add(HubEvent.DOCUMENT_FAILED, {"document_id": str(row.id), "error": reason})

    async def reindex(self, tenant: TenantId, id: DocumentId) -> DocumentRow:
        """Have a document indexed anew. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            row = _there(await tx.documents.requeue(id))
            await tx.jobs.add(INGEST_JOB, {"document_id": str(id)})
        await self.wake()
        return row

    async def summarise(self, tenant: TenantId, id: DocumentId) -> DocumentRow:
        """Have it written what a document is about, as soon as it is indexed. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            row = _there(await tx.documents.get(id))
            await tx.jobs.add(SUMMARY_JOB, {"document_id": str(id)})
        await self.wake()
        return row

    async def remove(self, tenant: TenantId, id: DocumentId) -> None:
        """Forget a document with its chunks, vectors and bytes. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            row = _there(await tx.documents.delete(id))
        if row.blob_key is not None:
            await self._drop(row.blob_key)

    async def forget(self, tenant: TenantId, id: DocumentId) -> None:
        """As ``remove``, for a document that may be gone already."""
        with contextlib.suppress(NotFound):
            await self.remove(tenant, id)

    async def contexts(self, tenant: TenantId, limit: int, after: ContextId | None = None) -> list[ContextRow]:
        """Contexts in the order they were made."""
        async with self._store.begin(tenant) as tx:
            return await tx.contexts.page(limit=limit, after=after)

    async def add_context(self, tenant: TenantId, name: str) -> ContextRow:
        """The context of this name. Idempotent."""
        async with self._store.begin(tenant) as tx:
            return await tx.contexts.ensure(name)

    async def context_ids(self, tenant: TenantId, names: Sequence[str]) -> list[ContextId]:
        """The contexts' ids. Raises ``Invalid`` for a name there is not: a search held to nothing must not find all."""
        async with self._store.begin(tenant) as tx:
            found = [(name, await tx.contexts.by_name(name)) for name in names]
        for name, row in found:
            if row is None:
                raise Invalid(f"There is no context named '{name}'.", field="context")
        return [row.id for _, row in found if row is not None]

    async def _put(
        self, tenant: TenantId, data: bytes, name: str, key: str, entry: Entry
    ) -> tuple[DocumentRow, bool, str | None]:
        async with self._store.begin(tenant) as tx:
            context = await _context(tx, entry.context)
            put = await tx.documents.put(
                NewDocument(
                    id=DocumentId(uuid7()),
                    title=entry.title or name,
                    content_hash=hashlib.sha256(data).digest(),
                    blob_key=key,
                    name=name,
                    mime=sniff(data, name=name),
                    size=len(data),
                    external_id=entry.external_id,
                    context_id=context,
                    url=entry.url,
                    metadata=entry.metadata,
                )
            )
            if put.changed:
                await tx.jobs.add(INGEST_JOB, {"document_id": str(put.document.id)})
        return put.document, put.changed, put.unused_blob

    async def _drop(self, key: str) -> None:
        """Remove bytes nobody names any more; what is left over costs space, never truth."""
        try:
            await self._blobs.delete(key)
        except (HubError, OSError) as error:
            log.warning("library.blob_left", error=type(error).__name__)

    async def wake(self) -> None:
        """Hint that there is long work; a lost hint costs a second."""
        try:
            await self._waker.wake("job")
        except (HubError, OSError) as error:
            log.info("library.hint_lost", error=type(error).__name__)


async def _context(tx: Tx, name: str | None) -> ContextId | None:
    return None if name is None else (await tx.contexts.ensure(name)).id


def _there(row: DocumentRow | None) -> DocumentRow:
    if row is None:
        raise NotFound("There is no such document.", field="document")
    return row


def _slug(title: str) -> str:
    return re.sub(r"[^\w-]+", "-", title).strip("-")[:80] or "text"


def _name_of(page: Page) -> str:
    """A file name for a page, with the ending its content type calls for."""
    last = unquote(urlsplit(page.url).path.rsplit("/", 1)[-1])
    stem = re.sub(r"[^\w.-]+", "-", last).strip("-.")[:100] or "page"
    ending = _ENDINGS.get(page.mime, "")
    return stem if not ending or stem.lower().endswith(ending) else f"{stem}{ending}"
