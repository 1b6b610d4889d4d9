"""Documents: what was given, and how far its indexing is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from hub.core.ids import ContextId, DocumentId, TenantId
from hub.store.document_list import listing
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, fetch_rows, fetch_value, run

_SHOWN_ERROR: Final = 1_000


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document. ``size`` is in bytes, ``progress`` from 0 to 1; ``version`` counts its indexings, 0 before the
    first; ``content_hash`` is of the bytes last given, ``indexed_hash`` of those the chunks were made from;
    ``summary_version`` is the indexing that the summary was written of."""

    id: DocumentId
    context_id: ContextId | None
    external_id: str | None
    title: str
    url: str | None
    name: str
    mime: str
    size: int
    language: str | None
    metadata: dict[str, Any]
    blob_key: str | None
    content_hash: bytes
    indexed_hash: bytes | None
    version: int
    chunk_count: int
    status: str
    progress: float
    error: str | None
    summary: str | None
    summary_version: int | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class NewDocument:
    """What is given to be indexed. ``content_hash`` is the SHA-256 of the bytes under ``blob_key``."""

    id: DocumentId
    title: str
    content_hash: bytes
    blob_key: str
    name: str = ""
    mime: str = ""
    size: int = 0
    external_id: str | None = None
    context_id: ContextId | None = None
    url: str | None = None
    metadata: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Put:
    """The document as it stands now; whether it must be indexed; a blob nobody needs any more."""

    document: DocumentRow
    changed: bool
    unused_blob: str | None


class Documents:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def put(self, new: NewDocument) -> Put:
        """Takes a document in, queued. One with the same external id is replaced; the same bytes again (under the
        same external id, or without one in the same context) change its address at most, unless they failed before.
        """
        # Two uploads of one document at once: the second waits and finds the first.
        await run(
            self._connection,
            "select pg_advisory_xact_lock(hashtextextended('document ' || cast(:t as text) || cast(:key as text), 0))",
            t=str(self.tenant),
            key=new.external_id or new.content_hash.hex(),
        )
        known = await self._known(new)
        if known is None:
            return Put(await self._insert(new), changed=True, unused_blob=None)
        if known.content_hash == new.content_hash and known.status != "failed":
            spare = new.blob_key if new.blob_key != known.blob_key else None
            return Put(await self._moved(known, new.url), changed=False, unused_blob=spare)
        return Put(
            await self._replace(known, new),
            changed=True,
            unused_blob=known.blob_key if known.blob_key != new.blob_key else None,
        )

    async def _known(self, new: NewDocument) -> DocumentRow | None:
        if new.external_id is not None:
            return await self.by_external_id(new.external_id)
        return await fetch_one(
            self._connection,
            DocumentRow,
            """select * from hub.document
                where tenant_id = :t and content_hash = :hash and external_id is null
                  and context_id is not distinct from cast(:context as uuid) and url is not distinct from :url
                order by id limit 1""",
            t=self.tenant,
            hash=new.content_hash,
            context=new.context_id,
            url=new.url,
        )

    async def _insert(self, new: NewDocument) -> DocumentRow:
        row = await fetch_one(
            self._connection,
            DocumentRow,
            """insert into hub.document(id, tenant_id, context_id, external_id, title, url, name, mime, size, metadata,
                                        blob_key, content_hash)
               values (:id, :t, :context, :external, :title, :url, :name, :mime, :size, :metadata__jsonb, :blob, :hash)
               returning *""",
            t=self.tenant,
            **_values(new),
        )
        assert row is not None  # noqa: S101 - insert returning gives its row
        return row

    async def _replace(self, known: DocumentRow, new: NewDocument) -> DocumentRow:
        row = await fetch_one(
            self._connection,
            DocumentRow,
            """update hub.document
                  set context_id = coalesce(:context, context_id), external_id = :external, title = :title, url = :url,
                      name = :name, mime = :mime, size = :size, metadata = :metadata__jsonb, blob_key = :blob,
                      content_hash = :hash, status = 'queued', progress = 0, error = null, updated_at = now()
                where id = :id returning *""",
            **{**_values(new), "id": known.id},
        )
        assert row is not None  # noqa: S101 - held by the lock of put
        return row

    async def _moved(self, known: DocumentRow, url: str | None) -> DocumentRow:
        if url is None or url == known.url:
            return known
        sql = "update hub.document set url = :url where id = :id returning *"
        return await fetch_one(self._connection, DocumentRow, sql, id=known.id, url=url) or known

    async def get(self, id: DocumentId) -> DocumentRow | None:
        return await fetch_one(self._connection, DocumentRow, "select * from hub.document where id = :id", id=id)

    async def by_external_id(self, external_id: str) -> DocumentRow | None:
        return await fetch_one(
            self._connection,
            DocumentRow,
            "select * from hub.document where tenant_id = :t and external_id = :external",
            t=self.tenant,
            external=external_id,
        )

    async def named(self, id: DocumentId) -> str | None:
        """The document's external id; one that has none gets one, so that new text under it replaces the old."""
        sql = "update hub.document set external_id = coalesce(external_id, 'document ' || id::text) where id = :id"
        row = await fetch_one(self._connection, DocumentRow, f"{sql} returning *", id=id)
        return None if row is None else row.external_id

    async def page(
        self,
        *,
        limit: int = 50,
        after: DocumentId | None = None,
        status: str | None = None,
        context: ContextId | None = None,
        sort: str = "created_at",
        ascending: bool = False,
    ) -> list[DocumentRow]:
        """Documents by one of ``SORTS``, the last first unless ``ascending``, those behind the given one."""
        return await fetch_all(
            self._connection,
            DocumentRow,
            listing(sort, ascending=ascending),
            after=after,
            status=status,
            context=context,
            limit=limit,
        )

    async def matching(
        self,
        *,
        contexts: Sequence[ContextId] = (),
        documents: Sequence[DocumentId] = (),
        metadata: Mapping[str, Any] | None = None,
        mimes: Sequence[str] = (),
        since: datetime | None = None,
    ) -> list[DocumentId]:
        """Ids of the documents in one of the contexts, among ``documents``, whose metadata contains ``metadata``, of
        one of the content types (``mimes``; "image" stands for all that begin so), given or changed ``since``; what is
        empty does not restrict.
        """
        rows = await fetch_rows(
            self._connection,
            """select id from hub.document
                where (cardinality(:contexts__uuids) = 0 or context_id = any(:contexts__uuids))
                  and (cardinality(:ids__uuids) = 0 or id = any(:ids__uuids))
                  and metadata @> :metadata__jsonb
                  and (cardinality(:mimes__texts) = 0 or mime = any(:mimes__texts)
                       or split_part(mime, '/', 1) = any(:mimes__texts))
                  and (cast(:since as timestamptz) is null or updated_at >= :since)""",
            mimes__texts=list(mimes),
            since=since,
            contexts__uuids=list(contexts),
            ids__uuids=list(documents),
            metadata__jsonb=dict(metadata or {}),
        )
        return [DocumentId(row["id"]) for row in rows]

    async def delete(self, id: DocumentId) -> DocumentRow | None:
        """Removes a document with its chunks and vectors; the caller removes the blob. None when there is none."""
        await lock_corpus(self._connection, self.tenant)
        return await fetch_one(
            self._connection, DocumentRow, "delete from hub.document where id = :id returning *", id=id
        )

    async def requeue(self, id: DocumentId) -> DocumentRow | None:
        """Asks for the document to be indexed anew, as after a change of model."""
        return await fetch_one(
            self._connection,
            DocumentRow,
            """update hub.document set status = 'queued', progress = 0, error = null, indexed_hash = null,
                      updated_at = now() where id = :id returning *""",
            id=id,
        )

    async def start(self, id: DocumentId) -> DocumentRow | None:
        """Marks the document as being worked on."""
        return await fetch_one(
            self._connection,
            DocumentRow,
            """update hub.document set status = 'processing', progress = 0, error = null, updated_at = now()
                where id = :id returning *""",
            id=id,
        )

    async def advance(self, id: DocumentId, content_hash: bytes, progress: float) -> bool:
        """Notes the progress. False when the document is gone or was given anew, so that the work can stop."""
        return (
            await run(
                self._connection,
                """update hub.document set progress = :progress, updated_at = now()
                    where id = :id and content_hash = :hash and status = 'processing'""",
                id=id,
                hash=content_hash,
                progress=min(max(progress, 0.0), 1.0),
            )
            > 0
        )

    async def fail(self, id: DocumentId, content_hash: bytes, error: str) -> bool:
        """Marks the document as failed, with the reason in words. What was indexed before stays searchable."""
        return (
            await run(
                self._connection,
                """update hub.document set status = 'failed', error = :error, updated_at = now()
                    where id = :id and content_hash = :hash""",
                id=id,
                hash=content_hash,
                error=error[:_SHOWN_ERROR],
            )
            > 0
        )

    async def wait_again(self, id: DocumentId, content_hash: bytes, error: str) -> bool:
        """Puts a document back in the queue after a passing failure, which is shown meanwhile."""
        return (
            await run(
                self._connection,
                """update hub.document set status = 'queued', error = :error, updated_at = now()
                    where id = :id and content_hash = :hash""",
                id=id,
                hash=content_hash,
                error=error[:_SHOWN_ERROR],
            )
            > 0
        )

    async def hold(self, id: DocumentId, content_hash: bytes) -> DocumentRow | None:
        """Locks the document for its swap. None when it is gone or was given anew meanwhile."""
        await lock_corpus(self._connection, self.tenant)
        return await fetch_one(
            self._connection,
            DocumentRow,
            "select * from hub.document where id = :id and content_hash = :hash for update",
            id=id,
            hash=content_hash,
        )

    async def finish(
        self, id: DocumentId, *, version: int, chunk_count: int, title: str, language: str | None, chunking: str = ""
    ) -> DocumentRow:
        """Marks the document as ready. Call in the transaction that wrote its chunks, after ``hold``."""
        row = await fetch_one(
            self._connection,
            DocumentRow,
            """update hub.document
                  set status = 'ready', progress = 1, error = null, version = :version, chunk_count = :chunks,
                      title = :title, language = :language, chunking = :chunking,
                      indexed_hash = content_hash, updated_at = now()
                where id = :id returning *""",
            id=id,
            version=version,
            chunks=chunk_count,
            title=title,
            language=language,
            chunking=chunking,
        )
        assert row is not None  # noqa: S101 - held by the lock of hold
        return row

    async def count(self, *, status: str | None = None) -> int:
        sql = "select count(*) from hub.document where cast(:status as text) is null or status = :status"
        return int(await fetch_value(self._connection, sql, status=status))


async def lock_corpus(connection: Connection, tenant: TenantId) -> None:
    """Lets one transaction at a time change a tenant's chunks. Take it before any row lock, or two may deadlock."""
    await run(connection, "select hub_cross.lock_corpus(:t)", t=tenant)


def _values(new: NewDocument) -> dict[str, Any]:
    return {
        "id": new.id,
        "context": new.context_id,
        "external": new.external_id,
        "title": new.title,
        "url": new.url,
        "name": new.name,
        "mime": new.mime,
        "size": new.size,
        "metadata__jsonb": dict(new.metadata or {}),
        "blob": new.blob_key,
        "hash": new.content_hash,
    }
