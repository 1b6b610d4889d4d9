"""Tables of a page: those drawn with lines, and those whose cells only stand in columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from hub.knowledge.loaders.pdf.order import Row
from hub.knowledge.loaders.pdf.segments import HYPHEN, Box, DrawnTable, Segment, Word, turned
from hub.knowledge.loaders.rows import Cells

_SNAP: Final = 3.0
_THIN: Final = 1.5
_SHORTEST_EDGE: Final = 4.0
_MOST_EDGES: Final = 4_000
_MOST_COLUMNS: Final = 16
_DEEPEST_FORM: Final = 4


def framed(segments: Sequence[Segment], tables: Sequence[DrawnTable]) -> list[Segment]:
    """The segments with those inside a table's frame gathered into one that stands for the table."""
    left = list(segments)
    for table in tables:
        inside = [segment for segment in left if _holds(table.box, segment)]
        words = tuple(word for segment in inside for word in segment.words)
        if words:
            left = [segment for segment in left if not _holds(table.box, segment)]
            left.append(Segment(words, inside[0].height, bold=False, table=table))
    return left


def _holds(box: Box, segment: Segment) -> bool:
    left, top, right, bottom = box
    return left - 2 <= (segment.left + segment.right) / 2 <= right + 2 and top - 2 <= segment.middle <= bottom + 2


def drawn_cells(table: DrawnTable, words: Sequence[Word]) -> Cells:
    """The text in each cell, words put where their middle lies."""
    rows: Cells = []
    for row in table.rows:
        texts = [
            joined(
                word.text
                for word in words
                if left <= (word.left + word.right) / 2 < right and top <= (word.top + word.bottom) / 2 < bottom
            )
            for left, top, right, bottom in row
        ]
        if any(texts):
            rows.append(texts)
    return rows


def joined(texts: Iterator[str]) -> str:
    """Words in a row, those that a hyphen cuts at a line's end made whole."""
    return " ".join(texts).replace(f"{HYPHEN} ", "").replace(HYPHEN, "-")


def drawn_tables(page: Any) -> list[DrawnTable]:
    """The tables that lines and boxes on the page make up, from top to bottom."""
    edges = list(_edges(page))
    if not 4 <= len(edges) <= _MOST_EDGES:
        return []
    from pdfplumber.table import cells_to_tables, edges_to_intersections, intersections_to_cells, merge_edges

    merged = merge_edges(edges, _SNAP, _SNAP, _SNAP, _SNAP)
    cells = intersections_to_cells(edges_to_intersections(merged, _SNAP, _SNAP))
    tables = [_table(group) for group in cells_to_tables(cells)]
    return sorted((table for table in tables if table is not None), key=lambda table: table.box[1])


def _table(cells: Sequence[Box]) -> DrawnTable | None:
    rows: dict[int, list[Box]] = {}
    for cell in sorted(cells, key=lambda c: (round(c[1]), c[0])):
        rows.setdefault(round(cell[1]), []).append(cell)
    if len(rows) < 2 or max(len(row) for row in rows.values()) < 2:
        return None
    box = (min(c[0] for c in cells), min(c[1] for c in cells), max(c[2] for c in cells), max(c[3] for c in cells))
    return DrawnTable(box, list(rows.values()))


def _edges(page: Any) -> Iterator[dict[str, Any]]:
    """Horizontal and vertical strokes, as pdfplumber's table finder takes them."""
    from pypdfium2 import raw

    turn, (width, height) = page.get_rotation(), page.get_size()
    left, bottom, _, _ = page.get_cropbox()
    count = 0
    for thing in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=_DEEPEST_FORM):
        for x0, y0, x1, y1 in _strokes(thing):
            box = (min(x0, x1) - left, min(y0, y1) - bottom, max(x0, x1) - left, max(y0, y1) - bottom)
            edge = _edge(turned(box, turn, width, height))
            if edge is not None:
                yield edge
                count += 1
                if count > _MOST_EDGES:
                    return


def _edge(box: Box) -> dict[str, Any] | None:
    left, top, right, bottom = box
    level = bottom - top <= _THIN
    if level == (right - left <= _THIN) or max(right - left, bottom - top) < _SHORTEST_EDGE:
        return None
    return {
        "x0": left, "x1": right, "top": top, "bottom": bottom, "width": right - left, "height": bottom - top,
        "orientation": "h" if level else "v", "object_type": "line",
    }  # fmt: skip


def _strokes(thing: Any) -> Iterator[Box]:
    """The straight strokes of a path, in the page's own space; a thin filled box counts as one stroke."""
    import ctypes

    from pypdfium2 import raw

    matrix, around = thing.get_matrix(), thing.container
    while around is not None:
        matrix, around = matrix.multiply(around.get_matrix()), around.container
    points: list[tuple[float, float]] = []
    x, y = ctypes.c_float(), ctypes.c_float()
    strokes: list[Box] = []
    for index in range(min(raw.FPDFPath_CountSegments(thing), _MOST_EDGES)):
        piece = raw.FPDFPath_GetPathSegment(thing, index)
        raw.FPDFPathSegment_GetPoint(piece, ctypes.byref(x), ctypes.byref(y))
        here = matrix.on_point(x.value, y.value)
        kind = raw.FPDFPathSegment_GetType(piece)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            points = [here]
        elif kind == raw.FPDF_SEGMENT_LINETO and points:
            strokes.append((*points[-1], *here))
            points.append(here)
            if raw.FPDFPathSegment_GetClose(piece):
                strokes.append((*here, *points[0]))
        else:
            points = [here]
    yield from strokes


def aligned_table(rows: Sequence[Row]) -> Cells | None:
    """The cells of rows whose segments stand in common columns, or None where they do not."""
    columns: list[list[float]] = []
    for left, right in sorted((s.left, s.right) for row in rows for s in row):
        if columns and left < columns[-1][1]:
            columns[-1][1] = max(columns[-1][1], right)
        else:
            columns.append([left, right])
    if not 2 <= len(columns) <= _MOST_COLUMNS:
        return None
    cells: Cells = []
    for row in rows:
        line = [""] * len(columns)
        for segment in row:
            place = next(n for n, (left, right) in enumerate(columns) if left <= segment.left <= right)
            line[place] = f"{line[place]} {segment.text}".strip()
        cells.append(line)
    return cells
