"""Cursor pagination over (created_at, id): opaque cursors that are checked before they are used."""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from pydantic import Field

from hub.core.errors import Invalid
from hub.http.model import Model, View

MOST_ITEMS = 200
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = int((datetime(9999, 1, 1, tzinfo=UTC) - _EPOCH) / timedelta(microseconds=1))
_WIRE = struct.Struct(">q16s")

T = TypeVar("T")
R = TypeVar("R")


class PageQuery(Model):
    """Which page of a list."""

    limit: Annotated[int, Field(ge=1, le=MOST_ITEMS)] = 50
    """How many items at most."""
    cursor: Annotated[str, Field(max_length=64)] | None = None
    """Where the page begins: `next_cursor` of the page before."""


class Page(View, Generic[T]):
    """One page of a list; `next_cursor` is null on the last."""

    items: list[T]
    next_cursor: str | None


Position = tuple[datetime, UUID]
"""Where a page ends: the last item's ``created_at`` (with zone) and id."""


def encode_cursor(position: Position) -> str:
    """A cursor that continues after ``position``."""
    at, id_ = position
    raw = _WIRE.pack((at - _EPOCH) // timedelta(microseconds=1), id_.bytes)
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode_cursor(cursor: str | None) -> Position | None:
    """The position a cursor names; None for the first page. Raises ``Invalid`` for what no page gave out."""
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        micros, id_ = _WIRE.unpack(raw)
    except (ValueError, binascii.Error, struct.error):
        raise Invalid("This cursor was not given out by this list.", field="cursor") from None
    position = (_EPOCH + timedelta(microseconds=micros), UUID(bytes=id_)) if 0 <= micros < _LATEST else None
    if position is None or encode_cursor(position) != cursor:
        raise Invalid("This cursor was not given out by this list.", field="cursor")
    return position


def page_of(rows: Sequence[R], limit: int, position: Callable[[R], Position], show: Callable[[R], T]) -> Page[T]:
    """A page from ``limit + 1`` rows as read from the store: the extra row only says that there is more."""
    kept = rows[:limit]
    more = len(rows) > limit
    return Page[T](items=[show(row) for row in kept], next_cursor=encode_cursor(position(kept[-1])) if more else None)
