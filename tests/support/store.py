"""The store over the worker's database, and tenants to try it with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from itertools import count

import asyncpg
import pytest

from hub.core.ids import ConversationId, TenantId, uuid7
from hub.store.directory import TenantRow
from hub.store.pool import open_pool
from hub.store.session import Store
from support.database import Database

MakeTenant = Callable[..., Awaitable[TenantRow]]

_numbers = count(1)


@pytest.fixture(autouse=True, scope="session")
def _connections_may_take_their_time() -> Iterator[None]:
    """A machine that runs the whole suite may be slower to give a connection than one that serves customers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hub.store.pool._TAKE_SECONDS", 60.0)
        yield


@pytest.fixture(scope="session")
async def _worker_store(worker_database: Database) -> AsyncIterator[Store]:
    store = Store(open_pool(worker_database.url, size=10, name="hub-tests"))
    yield store
    await store.close()


@pytest.fixture
async def store(_worker_store: Store, database: Database) -> Store:
    """A store over an empty, migrated database, on the application's login."""
    return _worker_store


@pytest.fixture
async def make_tenant(store: Store) -> MakeTenant:
    """Makes tenants: ``await make_tenant()`` or ``await make_tenant("acme", "Acme Ltd")``."""

    async def make(slug: str | None = None, name: str | None = None) -> TenantRow:
        slug = slug or f"tenant-{next(_numbers)}"
        async with store.directory() as directory:
            row = await directory.add_tenant(TenantId(uuid7()), slug, name or slug.replace("-", " ").title())
        assert row is not None, f"the slug {slug} is taken"
        return row

    return make


@pytest.fixture
async def tenant(make_tenant: MakeTenant) -> TenantRow:
    """A tenant."""
    return await make_tenant()


@pytest.fixture
async def other_tenant(make_tenant: MakeTenant) -> TenantRow:
    """A second tenant, which must never see anything of ``tenant``."""
    return await make_tenant()


async def due_conversation(rows: asyncpg.Connection, tenant: TenantId, crashes: int = 0) -> ConversationId:
    """A conversation of the tenant that is due, under which so many processes ended. ``rows`` sees everything."""
    channel, conversation = uuid7(), uuid7()
    await rows.execute(
        "insert into hub.channel(id, tenant_id, kind, name, account, secret) values ($1, $2, 'x', 'X', $3, '')",
        channel,
        tenant,
        str(channel),
    )
    await rows.execute(
        """insert into hub.conversation(id, tenant_id, channel_id, thread_key, pending, due_at, attempts)
           values ($1, $2, $3, 't', 1, now(), $4)""",
        conversation,
        tenant,
        channel,
        crashes,
    )
    return ConversationId(conversation)
