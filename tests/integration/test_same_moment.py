"""What two do at the same moment: made once where it is the same for both, and otherwise told in plain words."""

from __future__ import annotations

import asyncio

import pytest

from hub.core.errors import Conflict
from hub.core.ids import AccountKey, ChannelId, ChannelKind, uuid7
from hub.store.directory import TenantRow
from hub.store.rows import fetch_value, run
from hub.store.session import Store

_AT_ONCE = 8
_CHANNELS = 60


async def test_many_who_need_the_same_channel_at_once_all_get_it(store: Store, tenant: TenantRow) -> None:
    begun = asyncio.Barrier(_AT_ONCE)

    async def ensure(channel: ChannelId) -> None:
        async with store.begin(tenant.id) as tx:
            await begun.wait()
            kind, account = ChannelKind("webchat"), AccountKey(str(channel))
            await tx.channels.ensure(channel, kind, "Chat API", account, b"secret", {})

    for _ in range(_CHANNELS):
        channel = ChannelId(uuid7())
        await asyncio.gather(*(ensure(channel) for _ in range(_AT_ONCE)))
    async with store.begin(tenant.id) as tx:
        assert len(await tx.channels.page(_CHANNELS + 1)) == _CHANNELS
        routes = await fetch_value(tx.connection, "select count(*) from hub.route")
    assert routes == _CHANNELS


async def test_the_second_of_two_hears_that_somebody_was_first(store: Store, tenant: TenantRow) -> None:
    insert = "insert into hub.context(id, tenant_id, name) values (:id, :t, 'shop')"
    with pytest.raises(Conflict, match="same moment"):
        async with store.begin(tenant.id) as tx:
            for _ in range(2):
                await run(tx.connection, insert, id=uuid7(), t=tenant.id)
    async with store.begin(tenant.id) as tx:
        assert await fetch_value(tx.connection, "select count(*) from hub.context") == 0
