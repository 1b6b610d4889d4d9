"""Makes the engine: one pool, bounded, with timeouts that keep one stuck statement from holding the rest."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from hub.store.errors import TROUBLE
from hub.store.pooler import notice_pooler
from hub.store.rows import driver_of, to_json

AWAY = (OSError, TimeoutError, SQLAlchemyError, *TROUBLE)
"""What taking a connection from the pool may raise."""
_ROLLBACK_SECONDS = 5.0


def open_engine(url: str, *, pool_size: int = 10, name: str = "hub", statement_timeout: float = 30.0) -> AsyncEngine:
    """An engine over asyncpg. ``url`` is ``postgresql://user:password@host:port/database``; times in seconds.

    A PgBouncer in transaction mode on the way is noticed by itself.
    """
    import orjson
    from sqlalchemy.engine import make_url

    target = make_url(url).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(
        target,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_recycle=1800,
        pool_pre_ping=False,
        json_serializer=to_json,
        json_deserializer=orjson.loads,
        connect_args={
            "timeout": 10,
            "server_settings": {
                "application_name": name,
                "timezone": "UTC",
                "statement_timeout": str(int(statement_timeout * 1000)),
                "idle_in_transaction_session_timeout": "20000",
                "jit": "off",
            },
        },
    )
    notice_pooler(engine, statement_timeout=statement_timeout)
    return engine


async def connected(engine: AsyncEngine) -> AsyncConnection:
    """A connection from the pool that is not known to be dead. Raises one of ``AWAY``; ``given_back`` returns it."""
    while True:
        connection = await engine.connect()
        if not driver_of(connection).is_closed():
            return connection
        # The server went away while it lay in the pool. The pool itself cannot know: statements pass it by.
        await connection.invalidate()
        await connection.close()


async def given_back(connection: AsyncConnection, *, ended: bool) -> None:
    """Return a connection to its pool. One whose transaction has not ``ended`` is rolled back first, or dropped."""
    try:
        if not ended:
            await driver_of(connection).execute("rollback", timeout=_ROLLBACK_SECONDS)
    except Exception:
        await connection.invalidate()
    finally:
        await connection.close()
