"""The event log as it is pulled: complete, in order, acknowledged."""

from __future__ import annotations

import asyncio

from hub.core.events import HubEvent
from hub.core.ids import TenantId
from support.running_hub import eventually
from support.webhook_desk import Desk


async def test_no_event_is_skipped_that_commits_after_a_later_one(desk: Desk) -> None:
    """Numbers are given before commit: the slow writer's event has the lower one and appears last."""
    await desk.hook()
    assert desk.hub.house is not None
    store, tenant = desk.hub.house.store, TenantId(desk.tenant)  # type: ignore[arg-type]  # text will do
    written, finish = asyncio.Event(), asyncio.Event()

    async def slowly() -> None:
        async with store.begin(tenant) as tx:
            await tx.events.add(HubEvent.MESSAGE_SENT, {"number": "slow"})
            written.set()
            await finish.wait()

    slow = asyncio.create_task(slowly())
    await written.wait()
    await desk.happen(1)
    seen = await desk.hub.ok("GET", f"{desk.base}/events")
    await asyncio.sleep(1.2)
    assert seen["items"] == []
    assert desk.receiver.requests == []
    finish.set()
    await slow
    await eventually(lambda: len(desk.receiver.requests) == 2, what="both")
    after = await desk.hub.ok("GET", f"{desk.base}/events?cursor={seen['next_cursor']}")
    assert [e["data"]["number"] for e in after["items"]] == ["slow", 0]


async def test_a_consumer_that_pulls_acknowledges_and_goes_on_from_there(desk: Desk) -> None:
    await desk.happen(5)
    first = await desk.hub.ok("GET", f"{desk.base}/events?consumer=crm&limit=2")
    assert [e["data"]["number"] for e in first["items"]] == [0, 1]
    again = await desk.hub.ok("GET", f"{desk.base}/events?consumer=crm&limit=2")
    assert again == first, "what is not acknowledged comes again"
    ack = {"consumer": "crm", "cursor": int(first["next_cursor"])}
    await desk.hub.ok("POST", f"{desk.base}/events/ack", json=ack)
    await desk.hub.ok("POST", f"{desk.base}/events/ack", json={**ack, "cursor": 0})
    rest = await desk.hub.ok("GET", f"{desk.base}/events?consumer=crm")
    assert [e["data"]["number"] for e in rest["items"]] == [2, 3, 4]
    status, _ = await desk.hub.call("POST", f"{desk.base}/events/ack", json={**ack, "cursor": 2**50})
    assert status == 422
    none = await desk.hub.ok("GET", f"{desk.base}/events?type=document.failed")
    assert none["items"] == []
    assert int(none["next_cursor"]) >= int(rest["next_cursor"])
