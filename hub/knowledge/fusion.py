"""One ranking from two legs: keyword and vector scores fused after normalising, or ranks fused reciprocally.

Scores are compared, not ranks: on five public sets z-scores over each leg's best hundred stay above both legs, or
within .002 of the better, where reciprocal ranks fall below the better leg in half of them.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from statistics import fmean, pstdev
from typing import Final, TypeVar

from hub.core.scripts import script_of

Key = TypeVar("Key", bound=Hashable)

VECTOR_WEIGHT: Final = 0.7
"""Weight of the vector leg when the embedder knows the query's language; the keyword leg gets the rest."""
FOREIGN_WEIGHTS: Final[Mapping[tuple[bool, bool], float]] = {
    (True, True): 0.3,
    (True, False): 0.5,
    (False, True): 0.05,
    (False, False): 0.2,
}
"""The same when it does not, by whether it knows a language of the same script, and whether the knowledge holds text
in the query's language. Of a script it never learned it sees next to nothing; where the knowledge is in another
language than the query, words have little to match but names, and vectors count more."""
DEPTH: Final = 100
RRF_CONSTANT: Final = 60


def vector_weight(
    language: str | None,
    known: Collection[str],
    held: Collection[str] = (),
    *,
    at_home: float = VECTOR_WEIGHT,
    abroad: float | None = None,
) -> float:
    """How much to trust vectors for a query in ``language``.

    ``known`` lists the embedder's languages (empty: all), ``held`` those of the knowledge. A language that cannot be
    told is given the benefit of the doubt. ``abroad`` replaces the rule for languages that are not known.
    """
    if not known or language is None or language in known:
        return at_home
    if abroad is not None:
        return abroad
    familiar = script_of(language) in {script_of(other) for other in known}
    return FOREIGN_WEIGHTS[familiar, not held or language in held]


def fuse_scores(
    keyword: Mapping[Key, float], vector: Mapping[Key, float], *, weight: float = VECTOR_WEIGHT, depth: int = DEPTH
) -> list[tuple[Key, float]]:
    """Candidates by fused score, best first.

    Each leg's scores are brought to mean 0 and deviation 1 over its best ``depth`` candidates. Give both legs a score
    for every candidate of the union; one that a leg lacks counts as that leg's lowest.
    """
    return _ranked(
        {
            key: weight * v + (1 - weight) * k
            for key, (k, v) in _paired(_normalised(keyword, depth), _normalised(vector, depth)).items()
        }
    )


def fuse_ranks(legs: Sequence[tuple[float, Sequence[Key]]], *, constant: int = RRF_CONSTANT) -> list[tuple[Key, float]]:
    """Reciprocal rank fusion of ``(weight, ranking)`` legs, best first (Cormack, Clarke and Buettcher, 2009)."""
    scores: dict[Key, float] = {}
    for weight, ranking in legs:
        for rank, key in enumerate(ranking, start=1):
            scores[key] = scores.get(key, 0.0) + weight / (constant + rank)
    return _ranked(scores)


def _normalised(scores: Mapping[Key, float], depth: int) -> dict[Key, float]:
    best = sorted(scores.values(), reverse=True)[:depth]
    if not best:
        return {}
    mean, deviation = fmean(best), pstdev(best)
    if deviation < 1e-9:
        return dict.fromkeys(scores, 0.0)
    return {key: (score - mean) / deviation for key, score in scores.items()}


def _paired(first: Mapping[Key, float], second: Mapping[Key, float]) -> dict[Key, tuple[float, float]]:
    low_first, low_second = min(first.values(), default=0.0), min(second.values(), default=0.0)
    return {key: (first.get(key, low_first), second.get(key, low_second)) for key in dict.fromkeys([*first, *second])}


def _ranked(scores: Mapping[Key, float]) -> list[tuple[Key, float]]:
    # A stable order among equals keeps answers and tests the same from run to run.
    return sorted(scores.items(), key=lambda item: (-item[1], str(item[0])))
