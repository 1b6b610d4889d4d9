"""Search in a shared table: how fast, what it costs, and how much of the exact answer is found, by size of tenant.

The corpus is ``bench.corpus``, loaded in bulk under the real schema and searched through the product's own functions,
as a tenant, under row-level security. Recall is of the vector leg's first ten against all the tenant's vectors sorted
in Python. The baseline for speed is the exact search in plain SQL, in turns with ours. Cost is processor time of the
database's process.

    python -m bench.search [--chunks 10000 100000] [--write]
    python -m bench.search --million FOLDER [--build] [--without-walk] [--write]

The second asks tenants of 500, 5,000 and 50,000 chunks, in a table of 100,000 chunks and again in ten times as large a
one, of 200 tenants. It builds both in FOLDER, which takes long; stopped, it goes on where it was; built, it only asks.
Most of that is the shared index of vectors, which tenants walk that are a fifth of the table: ``--without-walk`` leaves
both out.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import numpy as np

from bench.corpus import DIMS, Plan, TenantCorpus, make_tenant, million, skewed
from bench.machine import cpu_seconds, database, workspace
from bench.report import Report, options
from bench.search_table import Table, set_of
from hub.core.ids import EmbeddingSetId, TenantId
from hub.knowledge.lexemes import query_lexemes
from hub.store.embeddings import vector_literal
from hub.store.pool import open_pool
from hub.store.rows import fetch_rows
from hub.store.session import Store

# The question as a row of its own: cast inside the query it would be read anew for every chunk.
_EXACT = """with asked as materialized (select cast(cast(:vector as text) as halfvec) as vector)
            select e.chunk_id from hub.embedding e, asked
             where e.tenant_id = cast(:tenant as uuid) and e.set_id = cast(:set as uuid)
             order by e.vector <=> asked.vector limit 10"""

_SEARCHED_EXACTLY = 50_000
"""In a table of a million no tenant of at most so many chunks walks the shared index."""


@dataclass(slots=True)
class Seen:
    """What was seen in tenants of one size: seconds a query, the database's processor seconds, recall."""

    hybrid: list[float] = field(default_factory=list)
    keyword: list[float] = field(default_factory=list)
    vector: list[float] = field(default_factory=list)
    exact: list[float] = field(default_factory=list)
    recall: list[float] = field(default_factory=list)
    used: list[float] = field(default_factory=list)


def size_class(n: int) -> str:
    """In words."""
    return "small (under 200)" if n < 200 else "middle (200 to 4,000)" if n <= 4_000 else "large (over 4,000)"


def true_neighbours(tenant: TenantCorpus, query: np.ndarray) -> tuple[dict[UUID, float], float]:
    """Each chunk's similarity, and that of the tenth best: whatever comes near it is as good an answer."""
    stored = tenant.vectors.astype(np.float16).astype(np.float32)
    near = stored @ query.astype(np.float16).astype(np.float32)
    near /= np.linalg.norm(stored, axis=1)
    tenth = float(np.sort(near)[-min(10, len(near))])
    return dict(zip(tenant.ids, near.tolist(), strict=True)), tenth


async def ask(store: Store, tenant: TenantCorpus, n: int, seen: Seen) -> None:
    """One question, four ways, in turns."""
    id, set_id = TenantId(tenant.id), EmbeddingSetId(set_of(tenant.id))
    vector = tenant.question_vectors[n].tolist()
    lexemes = query_lexemes(tenant.questions[n], ())
    async with store.begin(id) as tx:
        pid = int((await fetch_rows(tx.connection, "select pg_backend_pid() as pid"))[0]["pid"])
        used, started = cpu_seconds(pid), time.perf_counter()
        await tx.search.candidates(lexemes, vector=vector, embedding_set=set_id)
        seen.hybrid.append(time.perf_counter() - started)
        seen.used.append(cpu_seconds(pid) - used)
        started = time.perf_counter()
        await tx.search.keyword(lexemes)
        seen.keyword.append(time.perf_counter() - started)
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


async def ask_all(
    url: str, name: str, plans: Sequence[Plan], seed: int, named: Callable[[int], str]
) -> dict[str, Seen]:
    """Every question of every tenant, by class of size. Each tenant's first question warms the caches and counts for
    nothing."""
    classes: dict[str, Seen] = defaultdict(Seen)
    store = Store(open_pool(url, size=1))
    try:
        for plan in [plan for plan in plans if plan.questions]:
            tenant = make_tenant(plan, name, seed)
            for n in range(-1, plan.questions):
                await ask(store, tenant, n, Seen() if n < 0 else classes[named(plan.chunks)])
    finally:
        await store.close()
    return dict(classes)


async def measure(chunks: int, questions: int, seed: int, report: Report) -> None:
    """A table of ``chunks``, half of them one tenant's, made for the occasion."""
    plans, name = skewed(chunks, questions), f"skewed-{chunks}"
    with workspace() as folder:
        async with database(folder / "database") as url:
            loaded = await build(url, name, plans, seed)
            classes = await ask_all(url, name, plans, seed, size_class)
    for where, seen in classes.items():
        tell(report, f"{chunks:,} chunks, {where}", seen)
    report.notes.append(f"{chunks:,} chunks of {len(plans)} tenants loaded and indexed in {loaded:.0f} s; seed {seed}.")


async def measure_million(
    folder: Path, questions: int, seed: int, report: Report, *, build_only: bool, walked: bool
) -> None:
    """The table of a million in ``folder``, after what its first tenth gave, which is kept beside it."""
    first, rest = million(questions)
    kept = folder / "first-tenth.json"
    async with database(folder / "database") as url:
        if not kept.exists():
            await build(url, "million", first, seed, memory="1GB")
            told = Report("", "")
            for where, seen in (await ask_all(url, "million", first, seed, "{:,}".format)).items():
                tell(told, f"100,000 chunks, tenants of {where}", seen)
            kept.write_text(json.dumps([[row.name, list(row.samples), row.unit, row.aim] for row in told.rows]))
        every = [*first, *rest]
        took = await build(url, "million", every, seed, memory="6GB", walked=walked)
        if build_only:
            report.notes.append(f"Built in {took / 60:.0f} minutes.")
            return
        asked = [plan for plan in every if walked or plan.chunks <= _SEARCHED_EXACTLY]
        classes = await ask_all(url, "million", asked, seed, "{:,}".format)
    before: dict[str, list[Any]] = {row[0]: row for row in json.loads(kept.read_text())}
    for where, seen in classes.items():
        for name, samples, unit, aim in before.values():
            if name.startswith(f"100,000 chunks, tenants of {where}:"):
                report.add(name, samples, unit, aim)
        tell(report, f"1,000,000 chunks, tenants of {where}", seen)
    left_out = "" if walked else "; without the shared index of vectors, which none of these tenants walks"
    report.notes.append(
        f"1,000,000 chunks of {len(every)} tenants, loaded and indexed on one core in {took / 60:.0f} minutes, the "
        f"first tenth's included{left_out}; seed {seed}."
    )


async def build(
    url: str, name: str, plans: Sequence[Plan], seed: int, *, memory: str = "512MB", walked: bool = True
) -> float:
    """Fill the table; the seconds that all of it took."""
    connection = await asyncpg.connect(url)
    try:
        table = Table(connection, name, seed, memory=memory, walked=walked)
        await table.open()
        await table.fill(plans)
        return await table.seconds()
    finally:
        await connection.close()


def tell(report: Report, where: str, seen: Seen) -> None:
    """The rows of one class."""
    report.add(f"{where}: both legs, p50", [statistics.median(seen.hybrid) * 1e3], "ms")
    report.add(f"{where}: both legs, p95", [statistics.quantiles(seen.hybrid, n=20)[18] * 1e3], "ms")
    report.add(f"{where}: both legs, processor time", [statistics.mean(seen.used) * 1e3], "ms")
    report.add(f"{where}: words alone, p50", [statistics.median(seen.keyword) * 1e3], "ms")
    ratio = statistics.median(seen.vector) / statistics.median(seen.exact)
    report.add(f"{where}: vector leg / exact in plain SQL, p50", [ratio], "x")
    report.add(f"{where}: recall@10, mean", [statistics.mean(seen.recall)], "", "at least 0.99")


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--chunks", type=int, nargs="+", default=[10_000], help="sizes (default 10000; try 100000)")
    parser.add_argument("--million", type=Path, metavar="FOLDER", help="ask the table of a million kept in FOLDER")
    parser.add_argument("--build", action="store_true", help="with --million: build it, ask nothing")
    parser.add_argument(
        "--without-walk", action="store_true", help="with --million: without the shared index of vectors"
    )
    parser.add_argument(
        "--questions", type=int, default=4, help="questions a tenant; large tenants get more (default 4)"
    )
    parser.add_argument("--seed", type=int, default=1, help="of the corpus (default 1)")
    given = parser.parse_args()
    report = Report("million", "A million chunks") if given.million else Report("search", "Search")
    if given.million:
        asyncio.run(
            measure_million(
                given.million,
                given.questions,
                given.seed,
                report,
                build_only=given.build,
                walked=not given.without_walk,
            )
        )
    for chunks in [] if given.million else given.chunks:
        asyncio.run(measure(chunks, given.questions, given.seed, report))
    report.tell(given)


if __name__ == "__main__":
    main()
