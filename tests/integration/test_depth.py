"""A tenant that has as much waiting as may wait is told to come again; nobody else notices."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from hub.run.house import House
from support.database import Database
from support.running_hub import SECRET, Site, eventually, hub_in_process

LIMIT = 100


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    async with hub_in_process(database, tmp_path, inbox_limit=LIMIT, outbox_limit=LIMIT) as site:
        yield site


def house_of(hub: Site) -> House:
    assert hub.house is not None
    return hub.house


async def delivered(hub: Site, channel: str, update: int) -> aiohttp.ClientResponse:
    who = {"id": update, "first_name": "Flo"}
    message = {
        "message_id": update,
        "date": 1_790_000_000,
        "chat": {**who, "type": "private"},
        "from": {**who, "is_bot": False},
        "text": "Hi",
    }
    headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    body = {"update_id": update, "message": message}
    return await hub.http.post(f"{hub.base}/webhooks/telegram/{channel}", json=body, headers=headers)


async def test_a_full_inbox_takes_nothing_more_until_there_is_room(hub: Site) -> None:
    full, other = await hub.tenant("full"), await hub.tenant("other")
    channel, others = await hub.telegram(full), await hub.telegram(other, number=654321)
    ada = hub.person("Ada")
    ada.say("Hello")
    await ada.reply()
    wait = "update hub.conversation set pending = $1, due_at = case when $1 > 0 then now() + interval '1 hour' end"
    await hub.rows(f"{wait} where tenant_id = (select id from hub.tenant where slug = 'full')", LIMIT)
    depth = house_of(hub).depth
    await depth.look()
    refused = await delivered(hub, channel, 7001)
    assert (refused.status, (await refused.json())["code"]) == (503, "backlogged")
    assert int(refused.headers["Retry-After"]) >= 2
    assert not await hub.rows("select 1 from hub.inbox where platform_id like '%7001%'")
    assert (await delivered(hub, others, 7002)).status == 200
    status, told = await hub.call("GET", "/metrics", key=None)
    assert status == 200
    assert 'hub_full_tenants{kind="inbox"} 1.0' in str(told)
    await hub.rows(f"{wait} where tenant_id = (select id from hub.tenant where slug = 'full')", 0)
    await depth.look()
    assert (await delivered(hub, channel, 7001)).status == 200, "what was refused comes again and is taken"


async def test_nothing_more_is_written_while_the_outbox_is_full(hub: Site) -> None:
    tenant = await hub.tenant()
    await hub.telegram(tenant)
    ada = hub.person("Ada")
    ada.say("Hello")
    await ada.reply()
    copies = """insert into hub.outbox(id, tenant_id, conversation_id, channel_id, message_id, part, seq, author_kind,
                                       floor_epoch, outbound, send_due_at)
                select gen_random_uuid(), tenant_id, conversation_id, channel_id, message_id, n, seq + 100, author_kind,
                       floor_epoch, outbound, now() + interval '1 hour'
                  from hub.outbox, generate_series(1, $1) n"""
    await hub.rows(copies, LIMIT)
    depth = house_of(hub).depth
    await depth.look()
    asked = hub.asked()
    bob = hub.person("Bob")
    bob.say("Is anybody there?")
    waiting = "select 1 from hub.conversation where pending = 1 and lease_owner is null and due_at > now()"
    await eventually(lambda: hub.rows(waiting), what="a turn that was put off")
    assert (hub.asked(), hub.replies(bob)) == (asked, [])
    await hub.rows("delete from hub.outbox where send_due_at > now() + interval '1 minute'")
    await depth.look()
    await hub.rows("update hub.conversation set due_at = now() where pending = 1")
    assert (await bob.reply())["text"] == "Is anybody there?"
