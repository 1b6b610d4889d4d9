"""What a batch of messages costs does not depend on how many others talk in the channel."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from hub.core.ids import AccountKey, ChannelId, ChannelKind, PlatformId, ThreadKey, uuid7
from hub.core.messages import Alias, Event, EventType, Sender, Text
from hub.inbox.accept import prepare
from hub.store.directory import TenantRow
from hub.store.session import Store
from hub.store.written import written
from support.database import Database

PEOPLE = 400
BATCH = 8
_READ = """
select sum(pg_stat_get_xact_tuples_returned(id))::int
  from (select 'hub.conversation'::regclass::oid as id
        union select indexrelid from pg_index where indrelid = 'hub.conversation'::regclass) x"""
"""Rows and index entries of conversations that this transaction has read."""


def said(person: int, number: int) -> dict[str, Any]:
    return prepare(
        Event(
            type=EventType.MESSAGE,
            channel=ChannelKind("telegram"),
            account=AccountKey("1"),
            platform_id=PlatformId(str(number)),
            at=datetime.now(UTC),
            sender=Sender((Alias("telegram.user", str(person)),), name="Ada"),
            thread=ThreadKey(str(person)),
            parts=(Text("Where is it?"),),
        )
    )


@pytest.mark.parametrize("analyzed", [False, True])
async def test_a_batch_reads_its_own_conversations_alone(
    store: Store, tenant: TenantRow, database: Database, analyzed: bool
) -> None:
    channel = ChannelId(uuid7())
    async with store.begin(tenant.id) as tx:
        await tx.channels.add(
            channel, kind=ChannelKind("telegram"), name="Bot", account=AccountKey("1"), secret=b"x", settings={}
        )
    await store.accept(tenant.id, channel, written([said(n, n) for n in range(PEOPLE)]).decode())
    connection = await asyncpg.connect(database.superuser_url)
    try:
        if analyzed:
            await connection.execute("analyze hub.conversation")
        async with connection.transaction():
            await connection.execute("select set_config('app.tenant_id', $1, true)", str(tenant.id))
            await connection.execute("set local role hub_app; set local plan_cache_mode = force_generic_plan")
            batch = written([said(n, PEOPLE + n) for n in range(BATCH)]).decode()
            await connection.fetchval("select hub.accept($1, $2::jsonb)", channel, batch)
            read = await connection.fetchval(_READ)
    finally:
        await connection.close()
    assert BATCH <= read < PEOPLE / 2
