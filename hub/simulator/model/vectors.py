"""Deterministic unit vectors from hashed words, pairs of words and letter groups.

Similar texts get near vectors because they share features; that is all they know. They stand in for an
embedding model where none is at hand.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b

from hub.simulator.model.words import stem, words

DEFAULT_DIMS = 384
MAX_DIMS = 4096
_PLACES = 3


@lru_cache(maxsize=131_072)
def _hash(feature: str) -> tuple[int, ...]:
    digest = blake2b(feature.encode(), digest_size=4 * _PLACES).digest()
    return tuple(int.from_bytes(digest[i : i + 4], "big") for i in range(0, 4 * _PLACES, 4))


def _features(text: str) -> Iterator[tuple[str, float]]:
    previous = ""
    for word in words(text):
        # Short words are mostly grammar in every language that has spaces.
        weight = 0.25 if len(word) < 4 and word.isascii() else 1.0
        root = stem(word)
        yield f"w:{root}", weight
        if previous:
            yield f"p:{previous} {root}", 0.35 * weight
        for i in range(len(word) - 3):
            yield f"g:{word[i : i + 4]}", 0.2
        previous = root


def embed(text: str, dims: int = DEFAULT_DIMS) -> array[float]:
    """The unit vector of a text; the same text and size give the same vector everywhere."""
    sums: dict[str, float] = {}
    for feature, weight in _features(text):
        sums[feature] = sums.get(feature, 0.0) + weight
    vector = [0.0] * dims
    for feature, weight in (sums or {"empty": 1.0}).items():
        # Damped, or a word that fills a document would be all that the document is about.
        strength = math.sqrt(weight)
        for place in _hash(feature):
            vector[(place >> 1) % dims] += strength if place & 1 else -strength
    norm = math.sqrt(sum(x * x for x in vector))
    if norm == 0.0:
        # Features that cancel each other out leave no direction; any fixed one will do.
        vector[0] = norm = 1.0
    return array("f", (x / norm for x in vector))
