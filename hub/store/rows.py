"""Running a statement and reading its rows into dataclasses.

SQLAlchemy keeps the pool and reads the named parameters; the statement itself goes straight to the driver. Its own way
from a statement to a row costs several times as much as the driver's, and a message takes some thirty statements.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache, lru_cache
from typing import Any, TypeVar

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import Float, Text, Uuid

from hub.store.written import written

R = TypeVar("R")
_DIALECT = dialect()  # type: ignore[no-untyped-call]  # the library leaves its constructor without types
_TYPES: dict[str, Any] = {"jsonb": JSONB, "uuids": ARRAY(Uuid), "texts": ARRAY(Text), "floats": ARRAY(Float)}


def statement(sql: str) -> TextClause:
    """The statement. ``:name__jsonb`` binds as that type; so do ``uuids``, ``texts`` and ``floats``."""
    clause = text(sql)
    typed = [bindparam(name, type_=_TYPES[name.rsplit("__", 1)[1]]) for name in clause._bindparams if "__" in name]
    return clause.bindparams(*typed) if typed else clause


@lru_cache(maxsize=2048)  # filters that people put together make ever new statements
def _compiled(sql: str) -> tuple[str, tuple[str, ...]]:
    """The statement as the driver takes it, and the names of its parameters in order."""
    compiled = statement(sql).compile(dialect=_DIALECT)
    return str(compiled), tuple(compiled.positiontup or ())


def driver_of(connection: AsyncConnection) -> Any:
    """The driver's connection under a connection of the pool. Raises ``InvalidRequestError`` when it is closed."""
    return connection.sync_connection.connection.driver_connection  # type: ignore[union-attr]  # None before it is open


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


async def fetch_rows(connection: AsyncConnection, sql: str, **values: Any) -> list[Any]:
    """Every row of the statement: each has its columns by name and by position."""
    query, names = _compiled(sql)
    rows: list[Any] = await driver_of(connection).fetch(query, *_bound(names, values))
    return rows


async def fetch_all(connection: AsyncConnection, cls: type[R], sql: str, **values: Any) -> list[R]:
    """Every row of the statement as ``cls``."""
    return [record(cls, row) for row in await fetch_rows(connection, sql, **values)]


async def fetch_one(connection: AsyncConnection, cls: type[R], sql: str, **values: Any) -> R | None:
    """The statement's first row as ``cls``, or None."""
    rows = await fetch_rows(connection, sql, **values)
    return record(cls, rows[0]) if rows else None


async def fetch_value(connection: AsyncConnection, sql: str, **values: Any) -> Any:
    """The first column of the first row, or None."""
    rows = await fetch_rows(connection, sql, **values)
    return rows[0][0] if rows else None


async def run(connection: AsyncConnection, sql: str, **values: Any) -> int:
    """Run a statement for its effect; how many rows it touched."""
    query, names = _compiled(sql)
    status: str = await driver_of(connection).execute(query, *_bound(names, values))
    count = status.rpartition(" ")[2]
    return int(count) if count.isdigit() else 0
