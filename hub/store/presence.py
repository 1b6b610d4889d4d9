"""A process's presence: a connection of its own that holds a lock for as long as the process lives."""

from __future__ import annotations

import asyncio
from uuid import UUID

import asyncpg

from hub.store.errors import TROUBLE, StoreError, told_apart
from hub.store.pool import AWAY, Pool

PING_SECONDS = 5.0
_BE_PRESENT = """begin; select set_config('role', 'hub_app', true), set_config('app.tenant_id', '', true);
select hub_cross.be_present('{owner}'); commit"""


class PresenceLine:
    """One connection beside the pool. Its end, however it comes, tells the others that this owner is gone.

    Behind a pooler there is no connection of one's own; there the end of the leases tells.
    """

    def __init__(self, pool: Pool, owner: UUID) -> None:
        self._pool = pool
        self._owner = owner
        self._connection: asyncpg.Connection | None = None
        self._cut = asyncio.Event()

    async def open(self) -> bool:
        """Be present, also after a cut. False behind a pooler. Raises ``StoreError`` while the database is away."""
        await self.close()
        try:
            self._connection = await self._pool.alone()
            if self._connection is None:
                return False
            self._cut.clear()
            self._connection.add_termination_listener(lambda _: self._cut.set())
            await self._connection.execute(_BE_PRESENT.format(owner=self._owner))
        except TROUBLE as error:
            raise told_apart(error) from error
        except AWAY as error:
            raise StoreError("The database cannot be reached just now.") from error
        return True

    async def until_cut(self) -> None:
        """Return when the connection has ended, or no longer answers."""
        while self._connection is not None and not self._cut.is_set():
            try:
                async with asyncio.timeout(PING_SECONDS):
                    await self._cut.wait()
            except TimeoutError:
                try:
                    await self._connection.execute("select 1", timeout=PING_SECONDS)
                except AWAY:
                    return

    async def close(self) -> None:
        """Let go. Idempotent."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None
