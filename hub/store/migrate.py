"""Brings the schema up to date: roles, grants to logins, then Alembic's migrations. Idempotent."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.util import await_only

from hub.core.errors import HubError
from hub.store.pool import open_pool

_LOCK = 0x5357_4942  # one migration at a time, whoever starts it


class MigrationError(HubError):
    """The database cannot be brought up to date; the text says what to do."""

    code = "migration_failed"


def migrations_folder() -> Path:
    """Where the migrations lie: beside the code in a wheel, at the top in a checkout."""
    packaged = Path(__file__).parent.parent / "_migrations"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "migrations"


def run_sql(name: str) -> None:
    """Run a whole SQL file of the migrations folder on the migration's connection. For migrations alone."""
    from alembic import op

    script = (migrations_folder() / "sql" / name).read_text(encoding="utf-8")
    run_script(op.get_bind(), script)


def run_script(connection: Connection, script: str) -> None:
    """Run several statements at once in the connection's transaction (asyncpg prepares only single ones)."""
    connection.execute(text("select 1"))  # the driver opens its transaction with the first statement
    driver: Any = connection.connection.driver_connection
    await_only(driver.execute(script))


def _prepare(connection: Connection, logins: set[str]) -> None:
    version = int(connection.execute(text("show server_version_num")).scalar_one())
    if version < 160000:
        raise MigrationError(f"PostgreSQL 16 or newer is needed; this server is {version // 10000}.")
    connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    for role in ("hub_app", "hub_sysfn"):
        exists = connection.execute(text("select 1 from pg_roles where rolname = :r"), {"r": role}).scalar()
        if not exists:
            connection.execute(text(f"create role {role} nologin"))
    me = connection.execute(text("select current_user")).scalar_one()
    quote = connection.dialect.identifier_preparer.quote_identifier
    for login in sorted(logins | {me}):
        known = connection.execute(text("select 1 from pg_roles where rolname = :r"), {"r": login}).scalar()
        if not known:
            raise MigrationError(f"The login '{login}' of HUB_DATABASE_URL does not exist on the server.")
        # INHERIT FALSE: a role granted with the default would give its policies away to the login.
        connection.execute(text(f"grant hub_app to {quote(login)} with set true, inherit false"))
    connection.execute(text(f"grant hub_sysfn to {quote(me)} with set true, inherit false"))
    connection.execute(text("create schema if not exists hub"))
    _require_vector(connection)


def _require_vector(connection: Connection) -> None:
    if connection.execute(text("select 1 from pg_extension where extname = 'vector'")).scalar():
        return
    try:
        with connection.begin_nested():
            connection.execute(text("create extension vector"))
    except Exception as error:
        raise MigrationError(
            "The extension 'vector' (pgvector 0.8 or newer) is missing and could not be created. "
            "Run 'CREATE EXTENSION vector' in this database as its administrator, then try again."
        ) from error


def _upgrade(connection: Connection, revision: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations_folder()))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


async def migrate(admin_url: str, app_url: str | None = None, *, revision: str = "head") -> None:
    """Create roles, grant them to the logins of both URLs, run every migration that is missing.

    Raises ``MigrationError`` with the way out. Safe to run from several processes at once.
    """
    logins = {make_url(app_url).username or ""} if app_url else set()
    settings = {"application_name": "hub-migrate", "timezone": "UTC", "statement_timeout": "600000", "jit": "off"}
    engine = create_async_engine(
        make_url(admin_url).set(drivername="postgresql+asyncpg"),
        poolclass=NullPool,
        connect_args={"timeout": 10, "server_settings": settings},
    )
    try:
        async with asyncio.timeout(900), engine.begin() as connection:
            await connection.run_sync(_prepare, {login for login in logins if login})
            await connection.run_sync(_upgrade, revision)
    finally:
        await engine.dispose()


async def current_revision(url: str) -> str | None:
    """The schema's revision, or None before the first migration."""
    pool = open_pool(url, size=1, name="hub-doctor")
    connection = await pool.take()
    try:
        if await connection.fetchval("select to_regclass('hub.schema_version')") is None:
            return None
        revision: str | None = await connection.fetchval("select version_num from hub.schema_version")
        return revision
    finally:
        await pool.close()
