"""What a sentence rests on: the passages that were found, or nothing that it may be said for.

A sentence with a citation must share words with the cited passage. One without may stay when it claims nothing (a
question, a courtesy, that something is not known) or when a passage holds most of its words. Numbers must stand in
the passages or in what was said before, because a wrong price or term is the costliest thing a bot can say. Words
alone cannot show that two sentences mean the same; they do show what no source speaks of.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from hub.core.knowledge import Passage
from hub.knowledge.language import detect_language
from orchestrator.courtesies import COURTESIES, speaks_of_itself
from orchestrator.number_words import numbers_in
from orchestrator.terms import content_words, stems_of

_MIN_SHARED: Final = 0.3
_MIN_UNCITED: Final = 0.6
_MOST_UNKNOWN: Final = 0.34
_QUESTION: Final = re.compile(r"[?？؟][\"'”’)*_]*$")
_ORDINAL: Final = re.compile(r"^\s*(?:[-*+•]\s+)?\d{1,3}[.)](?:\s+|$)")


@dataclass(frozen=True, slots=True)
class Told:
    """What was said beside the passages: by the ``company`` in its instructions, and in the ``talk`` so far."""

    company: str = ""
    talk: Sequence[str] = ()


@dataclass(slots=True)
class Grounds:
    """The passages by number, from 1 on, and what was told."""

    passages: Sequence[Passage]
    told: Told = Told()
    _numbers: list[frozenset[str]] = field(default_factory=list)
    _told_numbers: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self._numbers = [numbers_in(_whole(p)) for p in self.passages]
        self._told_numbers = numbers_in("\n".join((self.told.company, *self.told.talk)))

    def hold(self, sentence: str, number: int, before: str) -> bool:
        """Whether the sentence can rest on passage ``number``: they share words, or are in two languages and cannot.
        ``before`` is what was said before it, which helps to tell a short sentence's language."""
        if not 1 <= number <= len(self.passages):
            return False
        passage = self.passages[number - 1]
        if not _numbers_of(sentence) <= self._numbers[number - 1] | self._told_numbers:
            return False
        if _foreign(before + sentence, passage):
            return True
        return _shared(sentence, _whole(passage)) >= _MIN_SHARED

    def allow(self, sentence: str) -> bool:
        """Whether a sentence without a citation may be said. What the customer said is no ground to claim it again,
        and a claim in another language than its source must be cited, since words cannot show it."""
        bare = _ORDINAL.sub("", sentence).strip()
        if not any(letter.isalnum() for letter in bare):
            return True
        if not _numbers_of(bare) <= frozenset().union(self._told_numbers, *self._numbers):
            return False
        claims = " ".join(word for word in content_words(bare) if word not in COURTESIES)
        if not claims or _QUESTION.search(bare):
            return True
        if speaks_of_itself(bare):
            return self._unknown(claims) <= _MOST_UNKNOWN
        sources = [_whole(p) for p in self.passages]
        return any(_shared(claims, source) >= _MIN_UNCITED for source in (self.told.company, *sources) if source)

    def _unknown(self, claims: str) -> float:
        """The share of the words that neither a passage nor anybody who was told of holds."""
        known = "\n".join((self.told.company, *self.told.talk, *(_whole(p) for p in self.passages)))
        return 1.0 - _shared(claims, known)


def _numbers_of(sentence: str) -> frozenset[str]:
    return numbers_in(_ORDINAL.sub("", sentence), words=False)


def _whole(passage: Passage) -> str:
    return f"{passage.title} {passage.section or ''} {passage.text}"


def _shared(sentence: str, source: str) -> float:
    """The share of the sentence's words that the source holds; 1 where it has none that carry meaning."""
    stems = stems_of(sentence, source)
    said = stems(sentence)
    return len(said & stems(source)) / len(said) if said else 1.0


def _foreign(spoken: str, passage: Passage) -> bool:
    here, there = detect_language(spoken), detect_language(passage.text)
    return bool(here and there and here != there)
