"""Measures retrieval on judged questions, through the real ingest, store and search, in a tenant of its own."""

from __future__ import annotations

import csv
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from hub.core.errors import Invalid
from hub.core.ids import DocumentId, TenantId, uuid7
from hub.core.knowledge import Document
from hub.knowledge.evaluation import Quality, quality
from hub.knowledge.ingest import Ingester
from hub.knowledge.legs import rank
from hub.knowledge.loaders.assembly import LoadLimits
from hub.knowledge.loaders.plain import load_text
from hub.knowledge.retrieval import MOST_PASSAGES, Retriever
from hub.knowledge.search_settings import SearchSettings
from hub.llm.ports import Embedder, Reranker
from hub.store.documents import NewDocument
from hub.store.session import Store

METHODS: Final = ("hybrid", "keyword", "vector", "rrf")

Judgements = Mapping[str, Mapping[str, float]]
Progress = Callable[[str, int, int], None]
"""Told the step (``ingest`` or ``search``), how much of it is done, and of how much."""


@dataclass(frozen=True, slots=True)
class Record:
    """A line of a corpus or a file of queries; ``fields`` holds all of it."""

    id: str
    text: str
    title: str
    fields: Mapping[str, Any]


def read_records(path: Path, *, where: Mapping[str, str] | None = None) -> list[Record]:
    """The lines of a JSONL file (``_id``, ``text``, ``title?``) whose fields equal ``where``. Raises ``Invalid``."""
    records: list[Record] = []
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                fields = json.loads(line)
                record = Record(str(fields["_id"]), str(fields["text"]), str(fields.get("title") or ""), fields)
            except (ValueError, KeyError, TypeError) as error:
                raise Invalid(f'{path.name}, line {number}: each line must be JSON with "_id" and "text".') from error
            if all(str(fields.get(name)) == value for name, value in (where or {}).items()):
                records.append(record)
    if not records:
        raise Invalid(f"{path.name} has no lines that fit.")
    return records


def read_judgements(path: Path) -> Judgements:
    """A TSV file with header: query id, document id, relevance. Raises ``Invalid``."""
    judged: dict[str, dict[str, float]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.reader(lines, delimiter="\t"), start=1):
            if number == 1 or not row:
                continue
            try:
                judged.setdefault(row[0], {})[row[1]] = float(row[2])
            except (IndexError, ValueError) as error:
                raise Invalid(f"{path.name}, line {number}: expected query, document and relevance.") from error
    return judged


def judged_by_field(corpus: Iterable[Record], queries: Iterable[Record], field: str) -> Judgements:
    """Documents are relevant to a query where ``field`` is the same in both."""
    groups: dict[str, dict[str, float]] = {}
    for record in corpus:
        groups.setdefault(str(record.fields.get(field)), {})[record.id] = 1.0
    return {query.id: groups.get(str(query.fields.get(field)), {}) for query in queries}


@dataclass(frozen=True, slots=True)
class Report:
    """The quality by method over all queries, over those that may be tuned on, and over those set aside; the seconds
    that a search took; the queries' ranked documents by method, for whoever wants to look closer."""

    all: dict[str, Quality]
    tuned: dict[str, Quality]
    set_aside: dict[str, Quality]
    seconds: list[float]
    runs: Mapping[str, Mapping[str, list[str]]]


def is_set_aside(query: str) -> bool:
    """Whether a query belongs to the third that nothing is tuned on, told from its id for good."""
    return int.from_bytes(sha256(query.encode()).digest()[:4], "big") % 3 == 0


async def evaluate(
    *,
    store: Store,
    embedder: Embedder | None,
    corpus: Sequence[Record],
    queries: Sequence[Record],
    judgements: Judgements,
    settings: SearchSettings | None = None,
    reranker: Reranker | None = None,
    progress: Progress = lambda step, done, total: None,
) -> Report:
    """Ingests ``corpus`` into a scratch tenant, asks every judged query once, and reports the quality of each way to
    rank what it found: ``keyword`` alone without an embedder, ``reranked`` beside them with a reranker. The tenant is
    removed at the end.
    """
    known = {record.id for record in corpus}
    judged = {
        query.id: wanted
        for query in queries
        if (wanted := {key: gain for key, gain in judgements.get(query.id, {}).items() if key in known and gain > 0})
    }
    if not judged:
        raise Invalid("No query has a relevant document in this corpus. Check the ids in the judgements.")
    asked = [query for query in queries if query.id in judged]
    methods = METHODS if embedder is not None else ("keyword",)
    runs: dict[str, dict[str, list[str]]] = {name: {} for name in (*methods, *(("reranked",) if reranker else ()))}
    seconds: list[float] = []
    how = (settings or SearchSettings()).model_copy(update={"cache": False, "rerank": reranker is not None})
    async with _scratch_tenant(store) as tenant:
        await _ingest(store, tenant, embedder, corpus, progress)

        async def embedder_for(tenant: TenantId, model: str | None = None) -> Embedder | None:
            return embedder

        async def reranker_for(_: TenantId) -> Reranker | None:
            return reranker

        retriever = Retriever(store=store, embedder_for=embedder_for, reranker_for=reranker_for)
        async with store.begin(tenant) as tx:
            documents = await tx.chunks.external_ids()
        for done, query in enumerate(asked, start=1):
            found = await retriever.search(tenant, query.text, k=MOST_PASSAGES, settings=how, explain=True)
            seconds.append(sum(found.timings.values()))
            if (stages := found.stages) is not None:
                for method in methods:
                    ranked = rank(stages.candidates, method, stages.vector_weight)
                    runs[method][query.id] = _documents(documents[chunk] for chunk, _ in ranked)
            if reranker is not None:
                runs["reranked"][query.id] = _documents(str(p.external_id) for p in found.passages)
            progress("search", done, len(asked))
    aside = {key: wanted for key, wanted in judged.items() if is_set_aside(key)}
    tuned = {key: wanted for key, wanted in judged.items() if key not in aside}
    return Report(
        all={name: quality(run, judged) for name, run in runs.items()},
        tuned={name: quality(run, tuned) for name, run in runs.items()},
        set_aside={name: quality(run, aside) for name, run in runs.items()},
        seconds=seconds,
        runs=runs,
    )


def _documents(ranked: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(ranked))[:MOST_PASSAGES]


@asynccontextmanager
async def _scratch_tenant(store: Store) -> AsyncIterator[TenantId]:
    tenant = TenantId(uuid7())
    async with store.directory() as directory:
        await directory.add_tenant(tenant, f"evaluation-{tenant.hex}", "Retrieval evaluation")
    try:
        yield tenant
    finally:
        async with store.directory() as directory:
            await directory.remove_tenant(tenant)


async def _ingest(
    store: Store, tenant: TenantId, embedder: Embedder | None, corpus: Sequence[Record], progress: Progress
) -> None:
    texts = {record.id: record.text.encode() for record in corpus}

    async def embedder_for(tenant: TenantId, model: str | None = None) -> Embedder | None:
        return embedder

    ingester = Ingester(store=store, blobs=_Texts(texts), loader=_TextLoader(), embedder_for=embedder_for)
    for done, record in enumerate(corpus, start=1):
        new = NewDocument(
            id=DocumentId(uuid7()),
            title=record.title.replace("_", " "),
            external_id=record.id,
            content_hash=sha256(texts[record.id]).digest(),
            blob_key=record.id,
            size=len(texts[record.id]),
        )
        async with store.begin(tenant) as tx:
            put = await tx.documents.put(new)
        row = await ingester.run(tenant, put.document.id)
        if row.error:
            raise Invalid(f"Document {record.id} could not be indexed: {row.error}")
        progress("ingest", done, len(corpus))


class _Texts:
    """The corpus as a blob store."""

    def __init__(self, texts: dict[str, bytes]) -> None:
        self._texts = texts

    async def put(self, key: str, data: bytes) -> None:
        self._texts[key] = data

    async def get(self, key: str) -> bytes:
        return self._texts[key]

    async def delete(self, key: str) -> None:
        self._texts.pop(key, None)

    async def delete_under(self, folder: str) -> None:
        for key in [key for key in self._texts if key.startswith(f"{folder}/")]:
            del self._texts[key]

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        yield self._texts[key]


class _TextLoader:
    """Reads plain text without a child process: a test corpus is the operator's own."""

    async def load(self, data: bytes, name: str = "") -> Document:
        return load_text(data, LoadLimits())
