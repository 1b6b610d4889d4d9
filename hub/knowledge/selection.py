"""From a long ranking to the few passages that are shown: none twice, and where wanted not all of one kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hub.core.knowledge import Passage

_NEAR_IDENTICAL: Final = 0.9


def select(passages: Sequence[Passage], k: int, diversity: float = 0.0) -> list[Passage]:
    """The first ``k`` passages that are not near-identical to one before them; with ``diversity`` above 0 each next
    one is the best by its score less what it shares with those taken (Carbonell and Goldstein, 1998)."""
    unlike = _distinct(passages, len(passages) if diversity else k)
    if not diversity or len(unlike) <= 1:
        return [passage for passage, _ in unlike[:k]]
    worth = _scaled([passage.score for passage, _ in unlike])
    taken: list[int] = []
    left = list(range(len(unlike)))
    while left and len(taken) < k:
        best = max(
            left,
            key=lambda n: (
                (1 - diversity) * worth[n]
                - diversity * max((_shared(unlike[n][1], unlike[other][1]) for other in taken), default=0.0)
            ),
        )
        taken.append(best)
        left.remove(best)
    return [unlike[n][0] for n in taken]


def _distinct(passages: Sequence[Passage], k: int) -> list[tuple[Passage, frozenset[str]]]:
    kept: list[tuple[Passage, frozenset[str]]] = []
    for passage in passages:
        words = _shingles(passage.text)
        if any(_alike(words, other) for _, other in kept):
            continue
        kept.append((passage, words))
        if len(kept) == k:
            break
    return kept


def _scaled(scores: Sequence[float]) -> list[float]:
    low, high = min(scores), max(scores)
    return [(score - low) / (high - low) if high > low else 1.0 for score in scores]


def _shingles(text: str) -> frozenset[str]:
    words = text.casefold().split()
    if len(words) < 8:  # few words, or a script without spaces
        flat = " ".join(words)
        return frozenset(flat[i : i + 5] for i in range(max(1, len(flat) - 4)))
    return frozenset(" ".join(words[i : i + 3]) for i in range(len(words) - 2))


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    """The share of the smaller that the larger holds too."""
    return len(one & other) / max(1, min(len(one), len(other)))


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether nine tenths of what both hold is in both (Jaccard)."""
    fewer, more = sorted((len(one), len(other)))
    if fewer < _NEAR_IDENTICAL * more:
        return False
    shared = len(one & other)
    return shared >= _NEAR_IDENTICAL * (fewer + more - shared)
