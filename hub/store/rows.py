"""Running a statement and reading its rows into dataclasses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache, lru_cache
from typing import Any, TypeVar

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import Float, Text, Uuid

R = TypeVar("R")
_TYPES: dict[str, Any] = {"jsonb": JSONB, "uuids": ARRAY(Uuid), "texts": ARRAY(Text), "floats": ARRAY(Float)}


@lru_cache(maxsize=2048)  # filters that people put together make ever new statements
def statement(sql: str) -> TextClause:
    """The statement, compiled once. ``:name__jsonb`` binds as that type; so do ``uuids``, ``texts`` and ``floats``."""
    clause = text(sql)
    typed = [bindparam(name, type_=_TYPES[name.rsplit("__", 1)[1]]) for name in clause._bindparams if "__" in name]
    return clause.bindparams(*typed) if typed else clause


@cache
def _columns(cls: type[Any]) -> tuple[str, ...]:
    return tuple(f.name for f in fields(cls))


def record(cls: type[R], row: Mapping[str, Any]) -> R:
    """One row as ``cls``, a dataclass whose fields are among the row's columns."""
    names = _columns(cls)  # type: ignore[arg-type]  # a class is hashable; mypy takes the type variable for its instance
    return cls(**{name: row[name] for name in names})


async def fetch_all(connection: AsyncConnection, cls: type[R], sql: str, **values: Any) -> list[R]:
    """Every row of the statement as ``cls``."""
    result = await connection.execute(statement(sql), values)
    return [record(cls, dict(row)) for row in result.mappings()]


async def fetch_one(connection: AsyncConnection, cls: type[R], sql: str, **values: Any) -> R | None:
    """The statement's first row as ``cls``, or None."""
    result = await connection.execute(statement(sql), values)
    row = result.mappings().first()
    return None if row is None else record(cls, dict(row))


async def fetch_value(connection: AsyncConnection, sql: str, **values: Any) -> Any:
    """The first column of the first row, or None."""
    return (await connection.execute(statement(sql), values)).scalar()


async def run(connection: AsyncConnection, sql: str, **values: Any) -> int:
    """Run a statement for its effect; how many rows it touched."""
    return (await connection.execute(statement(sql), values)).rowcount
