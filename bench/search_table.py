"""The table that ``bench.search`` asks: filled in bulk under the real schema, one transaction a tenant, indexed last.

What is done is noted in the database itself, so that a build which was stopped goes on where it was.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from uuid import UUID, uuid5

import asyncpg
import numpy as np

from bench.corpus import DIMS, Plan, TenantCorpus, make_tenant
from hub.knowledge.lexemes import document_lexemes, tsvector

_BATCH = 10_000
_STAGING = """create temp table staged (id uuid, position int, text text, tsv text, dl int, vector halfvec);
              grant select on staged to hub_app"""
_NOTES = "create table if not exists public.bench_built (step text primary key, seconds float8 not null)"
_AS_TENANT = "select set_config('role', 'hub_app', true), set_config('app.tenant_id', $1, true)"
_INDEXES = {
    "chunk_tsv": "create index chunk_tsv on hub.chunk using gin (tsv)",
    "embedding_384": """create index embedding_384 on hub.embedding
                         using hnsw ((vector::halfvec(384)) halfvec_cosine_ops) where dims = 384""",
}


def set_of(tenant: UUID) -> UUID:
    """The id of a tenant's embedding set."""
    return uuid5(tenant, "set")


class Table:
    """The table, over a connection of the application's login."""

    def __init__(
        self, connection: asyncpg.Connection, name: str, seed: int, *, memory: str = "512MB", walked: bool = True
    ) -> None:
        """``memory`` is for each index while it is built; without ``walked`` the shared one of vectors is left out."""
        self._connection, self._name, self._seed, self._memory = connection, name, seed, memory
        self._indexes = {name: making for name, making in _INDEXES.items() if walked or name != "embedding_384"}

    async def open(self) -> None:
        """Make the connection fit for the work. Call once."""
        await self._connection.set_type_codec(
            "halfvec", schema="public", encoder=_halfvec, decoder=bytes, format="binary"
        )
        await self._connection.execute(f"{_NOTES}; {_STAGING}")
        await self._connection.execute(
            f"""set statement_timeout = 0; set synchronous_commit = off; set maintenance_work_mem = '{self._memory}';
                set max_parallel_maintenance_workers = 0; set work_mem = '256MB'"""
        )

    async def seconds(self) -> float:
        """What the building has taken so far, over all runs."""
        found = await self._connection.fetchval("select sum(seconds) from public.bench_built")
        return float(found or 0)

    async def fill(self, plans: Sequence[Plan]) -> None:
        """Every tenant of ``plans`` in, then the indexes of words and vectors: the way a restore would go."""
        missing = [plan for plan in plans if not await self._done(f"tenant {plan.number}")]
        if missing:
            # Building them at the end takes a fraction of keeping them up to date.
            for index in _INDEXES:
                await self._connection.execute(f"drop index if exists hub.{index}")
                await self._connection.execute("delete from public.bench_built where step = $1", index)
        for plan in missing:
            started = time.perf_counter()
            tenant = make_tenant(plan, self._name, self._seed)
            async with self._connection.transaction():
                await self._put(tenant)
                await self._note(f"tenant {plan.number}", started)
            if plan.chunks >= _BATCH:
                _tell(f"tenant {plan.number}: {plan.chunks:,} chunks in {time.perf_counter() - started:.0f} s")
        for index, making in self._indexes.items():
            if not await self._done(index):
                started = time.perf_counter()
                async with self._connection.transaction():
                    await self._connection.execute(f"drop index if exists hub.{index}")
                    await self._connection.execute(making)
                    await self._note(index, started)
                _tell(f"index {index} in {time.perf_counter() - started:.0f} s")
        if not await self._done(analyzed := f"analyzed {len(plans)}"):
            started = time.perf_counter()
            await self._connection.execute("vacuum analyze")
            await self._note(analyzed, started)

    async def _done(self, step: str) -> bool:
        return bool(await self._connection.fetchval("select true from public.bench_built where step = $1", step))

    async def _note(self, step: str, started: float) -> None:
        await self._connection.execute(
            "insert into public.bench_built values ($1, $2)", step, time.perf_counter() - started
        )

    async def _put(self, tenant: TenantCorpus) -> None:
        run, document = self._connection, uuid5(tenant.id, "document")
        await run.execute(
            "insert into hub.tenant(id, slug, name) values ($1, $2, $2)", tenant.id, f"{self._name}-{tenant.number}"
        )
        for first in range(0, len(tenant.ids), _BATCH):
            await run.execute("truncate staged")
            await run.copy_records_to_table("staged", records=_rows(tenant, first))
            await run.execute(_AS_TENANT, str(tenant.id))
            if first == 0:
                await run.execute(
                    """insert into hub.document(id, tenant_id, title, content_hash, status, chunk_count, version)
                       values ($1, $2, 'Bench', '', 'ready', $3, 1)""",
                    document, tenant.id, len(tenant.ids),
                )  # fmt: skip
                await run.execute(
                    """insert into hub.embedding_set(id, tenant_id, model, dims, stored_dims, active)
                       values ($1, $2, 'bench', 384, 384, true)""",
                    set_of(tenant.id), tenant.id,
                )  # fmt: skip
            await run.execute(
                """insert into hub.chunk(id, tenant_id, document_id, version, position, start_at, end_at, text, hash,
                                         tsv, dl)
                   select id, $1, $2, 1, position, 0, length(text), text, '', tsv::tsvector, dl from staged""",
                tenant.id, document,
            )  # fmt: skip
            await run.execute(
                """insert into hub.embedding(tenant_id, set_id, chunk_id, document_id, dims, vector)
                   select $1, $2, id, $3, 384, vector from staged""",
                tenant.id, set_of(tenant.id), document,
            )  # fmt: skip
            await run.execute("reset role")


def _rows(tenant: TenantCorpus, first: int) -> Iterator[tuple[UUID, int, str, str, int, np.ndarray]]:
    # Made-up words are their own lexemes, which spares most of the time; were it not so, this would say it.
    words = tenant.words[first]
    if document_lexemes(" ".join(words), None) != words:
        raise AssertionError("The words of the corpus are no longer indexed as they stand.")
    for n in range(first, min(first + _BATCH, len(tenant.ids))):
        words = tenant.words[n]
        yield tenant.ids[n], n, " ".join(words), tsvector(words), len(words), tenant.vectors[n]


def _halfvec(vector: np.ndarray) -> bytes:
    """As pgvector receives it: the number of numbers, two bytes unused, the numbers."""
    return DIMS.to_bytes(2, "big") + b"\0\0" + vector.astype(">f2").tobytes()


def _tell(what: str) -> None:
    print(f"  {what}", file=sys.stderr, flush=True)
