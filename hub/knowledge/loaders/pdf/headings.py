"""Which lines are headings: those the outline names, those in larger letters, and bold ones that stand alone."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from hub.knowledge.loaders.pdf.lines import Line, Piece

_LARGER: Final = 1.15
_LEVELS: Final = 3
_BOLD_LEVEL: Final = 4
_LONGEST: Final = 120
_MOST_ENTRIES: Final = 5_000
_SENTENCE: Final = re.compile(r"[.;,:!\u3002]$")


class Headings:
    """Tells a line's level, 1 to 6, or None. Made once for a document."""

    def __init__(self, pages: Sequence[Sequence[Piece]], outline: Mapping[tuple[int, str], int]) -> None:
        lines = [piece for page in pages for piece in page if isinstance(piece, Line)]
        weight: Counter[float] = Counter()
        for line in lines:
            weight[line.height] += len(line.text)
        self._outline = outline
        self._body = weight.most_common(1)[0][0] if weight else 0.0
        self._levels = _by_height(weight, self._body)
        bold = sum(len(line.text) for line in lines if line.bold)
        self._bold = bold * 4 < weight.total()

    def level(self, line: Line, page: int) -> int | None:
        """The level of the heading that ``line`` is on ``page`` (from 1), None for other lines."""
        text = line.text.strip()
        if not 1 < len(text) <= _LONGEST or not any(letter.isalpha() for letter in text):
            return None
        named = self._outline.get((page, plain(text)))
        if named is not None:
            return min(named, 6)
        if line.height in self._levels and len(text) > 2:
            return self._levels[line.height]
        if self._bold and line.bold and line.height >= self._body and not _SENTENCE.search(text) and len(text) <= 90:
            return _BOLD_LEVEL if self._levels else 1
        return None


def plain(text: str) -> str:
    """What an outline's entry and the line it points to have in common."""
    return re.sub(r"\W+|^[\d.\s]+", "", text.casefold())


def outline_of(pdf: Any) -> dict[tuple[int, str], int]:
    """The outline's entries: page from 1 and plain title, with the level."""
    found: dict[tuple[int, str], int] = {}
    for number, entry in enumerate(_entries(pdf)):
        if number >= _MOST_ENTRIES:
            break
        target = entry.get_dest()
        page = target.get_index() if target is not None else None
        title = plain(entry.get_title() or "")
        if page is not None and title:
            found.setdefault((page + 1, title), entry.level + 1)
    return found


def _entries(pdf: Any) -> Iterable[Any]:
    import pypdfium2

    try:
        yield from pdf.get_toc(max_depth=6)
    except (pypdfium2.PdfiumError, ValueError, RecursionError):
        return


def _by_height(weight: Counter[float], body: float) -> dict[float, int]:
    """Heights clearly above the one most of the text has, largest first, as levels."""
    larger = sorted((height for height in weight if height > body * _LARGER), reverse=True)
    # Where larger letters are most of the text, size says nothing.
    if sum(weight[height] for height in larger) * 3 > weight.total():
        return {}
    return {height: min(level, _LEVELS) for level, height in enumerate(larger, start=1)}
