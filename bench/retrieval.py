"""How good search is: nDCG@10 of the product's hybrid beside bm25s, vectors alone and rank fusion.

XQuAD in four languages (a question's paragraph is relevant), the same questions asked across languages, and banking77
(messages of the same intent are relevant), through the real ingest, store and search with the local MiniLM, which
knows English. A third of the queries, told by a hash of their id, is set aside from all tuning and reported apart.
The outside sets are read from ``HUB_TEST_FIXTURES``; vectors are kept in ``--vectors`` from run to run.

    python -m bench.retrieval [--queries 300] [--corpus 2000] [--only xquad-en] [--write]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import bm25s
import numpy as np

from bench.machine import ROOT, commit, database, describe, workspace
from hub.core.usage import Usage
from hub.knowledge.evaluation import quality
from hub.knowledge.retrieval_evaluation import (
    Judgements,
    Record,
    evaluate,
    is_set_aside,
    judged_by_field,
    read_judgements,
    read_records,
)
from hub.llm.minilm import MiniLMEmbedder, find_minilm
from hub.llm.ports import Embedder, Embeddings
from hub.store.pool import open_pool
from hub.store.session import Store

FIXTURES = Path(os.environ.get("HUB_TEST_FIXTURES", ROOT.parent / "shared" / "fixtures")) / "ir"
PAGE = ROOT / "docs" / "quality.md"
LANGUAGES = ("en", "de", "zh", "hi")
METHODS = ("bm25s", "keyword", "vector", "rrf", "hybrid")


@dataclass(frozen=True, slots=True)
class Set:
    """A corpus with queries and what is relevant to each. ``declared``: whether the embedder says it knows both."""

    name: str
    corpus: list[Record]
    queries: list[Record]
    judgements: Judgements
    declared: bool


class KeptVectors:
    """The embedder with every vector kept in a file, so that a second run embeds nothing."""

    def __init__(self, inner: Embedder, path: Path) -> None:
        self.provider, self.model, self.dims = inner.provider, inner.model, inner.dims
        self.languages, self.max_batch = inner.languages, inner.max_batch
        self._inner = inner
        self._db = sqlite3.connect(path)
        self._db.execute("create table if not exists v(h blob primary key, x blob)")

    async def embed(self, texts: Sequence[str], *, task: str = "document") -> Embeddings:
        digests = [sha256(text.encode()).digest() for text in texts]
        stored = ((d, self._db.execute("select x from v where h = ?", (d,)).fetchone()) for d in digests)
        known = {digest: row[0] for digest, row in stored if row}
        missing = [n for n, digest in enumerate(digests) if digest not in known]
        if missing:
            fresh = await self._inner.embed([texts[n] for n in missing], task="document")
            for n, vector in zip(missing, fresh.vectors, strict=True):
                known[digests[n]] = np.asarray(vector, "f4").tobytes()
                self._db.execute("insert or replace into v values (?, ?)", (digests[n], known[digests[n]]))
            self._db.commit()
        vectors = [np.frombuffer(known[digest], "f4").tolist() for digest in digests]
        return Embeddings(vectors, Usage(task, self.provider, self.model))


def sample(records: Sequence[Record], most: int) -> list[Record]:
    """The same few records in every run."""
    return sorted(records, key=lambda r: sha256(r.id.split("-", 1)[-1].encode()).hexdigest())[: most or None]


def sets(queries: int, corpus: int) -> Iterator[Set]:
    folder = FIXTURES / "xquad"
    paragraphs = {lang: read_records(folder / "corpus.jsonl", where={"lang": lang}) for lang in LANGUAGES}
    asked = {lang: read_records(folder / "queries.jsonl", where={"lang": lang}) for lang in LANGUAGES}
    judged = read_judgements(folder / "qrels.tsv")
    for lang in LANGUAGES:
        yield Set(f"xquad-{lang}", paragraphs[lang], sample(asked[lang], queries), judged, lang == "en")
    for lang in LANGUAGES[1:]:
        across = {q.id: {f"en-p{q.fields['para']}": 1.0} for q in asked[lang]}
        yield Set(f"xquad-{lang}-asks-en", paragraphs["en"], sample(asked[lang], queries), across, False)
    folder = FIXTURES / "banking77"
    messages = sample(read_records(folder / "corpus.jsonl"), corpus)
    wanted = sample(read_records(folder / "queries.jsonl"), queries)
    yield Set("banking77", messages, wanted, judged_by_field(messages, wanted, "intent"), True)


def bm25s_run(one: Set) -> dict[str, list[str]]:
    """bm25s on bare words, its own defaults; single characters where a script has no spaces."""

    def words(text: str) -> list[str]:
        return re.findall(r"[\u3400-\u9fff]|[^\W_]+", text.casefold())

    index = bm25s.BM25()
    index.index([words(f"{r.title.replace('_', ' ')} {r.text}") for r in one.corpus], show_progress=False)
    found, _ = index.retrieve(
        [words(q.text) or ["?"] for q in one.queries], k=min(100, len(one.corpus)), show_progress=False
    )
    return {q.id: [one.corpus[int(n)].id for n in row] for q, row in zip(one.queries, found, strict=True)}


async def measure(one: Set, store: Store, embedder: Embedder) -> list[tuple[str, str, int, dict[str, float]]]:
    report = await evaluate(
        store=store, embedder=embedder, corpus=one.corpus, queries=one.queries, judgements=one.judgements,
        progress=lambda step, done, total: print(f"\r{one.name}: {step} {done}/{total}   ", end="", flush=True),
    )  # fmt: skip
    print()
    runs = {"bm25s": bm25s_run(one), **report.runs}
    known = {record.id for record in one.corpus}
    judged = {q: {d: g for d, g in one.judgements[q].items() if d in known} for q in report.runs["hybrid"]}
    rows = []
    for label, keep in (("tuned on", False), ("set aside", True)):
        part = {q: wanted for q, wanted in judged.items() if is_set_aside(q) is keep}
        rows.append((one.name, label, len(part), {m: quality(runs[m], part).ndcg_at_10 for m in METHODS}))
    return rows


def table(rows: Sequence[tuple[str, str, int, dict[str, float]]]) -> str:
    lines = [
        "| set | queries | bm25s | words alone | vectors alone | rank fusion | hybrid | hybrid less the better leg |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, label, count, figures in rows:
        gap = figures["hybrid"] - max(figures["keyword"], figures["vector"])
        shown = " | ".join(f"{figures[m]:.4f}" for m in METHODS)
        lines.append(f"| {name} | {count} {label} | {shown} | {gap:+.4f} |")
    return "\n".join(lines)


def write(text: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    start, end = "<!-- bench:retrieval -->", "<!-- /bench:retrieval -->"
    before, _, rest = page.partition(start)
    _, _, after = rest.partition(end)
    PAGE.write_text(f"{before}{start}\n{text}\n{end}{after}", encoding="utf-8")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=int, default=0, help="at most so many queries a set (0: all)")
    parser.add_argument("--corpus", type=int, default=0, help="at most so many messages of banking77 (0: all)")
    parser.add_argument("--only", default="", help="sets whose name contains this")
    parser.add_argument("--vectors", type=Path, default=Path(tempfile.gettempdir()) / "switchboard-vectors.sqlite")
    parser.add_argument("--write", action="store_true", help="put the table into docs/quality.md")
    options = parser.parse_args()
    directory = find_minilm()
    if directory is None:
        raise SystemExit("The local model is not installed: make setup installs it.")
    with workspace() as folder:
        async with database(folder) as url:
            embedder = KeptVectors(MiniLMEmbedder(directory, cache_dir=folder, threads=2), options.vectors)
            pool = open_pool(url)
            rows = []
            for one in sets(options.queries, options.corpus):
                if options.only in one.name:
                    rows += await measure(one, Store(pool), embedder)
            await pool.close()
    text = table(rows)
    print(text)
    if options.write:
        about = f"*{describe()}; commit {commit()}; {datetime.now(UTC):%Y-%m-%d}; {' '.join(sys.argv[1:])}*"
        write(f"{text}\n\n{about}")


if __name__ == "__main__":
    asyncio.run(main())
