"""How good a ranking is: nDCG, recall and reciprocal rank, as trec_eval counts them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log2
from statistics import fmean


@dataclass(frozen=True, slots=True)
class Quality:
    """Means over all judged queries, each between 0 and 1."""

    queries: int
    ndcg_at_10: float
    recall_at_10: float
    recall_at_100: float
    mrr: float


def ndcg(ranked: Sequence[str], relevance: Mapping[str, float], k: int = 10) -> float:
    """Normalised discounted cumulative gain of the first ``k``, gains linear in the judged relevance."""
    gained = sum(relevance.get(item, 0.0) / log2(place + 1) for place, item in enumerate(ranked[:k], start=1))
    best = sorted((gain for gain in relevance.values() if gain > 0), reverse=True)[:k]
    ideal = sum(gain / log2(place + 1) for place, gain in enumerate(best, start=1))
    return gained / ideal if ideal else 0.0


def recall(ranked: Sequence[str], relevance: Mapping[str, float], k: int) -> float:
    """The share of the relevant items that stand among the first ``k``."""
    relevant = {item for item, gain in relevance.items() if gain > 0}
    return len(relevant.intersection(ranked[:k])) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranked: Sequence[str], relevance: Mapping[str, float]) -> float:
    """1 / place of the first relevant item, 0 when there is none."""
    places = (place for place, item in enumerate(ranked, start=1) if relevance.get(item, 0.0) > 0)
    return 1 / next(places, float("inf"))


def quality(runs: Mapping[str, Sequence[str]], judgements: Mapping[str, Mapping[str, float]]) -> Quality:
    """The means over every judged query; one without a run counts as having found nothing."""
    judged = [(runs.get(query, ()), relevance) for query, relevance in judgements.items() if relevance]
    if not judged:
        return Quality(0, 0.0, 0.0, 0.0, 0.0)
    return Quality(
        queries=len(judged),
        ndcg_at_10=fmean(ndcg(ranked, relevance) for ranked, relevance in judged),
        recall_at_10=fmean(recall(ranked, relevance, 10) for ranked, relevance in judged),
        recall_at_100=fmean(recall(ranked, relevance, 100) for ranked, relevance in judged),
        mrr=fmean(reciprocal_rank(ranked, relevance) for ranked, relevance in judged),
    )
