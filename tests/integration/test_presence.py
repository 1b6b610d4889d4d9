"""Conversations of a process that has ended are taken over at once; those of one that lives stay its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
import pytest

from hub.core.ids import TenantId
from hub.inbox.suspects import APART_AFTER
from hub.jobs.claim import ZERO
from hub.jobs.presence import Presence
from hub.jobs.wakers import LocalWaker
from hub.store.cross import Claim
from hub.store.pool import open_pool
from hub.store.session import Store
from support.database import Database
from support.running_hub import eventually
from support.store import MakeTenant, due_conversation

LONG = 600.0
"""A lease that no test waits for."""


@pytest.fixture
async def rows(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.superuser_url)
    await connection.execute("delete from hub.presence")
    yield connection
    await connection.close()


@asynccontextmanager
async def standing(store: Store, owner: UUID, rows: asyncpg.Connection) -> AsyncIterator[Presence]:
    """An owner that is there."""
    presence = Presence(store=store, owner=owner, waker=LocalWaker(), crashes=APART_AFTER)
    presence.start()
    try:
        await eventually(lambda: rows.fetchval("select count(*) from hub.presence where owner = $1", owner))
        yield presence
    finally:
        await presence.stop()


async def held(
    rows: asyncpg.Connection, store: Store, tenant: TenantId, owner: UUID, *, crashes: int = 0
) -> Callable[[], asyncio.Future[bool]]:
    """A conversation that ``owner`` works on, after so many ended processes; asks whether it is due for others."""
    conversation = await due_conversation(rows, tenant, crashes)
    claims = await claimed(store, owner)
    assert [claim.id for claim in claims] == [conversation]
    assert claims[0].crashes == crashes
    return lambda: asyncio.ensure_future(
        rows.fetchval("select due_at <= now() from hub.conversation where id = $1", conversation)
    )


async def claimed(store: Store, owner: UUID) -> list[Claim]:
    async with store.cross() as cross:
        return await cross.claim(16, ZERO, owner, LONG, 12)


async def looks(store: Store, times: int = 3) -> int:
    """Let somebody look so many times, for whom nobody has to be missed for long. How much was taken."""
    taken = 0
    for _ in range(times):
        async with store.operation() as operation:
            taken += await operation.take_from_missed(0.01, APART_AFTER)
        await asyncio.sleep(0.05)
    return taken


async def test_what_an_ended_process_held_is_another_s_at_once(
    store: Store, make_tenant: MakeTenant, rows: asyncpg.Connection
) -> None:
    owner, heir = uuid4(), uuid4()
    async with standing(store, owner, rows):
        due = await held(rows, store, (await make_tenant()).id, owner)
        assert await looks(store) == 0
        assert not await due()
    async with standing(store, heir, rows):
        await eventually(due)
        (claim,) = await claimed(store, heir)
        assert (claim.attempts, claim.crashes) == (2, 1)
        await eventually(lambda: rows.fetchval("select count(*) = 1 from hub.presence"))
        assert await rows.fetchval("select owner from hub.presence") == heir


async def test_a_cut_connection_is_made_anew_before_anything_is_taken(
    store: Store, make_tenant: MakeTenant, rows: asyncpg.Connection
) -> None:
    owner = uuid4()
    async with standing(store, owner, rows), standing(store, uuid4(), rows):
        due = await held(rows, store, (await make_tenant()).id, owner)
        # Of this test's own owners: others stand in the same server, hubs that other tests share among them.
        locks = """select array_agg(l.pid order by l.pid) from pg_locks l join hub.presence p
                       on l.objid = hashtext(p.owner::text)::oid
                    where l.locktype = 'advisory' and l.classid = 7001
                      and l.database = (select oid from pg_database where datname = current_database())"""
        before = await rows.fetchval(locks)
        assert len(before) == 2
        for pid in before:
            await rows.execute("select pg_terminate_backend($1)", pid)

        async def all_back() -> bool:
            now = await rows.fetchval(locks) or []
            return len(now) == 2 and not set(now) & set(before)

        await eventually(all_back)
        await asyncio.sleep(2.0)  # two looks of each
        assert not await due()
        assert await rows.fetchval("select count(*) from hub.presence where missed_at is null") == 2


async def test_what_ended_one_process_after_another_waits_for_its_lease(
    store: Store, make_tenant: MakeTenant, rows: asyncpg.Connection
) -> None:
    owner, tenant = uuid4(), (await make_tenant()).id
    async with standing(store, owner, rows):
        bystander = await held(rows, store, tenant, owner, crashes=APART_AFTER - 1)
        suspect = await held(rows, store, tenant, owner, crashes=APART_AFTER)
    assert await looks(store) == 1
    assert await bystander()
    assert not await suspect()


async def test_an_owner_that_never_was_present_is_never_missed(
    store: Store, make_tenant: MakeTenant, rows: asyncpg.Connection
) -> None:
    """A process of the release before, or one behind a pooler."""
    due = await held(rows, store, (await make_tenant()).id, uuid4())
    assert await looks(store) == 0
    assert not await due()


async def test_behind_a_pooler_nobody_takes_a_connection(database: Database, rows: asyncpg.Connection) -> None:
    pool = open_pool(database.url)
    pool.through_pooler = True
    behind = Store(pool)
    try:
        assert await behind.presence(uuid4()).open() is False
        assert await rows.fetchval("select count(*) from hub.presence") == 0
    finally:
        await behind.close()
