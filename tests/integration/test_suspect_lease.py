"""A suspect's lease is long while it works, so that its tries are not used up at once, and plain while it waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from hub.core.ids import ConversationId
from hub.inbox.lane import LEASE_SECONDS, SUSPECT_GROWTH, Lane, Lease
from hub.inbox.suspects import APART_AFTER
from hub.jobs.claim import ZERO
from hub.store.session import Store
from support.database import Database
from support.running_hub import eventually
from support.store import MakeTenant, due_conversation


@pytest.fixture
async def rows(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.superuser_url)
    yield connection
    await connection.close()


async def test_a_suspects_lease_grows_when_its_work_begins(
    store: Store, make_tenant: MakeTenant, rows: asyncpg.Connection
) -> None:
    tenant, owner = (await make_tenant()).id, uuid4()
    usual, suspect = await due_conversation(rows, tenant, 0), await due_conversation(rows, tenant, APART_AFTER)
    ends = {usual: asyncio.Event(), suspect: asyncio.Event()}
    begun: list[ConversationId] = []

    async def turn(lease: Lease) -> None:
        begun.append(lease.conversation)
        await ends[lease.conversation].wait()

    async def left() -> tuple[float, int]:
        row = await rows.fetchrow(
            "select extract(epoch from due_at - now())::float as left, attempts from hub.conversation where id = $1",
            suspect,
        )
        return row["left"], row["attempts"]

    lane = Lane(store=store, turn=turn, owner=owner)
    async with store.cross() as cross:
        claims = await cross.claim(16, ZERO, owner, LEASE_SECONDS, 12)
    claims.sort(key=lambda claim: claim.crashes)
    assert [claim.crashes for claim in claims] == [0, APART_AFTER]
    first = asyncio.create_task(lane.run(claims[0]))
    await eventually(lambda: begun == [usual])
    second = asyncio.create_task(lane.run(claims[1]))
    await eventually(lambda: rows.fetchval("select attempts = $2 from hub.conversation where id = $1",
                                           suspect, APART_AFTER))  # fmt: skip
    seconds, _ = await left()
    assert seconds <= LEASE_SECONDS
    ends[usual].set()
    await first
    await eventually(lambda: begun == [usual, suspect])
    seconds, attempts = await left()
    assert LEASE_SECONDS * (SUSPECT_GROWTH - 0.5) < seconds <= LEASE_SECONDS * SUSPECT_GROWTH
    assert attempts == APART_AFTER + 1
    ends[suspect].set()
    await second
