"""What can go wrong with the database, in words the rooms above may know."""

from __future__ import annotations

from hub.core.errors import Unavailable


class StoreError(Unavailable):
    """The database is away, refused, or took too long. Nothing of the transaction was kept."""

    code = "store_unavailable"


class StoreBusy(StoreError):
    """The database ended a transaction so that another could go on. Trying again may succeed."""

    code = "store_busy"
