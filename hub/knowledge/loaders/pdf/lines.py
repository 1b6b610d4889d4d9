"""From rows of segments to lines of text and tables."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from hub.knowledge.loaders.pdf.order import Row
from hub.knowledge.loaders.pdf.segments import HYPHEN
from hub.knowledge.loaders.pdf.tables import aligned_table, drawn_cells
from hub.knowledge.loaders.rows import Cells

_MARKER: Final = re.compile(
    r"\(?(?:\d{1,3}(?:\.\d{1,3})*|[ivxlc]{1,5}|[a-zA-Z])[.)]?|[\u2022\u25cf\u25aa\u25e6\u2013*\u00b7\uf0b7-]"
)
_EDGE: Final = 0.12
_REPEATED: Final = 0.4
_LEAST_REPEATS: Final = 3
_NARROW: Final = 28
_LEADERS: Final = re.compile(r"(?:\s*[.\u2026\u00b7_]){5,}\s*")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of running text. Places are of the page as seen, in points from its top left corner."""

    text: str
    height: float
    bold: bool
    left: float
    right: float
    top: float
    bottom: float
    region: int = 0


Piece = Line | Cells


def pieces_of(regions: Sequence[Sequence[Row]]) -> list[Piece]:
    """A page's lines and tables in reading order."""
    pieces: list[Piece] = []
    for number, region in enumerate(regions):
        start = 0
        while start < len(region):
            table, end = _table_at(region, start)
            pieces += _plain(region[start], number) if table is None else [table]
            start = end
    return pieces


def _plain(row: Row, region: int) -> list[Piece]:
    pieces: list[Piece] = []
    rest = []
    for segment in row:
        if segment.table is not None:
            cells = drawn_cells(segment.table, segment.words)
            if cells:
                pieces.append(cells)
        else:
            rest.append(segment)
    if rest:
        tallest = max(rest, key=lambda s: len(s.text))
        line = Line(
            text=_LEADERS.sub(" \u2026 ", " ".join(s.text for s in rest)),
            height=tallest.height,
            bold=all(s.bold for s in rest),
            left=min(s.left for s in rest),
            right=max(s.right for s in rest),
            top=min(s.top for s in rest),
            bottom=max(s.bottom for s in rest),
            region=region,
        )
        pieces.append(line)
    return pieces


def _table_at(rows: Sequence[Row], start: int) -> tuple[Cells | None, int]:
    """The table without lines that begins at a row, if one does, and the row after it."""
    end = start
    while end < len(rows) and _many(rows[end]):
        end += 1
    while end - start >= 2:
        cells = aligned_table(rows[start:end])
        if cells is not None:
            return cells, end
        end -= 1
    return None, start + 1


def _many(row: Row) -> bool:
    """Whether a row looks like a table's: several cells, and not a list's mark before its text."""
    if len(row) < 2 or any(segment.table is not None for segment in row):
        return False
    return not (len(row) == 2 and _MARKER.fullmatch(row[0].text))


def without_furniture(pages: Sequence[list[Piece]], heights: Sequence[float]) -> list[list[Piece]]:
    """The pages without running heads, feet and page numbers. A running head is kept where it stands first."""
    if len(pages) < 2:
        return list(pages)
    seen = Counter(
        mark
        for page, height in zip(pages, heights, strict=True)
        for mark in {_mark(piece) for piece in page if _at_edge(piece, height)}
    )
    least = max(_LEAST_REPEATS, len(pages) * _REPEATED)
    kept: list[list[Piece]] = []
    shown: set[str] = set()
    for page, height in zip(pages, heights, strict=True):
        lines: list[Piece] = []
        for piece in page:
            mark = _mark(piece)
            if _at_edge(piece, height) and (mark == "#" or seen[mark] >= least):
                if mark in shown or not re.search(r"[^\W\d]", mark):
                    continue
                shown.add(mark)
            lines.append(piece)
        kept.append(lines)
    return kept


def _at_edge(piece: Piece, height: float) -> bool:
    return isinstance(piece, Line) and (piece.bottom < height * _EDGE or piece.top > height * (1 - _EDGE))


def _mark(piece: Piece) -> str:
    """What stays the same of a running head from page to page."""
    text = piece.text if isinstance(piece, Line) else ""
    return re.sub(r"\d+|\b[ivxlc]+\b", "#", " ".join(text.split()).lower())


def paragraphs(lines: Sequence[Line], words: frozenset[str]) -> str:
    """Lines as text: wrapped lines joined, others one under the other, a blank line where the page has a gap.

    ``words`` are those of the whole document, which tell "e-mail" at a line's end from a word cut in two.
    """
    text = ""
    for before, line in zip([None, *lines], lines, strict=False):
        if before is None:
            text = line.text
        elif before.text.endswith(HYPHEN):
            text = _whole(text, line.text, words)
        elif _goes_on(before, line, lines):
            text = f"{text} {line.text}"
        elif before.region == line.region and 0 < line.top - before.bottom > 0.7 * line.height:
            text = f"{text}\n\n{line.text}"
        else:
            text = f"{text}\n{line.text}"
    return text.replace(HYPHEN, "-")


def _whole(text: str, after: str, words: frozenset[str]) -> str:
    first, _, rest = after.partition(" ")
    head = text.removesuffix(HYPHEN)
    start = head.rsplit(maxsplit=1)[-1] if head.split() else ""
    bare = re.sub(r"\W+$", "", first)
    compound = f"{start}-{bare}".lower() in words or not bare[:1].islower()
    return (
        f"{head}{'-' if compound and f'{start}{bare}'.lower() not in words else ''}{first}{' ' + rest if rest else ''}"
    )


def _goes_on(before: Line, line: Line, lines: Sequence[Line]) -> bool:
    """Whether a line only ends because the column does."""
    if abs(before.height - line.height) > 1 or before.bold != line.bold or _listed(line.text):
        return False
    if before.region == line.region:
        column = [other for other in lines if other.region == line.region]
        if line.top - before.top > 2.2 * line.height or line.top < before.top:
            return False
        edge = max(other.right for other in column)
        width = edge - min(other.left for other in column)
        first = line.text.split(" ", 1)[0]
        room = edge - before.right
        if median(len(other.text) for other in column) < _NARROW:
            return False  # a receipt or an address, not running text
        # The next word would have fitted: the writer ended the line.
        return width > 0 and room < max(0.12 * width, (line.right - line.left) / max(1, len(line.text)) * len(first))
    return before.text[-1:].isalpha() and line.text[:1].islower()


def _listed(text: str) -> bool:
    first, _, rest = text.partition(" ")
    return bool(rest) and bool(_MARKER.fullmatch(first)) and not (first.isalpha() and first in {"a", "A", "I", "i"})
