"""What tests stand on: a migrated database, clean for each test, on a login that does not own it; and Redis."""

import asyncpg
import pytest


@pytest.mark.parametrize("turn", [1, 2])
async def test_each_test_finds_an_empty_database(store, make_tenant, turn):
    async with store.directory() as directory:
        assert await directory.tenants(10) == []
    await make_tenant("acme")


async def test_the_login_is_neither_owner_nor_superuser(database):
    connection = await asyncpg.connect(database.url)
    try:
        assert await connection.fetchval("show fsync") == "off"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("drop table hub.tenant")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("create role another superuser")
    finally:
        await connection.close()


async def test_a_database_of_its_own_is_apart(own_database, store, tenant):
    connection = await asyncpg.connect(own_database.admin_url)
    try:
        assert await connection.fetchval("select count(*) from hub.tenant") == 0
        assert own_database.environment["HUB_DATABASE_URL"] != own_database.environment["HUB_DATABASE_ADMIN_URL"]
    finally:
        await connection.close()


@pytest.mark.redis
def test_redis_comes_back_empty_at_the_same_address(redis_server):
    url = redis_server.url
    redis_server.command("SET a 1")
    assert redis_server.command("EXISTS a") == b":1"
    redis_server.stop()
    assert redis_server.command("PING") == b""
    redis_server.start()
    assert (redis_server.url, redis_server.command("EXISTS a")) == (url, b":0")
