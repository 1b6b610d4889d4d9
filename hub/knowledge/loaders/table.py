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

_DELIMITERS: Final = ",;\t|"
_SAMPLE_ROWS: Final = 50


def load_table(data: bytes, limits: LoadLimits) -> Document:
    """The rows in reading order under their header. Raises ``Unreadable`` past the limit of rows."""
    text = clean(decode(data))
    rows = _rows(text, _delimiter(text))
    header = _header(rows)
    document = Assembler(limits)
    for number, row in enumerate(rows[1:] if header else rows, start=1):
        if number > limits.rows:
            raise Unreadable(f"The table has more than {limits.rows:,} rows. Split it into smaller files.")
        document.add(_row_text(header, row), apart=True)
    if header and len(rows) == 1:
        document.add(" | ".join(header))
    return document.finish(metadata={"columns": header} if header else {})


def _rows(text: str, delimiter: str) -> list[list[str]]:
    try:
        # The module's own limit of 131,072 characters a field would raise on long cells.
        csv.field_size_limit(max(len(text), csv.field_size_limit()))  # the process has one limit: only ever raised
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        return [cells for row in reader if any(cells := [cell.strip() for cell in row])]
    except csv.Error as error:
        raise Unreadable(f"The table cannot be read: {error}. Save it as CSV again.") from error


def _delimiter(text: str) -> str:
    """The delimiter that cuts the first rows most evenly into most columns."""
    sample = "\n".join(text.split("\n")[:_SAMPLE_ROWS])

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


def _header(rows: list[list[str]]) -> list[str]:
    """The first row, if its cells look like names: filled, all different, none a number."""
    if not rows:
        return []
    first = rows[0]
    named = all(cell and len(cell) <= 100 and not _number(cell) for cell in first) and len(set(first)) == len(first)
    return first if named and len(first) > 1 else []


def _number(cell: str) -> bool:
    return cell.replace(".", "").replace(",", "").replace("-", "").replace("%", "").strip().isdigit()


def _row_text(header: list[str], row: list[str]) -> str:
    names = [*header, *(f"Column {n}" for n in range(len(header) + 1, len(row) + 1))] if header else []
    if not names:
        return " | ".join(cell for cell in row if cell)
    return "\n".join(f"{name}: {cell}" for name, cell in zip(names, row, strict=False) if cell)
