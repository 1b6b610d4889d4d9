"""What can go wrong with the database, in words the rooms above may know."""

from __future__ import annotations

import asyncpg

from hub.core.errors import Conflict, Unavailable


class StoreError(Unavailable):
    """The database is away, refused, or took too long. Nothing of the transaction was kept."""

    code = "store_unavailable"


class StoreBusy(StoreError):
    """The database ended a transaction so that another could go on. Trying again may succeed."""

    code = "store_busy"


class StoreRefused(StoreError):
    """The database refused what it was given. Nothing of the transaction was kept, and trying again will not help."""

    code = "store_refused"


class StoreRaced(Conflict):
    """Somebody stored the same thing at the same moment. Nothing of the transaction was kept; look, then try again."""


_BUSY = ("40001", "40P01", "55P03")
_RACED = "23505"
_AWAY = ("08", "53", "57", "58")
"""SQLSTATE classes that say the server is away, full, stopping or took too long (PostgreSQL, appendix A)."""


TROUBLE = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What a statement on the driver may raise. The last: the server ended the connection while nothing ran on it."""


def told_apart(error: Exception) -> Exception:
    """What a driver's error means above: come back, try again, look first, or (the error itself) a mistake of ours."""
    state = str(getattr(error, "sqlstate", None) or "")
    if state in _BUSY:
        return StoreBusy("The database asked for another try.")
    if state == _RACED:
        return StoreRaced("Somebody saved the same thing at the same moment. Load it anew, then try again.")
    if not isinstance(error, asyncpg.PostgresError) or state.startswith(_AWAY):
        return StoreError("The database could not take this just now.")
    return error
