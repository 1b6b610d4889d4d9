"""Words that were mistyped: which of the words a tenant's knowledge holds were probably meant."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

SHORTEST: Final = 4
"""Shorter words have too many neighbours to guess among."""
_LONG: Final = 8
_MOST_WORDS: Final = 4
_MOST_GUESSES: Final = 2


def worth_guessing(lexemes: Iterable[str], known: Iterable[str]) -> list[str]:
    """Those of the lexemes that the knowledge does not hold and that are words: no codes, no pairs of characters."""
    held = set(known)
    return [word for word in lexemes if word not in held and len(word) >= SHORTEST and word.isalpha()][:_MOST_WORDS]


def patterns(word: str) -> list[str]:
    """Patterns for ``like`` that one slip of the finger from ``word`` matches, the first letter kept: a letter too
    many, too few, wrong, or two changed about."""
    found: dict[str, None] = {}
    for place in range(1, len(word)):
        found[word[:place] + word[place + 1 :]] = None
        found[word[:place] + "_" + word[place + 1 :]] = None
        found[word[:place] + "_" + word[place:]] = None
        if place + 1 < len(word):
            found[word[:place] + word[place + 1] + word[place] + word[place + 2 :]] = None
    found[word + "_"] = None
    return list(found)


def guesses(word: str, candidates: Sequence[tuple[str, int]]) -> list[str]:
    """The likeliest of the candidates (lexeme and how many passages hold it), nearest first, then commonest."""
    allowed = 2 if len(word) >= _LONG else 1
    scored = sorted((distance(word, lexeme, allowed), -count, lexeme) for lexeme, count in candidates)
    near = [(far, lexeme) for far, _, lexeme in scored if far <= allowed]
    return [lexeme for far, lexeme in near if far == near[0][0]][:_MOST_GUESSES]


def distance(one: str, other: str, most: int) -> int:
    """Edits from one word to the other, neighbours changed about being one (optimal string alignment); ``most`` + 1
    when there are more."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        older, before, row = before, row, [i]
        for j, twin in enumerate(other, start=1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != twin))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == twin:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]
