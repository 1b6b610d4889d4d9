"""Stretches of a page's text on one line, with their places: what layout is read from."""

from __future__ import annotations

import ctypes
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

WIDE_GAP: Final = 1.1
"""A gap this many times the letters' height ends a segment: it parts columns, not words."""
HYPHEN: Final = "\u00ad"
"""Stands at the end of a segment where its last word goes on in the next line."""

_MOST_CHARACTERS: Final = 200_000
_MARKED: Final = {"\x02": HYPHEN, "\ufffe": HYPHEN}
_RIGHT_TO_LEFT: Final = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_ALEFS: Final = frozenset("\u0622\u0623\u0625\u0627")
_LAM: Final = "\u0644"
_UPRIGHT: Final = 0.2  # radians


@dataclass(frozen=True, slots=True)
class Word:
    """A word and its box; ``y`` runs downwards from the page's top."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


@dataclass(frozen=True, slots=True)
class DrawnTable:
    """A table between ruling lines: its box and its cells' boxes, row by row."""

    box: Box
    rows: list[list[Box]]


@dataclass(frozen=True, slots=True)
class Segment:
    """Words that follow each other on one line. ``height`` is that of most letters, in half points.

    A ``table`` between ruling lines stands among the segments as one of them.
    """

    words: tuple[Word, ...]
    height: float
    bold: bool
    upright: bool = True
    table: DrawnTable | None = None

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def left(self) -> float:
        return min(word.left for word in self.words)

    @property
    def right(self) -> float:
        return max(word.right for word in self.words)

    @property
    def top(self) -> float:
        return min(word.top for word in self.words)

    @property
    def bottom(self) -> float:
        return max(word.bottom for word in self.words)

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class _Letter:
    index: int
    text: str
    left: float
    top: float
    right: float
    bottom: float
    generated: bool


def read_segments(page: Any, text: Any) -> list[Segment]:
    """The segments of a page in the order in which the file writes them."""
    return [
        _segment(run, text)
        for line in _lines(list(_letters(page, text)))
        for run in _runs(line)
    ]  # fmt: skip


def _letters(page: Any, text: Any) -> Iterator[_Letter]:
    from pypdfium2 import raw

    turn, (width, height) = page.get_rotation(), page.get_size()
    left, bottom, _, _ = page.get_cropbox()
    box = raw.FS_RECTF()
    for index in range(min(text.count_chars(), _MOST_CHARACTERS)):
        letter = chr(raw.FPDFText_GetUnicode(text, index))
        raw.FPDFText_GetLooseCharBox(text, index, ctypes.byref(box))
        place = turned((box.left - left, box.bottom - bottom, box.right - left, box.top - bottom), turn, width, height)
        yield _Letter(index, _MARKED.get(letter, letter), *place, bool(raw.FPDFText_IsGenerated(text, index)))


def turned(
    box: tuple[float, float, float, float], turn: int, width: float, height: float
) -> tuple[float, float, float, float]:
    """A box (left, bottom, right, top) of the page's own space as (left, top, right, bottom) of the page as it is
    seen, ``width`` by ``height``, turned clockwise by ``turn`` degrees."""
    left, bottom, right, top = box
    if turn == 90:
        return (bottom, left, top, right)
    if turn == 180:
        return (width - right, bottom, width - left, top)
    if turn == 270:
        return (width - top, height - right, width - bottom, height - left)
    return (left, height - top, right, height - bottom)


def _lines(letters: Sequence[_Letter]) -> Iterator[list[_Letter]]:
    """The lines that PDFium ends, cut again where it joins two at a hyphen."""
    line: list[_Letter] = []
    for letter in letters:
        if letter.text in "\r\n":
            if line:
                yield line
            line = []
            continue
        if line and _below(line[-1], letter):
            yield line
            line = []
        line.append(letter)
    if line:
        yield line


def _below(before: _Letter, letter: _Letter) -> bool:
    size = before.bottom - before.top
    return (
        size > 0
        and not before.generated
        and not letter.generated
        and (letter.top + letter.bottom - before.top - before.bottom) / 2 > size * 0.6
        and letter.left < before.left
    )


def _runs(line: list[_Letter]) -> Iterator[list[list[_Letter]]]:
    """The line's words, parted where the gap between two is wide."""
    whole = bool(_RIGHT_TO_LEFT.search("".join(letter.text for letter in line)))
    run: list[list[_Letter]] = []
    for word in _words(line):
        if run and not whole:
            before = run[-1][-1]
            gap = max(word[0].left - before.right, before.left - word[-1].right)
            if gap > max(before.bottom - before.top, word[0].bottom - word[0].top) * WIDE_GAP:
                yield run
                run = []
        run.append(word)
    if run:
        yield run


def _words(line: list[_Letter]) -> Iterator[list[_Letter]]:
    drawn = [letter for letter in line if not letter.text.isspace() and not letter.generated]
    gaps = sorted(after.left - before.right for before, after in itertools.pairwise(drawn))
    usual = max(0.0, gaps[len(gaps) // 2]) if gaps else 0.0
    spaced = any(letter.text.isspace() and not letter.generated for letter in line)
    word: list[_Letter] = []
    for place, letter in enumerate(line):
        if letter.text.isspace():
            # PDFium adds spaces where letters stand far apart, in letter-spaced text within words.
            if word and not (letter.generated and spaced and not _real_gap(line, place, usual)):
                yield word
                word = []
            continue
        word.append(letter)
    if word:
        yield word


def _real_gap(line: list[_Letter], place: int, usual: float) -> bool:
    before = line[place - 1] if place else None
    after = line[place + 1] if place + 1 < len(line) else None
    if before is None or after is None or after.text.isspace():
        return True
    gap = max(after.left - before.right, before.left - after.right)
    return gap > usual + 0.12 * (before.bottom - before.top)


def _segment(run: list[list[_Letter]], text: Any) -> Segment:
    letters = [letter for word in run for letter in word]
    shown = [letter for letter in letters if letter.text.isalnum()] or letters
    heights = Counter(round((letter.bottom - letter.top) * 2) / 2 for letter in shown)
    return Segment(
        words=tuple(_word(word) for word in run),
        height=heights.most_common(1)[0][0],
        bold=_bold(text, shown[0].index) and _bold(text, shown[-1].index),
        upright=_upright(letters),
    )


def _upright(letters: list[_Letter]) -> bool:
    wide = max(letter.right for letter in letters) - min(letter.left for letter in letters)
    tall = max(letter.bottom for letter in letters) - min(letter.top for letter in letters)
    return len(letters) < 4 or wide > tall


def _word(letters: list[_Letter]) -> Word:
    texts = [letter.text for letter in letters]
    for place, (letter, after) in enumerate(itertools.pairwise(letters)):
        # A ligature of lam and alef is taken apart in the wrong order; both halves have its box.
        if after.text == _LAM and letter.text in _ALEFS and (letter.left, letter.right) == (after.left, after.right):
            texts[place], texts[place + 1] = texts[place + 1], texts[place]
    return Word(
        # Letters beyond the basic plane come as two halves.
        "".join(texts).encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
        min(letter.left for letter in letters),
        min(letter.top for letter in letters),
        max(letter.right for letter in letters),
        max(letter.bottom for letter in letters),
    )


def _bold(text: Any, index: int) -> bool:
    from pypdfium2 import raw

    if raw.FPDFText_GetFontWeight(text, index) >= 650:
        return True
    name = ctypes.create_string_buffer(128)
    raw.FPDFText_GetFontInfo(text, index, name, len(name), ctypes.byref(ctypes.c_int()))
    return any(word in name.value.lower() for word in (b"bold", b"black", b"heavy"))
