"""A corpus to search, made from a seed: fifty tenants of skewed sizes, clustered vectors, words by Zipf's law.

Never uniform noise, which flatters or ruins an index at random:

- sizes: the first tenant has half of all chunks, the others share the rest by 1/rank;
- vectors (384 numbers, unit length): 64 topics are random directions; each tenant takes 12 of them and bends each by
  a direction of its own (0.6 of its length) into a cluster; a vector is its cluster's centre plus noise of 0.8 of its
  length, and the clusters of a tenant are filled by 1/rank; a query is drawn the same way;
- texts: 40 to 120 words of a vocabulary of 20,000, drawn by 1/rank^1.07; a query is three to eight words of a chunk.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID, uuid5

import numpy as np
from numpy.typing import NDArray

DIMS = 384
TENANTS = 50
_TOPICS, _CLUSTERS, _VOCABULARY = 64, 12, 20_000
_BEND, _NOISE = 0.6, 0.8
_SPACE = UUID("6f1f3c0e-8a3e-4d1b-9a51-1c54b1f0be7c")
_SYLLABLES = tuple(c + v for c in "bdfgklmnprstvz" for v in "aeiou")

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TenantCorpus:
    """One tenant's chunks. ``ids``, ``texts`` and the rows of ``vectors`` belong together."""

    id: UUID
    ids: list[UUID]
    texts: list[str]
    vectors: Vectors
    questions: list[str]
    question_vectors: Vectors


def tenant_sizes(chunks: int) -> list[int]:
    """How many chunks each tenant has: the first has half."""
    shares = 1 / np.arange(1, TENANTS)
    rest = np.maximum(1, (chunks // 2) * shares / shares.sum()).astype(int)
    return [chunks - int(rest.sum()), *rest.tolist()]


def make_corpus(chunks: int, questions: int, seed: int) -> Iterator[TenantCorpus]:
    """The tenants, largest first. The same seed gives the same corpus, ids included."""
    dice = np.random.default_rng(seed)
    words = [_word(n) for n in range(_VOCABULARY)]
    odds = 1 / np.arange(1, _VOCABULARY + 1) ** 1.07
    odds /= odds.sum()
    topics = _unit(dice.standard_normal((_TOPICS, DIMS)))
    for number, size in enumerate(tenant_sizes(chunks)):
        asked = questions if number else 10 * questions
        chosen = topics[dice.choice(_TOPICS, _CLUSTERS, replace=False)]
        centres = _unit(chosen + _BEND * _unit(dice.standard_normal((_CLUSTERS, DIMS))))
        lengths = dice.integers(40, 121, size)
        drawn = dice.choice(_VOCABULARY, int(lengths.sum()), p=odds)
        ends = np.cumsum(lengths)
        tokens = np.split(drawn, ends[:-1])
        yield TenantCorpus(
            id=uuid5(_SPACE, f"{seed} {chunks} tenant {number}"),
            ids=[uuid5(_SPACE, f"{seed} {chunks} {number} {n}") for n in range(size)],
            texts=[" ".join(words[i] for i in some) for some in tokens],
            vectors=_near(dice, centres, size),
            questions=[
                " ".join(words[i] for i in dice.choice(tokens[dice.integers(size)], dice.integers(3, 9)))
                for _ in range(asked)
            ],
            question_vectors=_near(dice, centres, asked),
        )


def _near(dice: np.random.Generator, centres: Vectors, n: int) -> Vectors:
    odds = 1 / np.arange(1, len(centres) + 1)
    which = dice.choice(len(centres), n, p=odds / odds.sum())
    return _unit(centres[which] + _NOISE * _unit(dice.standard_normal((n, DIMS))))


def _unit(rows: NDArray[np.floating]) -> Vectors:  # type: ignore[type-arg]  # any width of float
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def _word(n: int) -> str:
    found = ""
    for _ in range(4):
        n, place = divmod(n, len(_SYLLABLES))
        found += _SYLLABLES[place]
    return found
