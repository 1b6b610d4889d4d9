"""Comma-separated tables: each row becomes a section of "Column: value" lines."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import Final

from hub.core.errors import Unreadable
from hub.core.knowledge import Document
from hub.knowledge.loaders.assembly import Assembler, LoadLimits, clean
from hub.knowledge.loaders.plain import decode
from hub.knowledge.loaders.rows import add_rows

_DELIMITERS: Final = ",;\t|"
_SAMPLE_ROWS: Final = 50
_MOST_COLUMNS: Final = 5_000
_LONGEST_CELL: Final = 1_000_000


def load_table(data: bytes, limits: LoadLimits) -> Document:
    """The rows in reading order under their header. Raises ``Unreadable`` past the limits of rows and of a cell."""
    text = clean(decode(data)).lstrip("\n")
    delimiter = None
    first, _, rest = text.partition("\n")
    if first.lower().startswith("sep=") and len(first) == 5:  # Excel's own hint
        delimiter, text = first[4], rest
    document = Assembler(limits)
    header = add_rows(document, _rows(text, delimiter or _delimiter(text), limits), limits)
    return document.finish(metadata={"columns": header} if header else {})


def _rows(text: str, delimiter: str, limits: LoadLimits) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        csv.field_size_limit(max(_LONGEST_CELL, csv.field_size_limit()))  # the process has one limit: only ever raised
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if len(row) > _MOST_COLUMNS:
                raise Unreadable(f"The table has rows of more than {_MOST_COLUMNS:,} columns. Check how it was saved.")
            rows.append(row)
            if len(rows) > limits.rows * 2:
                break
    except csv.Error as error:
        raise Unreadable(f"The table cannot be read: {error}. Save it as CSV again.") from error
    return [row for row in rows if any(cell.strip() for cell in row)]


def _delimiter(text: str) -> str:
    """The delimiter that cuts the first rows most evenly into most columns."""
    sample = "\n".join(text[:200_000].split("\n")[:_SAMPLE_ROWS])

    def evenness(delimiter: str) -> tuple[float, int]:
        widths = Counter(len(row) for row in csv.reader(io.StringIO(sample), delimiter=delimiter) if row)
        if not widths:
            return (0.0, 0)
        width, count = widths.most_common(1)[0]
        return (count / widths.total() if width > 1 else 0.0, width)

    try:
        return max(_DELIMITERS, key=evenness)
    except csv.Error:
        return ","
