"""What can go wrong with the database, in words the rooms above may know."""

from __future__ import annotations

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError

from hub.core.errors import Unavailable


class StoreError(Unavailable):
    """The database is away, refused, or took too long. Nothing of the transaction was kept."""

    code = "store_unavailable"


class StoreBusy(StoreError):
    """The database ended a transaction so that another could go on. Trying again may succeed."""

    code = "store_busy"


class StoreRefused(StoreError):
    """The database refused what it was given. Nothing of the transaction was kept, and trying again will not help."""

    code = "store_refused"


_BUSY = ("40001", "40P01", "55P03")
_AWAY = ("08", "53", "57", "58")
"""SQLSTATE classes that say the server is away, full, stopping or took too long (PostgreSQL, appendix A)."""


def told_apart(error: Exception) -> Exception:
    """What a driver's error means above: come back later, try again, or (the error itself) a mistake of ours."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    state = str(getattr(cause, "sqlstate", None) or "")
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if state in _BUSY:
        return StoreBusy("The database asked for another try.")
    if lost or isinstance(error, InterfaceError | asyncpg.InterfaceError) or state.startswith(_AWAY):
        return StoreError("The database could not take this just now.")
    return error
