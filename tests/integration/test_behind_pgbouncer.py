"""PgBouncer in transaction mode between the hub and PostgreSQL: noticed by itself, and everything works through it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from hub.core.ids import ChannelId, ChannelKind, TenantId, uuid7
from hub.store.errors import StoreError
from hub.store.pool import open_pool
from hub.store.rows import fetch_value
from hub.store.session import Store
from support.database import Database
from support.ports import free_port
from support.running_hub import eventually, hub_in_process

_USER = "nobody"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where the pooler's user may read: it refuses to run as root."""
    place = Path(f"/tmp/hub-bouncer-{os.getpid()}")
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(mode=0o755)
    yield place
    shutil.rmtree(place, ignore_errors=True)


@asynccontextmanager
async def pgbouncer(database: Database, folder: Path, *, more: str = "") -> AsyncIterator[Database]:
    """The database as seen through a pooler of two server connections."""
    program = shutil.which("pgbouncer") or "/usr/sbin/pgbouncer"
    if not os.access(program, os.X_OK):
        pytest.fail("pgbouncer is missing. On Debian or Ubuntu: sudo apt-get install pgbouncer", pytrace=False)
    target = urlsplit(database.url)
    port = free_port()
    (folder / "users.txt").write_text(f'"{target.username}" "{target.password}"\n')
    (folder / "pgbouncer.ini").write_text(
        f"""[databases]
{database.name} = host={target.hostname} port={target.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/users.txt
pool_mode = transaction
default_pool_size = 2
max_client_conn = 200
{more}
"""
    )
    own: dict[str, Any] = {"user": _USER, "group": "nogroup", "extra_groups": []} if os.getuid() == 0 else {}
    with (folder / "log").open("wb") as log:
        child = await asyncio.create_subprocess_exec(
            program, str(folder / "pgbouncer.ini"), stdout=log, stderr=log, **own
        )
    try:
        async with asyncio.timeout(60):
            while True:
                with contextlib.suppress(OSError):
                    socket.create_connection(("127.0.0.1", port), 10).close()
                    break
                assert child.returncode is None, (folder / "log").read_text()
                await asyncio.sleep(0.02)
        yield replace(
            database, url=f"postgresql://{target.username}:{target.password}@127.0.0.1:{port}/{database.name}"
        )
    finally:
        child.kill()
        await child.wait()


@pytest.mark.parametrize(
    "more", ["", "ignore_startup_parameters = statement_timeout,idle_in_transaction_session_timeout,jit"]
)
async def test_many_transactions_of_many_tenants_share_two_connections(
    database: Database, folder: Path, more: str
) -> None:
    async with pgbouncer(database, folder, more=more) as through:
        stores = [Store(open_pool(through.url, size=6)) for _ in range(2)]
        tenants, channels = [TenantId(uuid7()) for _ in range(6)], {}
        for n, tenant in enumerate(tenants):
            async with stores[0].directory() as directory:
                await directory.add_tenant(tenant, f"tenant-{n}", "Tenant")
            channels[tenant] = ChannelId(uuid7())
            async with stores[0].begin(tenant) as tx:
                await tx.channels.ensure(channels[tenant], ChannelKind("webchat"), "site", str(tenant), b"x", {})

        async def one(n: int) -> list[object]:
            store, tenant = stores[n % 2], tenants[n % 6]
            if n % 5 == 0:
                await store.accept(tenant, channels[tenant], "[]")
            if n % 7 == 0:
                async with store.cross() as cross:
                    await cross.backlog()
            async with store.begin(tenant) as tx:
                return [row.id for row in await tx.channels.page(50, None) if row.tenant_id == tenant]

        seen = await asyncio.gather(*(one(n) for n in range(240)))
        assert seen == [[channels[tenants[n % 6]]] for n in range(240)]
        for store in stores:
            await store.close()


async def test_a_statement_ends_in_time_though_the_session_has_no_timeout(database: Database, folder: Path) -> None:
    async with pgbouncer(database, folder) as through:
        store = Store(open_pool(through.url, size=1, statement_timeout=1.5))
        with pytest.raises(StoreError):
            async with store.cross() as cross:
                await fetch_value(cross._connection, "select pg_sleep(30)")
        async with store.cross() as cross:
            assert await fetch_value(cross._connection, "select 1") == 1
        await store.close()


async def test_a_direct_connection_keeps_its_settings_and_prepared_statements(database: Database) -> None:
    store = Store(open_pool(database.url, size=1))
    for _ in range(3):
        async with store.cross() as cross:
            await cross.backlog()
    async with store.cross() as cross:
        assert await fetch_value(cross._connection, "select current_setting('statement_timeout')") == "30s"
        assert await fetch_value(cross._connection, "select count(*) from pg_prepared_statements") > 1
    await store.close()


async def test_a_message_is_answered_through_the_pooler(own_database: Database, folder: Path, tmp_path: Path) -> None:
    async with pgbouncer(own_database, folder) as through, hub_in_process(through, tmp_path) as hub:
        tenant = await hub.tenant()
        await hub.telegram(tenant)
        people = [hub.person(f"P{n}") for n in range(8)]
        for person in people:
            person.say(f"question of {person.id}")
        for person in people:
            await eventually(lambda p=person: hub.replies(p), what="an answer")
        assert [hub.replies(person) for person in people] == [[f"question of {person.id}"] for person in people]
