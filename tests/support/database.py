"""Real PostgreSQL for tests: one server a run, one database a worker, cloned from a migrated template."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from support.test_run import run_folder, run_lock, run_owner

_ROOT = Path(__file__).parents[2]
_START_SECONDS = 240.0


@dataclass(frozen=True)
class Server:
    """Addresses of the run's server, without a database's name."""

    admin: str
    app: str
    superuser: str
    pid: str


@dataclass(frozen=True)
class Database:
    """One migrated database. ``url`` is the application's login, ``admin_url`` owns the tables."""

    name: str
    url: str
    admin_url: str
    superuser_url: str

    @property
    def environment(self) -> dict[str, str]:
        """What a process of the product needs to use it."""
        return {"HUB_DATABASE_URL": self.url, "HUB_DATABASE_ADMIN_URL": self.admin_url}


def start_server(folder: Path | None = None) -> Server:
    """The run's server; the first worker to ask starts it. With a ``folder``, one of its own for who breaks it."""
    folder = folder or run_folder()
    file = folder / "database.json"
    with run_lock("database-server"):
        if not file.is_file():
            _launch(file)
    return Server(**json.loads(file.read_text()))


def _launch(file: Path) -> None:
    folder = file.parent
    log = folder / "database-server.log"
    with log.open("wb") as stream:
        child = subprocess.Popen(
            [sys.executable, "-m", "support.database_server", str(folder), str(run_owner())],
            env=os.environ | {"PYTHONPATH": f"{_ROOT}{os.pathsep}{_ROOT / 'tests'}"},
            cwd=_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )
    deadline = time.monotonic() + _START_SECONDS
    while not file.is_file():
        if child.poll() is not None or time.monotonic() > deadline:
            child.kill()
            raise RuntimeError(f"The tests' PostgreSQL does not start:\n{log.read_text(errors='replace')[-4000:]}")
        time.sleep(0.02)


def end_server(folder: Path) -> None:
    """Stop the run's server, where one was started, and wait for it."""
    file = folder / "database.json"
    if not file.is_file():
        return
    pid = int(json.loads(file.read_text())["pid"])
    deadline = time.monotonic() + 90
    try:
        os.kill(pid, signal.SIGTERM)
        while time.monotonic() < deadline:
            if os.waitpid(pid, os.WNOHANG)[0] == pid:
                return
            time.sleep(0.02)
    except ChildProcessError:
        # A worker started it, not we: wait until nobody by that number is left.
        while time.monotonic() < deadline and Path(f"/proc/{pid}").exists():
            time.sleep(0.02)
    except ProcessLookupError:
        return


async def clone(server: Server, name: str) -> Database:
    """A fresh copy of the migrated template."""
    with run_lock("database-clone"):  # a template cannot be copied twice at once
        connection = await asyncpg.connect(f"{server.admin}/postgres")
        try:
            await connection.execute(f'create database "{name}" template hub_template')
        finally:
            await connection.close()
    return Database(name, f"{server.app}/{name}", f"{server.admin}/{name}", f"{server.superuser}/{name}")


async def drop(server: Server, name: str) -> None:
    """Remove a database, whoever is still connected."""
    connection = await asyncpg.connect(f"{server.superuser}/postgres")
    try:
        await connection.execute(f'drop database if exists "{name}" with (force)')
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def database_server() -> Server:
    """The run's PostgreSQL server."""
    return start_server()


@pytest.fixture(scope="session")
async def worker_database(database_server: Server, worker_id: str) -> Database:
    """This worker's database. Shared by its tests: ask for ``database`` or ``store``, which are clean."""
    return await clone(database_server, f"hub_{worker_id}")


@pytest.fixture(scope="session")
async def sweep_clean(worker_database: Database) -> Callable[[], Awaitable[None]]:
    """Empties the tables of ``worker_database`` that a test filled; what migrations put in stays."""
    connection = await asyncpg.connect(worker_database.superuser_url)
    tables = [
        row["name"]
        for row in await connection.fetch(
            "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname like 'hub%'"
        )
    ]
    dirty = " union all ".join(f"select '{name}' where exists (select from {name})" for name in tables)
    seeded = {row[0] for row in await connection.fetch(dirty)}
    await connection.close()

    async def sweep() -> None:
        connection = await asyncpg.connect(worker_database.superuser_url)
        try:
            await connection.execute("set statement_timeout = '120s'")
            filled = [row[0] for row in await connection.fetch(dirty) if row[0] not in seeded]
            if filled:
                # Deleting as superuser skips row-level security and foreign keys; on few rows it beats truncate.
                await connection.execute("set session_replication_role = replica")
                await connection.execute(";".join(f"delete from {name}" for name in filled))
        finally:
            await connection.close()

    return sweep


@pytest.fixture
async def database(worker_database: Database, sweep_clean: Callable[[], Awaitable[None]]) -> AsyncIterator[Database]:
    """A migrated, empty database for one test; what the test leaves in it is removed."""
    yield worker_database
    await sweep_clean()


_numbers = count(1)


@pytest.fixture
async def own_database(database_server: Server, worker_id: str) -> AsyncIterator[Database]:
    """A database for this test alone, for tests that start several processes or change the schema."""
    name = f"hub_{worker_id}_{next(_numbers)}"
    yield await clone(database_server, name)
    await drop(database_server, name)
