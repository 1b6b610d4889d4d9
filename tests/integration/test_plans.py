"""Plans: what a tenant's keys may call in an hour, all together; what is beyond is refused or counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.database import Database
from support.running_hub import Site, eventually, hub_in_process


async def _statuses(hub: Site, tenant: str, key: str, times: int) -> list[int]:
    path = f"/api/v1/tenants/{tenant}/documents"
    headers = {"Authorization": f"Bearer {key}"}
    return [(await hub.call("GET", path, headers=headers))[0] for _ in range(times)]


async def _used(hub: Site, tenant: str) -> dict[str, Any]:
    return dict(await hub.ok("GET", f"/api/v1/tenants/{tenant}/usage/calls"))


async def test_calls_beyond_a_plan_are_refused_or_counted(database: Database, tmp_path: Path) -> None:
    async with hub_in_process(database, tmp_path, plans="free=3,paid=5+") as hub:
        tenant, other = await hub.tenant(), await hub.tenant("other")
        assert [one["name"] for one in (await hub.ok("GET", "/api/v1/plans"))["items"]] == ["open", "free", "paid"]
        made = {"name": "Till", "scopes": ["knowledge:read"]}
        keys = [(await hub.ok("POST", f"/api/v1/tenants/{tenant}/api-keys", json=made))["key"] for _ in range(2)]
        assert await _statuses(hub, tenant, keys[0], 2) == [200] * 2, "without a limit, and counted"
        plan = f"/api/v1/tenants/{tenant}/plan"
        assert (await hub.ok("PUT", plan, json={"plan": "free"}))["plan"] == "free"
        assert await _statuses(hub, tenant, keys[0], 2) == [200] * 2
        assert await _statuses(hub, tenant, keys[1], 2) == [200, 429], "another key is no other allowance"
        status, body = await hub.call(
            "GET", f"/api/v1/tenants/{tenant}/documents", headers={"Authorization": f"Bearer {keys[0]}"}
        )
        assert (status, body["code"]) == (429, "rate_limited")
        assert "The plan free allows 3 calls an hour" in body["detail"]

        async def counted() -> bool:
            return (await _used(hub, tenant))["refused"] == 2

        await eventually(counted, what="the refused calls")
        used = await _used(hub, tenant)
        assert (used["plan"], used["calls_per_hour"], used["calls"], used["beyond"]) == ("free", 3, 5, 2)

        await hub.ok("PUT", plan, json={"plan": "paid"})
        assert await _statuses(hub, tenant, keys[0], 4) == [200] * 4, "two more within it, two beyond"

        async def beyond() -> bool:
            return (await _used(hub, tenant))["beyond"] == 4

        await eventually(beyond, what="the calls beyond")
        used = await _used(hub, tenant)
        assert (used["calls"], used["refused"], used["overage"]) == (9, 2, True)
        rows = await hub.rows("select sum(calls) as calls, sum(beyond) as beyond from hub.call_use")
        assert (int(rows[0]["calls"]), int(rows[0]["beyond"])) == (9, 4), "of nobody else"

        await hub.ok("PUT", plan, json={"plan": "free", "hourly_limit": 100})
        assert await _statuses(hub, tenant, keys[0], 1) == [200], "a tenant's own number counts instead of the plan's"
        status, body = await hub.call("PUT", plan, json={"plan": "golden"})
        assert (status, body["field"]) == (422, "plan")
        assert (await _used(hub, other))["hours"] == []
