"""Compares a tenant's sets of vectors on the same questions: how well each finds, alone and joined with words."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from hub.core.errors import Invalid, NotFound
from hub.core.ids import ChunkId, EmbeddingSetId, TenantId
from hub.knowledge.evaluation import Quality, quality
from hub.knowledge.legs import rank
from hub.knowledge.retrieval import MOST_PASSAGES, Retriever
from hub.store.embeddings import EmbeddingSetRow, Filled
from hub.store.session import Store

MOST_QUESTIONS: Final = 100
_OWN_QUESTIONS: Final = 40
_SENTENCE: Final = re.compile(r"(?<=[.!?\u3002\uff01\uff1f])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Judged:
    """A question and the documents that answer it, by their ids or external ids."""

    query: str
    relevant: Sequence[str]


@dataclass(frozen=True, slots=True)
class Figures:
    """One set's. ``vector`` is of the vectors alone, ``hybrid`` of the search as the tenant has set it."""

    row: EmbeddingSetRow
    filled: Filled
    usable: bool
    """False where the model is gone or did not answer: the words alone were asked then."""
    hybrid: Quality
    vector: Quality
    seconds: float
    """The median of a search, both legs."""


@dataclass(slots=True)
class _Run:
    hybrid: dict[str, list[str]] = field(default_factory=dict)
    vector: dict[str, list[str]] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    usable: bool = True


class SetComparison:
    """Asks every question of every set. Safe to share."""

    def __init__(self, *, store: Store, retriever: Retriever) -> None:
        self._store = store
        self._retriever = retriever

    async def compare(
        self, tenant: TenantId, *, sets: Sequence[EmbeddingSetId] = (), questions: Sequence[Judged] = ()
    ) -> tuple[list[Figures], int, bool]:
        """The figures of the ``sets`` (none: all) in the order they were made; how many questions were asked; whether
        they were made up: without ``questions`` a sentence of a passage stands for one, which that passage answers.

        Raises ``NotFound`` for a set there is not, ``Invalid`` for a document there is not and for empty knowledge.
        """
        async with self._store.begin(tenant) as tx:
            rows = [row for row in await tx.embeddings.sets() if not sets or row.id in sets]
            filled = {row.id: await tx.embeddings.filled(row.id) for row in rows}
        if len(rows) < len(set(sets)) or not rows:
            raise NotFound("There is no such set of vectors.", field="sets")
        judged = await self._judged(tenant, questions) if questions else await self._own(tenant)
        wanted = {query: dict.fromkeys(relevant, 1.0) for query, relevant in judged.items()}
        figures = []
        for row in rows:
            run = await self._ask(tenant, row.id, list(judged), documents=bool(questions))
            figures.append(
                Figures(
                    row,
                    filled[row.id],
                    run.usable,
                    quality(run.hybrid, wanted),
                    quality(run.vector, wanted),
                    statistics.median(run.seconds),
                )
            )
        return figures, len(judged), not questions

    async def _ask(self, tenant: TenantId, id: EmbeddingSetId, questions: Sequence[str], *, documents: bool) -> _Run:
        """What was found: the ids of documents, or of chunks."""
        run = _Run()
        for question in questions:
            started = time.perf_counter()
            found = await self._retriever.search(tenant, question, k=MOST_PASSAGES, embedding_set=id, explain=True)
            run.seconds.append(time.perf_counter() - started)
            run.usable = run.usable and found.vectors
            run.hybrid[question] = _unique(
                str(passage.document_id if documents else passage.chunk_id) for passage in found.passages
            )
            if found.stages is not None and found.vectors:
                chunks = [chunk for chunk, _ in rank(found.stages.candidates, "vector", 1.0)]
                best = chunks[:MOST_PASSAGES]
                run.vector[question] = await self._documents(tenant, best) if documents else [str(c) for c in best]
        return run

    async def _documents(self, tenant: TenantId, chunks: Sequence[ChunkId]) -> list[str]:
        async with self._store.begin(tenant) as tx:
            rows = await tx.chunks.get_many(chunks)
        return _unique(str(rows[chunk].document_id) for chunk in chunks if chunk in rows)

    async def _judged(self, tenant: TenantId, questions: Sequence[Judged]) -> dict[str, list[str]]:
        named = {name for question in questions for name in question.relevant}
        async with self._store.begin(tenant) as tx:
            known = await tx.chunks.documents_named(named)
        strangers = sorted(named - known.keys())
        if strangers:
            raise Invalid(f"There is no document '{strangers[0]}'.", field="questions")
        return {question.query: [str(known[name]) for name in question.relevant] for question in questions}

    async def _own(self, tenant: TenantId) -> dict[str, list[str]]:
        async with self._store.begin(tenant) as tx:
            rows = await tx.chunks.sample(_OWN_QUESTIONS)
        if not rows:
            raise Invalid("There is no knowledge yet to compare on. Add a document first.", field="questions")
        own: dict[str, list[str]] = {}
        for row in rows:
            own.setdefault(_telling(row.text), []).append(str(row.id))
        return own


def _telling(text: str) -> str:
    """The longest sentence of a passage, at most as long as people ask."""
    return max(_SENTENCE.split(text), key=len).strip()[:300]


def _unique(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))
