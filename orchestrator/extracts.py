"""Answering without a model: the best passages' own sentences, cited; or plainly that nothing fits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hub.core.excerpts import Found, pick_each, readable
from hub.core.knowledge import Citation, Passage
from hub.core.prose import Block, Sentence
from hub.core.questions import questions_in
from orchestrator.guard import cite
from orchestrator.terms import Stems, names_in, question_words, stems_of


@dataclass(frozen=True, slots=True)
class Extracts:
    """An answer made of quotations."""

    text: str
    citations: tuple[Citation, ...]


def extract(question: str, passages: Sequence[Passage]) -> Extracts | None:
    """The best one or two passages' sentences about each question asked, or None when none fits.

    What fits is decided by how many of the question's words a passage holds and how near its vector is; the score
    that ranked the passages cannot tell, since there is always a first.
    """
    stems = stems_of(question, *(p.text for p in passages))
    found = [Found(f"{p.title} {p.section or ''}", p.text, p.vector) for p in passages]
    telling = _telling(question, found, stems)
    if telling is None:
        return None
    parts = [question_words(part, stems) for part in questions_in(question)]
    picked = pick_each(parts, found, stems, telling=telling)
    if not picked:
        picked = pick_each([question_words(question, stems)], found, stems, telling=telling)
    if not picked:
        return None
    quotes: list[str] = []
    citations: list[Citation] = []
    for n, excerpt in enumerate(picked, start=1):
        quotes.append(readable(excerpt.sentences, _marker(excerpt.sentences, n)))
        citations.append(cite(passages[excerpt.place], n, excerpt.sentences[0].text))
    return Extracts("\n\n".join(quotes), tuple(citations))


def _telling(question: str, found: Sequence[Found], stems: Stems) -> frozenset[int] | None:
    """The places of the passages that hold every name in the question, where less than half of them do. None where a
    name stands in no passage: whatever they say is then about something else."""
    names = [stems(name) for name in names_in(question)]
    known = [stems(f"{f.headings} {f.text}") for f in found]
    holding = [frozenset(n for n, words in enumerate(known) if name & words) for name in names if name]
    if not all(holding):
        return None
    rare = [places for places in holding if 2 * len(places) < len(found)]
    return frozenset.intersection(*rare) if rare else frozenset()


def _marker(said: Sequence[Sentence], n: int) -> Callable[[str], str]:
    """Puts the number behind the last words, since behind a code block it would be read as code."""
    last = [s.text[1:] for s in said if s.block is not Block.CODE][-1]
    return lambda text: f"{text} [{n}]" if text[1:].startswith(last) else text
