"""From a question to the passages that answer it best."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import structlog

from hub.core.errors import Invalid, ModelError
from hub.core.ids import ChunkId, ContextId, DocumentId, TenantId
from hub.core.knowledge import Passage
from hub.knowledge.fusion import DEPTH, fuse_ranks, fuse_scores, vector_weight
from hub.knowledge.loaders.assembly import clean
from hub.knowledge.ports import EmbedderFor
from hub.llm.ports import Embedder
from hub.store.chunks import ChunkRow
from hub.store.search import Candidate, Corpus
from hub.store.session import Store

log = structlog.get_logger(__name__)

Method = Literal["hybrid", "keyword", "vector", "rrf"]

LONGEST_QUERY: Final = 4_000
MOST_PASSAGES: Final = 100
_MOST_LEXEMES: Final = 200
_NEAR_IDENTICAL: Final = 0.9


@dataclass(frozen=True, slots=True)
class Filters:
    """Holds a search to some documents; what is empty does not restrict. ``metadata`` must be contained in theirs."""

    contexts: Sequence[ContextId] = ()
    documents: Sequence[DocumentId] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.contexts or self.documents or self.metadata)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Passages, best first; seconds spent by step; whether vectors took part and the query's language if told."""

    passages: tuple[Passage, ...]
    timings: Mapping[str, float]
    vectors: bool
    language: str | None


class Retriever:
    """Searches a tenant's knowledge. Safe to share."""

    def __init__(self, *, store: Store, embedder_for: EmbedderFor) -> None:
        self._store = store
        self._embedder_for = embedder_for

    async def search(
        self,
        tenant: TenantId,
        query: str,
        *,
        k: int = 8,
        filters: Filters | None = None,
        method: Method = "hybrid",
    ) -> SearchResult:
        """The ``k`` best passages, near-identical ones shown once. Goes by words alone where there is no embedder, it
        does not answer, or the tenant's active vectors are another model's. Raises ``Invalid`` for an empty query.
        """
        text = _checked(query, k)
        timings: dict[str, float] = {}
        with _timed(timings, "corpus"):
            async with self._store.begin(tenant) as tx:
                corpus = await tx.search.corpus()
                documents = await tx.documents.matching(
                    contexts=filters.contexts, documents=filters.documents, metadata=filters.metadata
                ) if filters else None  # fmt: skip
        if corpus.chunks == 0 or documents == []:
            return SearchResult((), timings, False, None)
        with _timed(timings, "embed"):
            embedder, vector = await self._vector(tenant, text, corpus) if method != "keyword" else (None, None)
        from hub.knowledge.language import detect_language  # with their tables of letters a tenth of the start
        from hub.knowledge.lexemes import query_lexemes

        language = detect_language(text) or (corpus.languages[0] if len(corpus.languages) == 1 else None)
        lexemes = query_lexemes(text, corpus.languages)[:_MOST_LEXEMES]
        async with self._store.begin(tenant) as tx:
            with _timed(timings, "search"):
                candidates = await tx.search.candidates(
                    lexemes,
                    vector=vector,
                    embedding_set=corpus.set_id,
                    documents=documents,
                    k=max(DEPTH, k),
                )
            with _timed(timings, "passages"):
                weight = vector_weight(language, embedder.languages) if embedder else 0.0
                ranked = _ranked(candidates, method if embedder else "keyword", weight)
                # More than asked for, since near-identical ones fall out.
                rows = await tx.chunks.get_many([chunk for chunk, _ in ranked[: 2 * k + 10]])
        passages = _passages(ranked, rows, {candidate.chunk_id: candidate for candidate in candidates})
        return SearchResult(tuple(_distinct(passages, k)), timings, embedder is not None, language)

    async def _vector(
        self, tenant: TenantId, text: str, corpus: Corpus
    ) -> tuple[Embedder | None, Sequence[float] | None]:
        embedder = await self._embedder_for(tenant)
        if embedder is None or corpus.model != embedder.model:
            return None, None
        try:
            answer = await embedder.embed([text], task="query")
        except ModelError as error:
            log.warning("search.embedding_failed", tenant=str(tenant), error=str(error))
            return None, None
        return embedder, answer.vectors[0]


def _checked(query: str, k: int) -> str:
    text = clean(query).strip()
    if not text:
        raise Invalid("The query is empty. Write what to look for.", field="query")
    if not 1 <= k <= MOST_PASSAGES:
        raise Invalid(f"k must be between 1 and {MOST_PASSAGES}.", field="k")
    return text[:LONGEST_QUERY]


def _ranked(candidates: Sequence[Candidate], method: Method, weight: float) -> list[tuple[ChunkId, float]]:
    keyword = {c.chunk_id: c.keyword for c in candidates}
    vector = {c.chunk_id: c.vector for c in candidates if c.vector is not None}
    if method == "keyword":
        found = [c for c in candidates if c.keyword_place is not None]
        return sorted(((c.chunk_id, c.keyword) for c in found), key=lambda item: -item[1])
    if method == "vector":
        return sorted(vector.items(), key=lambda item: -item[1])
    if method == "rrf":
        by_word = sorted((c for c in candidates if c.keyword_place), key=lambda c: c.keyword_place or 0)
        by_vector = sorted((c for c in candidates if c.vector_place), key=lambda c: c.vector_place or 0)
        return fuse_ranks([(weight, [c.chunk_id for c in by_vector]), (1 - weight, [c.chunk_id for c in by_word])])
    return fuse_scores(keyword, vector, weight=weight)


def _passages(
    ranked: Sequence[tuple[ChunkId, float]], rows: Mapping[ChunkId, ChunkRow], scores: Mapping[ChunkId, Candidate]
) -> list[Passage]:
    return [
        Passage(
            chunk_id=row.id,
            document_id=row.document_id,
            external_id=row.external_id,
            title=row.title,
            url=row.url,
            text=row.text,
            section=" › ".join(row.heading) or None,
            page=row.page,
            start=row.start_at,
            end=row.end_at,
            score=score,
            keyword=scores[chunk].keyword,
            vector=scores[chunk].vector,
        )
        for chunk, score in ranked
        if (row := rows.get(chunk)) is not None
    ]


def _distinct(passages: Sequence[Passage], k: int) -> list[Passage]:
    """The first ``k`` that say something the ones before do not."""
    kept: list[Passage] = []
    seen: list[frozenset[str]] = []
    for passage in passages:
        words = _shingles(passage.text)
        if any(_alike(words, other) for other in seen):
            continue
        kept.append(passage)
        seen.append(words)
        if len(kept) == k:
            break
    return kept


def _shingles(text: str) -> frozenset[str]:
    words = text.casefold().split()
    if len(words) < 8:  # few words, or a script without spaces
        flat = " ".join(words)
        return frozenset(flat[i : i + 5] for i in range(max(1, len(flat) - 4)))
    return frozenset(" ".join(words[i : i + 3]) for i in range(len(words) - 2))


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether nine tenths of what both hold is in both (Jaccard)."""
    fewer, more = sorted((len(one), len(other)))
    if fewer < _NEAR_IDENTICAL * more:
        return False
    shared = len(one & other)
    return shared >= _NEAR_IDENTICAL * (fewer + more - shared)


class _timed:  # noqa: N801 - reads as a verb where it is used
    """Adds the seconds a block took to ``timings``."""

    def __init__(self, timings: dict[str, float], step: str) -> None:
        self._timings = timings
        self._step = step

    def __enter__(self) -> None:
        self._start = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._timings[self._step] = time.perf_counter() - self._start
