"""PgBouncer in transaction mode: noticed by itself, and spoken to in a way that every version of it understands.

There, each transaction may run on another server connection. So nothing may outlive one: no named prepared statement,
no setting of the session. A direct connection keeps both, which is faster.
"""

from __future__ import annotations

from typing import Any

import asyncpg
import structlog
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import await_only

log = structlog.get_logger(__name__)

_KEPT_SETTINGS = ("application_name", "timezone")
"""What PgBouncer carries from one server connection to the next by itself; others it refuses."""


class PooledConnection(asyncpg.Connection):
    """A connection to a pooler. A statement alone is no transaction there that one could rely on: begin one."""


def notice_pooler(engine: AsyncEngine, *, statement_timeout: float) -> None:
    """Have the engine find out, with its first connection, whether a pooler is on the other side.

    A pooler answers with a process number of its own making, or refuses settings of the session.
    """
    pooled: bool | None = None

    @event.listens_for(engine.sync_engine, "do_connect")
    def connect(dialect: Any, _record: Any, cargs: Any, cparams: dict[str, Any]) -> Any:
        nonlocal pooled
        if pooled is None:
            direct, pooled = _try_directly(dialect, cargs, cparams)
            if direct is not None:
                return direct
            log.info("database.pooler_noticed")
        if not pooled:
            return None  # as SQLAlchemy would
        cparams["server_settings"] = {k: v for k, v in cparams["server_settings"].items() if k in _KEPT_SETTINGS}
        return dialect.connect(
            *cargs,
            **cparams,
            connection_class=PooledConnection,
            statement_cache_size=0,
            prepared_statement_cache_size=0,
            prepared_statement_name_func=str,
            command_timeout=statement_timeout,
        )


def _try_directly(dialect: Any, cargs: Any, cparams: dict[str, Any]) -> tuple[Any, bool]:
    """A connection where the server itself answers, and whether a pooler does."""
    try:
        connection = dialect.connect(*cargs, **cparams)
    except dialect.dbapi.Error as error:
        if isinstance(error.__cause__, asyncpg.ProtocolViolationError) and "startup parameter" in str(error):
            return None, True
        raise
    driver = connection.driver_connection
    try:
        served = await_only(driver.fetchval("select pg_backend_pid()")) == driver.get_server_pid()
    except (asyncpg.DuplicatePreparedStatementError, asyncpg.InvalidSQLStatementNameError):
        served = False
    if served:
        return connection, False
    driver.terminate()
    return None, True
