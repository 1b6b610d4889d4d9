"""Embedding sets side by side, the vectors in them, and the cache that spares embedding a text twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hub.core.errors import Invalid
from hub.core.ids import DocumentId, EmbeddingSetId, TenantId, uuid7
from hub.store.documents import lock_corpus
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, fetch_value, run

INDEXED_DIMS: Final = (384, 768, 1024, 1536, 3072)
"""Sizes that have an index; a vector of another size is padded with zeros, which leaves its cosines as they are."""
_BATCH: Final = 200
_ATTACHED: Final = 1_000


@dataclass(frozen=True, slots=True)
class EmbeddingSetRow:
    """One model's vectors of a tenant. ``active`` is the one that searches use; ``error`` says why its filling stands
    still."""

    id: EmbeddingSetId
    model: str
    dims: int
    stored_dims: int
    active: bool
    error: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Filled:
    """How many chunks the tenant has, and how many of them a set holds vectors of."""

    chunks: int
    vectors: int

    @property
    def missing(self) -> int:
        return self.chunks - self.vectors


@dataclass(frozen=True, slots=True)
class _Cached:
    hash: bytes
    dims: int
    vector: str


@dataclass(frozen=True, slots=True)
class _Hash:
    hash: bytes


class Embeddings:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def ensure_set(self, model: str, dims: int) -> EmbeddingSetRow:
        """The model's set, made when there is none; a tenant's first set is active at once. Raises ``Invalid`` for
        more numbers than can be indexed.
        """
        await lock_corpus(self._connection, self.tenant)
        await run(
            self._connection,
            """insert into hub.embedding_set(id, tenant_id, model, dims, stored_dims, active)
               select :id, :t, :model, :dims, :stored,
                      not exists (select 1 from hub.embedding_set where tenant_id = :t and active)
               on conflict (tenant_id, model) do nothing""",
            id=uuid7(),
            t=self.tenant,
            model=model,
            dims=dims,
            stored=stored_dims(dims),
        )
        row = await fetch_one(
            self._connection,
            EmbeddingSetRow,
            "select * from hub.embedding_set where tenant_id = :t and model = :model",
            t=self.tenant,
            model=model,
        )
        assert row is not None  # noqa: S101 - inserted above, in this transaction
        if row.dims != dims:
            raise Invalid(
                f"The embedding model '{model}' gave vectors of {row.dims} numbers before and gives {dims} now. "
                "Give the changed model another name.",
                field="embedding_model",
            )
        return row

    async def sets(self) -> list[EmbeddingSetRow]:
        """The tenant's sets, oldest first."""
        return await fetch_all(
            self._connection,
            EmbeddingSetRow,
            "select * from hub.embedding_set where tenant_id = :t order by created_at, id",
            t=self.tenant,
        )

    async def get_set(self, embedding_set: EmbeddingSetId) -> EmbeddingSetRow | None:
        """One of the tenant's sets."""
        return await fetch_one(
            self._connection, EmbeddingSetRow, "select * from hub.embedding_set where id = :id", id=embedding_set
        )

    async def hold(self, embedding_set: EmbeddingSetId) -> bool:
        """Keeps the tenant's chunks and sets as they are until the transaction ends. False when the set is gone."""
        await lock_corpus(self._connection, self.tenant)
        return await self.get_set(embedding_set) is not None

    async def active(self) -> EmbeddingSetRow | None:
        """The set that searches use."""
        return await fetch_one(
            self._connection,
            EmbeddingSetRow,
            "select * from hub.embedding_set where tenant_id = :t and active",
            t=self.tenant,
        )

    async def filled(self, embedding_set: EmbeddingSetId) -> Filled:
        """How far the set's filling is."""
        row = await fetch_one(
            self._connection,
            Filled,
            """select (select count(*) from hub.chunk where tenant_id = :t) as chunks,
                      (select count(*) from hub.embedding where tenant_id = :t and set_id = :set) as vectors""",
            t=self.tenant,
            set=embedding_set,
        )
        assert row is not None  # noqa: S101 - a select without from always gives one row
        return row

    async def activate(self, embedding_set: EmbeddingSetId) -> Filled:
        """Makes searches use this set from the commit on, if it holds a vector for every chunk; what it held then.
        Idempotent."""
        await lock_corpus(self._connection, self.tenant)
        filled = await self.filled(embedding_set)
        if filled.missing == 0:
            await run(
                self._connection,
                "update hub.embedding_set set active = false where active and id <> :id",
                id=embedding_set,
            )
            await run(self._connection, "update hub.embedding_set set active = true where id = :id", id=embedding_set)
        return filled

    async def note_error(self, embedding_set: EmbeddingSetId, error: str | None) -> None:
        """Says why the set's filling stands still, or that it does not."""
        await run(
            self._connection,
            "update hub.embedding_set set error = :error where id = :id and error is distinct from :error",
            id=embedding_set,
            error=error,
        )

    async def delete_set(self, embedding_set: EmbeddingSetId) -> bool:
        """Removes a set with its vectors, unless searches use it. False then, and where there is none."""
        await lock_corpus(self._connection, self.tenant)
        return (
            await run(self._connection, "delete from hub.embedding_set where id = :id and not active", id=embedding_set)
            > 0
        )

    async def attach(self, embedding_set: EmbeddingSetRow, document: DocumentId) -> int:
        """Gives the document's chunks their vectors from the cache; how many of the document's chunks have one now."""
        last = await fetch_value(
            self._connection, "select max(position) from hub.chunk where document_id = :id", id=document
        )
        # The index takes a millisecond or two a vector: a large document in one statement would run into its timeout.
        for first in range(0, (last if last is not None else -1) + 1, _ATTACHED):
            await run(
                self._connection,
                """insert into hub.embedding(tenant_id, set_id, chunk_id, document_id, dims, vector)
                   select c.tenant_id, :set, c.id, c.document_id, :dims, v.vector
                     from hub.chunk c
                     join hub.embedding_cache v on v.tenant_id = c.tenant_id and v.model = :model and v.hash = c.hash
                    where c.document_id = :document and c.position >= :first and c.position < :end
                   on conflict (tenant_id, set_id, chunk_id) do nothing""",
                set=embedding_set.id,
                dims=embedding_set.stored_dims,
                model=embedding_set.model,
                document=document,
                first=first,
                end=first + _ATTACHED,
            )
        return int(
            await fetch_value(
                self._connection,
                "select count(*) from hub.embedding where tenant_id = :t and set_id = :set and document_id = :document",
                t=self.tenant,
                set=embedding_set.id,
                document=document,
            )
        )

    async def uncached(self, model: str, hashes: Sequence[bytes]) -> set[bytes]:
        """Those of the hashes whose vectors the cache does not hold."""
        known = await fetch_all(
            self._connection,
            _Hash,
            """select hash from hub.embedding_cache where tenant_id = :t and model = :model
                  and hash in (select decode(x, 'hex') from unnest(:hashes__texts) x)""",
            t=self.tenant,
            model=model,
            hashes__texts=[digest.hex() for digest in hashes],
        )
        return set(hashes) - {row.hash for row in known}

    async def cached(self, model: str, hashes: Sequence[bytes]) -> dict[bytes, list[float]]:
        """The vectors of those of the hashes that the cache holds."""
        rows = await fetch_all(
            self._connection,
            _Cached,
            """select hash, dims, cast(vector as text) as vector from hub.embedding_cache
                where tenant_id = :t and model = :model
                  and hash in (select decode(x, 'hex') from unnest(:hashes__texts) x)""",
            t=self.tenant,
            model=model,
            hashes__texts=[digest.hex() for digest in hashes],
        )
        return {row.hash: [float(n) for n in row.vector[1:-1].split(",")[: row.dims]] for row in rows}

    async def remember(self, model: str, vectors: Mapping[bytes, Sequence[float]]) -> None:
        """Puts vectors into the cache, by the hash of their text. Idempotent."""
        entries = sorted(vectors.items())  # one order for all, so that two writers cannot deadlock
        for start in range(0, len(entries), _BATCH):
            await run(
                self._connection,
                """insert into hub.embedding_cache(tenant_id, model, hash, dims, vector)
                   select :t, :model, decode(x.hash, 'hex'), x.dims, cast(x.vector as halfvec)
                     from jsonb_to_recordset(:rows__jsonb) as x(hash text, dims int, vector text)
                   on conflict (tenant_id, model, hash) do nothing""",
                t=self.tenant,
                model=model,
                rows__jsonb=[
                    {
                        "hash": digest.hex(),
                        "dims": len(vector),
                        "vector": vector_literal(vector, stored_dims(len(vector))),
                    }
                    for digest, vector in entries[start : start + _BATCH]
                ],
            )

    async def forget_cached(self, *, older_than_days: int) -> int:
        """Drops cache entries of that age; how many. Vectors in use stay."""
        return await run(
            self._connection,
            "delete from hub.embedding_cache where created_at < now() - make_interval(days => :days)",
            days=older_than_days,
        )


def stored_dims(dims: int) -> int:
    """The indexed size that a vector of ``dims`` numbers is stored in. Raises ``Invalid`` past the largest."""
    for size in INDEXED_DIMS:
        if dims <= size:
            return size
    raise Invalid(
        f"The embedding model gives {dims} numbers; at most {INDEXED_DIMS[-1]} can be searched. "
        "Ask the model for fewer dimensions.",
        field="embedding_dimensions",
    )


def vector_literal(vector: Sequence[float], width: int) -> str:
    """The vector as pgvector reads it, padded with zeros to ``width``."""
    padding = ",0" * (width - len(vector))
    return "[" + ",".join([f"{number:.6g}" for number in vector]) + padding + "]"
