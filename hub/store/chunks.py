"""Chunks: written once per version of a document, never changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub.core.ids import ChunkId, DocumentId, EmbeddingSetId, TenantId
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, fetch_value, run

_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class NewChunk:
    """A chunk to store. ``hash`` is the SHA-256 of the text as embedded; ``tsv`` a tsvector literal of ``dl`` lexemes;
    ``start`` and ``end`` are characters into the document's text; ``seconds`` when it is said, in a recording.
    """

    id: ChunkId
    position: int
    start: int
    end: int
    text: str
    heading: tuple[str, ...]
    page: int | None
    hash: bytes
    tsv: str
    dl: int
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """A stored chunk with what is shown of its document."""

    id: ChunkId
    document_id: DocumentId
    external_id: str | None
    title: str
    url: str | None
    language: str | None
    position: int
    start_at: int
    end_at: int
    text: str
    heading: list[str]
    page: int | None
    seconds: int | None
    hash: bytes
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Cut:
    """How many documents a tenant has, how many of them are ready and cut in the way asked about, and how many wait to
    be indexed or are being indexed."""

    documents: int
    current: int
    waiting: int


@dataclass(frozen=True, slots=True)
class _Named:
    id: ChunkId
    external_id: str


@dataclass(frozen=True, slots=True)
class _NamedDocument:
    id: DocumentId
    external_id: str | None


@dataclass(frozen=True, slots=True)
class _Beside(ChunkRow):
    of_chunk: ChunkId


_SELECT: Final = """select c.id, c.document_id, d.external_id, d.title, d.url, d.language, c.position, c.start_at,
                           c.end_at, c.text, c.heading, c.page, c.seconds, c.hash, d.updated_at
                      from hub.chunk c join hub.document d on d.tenant_id = c.tenant_id and d.id = c.document_id"""


class Chunks:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def replace(self, document: DocumentId, version: int, chunks: Sequence[NewChunk]) -> None:
        """Puts ``chunks`` in the place of all the document has. Call after ``Documents.hold``; readers see the old
        or the new ones, never both and never none.
        """
        await run(self._connection, "delete from hub.chunk where document_id = :id", id=document)
        for start in range(0, len(chunks), _BATCH):
            await run(
                self._connection,
                """insert into hub.chunk(id, tenant_id, document_id, version, position, start_at, end_at, text,
                                         heading, page, hash, tsv, dl, seconds)
                   select x.id, :t, :document, :version, x.position, x.start_at, x.end_at, x.text,
                          array(select jsonb_array_elements_text(x.heading)), x.page, decode(x.hash, 'hex'),
                          cast(x.tsv as tsvector), x.dl, x.seconds
                     from jsonb_to_recordset(:rows__jsonb)
                          as x(id uuid, position int, start_at int, end_at int, text text, heading jsonb, page int,
                               hash text, tsv text, dl int, seconds int)""",
                t=self.tenant,
                document=document,
                version=version,
                rows__jsonb=[
                    {
                        "id": str(chunk.id),
                        "position": chunk.position,
                        "start_at": chunk.start,
                        "end_at": chunk.end,
                        "text": chunk.text,
                        "heading": list(chunk.heading),
                        "page": chunk.page,
                        "hash": chunk.hash.hex(),
                        "tsv": chunk.tsv,
                        "dl": chunk.dl,
                        "seconds": chunk.seconds,
                    }
                    for chunk in chunks[start : start + _BATCH]
                ],
            )

    async def get_many(self, ids: Sequence[ChunkId]) -> dict[ChunkId, ChunkRow]:
        """Those of the chunks that exist."""
        rows = await fetch_all(
            self._connection, ChunkRow, f"{_SELECT} where c.id = any(:ids__uuids)", ids__uuids=list(ids)
        )
        return {row.id: row for row in rows}

    async def external_ids(self) -> dict[ChunkId, str]:
        """The external id of the document of each of the tenant's chunks; for corpora whose size is known."""
        rows = await fetch_all(
            self._connection,
            _Named,
            """select c.id, d.external_id from hub.chunk c
                 join hub.document d on d.tenant_id = c.tenant_id and d.id = c.document_id
                where d.external_id is not null""",
        )
        return {row.id: row.external_id for row in rows}

    async def documents_named(self, names: Collection[str]) -> dict[str, DocumentId]:
        """The documents that go by these names: their ids, or their external ids."""
        rows = await fetch_all(
            self._connection,
            _NamedDocument,
            """select id, external_id from hub.document
                where tenant_id = :t and (external_id = any(:names__texts) or cast(id as text) = any(:names__texts))""",
            t=self.tenant,
            names__texts=list(names),
        )
        found = {str(row.id): row.id for row in rows} | {row.external_id: row.id for row in rows if row.external_id}
        return {name: found[name] for name in names if name in found}

    async def of_document(self, document: DocumentId) -> list[ChunkRow]:
        """A document's chunks in reading order."""
        return await fetch_all(
            self._connection, ChunkRow, f"{_SELECT} where c.document_id = :id order by c.position", id=document
        )

    async def part_of_document(self, document: DocumentId, *, after: int, limit: int) -> list[ChunkRow]:
        """At most ``limit`` of a document's chunks in reading order, those behind the position ``after``."""
        return await fetch_all(
            self._connection,
            ChunkRow,
            f"{_SELECT} where c.document_id = :id and c.position > :after order by c.position limit :limit",
            id=document,
            after=after,
            limit=limit,
        )

    async def beside(self, ids: Sequence[ChunkId], *, reach: int) -> dict[ChunkId, list[ChunkRow]]:
        """For each of the chunks, itself and its neighbours under the same heading, at most ``reach`` to either side,
        in reading order."""
        rows = await fetch_all(
            self._connection,
            _Beside,
            f"""select n.id as of_chunk, x.* from hub.chunk n
                 cross join lateral ({_SELECT}
                    where c.document_id = n.document_id and c.version = n.version and c.heading = n.heading
                      and c.position between n.position - :reach and n.position + :reach) x
                where n.id = any(:ids__uuids) order by n.id, x.position""",  # noqa: S608 - a constant of this file
            ids__uuids=list(ids),
            reach=reach,
        )
        found: dict[ChunkId, list[ChunkRow]] = {}
        for row in rows:
            found.setdefault(row.of_chunk, []).append(row)
        return found

    async def sample(self, most: int) -> list[ChunkRow]:
        """Chunks from all over the tenant's knowledge, the same ones while it stays as it is."""
        return await fetch_all(
            self._connection,
            ChunkRow,
            f"{_SELECT} order by md5(cast(c.id as text)) limit :most",
            most=most,
        )

    async def without_vectors(self, embedding_set: EmbeddingSetId, *, limit: int = 500) -> list[ChunkRow]:
        """Chunks that an embedding set does not hold yet."""
        return await fetch_all(
            self._connection,
            ChunkRow,
            _SELECT  # noqa: S608 - both parts are constants
            + """ where not exists (
                   select 1 from hub.embedding e
                    where e.tenant_id = c.tenant_id and e.set_id = :set and e.chunk_id = c.id)
                order by c.document_id, c.position limit :limit""",
            set=embedding_set,
            limit=limit,
        )

    async def cut_anew(self, chunking: str, job: str) -> int:
        """Asks for every document whose chunks were cut in another way to be indexed anew, by a job of its own each;
        how many. What they hold is found as before until then."""
        return int(
            await fetch_value(
                self._connection,
                """with asked as (
                     update hub.document set status = 'queued', progress = 0, error = null, indexed_hash = null,
                            updated_at = now()
                      where tenant_id = :t and status = 'ready' and chunking <> :chunking returning id),
                   jobs as (
                     insert into hub.job(id, tenant_id, name, args, due_at)
                     select gen_random_uuid(), :t, :job, jsonb_build_object('document_id', id), now() from asked)
                   select count(*) from asked""",
                t=self.tenant,
                chunking=chunking,
                job=job,
            )
        )

    async def cut(self, chunking: str) -> Cut:
        """How the documents stand to this way of cutting."""
        row = await fetch_one(
            self._connection,
            Cut,
            """select count(*) as documents,
                      count(*) filter (where status = 'ready' and chunking = :chunking) as current,
                      count(*) filter (where status in ('queued', 'processing')) as waiting
                 from hub.document where tenant_id = :t""",
            t=self.tenant,
            chunking=chunking,
        )
        assert row is not None  # noqa: S101 - counts always give one row
        return row
