"""Taking documents in: how many a second, where the time goes, what it costs over parsing and embedding alone.

The documents are this project's own pages, each copy with words of its own in every paragraph, so that no vector is
known from before; half of them as Markdown, half as HTML. They go through the real ingest into a real database: a child
process reads each, the local MiniLM embeds. The baseline is the same child and the same model on documents like them,
with nothing kept, in turns with ours.

    python -m bench.ingest [--documents 40] [--repeat 3] [--write]
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from itertools import count
from pathlib import Path

from bench.machine import ROOT, database, workspace
from bench.report import Report, options
from hub.core.ids import DocumentId, TenantId, uuid7
from hub.core.knowledge import Document
from hub.files.local import LocalBlobStore
from hub.knowledge.chunking import chunk_document
from hub.knowledge.ingest import Ingester
from hub.knowledge.loading import Loader
from hub.knowledge.vectors import embedded_text
from hub.llm.minilm import MiniLMEmbedder, find_minilm
from hub.llm.ports import Embedder, Embeddings
from hub.store.documents import NewDocument
from hub.store.pool import open_pool
from hub.store.session import Store

_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class File:
    name: str
    data: bytes


class TimedLoader:
    """The loader, and the seconds it took."""

    def __init__(self, inner: Loader) -> None:
        self._inner, self.seconds = inner, 0.0

    async def load(self, data: bytes, name: str = "") -> Document:
        started = time.perf_counter()
        try:
            return await self._inner.load(data, name)
        finally:
            self.seconds += time.perf_counter() - started


class TimedEmbedder:
    """The embedder, the seconds it took and the texts it was given."""

    def __init__(self, inner: Embedder) -> None:
        self._inner, self.seconds, self.texts = inner, 0.0, 0
        self.provider, self.model, self.dims = inner.provider, inner.model, inner.dims
        self.languages, self.max_batch = inner.languages, inner.max_batch

    async def embed(self, texts: Sequence[str], *, task: str = "document") -> Embeddings:
        started = time.perf_counter()
        try:
            return await self._inner.embed(texts, task=task)
        finally:
            self.seconds += time.perf_counter() - started
            self.texts += len(texts)


def files(n: int, run: int) -> list[File]:
    """``n`` documents that no other run has."""
    pages = sorted((ROOT / "docs").rglob("*.md"), key=lambda path: path.as_posix())
    pages = [path for path in pages if 2_000 < path.stat().st_size < 40_000]
    made = []
    for number in range(n):
        path = pages[number % len(pages)]
        text = path.read_text(encoding="utf-8").replace("\n\n", f"\n\nIn edition {run}-{number}: ")
        kind = "md" if number % 2 else "html"
        body = text if kind == "md" else _as_html(text)
        made.append(File(f"{path.stem}-{run}-{number}.{kind}", body.encode()))
    return made


def _as_html(markdown: str) -> str:
    parts = []
    for block in markdown.split("\n\n"):
        level = len(block) - len(block.lstrip("#"))
        tag = f"h{level}" if 1 <= level <= 6 else "p"
        parts.append(f"<{tag}>{escape(block.lstrip('# '))}</{tag}>")
    return f"<html><body><main>{''.join(parts)}</main></body></html>"


async def alone(loader: Loader, embedder: Embedder, batch: Sequence[File]) -> tuple[float, float]:
    """The seconds that parsing and embedding take by themselves."""
    parsing = embedding = 0.0
    for file in batch:
        started = time.perf_counter()
        document = await loader.load(file.data, file.name)
        parsing += time.perf_counter() - started
        texts = [embedded_text(file.name, chunk.heading, chunk.text) for chunk in chunk_document(document)]
        texts.sort(key=len)
        started = time.perf_counter()
        for first in range(0, len(texts), embedder.max_batch):
            await embedder.embed(texts[first : first + embedder.max_batch])
        embedding += time.perf_counter() - started
    return parsing, embedding


class Ingest:
    """The real ingest of one tenant, its parsing and embedding timed."""

    def __init__(self, store: Store, folder: Path, embedder: Embedder) -> None:
        self.loader, self.embedder = TimedLoader(Loader()), TimedEmbedder(embedder)
        self._store, self._blobs, self._tenant = store, LocalBlobStore(folder), TenantId(uuid7())
        self._ingester = Ingester(store=store, blobs=self._blobs, loader=self.loader, embedder_for=self._embedder_for)

    async def _embedder_for(self, tenant: TenantId, model: str | None = None) -> Embedder | None:
        return self.embedder

    async def open(self) -> None:
        """Make the tenant."""
        async with self._store.directory() as directory:
            await directory.add_tenant(self._tenant, f"bench-{self._tenant.hex}", "Bench")

    async def take(self, batch: Sequence[File], at_once: int) -> float:
        """The seconds from the first byte to the last document that can be found."""
        started = time.perf_counter()
        waiting = iter(batch)

        async def work() -> None:
            for file in waiting:
                await self._one(file)

        await asyncio.gather(*(work() for _ in range(at_once)))
        return time.perf_counter() - started

    async def _one(self, file: File) -> None:
        key = f"{self._tenant}/{uuid7()}"
        await self._blobs.put(key, file.data)
        async with self._store.begin(self._tenant) as tx:
            put = await tx.documents.put(
                NewDocument(
                    DocumentId(uuid7()), file.name, sha256(file.data).digest(), key, name=file.name, size=len(file.data)
                )
            )
        row = await self._ingester.run(self._tenant, put.document.id)
        if row.error:
            raise RuntimeError(f"{file.name}: {row.error}")


async def measure(documents: int, repeat: int, report: Report) -> None:
    directory = find_minilm()
    if directory is None:
        raise SystemExit("The local embedding model is not installed: make setup")
    numbers = count(1)
    with workspace() as folder:
        embedder = MiniLMEmbedder(directory, cache_dir=folder / "models", languages=frozenset({"en"}))
        async with database(folder / "database") as url:
            store = Store(open_pool(url, size=4))
            try:
                ingest, loader = Ingest(store, folder / "files", embedder), Loader()
                await ingest.open()
                await ingest.take(files(2, next(numbers)), 1)  # models and children are loaded
                await tell(report, ingest, loader, embedder, documents, repeat, numbers)
            finally:
                await store.close()


async def tell(
    report: Report, ingest: Ingest, loader: Loader, embedder: Embedder, documents: int, repeat: int, numbers: count[int]
) -> None:
    bare, ours, several, parsing, embedding, rest, passages = [], [], [], [], [], [], 0
    for _ in range(repeat):
        bare.append(sum(await alone(loader, embedder, files(documents, next(numbers)))))
        ingest.loader.seconds = ingest.embedder.seconds = 0.0
        ingest.embedder.texts = 0
        ours.append(await ingest.take(files(documents, next(numbers)), 1))
        parsing.append(ingest.loader.seconds)
        embedding.append(ingest.embedder.seconds)
        rest.append(ours[-1] - parsing[-1] - embedding[-1])
        passages = ingest.embedder.texts
        several.append(await ingest.take(files(documents, next(numbers)), _AT_ONCE))
    report.add("documents a second, one at a time", [documents / seconds for seconds in ours], "a second")
    report.add(f"documents a second, {_AT_ONCE} at once", [documents / seconds for seconds in several], "a second")
    report.add("passages a second, one document at a time", [passages / seconds for seconds in ours], "a second")
    report.add_ratio("ingest / parsing and embedding alone, in turns", ours, bare)
    own = [a + b for a, b in zip(parsing, embedding, strict=True)]
    report.add_ratio("ingest / its own parsing and embedding", ours, own)
    for name, samples in (("parsing", parsing), ("embedding", embedding), ("the rest", rest)):
        report.add(f"{name}, a document", [seconds / documents * 1e3 for seconds in samples], "ms")
    report.add("the rest, of the whole", [100 * a / b for a, b in zip(rest, ours, strict=True)], "%")
    report.notes.append(
        f"{documents} documents of {passages / documents:.0f} passages each a run. The rest: cutting, words, the "
        "cache of vectors, and the one transaction that puts passages, vectors and their indexes in place."
    )


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--documents", type=int, default=40, help="documents a run (default 40)")
    parser.add_argument("--repeat", type=int, default=3, help="repetitions (default 3)")
    given = parser.parse_args()
    report = Report("ingest", "Taking documents in")
    asyncio.run(measure(given.documents, given.repeat, report))
    report.tell(given)


if __name__ == "__main__":
    main()
