"""Tables as text: rows in which every value stands with its column's name, or Markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from hub.core.errors import Unreadable
from hub.knowledge.loaders.assembly import Assembler, LoadLimits

Cells = list[list[str]]

_LONGEST_NAME: Final = 100
_TITLE_ROWS: Final = 8


def add_rows(
    document: Assembler, rows: Sequence[Sequence[str]], limits: LoadLimits, before: Sequence[str] = ()
) -> list[str]:
    """Adds each row as a section of "Column: value" lines and returns the columns' names, if the rows have any.

    Rows above the header that fill few cells are a title or notes, and are added as they are. Rows without a header go
    on under ``before``, the names of the table above, where they are as wide. Raises ``Unreadable`` past the limit of
    rows.
    """
    if len(rows) > limits.rows:
        raise Unreadable(f"The table has more than {limits.rows:,} rows. Split it into smaller files.")
    filled = [cells for row in rows if any(cells := [cell.strip() for cell in row])]
    above, header, body = _parted(filled)
    if not header and before and all(len(row) == len(before) for row in body):
        header = list(before)
    for row in above:
        document.add(" ".join(cell for cell in row if cell))
    labelled = not header and all(len(row) == 2 and row[0] and not is_number(row[0]) for row in body)
    for row in body:
        document.add(": ".join(filter(None, row)) if labelled else row_text(header, row), apart=True)
    if header and not body:
        document.add(" | ".join(name for name in header if name))
    return header


def row_text(header: Sequence[str], row: Sequence[str]) -> str:
    """One row: a line a value under the column's name, or the values alone where columns have no names."""
    if not header:
        return " | ".join(cell for cell in row if cell)
    names = [*header, *(f"Column {n}" for n in range(len(header) + 1, len(row) + 1))]
    return "\n".join(f"{name}: {cell}" if name else cell for name, cell in zip(names, row, strict=False) if cell)


def as_markdown(cells: Sequence[Sequence[str]]) -> str:
    """Rows of cells as a Markdown table, the first row its head. Rows without text are left out."""
    rows = [row for row in cells if any(row)]
    width = max((len(row) for row in rows), default=0)
    lines = []
    for row in rows:
        shown = (" ".join(cell.split()).replace("|", "\\|") for cell in [*row, *[""] * (width - len(row))])
        lines.append(f"| {' | '.join(shown)} |")
    return "\n".join([lines[0], "|" + "---|" * width, *lines[1:]]) if lines else ""


def _parted(rows: Sequence[list[str]]) -> tuple[Sequence[list[str]], list[str], Sequence[list[str]]]:
    """Title rows, the header's names (none: an empty list), and the rows under it."""
    if not rows:
        return [], [], []
    width = _usual_width(rows)
    for place, row in enumerate(rows[:_TITLE_ROWS]):
        if _named(row, width):
            return rows[:place], _distinct(row), rows[place + 1 :]
        if sum(bool(cell) for cell in row) > max(1, width // 2):
            break  # the data begin before anything like a header
    return [], [], rows


def _usual_width(rows: Sequence[list[str]]) -> int:
    widths = Counter(sum(bool(cell) for cell in row) for row in rows[:200])
    return max(widths, key=lambda width: (widths[width], width))


def _named(row: list[str], width: int) -> bool:
    """Whether the cells look like names: enough of them, short, all different, none a number."""
    names = [cell for cell in row if cell]
    enough = len(names) > 1 and len(names) >= max(2, round(width * 0.75))
    return enough and all(len(n) <= _LONGEST_NAME and not is_number(n) for n in names) and len(set(names)) == len(names)


def _distinct(row: list[str]) -> list[str]:
    return [" ".join(cell.split()) for cell in row]


def is_number(cell: str) -> bool:
    """Whether a cell holds an amount rather than a word; signs, units of money and percent do not make it a word."""
    bare = cell.translate({ord(sign): None for sign in ".,-+%()/:\u20ac$\u00a3 '"})
    return bool(bare) and bare.isdigit()
