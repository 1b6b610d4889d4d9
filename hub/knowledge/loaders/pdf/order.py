"""Reading order: columns of running text are read one after the other, everything else line by line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import Final

from hub.knowledge.loaders.pdf.segments import Segment

Row = list[Segment]

_LEAST_LINES: Final = 4
_LEAST_LETTERS: Final = 16
_LEAST_FILL: Final = 0.5
_DEEPEST: Final = 4
_CANDIDATES: Final = 12


def reading_order(segments: Sequence[Segment], depth: int = 0) -> list[list[Row]]:
    """The page's regions in reading order, each a list of rows from top to bottom, each row from left to right."""
    gutter = _gutter(segments) if depth < _DEEPEST else None
    if gutter is None:
        return [_rows(segments)] if segments else []
    regions: list[list[Row]] = []
    for run, crossing in _runs(segments, gutter):
        left, right = _sides(run, gutter)
        if not crossing and _columns(left, right):
            regions += reading_order(left, depth + 1) + reading_order(right, depth + 1)
        else:
            regions.append(_rows(run))
    return regions


def _rows(segments: Sequence[Segment]) -> list[Row]:
    """Segments that share a line, by how far their boxes overlap."""
    rows: list[Row] = []
    for segment in sorted(segments, key=lambda s: s.middle):
        row = rows[-1] if rows else None
        if row is not None and abs(segment.middle - row[0].middle) < 0.5 * min(segment.height, row[0].height):
            row.append(segment)
        else:
            rows.append([segment])
    return [sorted(row, key=lambda s: s.left) for row in rows]


def _gutter(segments: Sequence[Segment]) -> float | None:
    """Where the vertical strip lies that parts most lines of running text into two columns, if there is one."""
    starts = Counter(round(segment.left) for segment in segments)
    best: tuple[int, float] | None = None
    for start, count in starts.most_common(_CANDIDATES):
        if count < _LEAST_LINES:
            break
        gutter = start - 2.0
        gain = 0
        for run, crossing in _runs(segments, gutter):
            left, right = _sides(run, gutter)
            if not crossing and _columns(left, right):
                gain += min(len(left), len(right))
        if gain and (best is None or gain > best[0]):
            best = (gain, gutter)
    return best[1] if best else None


def _runs(segments: Sequence[Segment], gutter: float) -> list[tuple[list[Segment], bool]]:
    """The segments from top to bottom, in runs that cross the gutter and runs that do not."""
    runs: list[tuple[list[Segment], bool]] = []
    for segment in sorted(segments, key=lambda s: (s.middle, s.left)):
        crosses = segment.left < gutter < segment.right
        if runs and runs[-1][1] == crosses:
            runs[-1][0].append(segment)
        else:
            runs.append(([segment], crosses))
    return runs


def _sides(run: Sequence[Segment], gutter: float) -> tuple[list[Segment], list[Segment]]:
    return [s for s in run if s.right <= gutter + 1], [s for s in run if s.right > gutter + 1]


def _columns(left: Sequence[Segment], right: Sequence[Segment]) -> bool:
    """Whether both sides are running text beside each other, not the cells of a table."""
    if min(len(left), len(right)) < _LEAST_LINES or not (_running(left) and _running(right)):
        return False
    top = max(min(s.top for s in left), min(s.top for s in right))
    bottom = min(max(s.bottom for s in left), max(s.bottom for s in right))
    shorter = min(max(s.bottom for s in side) - min(s.top for s in side) for side in (left, right))
    return bottom - top > 0.4 * shorter


def _running(side: Sequence[Segment]) -> bool:
    width = max(s.right for s in side) - min(s.left for s in side)
    long = median(len(s.text) for s in side) >= _LEAST_LETTERS
    return long and median(s.right - s.left for s in side) >= _LEAST_FILL * width
