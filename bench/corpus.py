"""A corpus to search, made from a seed: tenants of skewed sizes, clustered vectors, words by Zipf's law.

Never uniform noise, which flatters or ruins an index at random:

- sizes: ``skewed`` gives the first tenant half of all chunks, and 49 others the rest by 1/rank; ``million`` is a table
  of 1,000,000 chunks over 200 tenants, whose first tenth holds tenants of 500, 5,000 and 50,000 chunks too;
- vectors (384 numbers, unit length): 64 topics are random directions; each tenant takes 12 of them and bends each by
  a direction of its own (0.6 of its length) into a cluster; a vector is its cluster's centre plus noise of 0.8 of its
  length, and the clusters of a tenant are filled by 1/rank; a query is drawn the same way;
- texts: 40 to 120 words of a vocabulary of 20,000, drawn by 1/rank^1.07; a query is three to eight words of a chunk.

Each tenant has dice of its own, so that any one of them is made again without the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from uuid import UUID, uuid5

import numpy as np
from numpy.typing import NDArray

DIMS = 384
_TOPICS, _CLUSTERS, _VOCABULARY = 64, 12, 20_000
_BEND, _NOISE = 0.6, 0.8
_SPACE = UUID("6f1f3c0e-8a3e-4d1b-9a51-1c54b1f0be7c")
_SYLLABLES = tuple(c + v for c in "bdfgklmnprstvz" for v in "aeiou")

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Plan:
    """A tenant to make: its place in the corpus, how many chunks it has, how many questions are asked in it."""

    number: int
    chunks: int
    questions: int


@dataclass(frozen=True, slots=True)
class TenantCorpus:
    """One tenant's chunks. ``ids``, ``words`` and the rows of ``vectors`` belong together; so do the questions'."""

    id: UUID
    number: int
    ids: list[UUID]
    words: list[list[str]]
    vectors: Vectors
    questions: list[str]
    question_vectors: Vectors


def skewed(chunks: int, questions: int, tenants: int = 50) -> list[Plan]:
    """The first tenant has half of all chunks, and is asked ten times as often."""
    shares = 1 / np.arange(1, tenants)
    rest = np.maximum(1, (chunks // 2) * shares / shares.sum()).astype(int).tolist()
    sizes = [chunks - sum(rest), *rest]
    return [Plan(n, size, questions * (1 if n else 10)) for n, size in enumerate(sizes)]


def million(questions: int) -> tuple[list[Plan], list[Plan]]:
    """The first tenth and the rest of a table of 1,000,000 chunks: 10 tenants of 50,000, 40 of 5,000, 148 of 500, and
    two that fill up. Questions are asked in all tenants of the first tenth, and in four of the rest."""
    first = [(50_000, 5 * questions), *[(5_000, 2 * questions)] * 4, *[(500, questions)] * 15, (22_500, 0)]
    rest = [(203_500, 5 * questions), *[(50_000, 2 * questions)] * 3]
    rest += [*[(50_000, 0)] * 6, *[(5_000, 0)] * 36, *[(500, 0)] * 133]
    plans = [Plan(n, size, asked) for n, (size, asked) in enumerate(first + rest)]
    return plans[: len(first)], plans[len(first) :]


def make_tenant(plan: Plan, name: str, seed: int) -> TenantCorpus:
    """The tenant, ids included, always the same for the same ``name`` and ``seed``."""
    dice = np.random.default_rng([seed, plan.number, plan.chunks])
    words, odds = _vocabulary()
    chosen = _topics(seed)[dice.choice(_TOPICS, _CLUSTERS, replace=False)]
    centres = _unit(chosen + _BEND * _unit(dice.standard_normal((_CLUSTERS, DIMS), np.float32)))
    lengths = dice.integers(40, 121, plan.chunks)
    drawn = np.searchsorted(odds, dice.random(int(lengths.sum())))
    tokens = np.split(drawn, np.cumsum(lengths)[:-1])
    return TenantCorpus(
        id=uuid5(_SPACE, f"{seed} {name} tenant {plan.number}"),
        number=plan.number,
        ids=[uuid5(_SPACE, f"{seed} {name} {plan.number} {n}") for n in range(plan.chunks)],
        words=[[words[i] for i in some] for some in tokens],
        vectors=_near(dice, centres, plan.chunks),
        questions=[
            " ".join(words[i] for i in dice.choice(tokens[dice.integers(plan.chunks)], dice.integers(3, 9)))
            for _ in range(plan.questions)
        ],
        question_vectors=_near(dice, centres, plan.questions),
    )


def _near(dice: np.random.Generator, centres: Vectors, n: int) -> Vectors:
    odds = 1 / np.arange(1, len(centres) + 1)
    which = dice.choice(len(centres), n, p=odds / odds.sum())
    return _unit(centres[which] + _NOISE * _unit(dice.standard_normal((n, DIMS), np.float32)))


def _unit(rows: NDArray[np.floating]) -> Vectors:  # type: ignore[type-arg]  # any width of float
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


@cache
def _topics(seed: int) -> Vectors:
    return _unit(np.random.default_rng(seed).standard_normal((_TOPICS, DIMS)))


@cache
def _vocabulary() -> tuple[list[str], NDArray[np.float64]]:
    """The words, commonest first, and their odds summed up."""
    odds = 1 / np.arange(1, _VOCABULARY + 1) ** 1.07
    return [_word(n) for n in range(_VOCABULARY)], np.cumsum(odds / odds.sum())[:-1]


def _word(n: int) -> str:
    found = ""
    for _ in range(4):
        n, place = divmod(n, len(_SYLLABLES))
        found += _SYLLABLES[place]
    return found
