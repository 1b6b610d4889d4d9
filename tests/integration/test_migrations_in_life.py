"""Migrations among running processes: several at once, and the release before on the schema of this one."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from hub.store.migrate import current_revision, migrate
from support.database import Database, Server, drop
from support.running_hub import eventually, hub_of_processes

ROOT = Path(__file__).parents[2]


@pytest.fixture
async def empty_database(database_server: Server, worker_id: str) -> AsyncIterator[str]:
    """The owner's address of a database without a schema."""
    name = f"hub_{worker_id}_empty"
    owner = await asyncpg.connect(f"{database_server.admin}/postgres")
    await owner.execute(f'create database "{name}"')
    await owner.close()
    above = await asyncpg.connect(f"{database_server.superuser}/{name}")
    await above.execute("create extension vector")
    await above.close()
    yield f"{database_server.admin}/{name}"
    await drop(database_server, name)


async def test_several_migrations_at_once_do_it_once(empty_database: str) -> None:
    assert await current_revision(empty_database) is None
    await asyncio.gather(*(migrate(empty_database) for _ in range(3)))
    newest = max(path.stem for path in (ROOT / "migrations" / "versions").glob("*.py")).split("_")[0]
    assert await current_revision(empty_database) == newest
    await migrate(empty_database)


async def test_a_new_database_takes_the_rows_of_a_table_for_one_tenants(own_database: Database) -> None:
    """Otherwise an index that only begins with the tenant is as good to the planner as the one that finds the row."""
    connection = await asyncpg.connect(own_database.superuser_url)
    try:
        if connection.get_server_version().major < 18:
            pytest.skip("such a server cannot be told")
        tenant = uuid4()
        await connection.execute("insert into hub.tenant(id, slug, name) values ($1, 'acme', 'Acme')", tenant)
        await connection.execute(
            "insert into hub.contact(id, tenant_id) select gen_random_uuid(), $1 from generate_series(1, 1000)", tenant
        )
        told = await connection.fetchval(f"explain (format json) select from hub.contact where tenant_id = '{tenant}'")
        assert json.loads(told)[0]["Plan"]["Plan Rows"] >= 500
    finally:
        await connection.close()


def releases() -> list[str]:
    """The tags of releases, oldest first; none where this is no checkout."""
    command = ["git", "tag", "--list", "v*", "--merged", "HEAD", "--sort=version:refname"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return done.stdout.split() if done.returncode == 0 else []


def code_of(revision: str, folder: Path) -> Path:
    """The files of a revision, in a folder of their own."""
    archive = subprocess.run(["git", "archive", revision], cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return folder


PREVIOUS = os.environ.get("HUB_TEST_PREVIOUS") or (releases()[-2] if len(releases()) >= 2 else None)
"""The release before the newest; HUB_TEST_PREVIOUS names any other revision."""


@pytest.mark.skipif(PREVIOUS is None, reason="there is no second tagged release yet whose code could run beside this")
async def test_the_release_before_runs_on_this_schema(own_database: Database, tmp_path: Path) -> None:
    before = code_of(str(PREVIOUS), tmp_path / "before")
    async with hub_of_processes(own_database, tmp_path, redis_url=None, source=before) as (hub, processes):
        assert (await hub.call("GET", "/readyz", key=None))[0] == 200
        tenant = await hub.tenant()
        await hub.telegram(tenant)
        ada = hub.person("Ada")
        for n in range(2):
            ada.say(f"question {n}")
            await eventually(lambda n=n: len(hub.replies(ada)) == n + 1, what="the old code's answer")
        assert hub.replies(ada) == ["question 0", "question 1"]
        assert "Traceback" not in processes.running[0].said()
