"""Search in a shared table: how fast, and how much of the exact answer is found, by size of tenant.

The corpus is ``bench.corpus``, loaded in bulk under the real schema and searched through the product's own functions,
as a tenant, under row-level security. Recall is of the vector leg's first ten against all the tenant's vectors sorted
in Python. The baseline for speed is the exact search in plain SQL, in turns with ours.
"""

from __future__ import annotations

import asyncio
import csv
import io
import statistics
import time
from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID, uuid5

import asyncpg
import numpy as np

from bench.corpus import DIMS, TenantCorpus, make_corpus
from bench.machine import database, workspace
from bench.report import Report, options
from hub.core.ids import EmbeddingSetId, TenantId
from hub.knowledge.lexemes import document_lexemes, query_lexemes, tsvector
from hub.store.embeddings import vector_literal
from hub.store.pool import open_pool
from hub.store.rows import fetch_rows
from hub.store.session import Store

_STAGING = """
create temp table staged (id uuid, document_id uuid, position int, text text, tsv tsvector, dl int, vector halfvec);
grant select on staged to hub_app"""
_AS_TENANT = "select set_config('role', 'hub_app', true), set_config('app.tenant_id', $1, true)"
_INDEXES = (
    "create index chunk_tsv on hub.chunk using gin (tsv)",
    """create index embedding_384 on hub.embedding using hnsw ((vector::halfvec(384)) halfvec_cosine_ops)
        where dims = 384""",
)
# The question as a row of its own: cast inside the query it would be read anew for every chunk.
_EXACT = """with asked as materialized (select cast(cast(:vector as text) as halfvec) as vector)
            select e.chunk_id from hub.embedding e, asked
             where e.tenant_id = cast(:tenant as uuid) and e.set_id = cast(:set as uuid)
             order by e.vector <=> asked.vector limit 10"""


def set_of(tenant: UUID) -> UUID:
    """The id of a tenant's embedding set."""
    return uuid5(tenant, "set")


def rows_of(tenant: TenantCorpus, document: UUID) -> io.BytesIO:
    """The tenant's chunks as CSV for COPY."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    for n, (id, words, vector) in enumerate(zip(tenant.ids, tenant.texts, tenant.vectors, strict=True)):
        lexemes = document_lexemes(words, None)
        writer.writerow(
            (id, document, n, words, tsvector(lexemes), len(lexemes), vector_literal(vector.tolist(), DIMS))
        )
    return io.BytesIO(lines.getvalue().encode())


async def load(connection: asyncpg.Connection, tenants: Sequence[TenantCorpus]) -> None:
    """Everything in, one transaction a tenant, then the indexes of words and vectors: the way a restore would go."""
    await connection.execute(_STAGING)
    await connection.execute(
        "drop index hub.embedding_384, hub.chunk_tsv; set statement_timeout = 0; set maintenance_work_mem = '512MB'"
    )
    for number, tenant in enumerate(tenants):
        document = uuid5(tenant.id, "document")
        await connection.execute("truncate staged")
        await connection.copy_to_table("staged", source=rows_of(tenant, document), format="csv")
        await connection.execute("insert into hub.tenant(id, slug, name) values ($1, $2, $2)", tenant.id, f"t{number}")
        async with connection.transaction():
            await connection.execute(_AS_TENANT, str(tenant.id))
            await connection.execute(
                """insert into hub.document(id, tenant_id, title, content_hash, status, chunk_count, version)
                   values ($1, $2, 'Bench', '', 'ready', $3, 1)""",
                document, tenant.id, len(tenant.ids),
            )  # fmt: skip
            await connection.execute(
                """insert into hub.embedding_set(id, tenant_id, model, dims, stored_dims, active)
                   values ($1, $2, 'bench', 384, 384, true)""",
                set_of(tenant.id), tenant.id,
            )  # fmt: skip
            await connection.execute(
                """insert into hub.chunk(id, tenant_id, document_id, version, position, start_at, end_at, text, hash,
                                         tsv, dl)
                   select id, $1, document_id, 1, position, 0, length(text), text, '', tsv, dl from staged""",
                tenant.id,
            )
            await connection.execute(
                """insert into hub.embedding(tenant_id, set_id, chunk_id, document_id, dims, vector)
                   select $1, $2, id, document_id, 384, vector from staged""",
                tenant.id, set_of(tenant.id),
            )  # fmt: skip
    for index in _INDEXES:
        await connection.execute(index)
    await connection.execute("analyze")


def true_neighbours(tenant: TenantCorpus, query: np.ndarray) -> tuple[dict[UUID, float], float]:
    """Each chunk's similarity, and that of the tenth best: whatever comes near it is as good an answer."""
    stored = tenant.vectors.astype(np.float16).astype(np.float32)
    near = stored @ query.astype(np.float16).astype(np.float32)
    near /= np.linalg.norm(stored, axis=1)
    tenth = float(np.sort(near)[-min(10, len(near))])
    return dict(zip(tenant.ids, near.tolist(), strict=True)), tenth


class Class:
    """What was seen in tenants of one size."""

    def __init__(self) -> None:
        self.hybrid: list[float] = []
        self.vector: list[float] = []
        self.exact: list[float] = []
        self.recall: list[float] = []


def size_class(n: int) -> str:
    """In words."""
    return "small (under 200)" if n < 200 else "middle (200 to 4,000)" if n <= 4_000 else "large (over 4,000)"


async def ask(store: Store, tenant: TenantCorpus, n: int, seen: Class) -> None:
    """One question, three ways, in turns."""
    id, set_id = TenantId(tenant.id), EmbeddingSetId(set_of(tenant.id))
    vector = tenant.question_vectors[n].tolist()
    lexemes = query_lexemes(tenant.questions[n], ())
    async with store.begin(id) as tx:
        started = time.perf_counter()
        await tx.search.candidates(lexemes, vector=vector, embedding_set=set_id)
        seen.hybrid.append(time.perf_counter() - started)
        started = time.perf_counter()
        found = await tx.search.nearest(vector, set_id)
        seen.vector.append(time.perf_counter() - started)
        values = {"tenant": str(id), "set": str(set_id), "vector": vector_literal(vector, DIMS)}
        started = time.perf_counter()
        await fetch_rows(tx.connection, _EXACT, **values)
        seen.exact.append(time.perf_counter() - started)
    similar, tenth = true_neighbours(tenant, tenant.question_vectors[n])
    good = sum(similar[chunk] >= tenth - 1e-4 for chunk, _ in found[:10])
    seen.recall.append(good / min(10, len(tenant.ids)))


async def measure(chunks: int, questions: int, seed: int, report: Report) -> None:
    tenants = list(make_corpus(chunks, questions, seed))
    classes: dict[str, Class] = defaultdict(Class)
    with workspace() as folder:
        async with database(folder / "database") as url:
            connection = await asyncpg.connect(url)
            started = time.perf_counter()
            await load(connection, tenants)
            loaded = time.perf_counter() - started
            await connection.close()
            store = Store(open_pool(url, size=2))
            try:
                for n in range(-1, len(tenants[0].questions)):
                    for tenant in [t for t in tenants if n < len(t.questions)]:
                        # The first question warms the caches.
                        await ask(store, tenant, n, Class() if n < 0 else classes[size_class(len(tenant.ids))])
            finally:
                await store.close()
    for name, seen in classes.items():
        tell(report, f"{chunks:,} chunks, {name}", seen)
    report.notes.append(
        f"{chunks:,} chunks of {len(tenants)} tenants loaded and indexed in {loaded:.0f} s; seed {seed}."
    )


def tell(report: Report, where: str, seen: Class) -> None:
    """The rows of one class."""
    report.add(f"{where}: both legs, p50", [statistics.median(seen.hybrid) * 1e3], "ms")
    report.add(f"{where}: both legs, p95", [statistics.quantiles(seen.hybrid, n=20)[18] * 1e3], "ms")
    ratio = statistics.median(seen.vector) / statistics.median(seen.exact)
    report.add(f"{where}: vector leg / exact in plain SQL, p50", [ratio], "x")
    report.add(f"{where}: recall@10, mean", [statistics.mean(seen.recall)], "", "at least 0.99")


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--chunks", type=int, nargs="+", default=[10_000], help="sizes (default 10000; try 100000)")
    parser.add_argument(
        "--questions", type=int, default=4, help="questions a tenant, ten times as many to the largest (default 4)"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the corpus (default 1)")
    given = parser.parse_args()
    report = Report("search", "Search")
    for chunks in given.chunks:
        asyncio.run(measure(chunks, given.questions, given.seed, report))
    report.tell(given)


if __name__ == "__main__":
    main()
