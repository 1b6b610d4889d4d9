"""JSON and JSON lines: each record a section of "field: value" lines, nested fields under their path."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from hub.core.errors import Unreadable
from hub.core.knowledge import Document
from hub.knowledge.loaders.assembly import Assembler, LoadLimits, clean
from hub.knowledge.loaders.plain import decode

_DEEPEST: Final = 30
_NAMES: Final = ("title", "name", "question", "heading", "subject")
_TITLE_LENGTH: Final = 200


def load_json(data: bytes, limits: LoadLimits) -> Document:
    """One value; a list of records, on its own or as the one list in an object, gives a section a record."""
    value = _parsed(clean(decode(data)), "The file")
    records = value if isinstance(value, list) else [value]
    if isinstance(value, dict):
        lists = [field for field in value.values() if isinstance(field, list) and field and isinstance(field[0], dict)]
        if len(lists) == 1 and len(lists[0]) > 1:
            rest = {key: field for key, field in value.items() if field is not lists[0]}
            records = [*([rest] if rest else []), *lists[0]]
    return _document(records, limits)


def load_json_lines(data: bytes, limits: LoadLimits) -> Document:
    """A value a line. Raises ``Unreadable`` with the number of a line that is none."""
    lines = clean(decode(data)).split("\n")
    return _document(
        [_parsed(line, f"Line {number}") for number, line in enumerate(lines, start=1) if line.strip()], limits
    )


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise Unreadable(f"{where} is nested too deeply to be read.") from error
    except ValueError as error:
        raise Unreadable(f"{where} is not valid JSON: {error}. Correct it and upload it again.") from error


def _document(records: list[Any], limits: LoadLimits) -> Document:
    if len(records) > limits.rows:
        raise Unreadable(f"The file has more than {limits.rows:,} records. Split it into smaller files.")
    document = Assembler(limits)
    for record in records:
        title = _title(record)
        document.heading(1, title)
        document.add("\n".join(_lines(record, "", 0)), apart=True)
    return document.finish(title=_title(records[0]) if len(records) == 1 else None)


def _title(record: Any) -> str:
    fields = {str(key).lower(): value for key, value in record.items()} if isinstance(record, dict) else {}
    found = next((fields[name] for name in _NAMES if isinstance(fields.get(name), str)), "")
    return found if len(found) <= _TITLE_LENGTH else ""


def _lines(value: Any, path: str, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        raise Unreadable("The file is nested too deeply to be read.")
    if isinstance(value, dict):
        for key, field in value.items():
            yield from _lines(field, f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(value, list):
        if value and not any(isinstance(item, (dict, list)) for item in value):
            yield _line(path, ", ".join(_shown(item) for item in value))
            return
        for number, item in enumerate(value, start=1):
            yield from _lines(item, f"{path} {number}".strip(), depth + 1)
    elif value is not None and value != "":
        yield _line(path, _shown(value))


def _line(path: str, text: str) -> str:
    return f"{path}: {text}" if path else text


def _shown(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
