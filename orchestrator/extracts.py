"""Answering without a model: the best passages' own words, cited; or plainly that nothing fits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hub.core.knowledge import Citation, Passage
from hub.knowledge.lexemes import query_lexemes
from orchestrator.guard import cite

_MIN_VECTOR = 0.35
_MIN_COVERAGE = 0.5
_MAX_EXTRACTS = 2
_LONGEST = 420
_SENTENCE = re.compile(r"\S.*?(?:[.!?。！？](?=\s|$)|\n{2,}|$)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Extracts:
    """An answer made of quotations."""

    text: str
    citations: tuple[Citation, ...]


def extract(question: str, passages: Sequence[Passage]) -> Extracts | None:
    """The best one or two passages' sentences about the question, or None when none fits.

    A passage fits when its vector is near, or when it holds at least half of the question's words; a score that
    only ranks cannot tell, since there is always a first.
    """
    wanted = set(query_lexemes(question))
    fitting = [(p, *_excerpt(p, wanted)) for p in passages if _fits(p, wanted)]
    if not fitting:
        return None
    fitting.sort(key=lambda f: -f[2])
    best = fitting[0]
    chosen = [best] + [f for f in fitting[1:] if f[2] >= 0.7 * best[2] and f[1] not in best[1]]
    quotes: list[str] = []
    citations: list[Citation] = []
    for n, (passage, words, _) in enumerate(chosen[:_MAX_EXTRACTS], start=1):
        quotes.append(f"{words} [{n}]")
        citations.append(cite(passage, n, words))
    return Extracts("\n\n".join(quotes), tuple(citations))


def _fits(passage: Passage, wanted: set[str]) -> bool:
    if not wanted:
        return False
    known = set(query_lexemes(f"{passage.title} {passage.section or ''} {passage.text}"))
    coverage = len(wanted & known) / len(wanted)
    if passage.vector is not None and passage.vector >= _MIN_VECTOR:
        return coverage > 0 or passage.vector >= _MIN_VECTOR + 0.15
    return coverage >= _MIN_COVERAGE


def _excerpt(passage: Passage, wanted: set[str]) -> tuple[str, float]:
    """The run of sentences that holds most of the wanted words, and how good it is."""
    spans = [m.span() for m in _SENTENCE.finditer(passage.text) if m.group().strip()]
    if not spans:
        return passage.text.strip()[:_LONGEST], 0.0
    worth = [len(wanted & set(query_lexemes(passage.text[a:b]))) for a, b in spans]
    first = max(range(len(spans)), key=lambda i: (worth[i], -i))
    last = first
    while last + 1 < len(spans) and spans[last + 1][1] - spans[first][0] <= _LONGEST:
        last += 1
    words = " ".join(passage.text[spans[first][0] : spans[last][1]].split("\n\n"))
    near = passage.vector if passage.vector is not None else 0.0
    return words.strip().lstrip("#").strip(), worth[first] / (1 + len(wanted)) + near
