"""The run's PostgreSQL, as a process of its own: ``python -m support.database_server FOLDER OWNER``.

It starts the product's embedded server in FOLDER, migrates a template once, writes the addresses to
``database.json``, and ends when OWNER (the test run) does or when it gets SIGTERM.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import shutil
import signal
import sys
from pathlib import Path

import asyncpg

from hub.run.embedded import EmbeddedPostgres
from hub.run.embedded.cluster import LOGIN, SUPERUSER, load_passwords
from hub.store.migrate import migrate

TEMPLATE = "hub_template"
APP_LOGIN = "hub_tests"
"""The application's login in tests. As in production it does not own the tables."""

_QUICK = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}
"""A crash of the whole machine may lose the tests' data; nothing else changes."""


async def _prepare(database: EmbeddedPostgres, data: Path) -> dict[str, str]:
    password = secrets.token_hex(16)
    address = database.database_url.rpartition("@")[2].partition("/")[0]
    superuser = f"postgresql://{SUPERUSER}:{load_passwords(data / 'postgres.passwords').superuser}@{address}"
    connection = await asyncpg.connect(f"{superuser}/postgres")
    try:
        for name, value in _QUICK.items():
            await connection.execute(f"alter system set {name} = {value}")
        await connection.execute("select pg_reload_conf()")
        await connection.execute(f"alter role {LOGIN} createdb")
        await connection.execute(f"create role {APP_LOGIN} login noinherit password '{password}'")
        await connection.execute(f"create database {TEMPLATE} owner {LOGIN}")
    finally:
        await connection.close()
    template = await asyncpg.connect(f"{superuser}/{TEMPLATE}")
    try:
        await template.execute("create extension vector")
    finally:
        await template.close()
    admin = database.database_url.rpartition("/")[0]
    app = f"postgresql://{APP_LOGIN}:{password}@{address}"
    await migrate(f"{admin}/{TEMPLATE}", f"{app}/{TEMPLATE}")
    return {"admin": admin, "app": app, "superuser": superuser, "pid": str(os.getpid())}


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


async def _serve(folder: Path, owner: int) -> None:
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    data = folder / "postgres"
    data.mkdir(mode=0o711)
    database = EmbeddedPostgres(data)
    try:
        await database.start()
        partial = folder / "database.partial"
        partial.write_text(json.dumps(await _prepare(database, data)))
        partial.rename(folder / "database.json")
        while not ended.is_set() and _alive(owner):
            try:
                await asyncio.wait_for(ended.wait(), 1)
            except TimeoutError:
                continue
    finally:
        await database.stop()
        if not _alive(owner):
            # Killed, the run could not tidy up after itself.
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    asyncio.run(_serve(Path(sys.argv[1]), int(sys.argv[2])))
