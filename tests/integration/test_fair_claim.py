"""Claims between tenants: each its turn, none more than its share of a process, and tries that came back told apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from uuid import UUID, uuid4

import asyncpg
import pytest

from hub.core.ids import TenantId, uuid7
from hub.jobs.claim import ZERO
from hub.store.cross import Claim
from hub.store.session import Store
from support.database import Database
from support.store import MakeTenant

LEASE = 30.0


@pytest.fixture
async def rows(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.superuser_url)
    yield connection
    await connection.close()


async def waiting(rows: asyncpg.Connection, tenant: TenantId, n: int) -> None:
    """``n`` conversations of the tenant that are due, the oldest an hour ago."""
    channel = uuid7()
    await rows.execute(
        "insert into hub.channel(id, tenant_id, kind, name, account, secret) values ($1, $2, 'x', 'X', 'x', '')",
        channel,
        tenant,
    )
    await rows.execute(
        """insert into hub.conversation(id, tenant_id, channel_id, thread_key, pending, due_at)
           select gen_random_uuid(), $1, $2, n::text, 1, now() - interval '1 hour' + make_interval(secs => n)
             from generate_series(1, $3) n""",
        tenant,
        channel,
        n,
    )


async def claimed(store: Store, n: int, owner: UUID, *, share: int = 12, lease: float = LEASE) -> list[Claim]:
    async with store.cross() as cross:
        return await cross.claim(n, ZERO, owner, lease, share)


def by_tenant(claims: Sequence[Claim]) -> Counter[TenantId]:
    return Counter(claim.tenant_id for claim in claims)


async def test_a_flood_leaves_room_for_whoever_comes_second(
    store: Store, make_tenant: MakeTenant, rows: asyncpg.Connection
) -> None:
    flood, quiet = (await make_tenant()).id, (await make_tenant()).id
    owner = uuid4()
    await waiting(rows, flood, 100)
    assert by_tenant(await claimed(store, 16, owner)) == {flood: 12}, "its share of sixteen"
    assert await claimed(store, 4, owner) == [], "which it holds"
    await waiting(rows, quiet, 3)
    assert by_tenant(await claimed(store, 4, owner)) == {quiet: 3}
    assert by_tenant(await claimed(store, 16, uuid4())) == {flood: 12}, "another process has slots of its own"


async def test_free_slots_are_shared_evenly_between_those_who_wait(
    store: Store, make_tenant: MakeTenant, rows: asyncpg.Connection
) -> None:
    tenants = [(await make_tenant()).id for _ in range(3)]
    for tenant in tenants:
        await waiting(rows, tenant, 20)
    found = await claimed(store, 12, uuid4())
    assert by_tenant(found) == dict.fromkeys(tenants, 4)
    assert len({claim.id for claim in found}) == 12


async def test_a_weight_is_that_many_places_in_a_round(
    store: Store, make_tenant: MakeTenant, rows: asyncpg.Connection
) -> None:
    heavy, light, last = sorted([(await make_tenant()).id for _ in range(3)])
    for tenant in (heavy, light, last):
        await waiting(rows, tenant, 40)
    await rows.execute("update hub.tenant set weight = 4 where id = $1", heavy)
    assert by_tenant(await claimed(store, 6, uuid4())) == {heavy: 4, light: 1, last: 1}
    assert by_tenant(await claimed(store, 12, uuid4())) == {heavy: 8, light: 2, last: 2}, "what is over goes by weight"
    assert by_tenant(await claimed(store, 3, uuid4())) == {heavy: 3}, "the round goes on behind it"
    async with store.cross() as cross:
        behind = await cross.claim(3, heavy, uuid4(), LEASE, 12)
    assert set(by_tenant(behind)) == {light, last}, "nobody is passed over"


async def test_tries_that_came_back_are_no_crashes(
    store: Store, make_tenant: MakeTenant, rows: asyncpg.Connection
) -> None:
    tenant = (await make_tenant()).id
    await waiting(rows, tenant, 1)
    owner = uuid4()
    seen = []
    for survives in (True, False, True, False, False):
        (claim,) = await claimed(store, 1, owner)
        seen.append((claim.attempts, claim.crashes))
        if survives:
            async with store.begin(tenant) as tx:
                assert await tx.conversations.release(claim.id, claim.epoch, owner, done=0, retry_in=0.0)
        await rows.execute("update hub.conversation set due_at = now() - interval '1 second'")
    assert seen == [(1, 0), (2, 0), (3, 1), (4, 1), (5, 2)]
    (last,) = await claimed(store, 1, owner)
    async with store.begin(tenant) as tx:
        await tx.conversations.release(last.id, last.epoch, owner, done=0)
    await rows.execute("update hub.conversation set due_at = now() - interval '1 second'")
    (fresh,) = await claimed(store, 1, owner)
    assert (last.attempts, last.crashes, fresh.attempts, fresh.crashes) == (6, 3, 1, 0)


async def test_a_tenant_that_holds_its_share_takes_no_place_in_the_round(
    store: Store, make_tenant: MakeTenant, rows: asyncpg.Connection
) -> None:
    sated, hungry = sorted([(await make_tenant()).id, (await make_tenant()).id])
    owner = uuid4()
    await waiting(rows, sated, 10)
    assert by_tenant(await claimed(store, 2, owner, share=2)) == {sated: 2}
    await waiting(rows, hungry, 1)
    assert by_tenant(await claimed(store, 1, owner, share=2)) == {hungry: 1}, "one slot is left, and it is not idle"


async def test_a_delivery_in_back_off_hides_nobody_behind_it(
    store: Store, make_tenant: MakeTenant, rows: asyncpg.Connection
) -> None:
    blocked, free = sorted([(await make_tenant()).id, (await make_tenant()).id])
    for tenant, pauses in ((blocked, (3600, 0)), (free, (0,))):
        await waiting(rows, tenant, 1)
        await rows.execute(
            """with talk as (update hub.conversation set due_at = null where tenant_id = $1 returning *),
                    said as (insert into hub.message(id, tenant_id, conversation_id, seq, direction, author_kind, kind,
                                                     parts, status, at)
                             select gen_random_uuid(), $1, talk.id, 1, 'out', 'bot', 'message', '[]', 'queued', now()
                               from talk returning id)
               insert into hub.outbox(id, tenant_id, conversation_id, channel_id, message_id, part, seq, author_kind,
                                      floor_epoch, outbound, send_due_at)
               select gen_random_uuid(), $1, talk.id, talk.channel_id, said.id, p.n, 1, 'bot', 0, '{}',
                      now() + make_interval(secs => p.pause) - interval '1 second'
                 from talk, said, unnest($2::float[]) with ordinality p(pause, n)""",
            tenant,
            [float(pause) for pause in pauses],
        )
    async with store.cross() as cross:
        found = await cross.claim_deliveries(1, ZERO, uuid4(), LEASE, 12)
    assert [claim.tenant_id for claim in found] == [free]
