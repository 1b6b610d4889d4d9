"""Running a statement with named parameters and reading its rows into dataclasses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from functools import cache, lru_cache
from typing import Any, TypeVar

from hub.store.pool import Connection
from hub.store.written import written

R = TypeVar("R")
_PARAMETER = re.compile(r"(?<![:\w\\]):(\w+)(?![:\w])")
_CASTS = {"jsonb": "::jsonb", "uuids": "::uuid[]", "texts": "::text[]", "floats": "::float8[]"}


@lru_cache(maxsize=2048)  # filters that people put together make ever new statements
def _compiled(sql: str) -> tuple[str, tuple[str, ...]]:
    """The statement as the driver takes it, and the names of its parameters in order.

    ``:name__jsonb`` goes as that type; so do ``uuids``, ``texts`` and ``floats``.
    """
    places: dict[str, int] = {}

    def place(found: re.Match[str]) -> str:
        name = found.group(1)
        number = places.setdefault(name, len(places) + 1)
        return f"${number}{_CASTS[name.rsplit('__', 1)[1]] if '__' in name else ''}"

    return _PARAMETER.sub(place, sql), tuple(places)


def _bound(names: tuple[str, ...], values: Mapping[str, Any]) -> list[Any]:
    return [to_json(values[name]) if name.endswith("__jsonb") else values[name] for name in names]


def to_json(value: Any) -> str:
    """A value as the driver's connections take JSON."""
    return written(value).decode()


@cache
def _columns(cls: type[Any]) -> tuple[str, ...]:
    return tuple(f.name for f in fields(cls))


def record(cls: type[R], row: Mapping[str, Any]) -> R:
    """One row as ``cls``, a dataclass whose fields are among the row's columns."""
    names = _columns(cls)  # type: ignore[arg-type]  # a class is hashable; mypy takes the type variable for its instance
    return cls(**{name: row[name] for name in names})


async def fetch_rows(connection: Connection, sql: str, **values: Any) -> list[Any]:
    """Every row of the statement: each has its columns by name and by position."""
    query, names = _compiled(sql)
    rows: list[Any] = await connection.fetch(query, *_bound(names, values))
    return rows


async def fetch_all(connection: Connection, cls: type[R], sql: str, **values: Any) -> list[R]:
    """Every row of the statement as ``cls``."""
    return [record(cls, row) for row in await fetch_rows(connection, sql, **values)]


async def fetch_one(connection: Connection, cls: type[R], sql: str, **values: Any) -> R | None:
    """The statement's first row as ``cls``, or None."""
    rows = await fetch_rows(connection, sql, **values)
    return record(cls, rows[0]) if rows else None


async def fetch_value(connection: Connection, sql: str, **values: Any) -> Any:
    """The first column of the first row, or None."""
    rows = await fetch_rows(connection, sql, **values)
    return rows[0][0] if rows else None


async def run(connection: Connection, sql: str, **values: Any) -> int:
    """Run a statement for its effect; how many rows it touched."""
    query, names = _compiled(sql)
    status: str = await connection.execute(query, *_bound(names, values))
    count = status.rpartition(" ")[2]
    return int(count) if count.isdigit() else 0
