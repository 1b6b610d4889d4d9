"""Picks the sentences of found passages that answer a question best, or finds that none does. Pure.

Used where no model writes: by answers made of quotations, and by the simulator's scripted model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

from hub.core.prose import Block, Sentence, sentences

Terms = Callable[[str], Collection[str]]
"""The word stems of a text that carry meaning."""

_BY_WORDS_ALONE: Final = 0.65
_FAR: Final = 0.2
_NEAR: Final = 0.68
_MOST_NEEDED: Final = 0.9
_LEAST_NEEDED: Final = 0.3
_BY_HEADING: Final = 0.6
_TELLING: Final = 0.15
_RANK_COST: Final = 0.06
_ROW_COST: Final = 0.15
_LEAST_GAIN: Final = 0.2
_POINTER_WORDS: Final = 9
_SHORTEST: Final = 30
_COLONS: Final = (":", "：")
_CODE_LINES: Final = 8
_LEAST_WORDS: Final = 2
_POINTER: Final = re.compile(r"\[[^\]]+\]\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Found:
    """A found passage, best first in its list. ``cosine`` is its vector's likeness to the question's, if known."""

    headings: str
    text: str
    cosine: float | None = None


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Sentences that follow one another in the passage at ``place``; ``fit`` is the share of the question covered."""

    place: int
    sentences: tuple[Sentence, ...]
    fit: float


@dataclass(frozen=True, slots=True)
class _Passage:
    place: int
    found: Found
    sentences: Sequence[Sentence]
    own: Sequence[frozenset[int]]
    headed: frozenset[int]


def pick(
    question: Sequence[Collection[str]],
    found: Sequence[Found],
    terms: Terms,
    *,
    most: int = 2,
    run: int = 3,
    longest: int = 420,
    telling: Collection[int] = (),
) -> list[Excerpt]:
    """Up to ``most`` excerpts of at most ``run`` sentences and about ``longest`` characters; empty when nothing fits.

    ``question`` holds each of its words as the stems that stand for it. Passages at the places ``telling`` hold what
    the question names and few others do, so that they need fewer of its words.
    """
    if not question:
        return []
    passages = [_read(place, f, question, terms) for place, f in enumerate(found)]
    worth = [_worth(p, len(question), run, longest) for p in passages]
    chosen: list[Excerpt] = []
    covered: frozenset[int] = frozenset()
    for _, excerpt, said in sorted(worth, key=lambda w: -w[0]):
        if excerpt is None:
            continue
        ease = _TELLING if excerpt.place in telling else 0.0
        if excerpt.fit < needed(found[excerpt.place].cosine) - ease:
            continue
        gain = len(said - covered) / len(question)
        if chosen and (gain < _LEAST_GAIN or _repeats(excerpt, chosen)):
            continue
        chosen.append(excerpt)
        covered |= said
        if len(chosen) == most:
            break
    return chosen


def pick_each(
    questions: Sequence[Sequence[Collection[str]]],
    found: Sequence[Found],
    terms: Terms,
    *,
    telling: Collection[int] = (),
) -> list[Excerpt]:
    """The excerpts for one question, or the best one for each of several, without repeating any.

    Of several questions one word is too little to be asked by: "can you help me?" answers nothing.
    """
    if len(questions) == 1:
        return pick(questions[0], found, terms, telling=telling)
    chosen: list[Excerpt] = []
    for question in questions:
        if len(question) < _LEAST_WORDS:
            continue
        chosen += [e for e in pick(question, found, terms, most=1, telling=telling) if not _repeats(e, chosen)]
    return chosen


def needed(cosine: float | None) -> float:
    """The share of the question's words that a passage must hold to answer it: the nearer its vector, the fewer.

    Words alone must be most of the question. Unrelated texts rarely pass a cosine of 0.25 in the models we tried,
    answers begin near 0.35; a vector alone never suffices, since some models find everything alike.
    """
    if cosine is None:
        return _BY_WORDS_ALONE
    nearness = min(1.0, max(0.0, (cosine - _FAR) / (_NEAR - _FAR)))
    return _MOST_NEEDED - nearness * (_MOST_NEEDED - _LEAST_NEEDED)


def _read(place: int, found: Found, question: Sequence[Collection[str]], terms: Terms) -> _Passage:
    read = [s for s in sentences(found.text) if not _points(found.text, s)]
    own = [_holds(question, terms(s.text)) for s in read]
    return _Passage(place, found, read, own, _holds(question, terms(found.headings)))


def _points(source: str, sentence: Sentence) -> bool:
    """Whether a sentence only names another page, which means nothing away from its own."""
    raw = source[sentence.start : sentence.end]
    return bool(_POINTER.match(raw)) and len(sentence.text.split()) <= _POINTER_WORDS


def _holds(question: Sequence[Collection[str]], known: Collection[str]) -> frozenset[int]:
    return frozenset(n for n, stems in enumerate(question) if any(stem in known for stem in stems))


def _worth(passage: _Passage, words: int, run: int, longest: int) -> tuple[float, Excerpt | None, frozenset[int]]:
    """How well the passage's best run answers, with the run and the words it covers."""
    usable = [n for n, s in enumerate(passage.sentences) if s.whole or _leads(passage.sentences, n)]
    if not usable:
        return 0.0, None, frozenset()
    headed = len(passage.headed) / words
    # Under a heading that asks the question the text answers from its beginning on.
    first = usable[0] if headed >= _BY_HEADING else max(usable, key=lambda n: _news(passage, n))
    taken = _run(passage, first, run, longest, lists=headed >= _BY_HEADING)
    own: frozenset[int] = frozenset().union(*(passage.own[first + n] for n in range(len(taken))))
    if not own and sum(len(s.text) for s in taken) < _SHORTEST:
        return 0.0, None, frozenset()
    said = passage.headed | own
    fit = len(said) / words
    near = passage.found.cosine or 0.0
    worth = fit + 0.3 * headed + 0.2 * len(own) / words + 0.5 * near - _RANK_COST * passage.place
    if taken[0].block is Block.ROW:
        worth -= _ROW_COST  # a table's row states a fact, but seldom explains it
    return worth, Excerpt(passage.place, taken, fit), said


def _leads(read: Sequence[Sentence], place: int) -> bool:
    """Whether this is a lead-in, such as "Run this:", with what it leads to after it."""
    return read[place].text.endswith(_COLONS) and place + 1 < len(read) and _shown(read[place + 1])


def _shown(sentence: Sentence) -> bool:
    return sentence.whole or _is_code(sentence)


def _is_code(sentence: Sentence) -> bool:
    return sentence.block is Block.CODE and sentence.text.count("\n") <= _CODE_LINES


def _news(passage: _Passage, place: int) -> tuple[int, int, int]:
    """What this sentence says of the question beyond its heading, then at all; earlier sentences first."""
    own = passage.own[place]
    return len(own - passage.headed), len(own), -place


def _run(passage: _Passage, first: int, run: int, longest: int, *, lists: bool) -> tuple[Sentence, ...]:
    """The sentences from ``first`` on that belong together; other items and rows only if about the question, or where
    whole ``lists`` answer it."""
    read = passage.sentences
    taken = [read[first]]
    length = len(read[first].text)
    for place in range(first + 1, len(read)):
        here = read[place]
        led = taken[-1].text.endswith(_COLONS)
        apart = here.block is not Block.PROSE and "\n" in passage.found.text[taken[-1].end : here.start]
        if len(taken) >= run and not led:
            break
        if not (here.whole or (led and _is_code(here)) or (_leads(read, place) and _is_code(read[place + 1]))):
            break
        if (apart and not (lists or led or passage.own[place])) or (length + len(here.text) > longest and not led):
            break
        taken.append(here)
        length += len(here.text)
    while len(taken) > 1 and taken[-1].text.endswith(_COLONS):
        taken.pop()
    return tuple(taken)


def readable(said: Sequence[Sentence], mark: Callable[[str], str] = lambda text: text) -> str:
    """Sentences as one text: each begins large and ends with a full stop, code stands on lines of its own.
    ``mark`` gets each sentence's words and may add to them."""
    pieces: list[str] = []
    for sentence in said:
        if sentence.block is Block.CODE:
            pieces.append(f"\n\n{sentence.text}\n\n")
            continue
        text = sentence.text[0].upper() + sentence.text[1:]
        text = text if text[-1] in ".!?…。！？:：\"'”’»)" else f"{text}."
        pieces.append(f"{'' if not pieces or pieces[-1].endswith(chr(10)) else ' '}{mark(text)}")
    return "".join(pieces).strip()


def _repeats(excerpt: Excerpt, chosen: Sequence[Excerpt]) -> bool:
    said = {s.text for other in chosen for s in other.sentences}
    return any(s.text in said for s in excerpt.sentences)
