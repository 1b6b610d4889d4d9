"""The pool of database connections: bounded, with timeouts that keep one stuck statement from holding the rest."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any, TypeAlias

import asyncpg
import orjson
import structlog
from asyncpg.pool import PoolConnectionProxy

from hub.store.errors import TROUBLE

log = structlog.get_logger(__name__)

AWAY = (OSError, TimeoutError, *TROUBLE)
"""What taking a connection from the pool may raise."""
_TAKE_SECONDS = 10.0
_ROLLBACK_SECONDS = 5.0
_GRACE_SECONDS = 5.0
"""How much longer than the server's own limit a statement is waited for: then the server is taken for gone."""
_STATEMENTS = 400
"""Prepared statements a connection keeps; a message takes some thirty, a desk some hundred."""
_FIRST_PLANS_SECONDS, _LONGEST_PLANS_SECONDS = 1.0, 16.0
_KEPT_BY_POOLER = ("application_name", "timezone")
"""Settings that PgBouncer carries from one server connection to the next by itself; others it refuses."""


class _Planned(asyncpg.Connection):
    """A connection that makes its plans anew: a second after it was opened, then after two, four ... sixteen.

    PostgreSQL keeps the plans of prepared statements, functions and foreign keys until a table is analyzed, which
    happens once a minute at best. A plan made while a table was nearly empty takes any index that begins with the
    tenant, since all of them look alike then, and reads every row of a tenant that has grown within that minute.
    """

    def __init__(self, *words: Any, **more: Any) -> None:
        super().__init__(*words, **more)
        self._plans_for = _FIRST_PLANS_SECONDS
        self._plans_until = time.monotonic() + self._plans_for

    async def planned(self) -> None:
        """Throw plans away that are old."""
        now = time.monotonic()
        if now >= self._plans_until:
            self._plans_for = min(2 * self._plans_for, _LONGEST_PLANS_SECONDS)
            self._plans_until = now + self._plans_for
            await self.execute("discard plans", timeout=_ROLLBACK_SECONDS)


Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"
"""A connection as the pool lends it."""


class Pool:
    """Connections to one database, opened as they are needed. A PgBouncer in transaction mode is noticed by itself."""

    def __init__(self, url: str, *, size: int, name: str, statement_timeout: float) -> None:
        self.size = size
        self.through_pooler: bool | None = None
        """Whether a pooler stands before the server; None before the first connection. There, each transaction may run
        on another server connection, so a statement alone is no transaction that one could rely on: begin one."""
        self._url = "postgresql://" + url.partition("://")[2]
        self._statement_timeout = statement_timeout
        self._settings = {
            "application_name": name,
            "timezone": "UTC",
            "statement_timeout": str(int(statement_timeout * 1000)),
            "idle_in_transaction_session_timeout": "20000",
            "jit": "off",
        }
        self._pool: Any = None
        self._opening = asyncio.Lock()

    @property
    def used(self) -> int:
        """How many connections are lent just now."""
        return 0 if self._pool is None else int(self._pool.get_size() - self._pool.get_idle_size())

    async def take(self) -> Connection:
        """A connection; ``give_back`` returns it. Raises one of ``AWAY``, after ten seconds at the latest."""
        if self._pool is None:
            await self._open()
        connection: Connection = await self._pool.acquire(timeout=_TAKE_SECONDS)
        try:
            await connection.planned()  # type: ignore[attr-defined]  # of _Planned; the pool's type does not tell
        except BaseException:
            await asyncio.shield(self.give_back(connection, ended=False))
            raise
        return connection

    async def give_back(self, connection: Connection, *, ended: bool) -> None:
        """Return a connection. One whose transaction has not ``ended`` is rolled back first, or dropped."""
        try:
            if not ended:
                await connection.execute("rollback", timeout=_ROLLBACK_SECONDS)
        except Exception:
            with contextlib.suppress(
                asyncpg.InterfaceError
            ):  # the server ended it, so the pool has let go of it already
                connection.terminate()
        finally:
            await self._pool.release(connection)

    async def alone(self) -> asyncpg.Connection | None:
        """A connection beside the pool, its taker's own. None behind a pooler, where nobody has one. Raises one of
        ``AWAY``."""
        if self.through_pooler:
            return None
        connection = await self._connect()
        if not self.through_pooler:
            return connection
        connection.terminate()
        return None

    async def close(self) -> None:
        """Close every connection. Idempotent."""
        if self._pool is not None:
            self._pool.terminate()

    async def _open(self) -> None:
        async with self._opening:
            if self._pool is None:
                self._pool = await asyncpg.create_pool(
                    min_size=0, max_size=self.size, connect=self._connect, init=_speak_json, reset=_left_as_it_is
                )

    async def _connect(self, *_: Any, **more: Any) -> asyncpg.Connection:
        loop = more.pop("loop", None)
        if not self.through_pooler:
            connection = await self._directly(loop)
            if connection is not None:
                self.through_pooler = False
                return connection
            log.info("database.pooler_noticed")
            self.through_pooler = True
        return await asyncpg.connect(
            self._url,
            loop=loop,
            timeout=_TAKE_SECONDS,
            connection_class=_Planned,
            server_settings={k: v for k, v in self._settings.items() if k in _KEPT_BY_POOLER},
            statement_cache_size=0,
            command_timeout=self._statement_timeout,
        )

    async def _directly(self, loop: Any) -> asyncpg.Connection | None:
        """A connection where the server itself answers, None where a pooler does.

        A pooler answers with a process number of its own making, or refuses settings of the session.
        """
        try:
            connection = await asyncpg.connect(
                self._url,
                loop=loop,
                timeout=_TAKE_SECONDS,
                connection_class=_Planned,
                server_settings=self._settings,
                statement_cache_size=_STATEMENTS,
                command_timeout=self._statement_timeout + _GRACE_SECONDS,
            )
        except asyncpg.ProtocolViolationError as error:
            if "startup parameter" in str(error):
                return None
            raise
        if self.through_pooler is False:
            return connection
        try:
            if await connection.fetchval("select pg_backend_pid()") == connection.get_server_pid():
                return connection
        except (asyncpg.DuplicatePreparedStatementError, asyncpg.InvalidSQLStatementNameError):
            pass
        connection.terminate()
        return None


def open_pool(url: str, *, size: int = 10, name: str = "hub", statement_timeout: float = 30.0) -> Pool:
    """A pool over asyncpg. ``url`` is ``postgresql://user:password@host:port/database``; times in seconds."""
    return Pool(url, size=size, name=name, statement_timeout=statement_timeout)


async def _speak_json(connection: Any) -> None:
    """JSON goes out as text that is written already, and comes in read."""
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        format="binary",
        encoder=lambda written: b"\x01" + written.encode(),  # the version that PostgreSQL's binary form begins with
        decoder=lambda raw: orjson.loads(raw[1:]),
    )
    await connection.set_type_codec(
        "json", schema="pg_catalog", format="binary", encoder=str.encode, decoder=orjson.loads
    )


async def _left_as_it_is(connection: Any) -> None:
    """Nothing of the session was set that outlives its transaction, so nothing needs a round trip to be undone."""
