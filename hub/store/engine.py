"""Makes the engine: one pool, bounded, with timeouts that keep one stuck statement from holding the rest."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from hub.store.pooler import notice_pooler


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
        json_serializer=lambda value: orjson.dumps(value, default=str).decode(),
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
