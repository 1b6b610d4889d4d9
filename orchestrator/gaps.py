"""The gap report: what customers asked and the documents did not answer, like questions together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from hub.core.errors import BudgetSpent, ModelError
from hub.core.ids import TenantId
from hub.llm.ports import Embedder
from hub.store.gaps import Unanswered
from hub.store.session import Store
from orchestrator.terms import stems_of

log = structlog.get_logger(__name__)

MOST: Final = 500
"""How many questions a report looks at, the newest first."""
_ALIKE: Final = 0.5
_NEAR: Final = 0.7


@dataclass(slots=True)
class Gap:
    """Questions that mean the same, the newest first."""

    questions: list[Unanswered]
    stems: frozenset[str]
    vector: Sequence[float] | None = None
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def typical(self) -> str:
        """The one that shares most words with the others; of equal ones the shortest."""
        stems = {q.question: stems_of(q.question)(q.question) for q in self.questions}
        common = Counter(stem for q in self.questions for stem in stems[q.question])

        def worth(question: str) -> tuple[float, int]:
            words = stems[question]
            return (sum(common[stem] for stem in words) / (len(words) or 1), -len(question))

        return max(stems, key=worth)

    @property
    def people(self) -> int:
        """How many different customers asked."""
        return len({q.contact_id or q.conversation_id for q in self.questions})

    @property
    def agent_seconds(self) -> float:
        """How long people had the conversations in which it was asked."""
        return sum({q.conversation_id: q.agent_seconds for q in self.questions}.values())

    @property
    def nearest(self) -> str | None:
        """The document that the search came nearest with, most often."""
        titles = Counter(q.nearest for q in self.questions if q.nearest)
        return titles.most_common(1)[0][0] if titles else None


class GapReport:
    """Makes the report. ``embedder_for`` gives the tenant's embedder; without one words alone tell what is alike."""

    def __init__(self, *, store: Store, embedder_for: Callable[[TenantId], Awaitable[Embedder | None]]) -> None:
        self._store = store
        self._embedder_for = embedder_for

    async def __call__(self, tenant: TenantId, days: int) -> list[Gap]:
        """The gaps of the last days, the most asked first."""
        since = datetime.now(UTC) - timedelta(days=days)
        async with self._store.begin(tenant) as tx:
            questions = await tx.gaps.unanswered(since, MOST)
        vectors = await self._vectors(tenant, [q.question for q in questions])
        gaps = cluster(questions, vectors)
        return sorted(gaps, key=lambda gap: (-len(gap.questions), -gap.questions[0].at.timestamp()))

    async def _vectors(self, tenant: TenantId, texts: Sequence[str]) -> Sequence[Sequence[float] | None]:
        embedder = await self._embedder_for(tenant)
        found: list[Sequence[float] | None] = []
        try:
            for start in range(0, len(texts) if embedder else 0, embedder.max_batch if embedder else 1):
                if embedder is not None:
                    batch = texts[start : start + embedder.max_batch]
                    found += (await embedder.embed(batch, task="query")).vectors
        except (ModelError, BudgetSpent) as error:
            log.warning("gaps.embedding_failed", error=str(error))
        return [*found, *[None] * (len(texts) - len(found))]


def cluster(questions: Sequence[Unanswered], vectors: Sequence[Sequence[float] | None]) -> list[Gap]:
    """Like questions together: each joins the group whose first question is likest, if it is like enough in its words
    or its vector; else it begins a group of its own."""
    gaps: list[Gap] = []
    for question, vector in zip(questions, vectors, strict=True):
        stems = stems_of(question.question)(question.question)
        likest = max(gaps, key=lambda gap: _likeness(gap, stems, vector), default=None)
        if likest is None or _likeness(likest, stems, vector) < 1.0:
            likest = Gap([], stems, vector)
            gaps.append(likest)
        likest.questions.append(question)
        likest.reasons[question.reason] += 1
    return gaps


def _likeness(gap: Gap, stems: frozenset[str], vector: Sequence[float] | None) -> float:
    """1 or more where they mean the same."""
    union = gap.stems | stems
    words = len(gap.stems & stems) / len(union) if union else 1.0
    if gap.vector is None or vector is None:
        return words / _ALIKE
    cosine = sum(a * b for a, b in zip(gap.vector, vector, strict=True))
    return max(words / _ALIKE, cosine / _NEAR)
