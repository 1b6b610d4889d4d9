"""A hub that Telegram cannot reach asks for its updates, and loses none of those that came meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.database import Database
from support.running_hub import Site, eventually, hub_in_process


@pytest.fixture
async def hub(database: Database, tmp_path: Path) -> AsyncIterator[Site]:
    async with hub_in_process(database, tmp_path) as site:
        yield site


async def test_updates_are_asked_for_where_no_webhook_can_reach_us(hub: Site) -> None:
    tenant = await hub.tenant()
    token = f"555:{'B' * 35}"
    hub.simulator.telegram.add_bot(token)
    ada = hub.simulator.telegram.user("Ada", bot=hub.simulator.telegram.bot(555))
    ada.say("Sent before anybody asked.")
    body = {
        "kind": "telegram",
        "name": "Behind a firewall",
        "credentials": {"bot_token": token, "secret_token": "never-used-here-0001"},
        "settings": {"polling": True},
    }
    await hub.ok("POST", f"/api/v1/tenants/{tenant}/channels", json=body)
    await eventually(lambda: hub.replies(ada), what="the reply to what came before")
    ada.say("And one more.")
    await eventually(lambda: len(hub.replies(ada)) == 2, what="the second reply")
    assert hub.replies(ada) == ["Sent before anybody asked.", "And one more."]
    assert hub.simulator.record.calls("telegram", "getUpdates")


async def test_a_channel_without_the_setting_is_not_asked_for(hub: Site) -> None:
    tenant = await hub.tenant()
    await hub.telegram(tenant)
    ada = hub.person("Ada")
    ada.say("Through the webhook.")
    await eventually(lambda: hub.replies(ada), what="the reply")
    assert not hub.simulator.record.calls("telegram", "getUpdates")
