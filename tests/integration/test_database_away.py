"""A database that is away is said in words and with 503; a mistake of ours is not mistaken for it."""

from __future__ import annotations

import asyncio
import contextlib

import asyncpg
import pytest

from hub.store.errors import StoreError
from hub.store.pool import open_pool
from hub.store.rows import fetch_value, run
from hub.store.session import PLATFORM, Store
from support.api_calls import refused
from support.api_site import Site
from support.database import Database


async def test_nobody_listens() -> None:
    store = Store(open_pool("postgresql://hub:hub@127.0.0.1:9/hub", size=1))
    for door in (store.begin(PLATFORM), store.directory(), store.cross()):
        with pytest.raises(StoreError):
            async with door:
                pass
    await store.close()


async def test_the_server_ends_the_connection(store: Store, database: Database) -> None:
    operator = await asyncpg.connect(database.superuser_url)
    with pytest.raises(StoreError):
        async with store.begin(PLATFORM) as tx:
            pid = await fetch_value(tx.connection, "select pg_backend_pid()")
            await operator.execute("select pg_terminate_backend($1)", pid)
            await fetch_value(tx.connection, "select 1")
    await operator.close()
    async with store.begin(PLATFORM) as tx:
        assert await fetch_value(tx.connection, "select 1") == 1


async def test_connections_that_died_in_the_pool_fail_nobody(store: Store, database: Database) -> None:
    async with store.begin(PLATFORM) as one, store.begin(PLATFORM) as two:
        pids = [await fetch_value(tx.connection, "select pg_backend_pid()") for tx in (one, two)]
    operator = await asyncpg.connect(database.superuser_url)
    for pid in pids:
        assert await operator.fetchval("select pg_terminate_backend($1, 5000)", pid)
    await operator.close()
    await asyncio.sleep(0.05)  # the news reaches this process's sockets
    async with store.begin(PLATFORM) as one, store.begin(PLATFORM) as two:
        now = [await fetch_value(tx.connection, "select pg_backend_pid()") for tx in (one, two)]
    assert not set(now) & set(pids)


async def test_a_transaction_in_which_a_statement_failed_does_not_pass_for_kept(store: Store) -> None:
    with pytest.raises(StoreError):
        async with store.begin(PLATFORM) as tx:
            with contextlib.suppress(asyncpg.DivisionByZeroError):
                await run(tx.connection, "select 1 / 0")


async def test_a_mistake_stays_a_mistake_and_is_rolled_back(store: Store) -> None:
    with pytest.raises(asyncpg.DivisionByZeroError):
        async with store.begin(PLATFORM) as tx:
            await run(tx.connection, "select 1 / 0")
    with pytest.raises(LookupError):
        async with store.begin(PLATFORM) as tx:
            assert await tx.idempotency.reserve("who", "key", b"f") is None
            raise LookupError
    async with store.begin(PLATFORM) as tx:
        assert await tx.idempotency.reserve("who", "key", b"f") is None


async def test_the_api_says_so_and_comes_back(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = await site.tenant()
    away = open_pool("postgresql://hub:hub@127.0.0.1:9/hub", size=1)
    with monkeypatch.context() as patch:
        patch.setattr(site.store, "_pool", away)
        answer = await site.call("GET", f"/api/v1/tenants/{tenant}")
        assert (await refused(answer, 503))["code"] == "store_unavailable"
        assert "Retry-After" in answer.headers
    assert (await site.call("GET", f"/api/v1/tenants/{tenant}")).status == 200
    await away.close()
