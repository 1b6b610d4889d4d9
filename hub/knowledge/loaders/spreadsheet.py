"""Spreadsheets (XLSX, XLS, ODS ...): sheet by sheet, each table's rows under its own header."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator, Sequence
from typing import Any, Final

from hub.core.errors import Unreadable
from hub.core.knowledge import Document
from hub.knowledge.loaders.archive import check_archive
from hub.knowledge.loaders.assembly import Assembler, LoadLimits
from hub.knowledge.loaders.rows import add_rows

_ZIP: Final = b"PK\x03\x04"
_MOST_CELLS: Final = 5_000_000
_MOST_COLUMNS: Final = 500


def load_spreadsheet(data: bytes, limits: LoadLimits) -> Document:
    """Raises ``Unreadable`` for protected, damaged and swollen files, and past the limit of rows."""
    if data.startswith(_ZIP):
        check_archive(data, limits, "spreadsheet")
    book = _opened(data)
    document = Assembler(limits)
    columns: dict[str, None] = {}
    title: str | None = None
    for sheet in book.sheets_metadata:
        if str(sheet.typ) != "SheetTypeEnum.WorkSheet":
            continue
        document.heading(1, sheet.name)
        header: list[str] = []
        for table in _tables(_cells(book, sheet.name), limits):
            if len(table) == 1 and sum(bool(cell) for cell in table[0]) == 1:
                title = title or "".join(table[0])
                document.add("".join(table[0]))
                continue
            header = add_rows(document, table, limits, header)
            columns.update(dict.fromkeys(name for name in header if name))
    return document.finish(title=title, metadata={"columns": list(columns)[:_MOST_COLUMNS]} if columns else {})


def _opened(data: bytes) -> Any:
    import python_calamine

    try:
        return python_calamine.load_workbook(io.BytesIO(data))
    except python_calamine.PasswordError as error:
        raise Unreadable("The spreadsheet is protected by a password. Save it without one.") from error
    except python_calamine.CalamineError as error:
        raise Unreadable("The spreadsheet is damaged and cannot be opened. Save it again.") from error


def _cells(book: Any, name: str) -> list[list[str]]:
    """A sheet's cells as text; what a merged range shows stands in its first cell."""
    import python_calamine

    try:
        sheet = book.get_sheet_by_name(name)
    except python_calamine.CalamineError:
        return []  # a sheet of a kind that holds no cells
    if sheet.total_height * sheet.total_width > _MOST_CELLS:
        raise Unreadable(f"The sheet '{name}' spans too many cells. Delete the empty ones and save it again.")
    return [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=True)]


def _tables(rows: Sequence[list[str]], limits: LoadLimits) -> Iterator[list[list[str]]]:
    """The blocks of a sheet that empty rows and columns part; a lone title is a block too."""
    if len(rows) > limits.rows:
        raise Unreadable(f"A sheet has more than {limits.rows:,} rows. Split it into smaller files.")
    block: list[list[str]] = []
    for row in [*rows, []]:
        if any(row):
            block.append(row)
        elif block:
            parts = _side_by_side(block)
            if len(parts) == 1:
                yield parts[0]
            else:
                for part in parts:
                    yield from _tables(part, limits)
            block = []


def _side_by_side(block: Sequence[list[str]]) -> list[list[list[str]]]:
    """The tables that stand beside each other in a block, without empty columns.

    A single column beside a table is a part of it: a label, or a column set apart for looks.
    """
    width = max(len(row) for row in block)
    used = [any(n < len(row) and row[n] for row in block) for n in range(width)]
    groups: list[list[int]] = []
    for n in range(width):
        if used[n] and n and used[n - 1] and groups:
            groups[-1].append(n)
        elif used[n]:
            groups.append([n])
    if len(groups) < 2 or any(len(group) < 2 for group in groups):
        groups = [[n for group in groups for n in group]]
    return [[[row[n] if n < len(row) else "" for n in group] for row in block] for group in groups]


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else f"{cell:.12g}"
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ")
    if isinstance(cell, (dt.date, dt.time)):
        return cell.isoformat()
    return " ".join(str(cell).split())
