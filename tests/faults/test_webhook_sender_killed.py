"""A worker that is killed between sending an event and noting it: another sends it again under the same id."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.database import Database
from support.hook_receiver import receiving
from support.redis_server import RedisServer
from support.running_hub import eventually, hub_of_processes

pytestmark = [pytest.mark.redis, pytest.mark.timeout(600)]


async def test_a_worker_killed_before_it_noted_a_delivery_is_replaced_and_the_event_keeps_its_id(
    own_database: Database, tmp_path: Path, redis_server: RedisServer
) -> None:
    async with receiving() as receiver, hub_of_processes(own_database, tmp_path, redis_url=redis_server.url) as pair:
        hub, processes = pair
        allowed = {"HUB_OUTBOUND_ALLOW": f"127.0.0.1:{receiver.port}"}
        first = await processes.start("worker", **allowed)
        tenant = await hub.tenant()
        base = f"/api/v1/tenants/{tenant}"
        wanted = {"url": "https://hooks.example.com/hook", "types": ["message.received"]}
        hook = await hub.ok("POST", f"{base}/webhooks", json=wanted)
        # The web process does not know the receiver; the workers may call it.
        await hub.rows("update hub.webhook set url = $1", receiver.url())
        await hub.telegram(tenant)
        receiver.held = 1
        hub.person("Ada").say("Where is my parcel?")
        await eventually(lambda: len(receiver.requests) == 1, what="the first try")
        first.kill()
        await first.child.wait()
        (row,) = await hub.rows("select state, attempts, due_at > now() as leased from hub.webhook_delivery")
        assert (row["state"], row["attempts"], row["leased"]) == ("ready", 1, True)
        await hub.rows("update hub.webhook_delivery set due_at = now()")  # as when its lease has run out
        await processes.start("worker", **allowed)

        async def settled() -> bool:
            items = (await hub.ok("GET", f"{base}/webhooks/{hook['id']}/deliveries"))["items"]
            return [item["state"] for item in items] == ["delivered"]

        await eventually(settled, what="the settled row")
        one, two = receiver.requests
        assert one.id == two.id
        assert one.body == two.body
        assert one.verified(hook["secret"]) == two.verified(hook["secret"])
