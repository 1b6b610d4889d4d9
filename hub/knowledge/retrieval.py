"""From a question to the passages that answer it best.

corpus -> words (and what was meant by mistyped ones) -> both legs -> fuse -> rerank -> select
"""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

import structlog

from hub.core.errors import BudgetSpent, Invalid, ModelError, NotFound
from hub.core.ids import ChunkId, ContextId, DocumentId, EmbeddingSetId, TenantId
from hub.core.knowledge import Passage
from hub.knowledge.legs import look_for, together
from hub.knowledge.loaders.assembly import clean
from hub.knowledge.ports import EmbedderFor
from hub.knowledge.recordings import clock, link_at
from hub.knowledge.result_cache import ResultCache
from hub.knowledge.search_settings import SearchSettings, read_search_settings
from hub.knowledge.selection import select
from hub.llm.ports import Embedder, Reranker
from hub.store.chunks import ChunkRow
from hub.store.search import Candidate, Corpus
from hub.store.session import Store, Tx

log = structlog.get_logger(__name__)

LONGEST_QUERY: Final = 4_000
MOST_PASSAGES: Final = 100
MOST_QUERIES: Final = 5
_FRESH: Final = 0.5
"""What today's document gains over an old one, in deviations of the fused score."""
_PARENT_REACH: Final = 3

RerankerFor = Callable[[TenantId], Awaitable[Reranker | None]]


@dataclass(frozen=True, slots=True)
class Filters:
    """Holds a search to some documents; what is empty does not restrict. ``metadata`` must be contained in theirs;
    ``mimes`` are content types or their first halves; ``since`` is when they were given or last changed."""

    contexts: Sequence[ContextId] = ()
    documents: Sequence[DocumentId] = ()
    metadata: Mapping[str, Any] = field(default_factory=dict)
    mimes: Sequence[str] = ()
    since: datetime | None = None

    def __bool__(self) -> bool:
        return bool(self.contexts or self.documents or self.metadata or self.mimes or self.since)


@dataclass(frozen=True, slots=True)
class Stages:
    """What each stage of a search did, for the playground. Scores by chunk, best first."""

    queries: Sequence[str]
    lexemes: Sequence[Sequence[str]]
    guessed: Mapping[str, Sequence[str]]
    """Mistyped words and what was looked for beside them."""
    vector_weight: float
    candidates: Sequence[Candidate]
    fused: Sequence[tuple[ChunkId, float]]
    reranked: Sequence[tuple[ChunkId, float]]
    dropped: int
    """Candidates below the least similarity."""
    settings: SearchSettings


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Passages, best first; seconds spent by step; whether vectors took part and the query's language if told."""

    passages: tuple[Passage, ...]
    timings: Mapping[str, float]
    vectors: bool
    language: str | None
    stages: Stages | None = None
    cached: bool = False


class Retriever:
    """Searches a tenant's knowledge. Safe to share."""

    def __init__(
        self,
        *,
        store: Store,
        embedder_for: EmbedderFor,
        reranker_for: RerankerFor | None = None,
        cache: ResultCache[SearchResult] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._embedder_for = embedder_for
        self._reranker_for = reranker_for
        self._cache = cache
        self._now = now

    async def search(
        self,
        tenant: TenantId,
        query: str,
        *,
        k: int = 8,
        filters: Filters | None = None,
        also: Sequence[str] = (),
        settings: SearchSettings | None = None,
        embedding_set: EmbeddingSetId | None = None,
        explain: bool = False,
    ) -> SearchResult:
        """The ``k`` best passages, near-identical ones shown once. Goes by words alone where there is no embedder, it
        does not answer, or the tenant's active vectors are another model's.

        ``also`` are other wordings of the same question, such as a rephrasing from the conversation: a passage counts
        by the wording it fits best. ``settings`` replace the tenant's own; ``embedding_set`` is asked in place of the
        active one; ``explain`` asks for every stage. Raises ``Invalid`` for an empty query, ``NotFound`` for a set
        there is not.
        """
        queries = list(dict.fromkeys(_checked(text, k) for text in (query, *also)))[:MOST_QUERIES]
        timings: dict[str, float] = {}
        with _timed(timings, "corpus"):
            async with self._store.begin(tenant) as tx:
                wanted = await tx.search.wanted()
                how = settings or read_search_settings(wanted.settings or {})
                corpus = await tx.search.corpus()
                if embedding_set is not None:
                    corpus = await _over(tx, corpus, embedding_set)
                key = (tenant, wanted.version, corpus.set_id, tuple(queries), k, repr(filters), how)
                if not explain and how.cache and self._cache is not None and (known := self._cache.get(key)):
                    return replace(known, timings=timings, cached=True)
                documents = await _matching(tx, filters)
        if corpus.chunks == 0 or documents == []:
            return SearchResult((), timings, False, None)
        result = await self._find(tenant, queries, k, how, corpus, documents, timings, explain=explain)
        if how.cache and self._cache is not None and not explain:
            self._cache.put(key, result)
        return result

    async def _find(
        self,
        tenant: TenantId,
        queries: Sequence[str],
        k: int,
        how: SearchSettings,
        corpus: Corpus,
        documents: Sequence[DocumentId] | None,
        timings: dict[str, float],
        *,
        explain: bool,
    ) -> SearchResult:
        with _timed(timings, "embed"):
            embedder, vectors = await self._vectors(tenant, queries, corpus) if how.method != "keyword" else (None, [])
        async with self._store.begin(tenant) as tx:
            with _timed(timings, "search"):
                legs = [
                    await look_for(tx, text, vectors[n] if vectors else None, embedder, corpus, documents, how, k)
                    for n, text in enumerate(queries)
                ]
            with _timed(timings, "passages"):
                ranked = together(legs)
                # More than asked for, since near-identical ones fall out, and more still where the order may change.
                depth = max(2 * k + 10, how.rerank_depth if how.rerank else 0, 3 * k if how.diversity else 0)
                rows = await tx.chunks.get_many([chunk for chunk, _ in ranked[:depth]])
        candidates = {candidate.chunk_id: candidate for leg in reversed(legs) for candidate in leg.candidates}
        passages = _passages(self._freshened(ranked, rows, how), rows, candidates)
        with _timed(timings, "rerank"):
            passages, reranked = await self._reranked(tenant, queries[0], passages, how)
        chosen = select(passages, k, how.diversity)
        if how.parents and chosen:
            async with self._store.begin(tenant) as tx:
                chosen = await _with_parents(tx, chosen)
        stages = None
        if explain:
            stages = Stages(
                queries=queries,
                lexemes=[leg.lexemes for leg in legs],
                guessed={word: found for leg in legs for word, found in leg.guessed.items()},
                vector_weight=legs[0].weight,
                candidates=sorted(candidates.values(), key=lambda c: (c.vector_place or 999, c.keyword_place or 999)),
                fused=ranked,
                reranked=reranked,
                dropped=sum(leg.dropped for leg in legs),
                settings=how,
            )
        return SearchResult(tuple(chosen), timings, embedder is not None, legs[0].language, stages)

    async def _vectors(
        self, tenant: TenantId, texts: Sequence[str], corpus: Corpus
    ) -> tuple[Embedder | None, Sequence[Sequence[float]]]:
        embedder = None if corpus.model is None else await self._embedder_for(tenant, corpus.model)
        if embedder is None or corpus.model != embedder.model:
            return None, []
        try:
            answer = await embedder.embed(texts, task="query")
        except (ModelError, BudgetSpent) as error:
            log.warning("search.embedding_failed", tenant=str(tenant), error=str(error))
            return None, []
        return embedder, answer.vectors

    def _freshened(
        self, ranked: Sequence[tuple[ChunkId, float]], rows: Mapping[ChunkId, ChunkRow], how: SearchSettings
    ) -> list[tuple[ChunkId, float]]:
        """The ranking of those chunks that were read, newer documents moved up where their age matters."""
        known = [(chunk, score) for chunk, score in ranked if chunk in rows]
        if how.freshness_days is None:
            return known
        now, half = self._now(), how.freshness_days * 86_400
        aged = [
            (chunk, score + _FRESH * math.exp2(-max(0.0, (now - rows[chunk].updated_at).total_seconds()) / half))
            for chunk, score in known
        ]
        return sorted(aged, key=lambda item: -item[1])

    async def _reranked(
        self, tenant: TenantId, query: str, passages: list[Passage], how: SearchSettings
    ) -> tuple[list[Passage], list[tuple[ChunkId, float]]]:
        """The best passages in the order a model gives them; as they were where it does not answer."""
        reranker = await self._reranker_for(tenant) if how.rerank and self._reranker_for is not None else None
        if reranker is None or len(passages) < 2:
            return passages, []
        head, tail = passages[: how.rerank_depth], passages[how.rerank_depth :]
        try:
            scores = await reranker.rerank(query, [passage.text for passage in head])
        except (ModelError, BudgetSpent) as error:
            log.warning("search.reranking_failed", tenant=str(tenant), error=str(error))
            return passages, []
        order = sorted(zip(scores, range(len(head)), strict=True), key=lambda item: (-item[0], item[1]))
        return (
            [replace(head[n], score=score) for score, n in order] + tail,
            [(head[n].chunk_id, score) for score, n in order],
        )


async def _over(tx: Tx, corpus: Corpus, embedding_set: EmbeddingSetId) -> Corpus:
    """The corpus under another set of vectors."""
    row = await tx.embeddings.get_set(embedding_set)
    if row is None:
        raise NotFound("There is no such set of vectors.", field="embedding_set")
    return replace(corpus, set_id=row.id, model=row.model, dims=row.dims, stored_dims=row.stored_dims)


async def _matching(tx: Tx, filters: Filters | None) -> list[DocumentId] | None:
    if not filters:
        return None
    return await tx.documents.matching(
        contexts=filters.contexts,
        documents=filters.documents,
        metadata=filters.metadata,
        mimes=filters.mimes,
        since=filters.since,
    )


def _checked(query: str, k: int) -> str:
    text = clean(query).strip()
    if not text:
        raise Invalid("The query is empty. Write what to look for.", field="query")
    if not 1 <= k <= MOST_PASSAGES:
        raise Invalid(f"k must be between 1 and {MOST_PASSAGES}.", field="k")
    return text[:LONGEST_QUERY]


def _passages(
    ranked: Sequence[tuple[ChunkId, float]], rows: Mapping[ChunkId, ChunkRow], scores: Mapping[ChunkId, Candidate]
) -> list[Passage]:
    return [
        Passage(
            chunk_id=row.id,
            document_id=row.document_id,
            external_id=row.external_id,
            title=row.title,
            url=link_at(row.url, row.seconds),
            text=row.text,
            section=" › ".join((*row.heading, *clock(row.seconds))) or None,
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


async def _with_parents(tx: Tx, passages: Sequence[Passage]) -> list[Passage]:
    """The passages with the text of their section around them."""
    beside = await tx.chunks.beside([passage.chunk_id for passage in passages], reach=_PARENT_REACH)
    return [replace(passage, around=_joined(beside.get(passage.chunk_id, []))) for passage in passages]


def _joined(rows: Sequence[ChunkRow]) -> str | None:
    """Neighbouring chunks as one text, what two share by overlapping said once."""
    text, end = "", 0
    for row in rows:
        gap = "\n\n" if text and row.start_at > end else ""
        text += gap + row.text[max(0, end - row.start_at) if text else 0 :]
        end = max(end, row.end_at)
    return text or None


class _timed:  # noqa: N801 - reads as a verb where it is used
    """Adds the seconds a block took to ``timings``."""

    def __init__(self, timings: dict[str, float], step: str) -> None:
        self._timings = timings
        self._step = step

    def __enter__(self) -> None:
        self._start = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._timings[self._step] = time.perf_counter() - self._start
