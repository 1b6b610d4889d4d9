"""The jobs room: the schedule runs once wherever it runs, jobs are seen, retried and given up, old traces go."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from hub.core.ids import TenantId
from hub.inbox.ledger_watch import LedgerWatch
from hub.jobs.retention import Retention
from hub.jobs.runner import JobRunner
from hub.jobs.schedule import Schedule, Scheduled
from hub.store.directory import TenantRow
from hub.store.session import Store
from support.api_site import Site as Api
from support.database import Database
from support.running_hub import eventually, hub_in_process


@pytest.fixture
async def above(database: Database) -> Any:
    connection = await asyncpg.connect(database.superuser_url)
    yield connection
    await connection.close()


async def _now_due(above: asyncpg.Connection) -> None:
    await above.execute("update hub.schedule set due_at = now()")


async def test_each_piece_runs_in_one_process_at_a_time_and_keeps_what_it_left(
    store: Store, above: asyncpg.Connection
) -> None:
    runs: list[tuple[int, Mapping[str, Any]]] = []
    gate = asyncio.Event()

    def process(n: int) -> Schedule:
        async def work(last: Mapping[str, Any]) -> Mapping[str, Any]:
            runs.append((n, last))
            await gate.wait()
            return {"count": last.get("count", 0) + 1}

        return Schedule(store=store, owner=uuid4(), pieces=[Scheduled("things.count", 60, work)])

    processes = [process(n) for n in range(4)]
    begun = await asyncio.gather(*(p.look() for p in processes))
    assert sum(map(len, begun)) == 1
    await _now_due(above)
    assert sum(map(len, await asyncio.gather(*(p.look() for p in processes)))) == 0, "it still runs"
    gate.set()
    for p in processes:
        await p.idle()
    assert await processes[0].look() == [], "not before its time"
    await _now_due(above)
    assert sum(map(len, await asyncio.gather(*(p.look() for p in processes)))) == 1
    for p in processes:
        await p.idle()
    async with store.operation() as operation:
        (row,) = await operation.schedule()
    assert [last.get("count") for _, last in runs] == [None, 1]
    assert (row.name, row.runs, row.failures, row.result["count"]) == ("things.count", 2, 0, 2)


async def test_a_failing_piece_is_seen_comes_again_and_a_dead_process_holds_nothing(
    store: Store, above: asyncpg.Connection
) -> None:
    async def work(_: Mapping[str, Any]) -> Mapping[str, Any]:
        raise ValueError("no ink")

    schedule = Schedule(store=store, owner=uuid4(), pieces=[Scheduled("letters.write", 60, work)])
    for _ in range(2):
        assert await schedule.look() == ["letters.write"]
        await schedule.idle()
        await _now_due(above)
    async with store.operation() as operation:
        (row,) = await operation.schedule()
        assert (row.failures, row.error, row.running) == (2, "ValueError: no ink", False)
        await operation.begin_scheduled({"letters.write": 60}, uuid4(), 600)  # this process dies now
    await _now_due(above)
    assert await schedule.look() == []
    await above.execute("update hub.schedule set lease_until = now() - interval '1 s'")
    assert await schedule.look() == ["letters.write"], "taken over after the lease"
    await schedule.stop()


async def test_jobs_are_listed_retried_and_given_up(site: Api, store: Store, above: asyncpg.Connection) -> None:
    tenant = TenantId(UUID(await site.tenant()))
    async with store.begin(tenant) as tx:
        ids = [await tx.jobs.add("media.fetch", {"message_id": str(uuid4())}) for _ in range(3)]
    failed, waiting, done = ids
    await above.execute(
        "update hub.job set state = 'failed', error = 'no such file', due_at = null, attempts = 5, finished_at = now()"
        " where id = $1",
        failed,
    )
    await above.execute("update hub.job set state = 'done', due_at = null, finished_at = now() where id = $1", done)
    base = "/api/v1/system/jobs"
    room = await (await site.call("GET", base)).json()
    assert room["counts"] == {"waiting": 1, "running": 0, "failed": 1}
    assert [item["id"] for item in room["items"]] == [str(done), str(waiting), str(failed)]
    page = await (await site.call("GET", f"{base}?state=failed")).json()
    (item,) = page["items"]
    assert (item["id"], item["error"], item["attempts"]) == (str(failed), "no such file", 5)
    first = await (await site.call("GET", f"{base}?limit=2")).json()
    rest = await (await site.call("GET", f"{base}?limit=2&cursor={first['next_cursor']}")).json()
    assert [i["id"] for i in first["items"] + rest["items"]] == [str(done), str(waiting), str(failed)]

    assert (await site.call("POST", f"{base}/{failed}/retry")).status == 204
    again = await site.call("POST", f"{base}/{failed}/retry")
    assert (again.status, (await again.json())["detail"]) == (
        409,
        "Only a failed job can be tried again; this one is waiting.",
    )
    assert (await site.call("POST", f"{base}/{waiting}/cancel")).status == 204
    for id, status in ((done, 409), (waiting, 409), (uuid4(), 404)):
        assert (await site.call("POST", f"{base}/{id}/cancel")).status == status
    states = await above.fetch("select id, state, attempts, due_at <= now() as due from hub.job")
    assert {row["id"]: tuple(row)[1:] for row in states} == {
        failed: ("waiting", 0, True),
        waiting: ("failed", 0, None),
        done: ("done", 0, None),
    }
    key = (await site.made(f"/api/v1/tenants/{tenant}/api-keys", {"name": "all", "scopes": ["tenant:read"]}))["key"]
    for method, path in (("GET", base), ("POST", f"{base}/{failed}/cancel"), ("POST", "/api/v1/system/schedule/x/run")):
        assert (await site.call(method, path, key=key)).status == 403
    shown = await (await site.call("GET", "/api/v1/system", key=key)).json()
    assert shown["version"] and [shown[part] for part in ("database", "redis", "queues", "processes")] == [None] * 4


async def test_a_document_whose_work_is_given_up_says_so_and_can_be_indexed_anew(site: Api) -> None:
    tenant = await site.tenant()
    made = await site.made(f"/api/v1/tenants/{tenant}/documents", {"title": "Prices", "text": "Tea costs 2 euros."})
    (job,) = (await (await site.call("GET", "/api/v1/system/jobs")).json())["items"]
    assert (job["name"], job["args"]) == ("document.ingest", {"document_id": made["id"]})
    await site.call("POST", f"/api/v1/system/jobs/{job['id']}/cancel")
    path = f"/api/v1/tenants/{tenant}/documents/{made['id']}"
    document = await (await site.call("GET", path)).json()
    assert (document["status"], document["error"]) == (
        "failed",
        "The operator gave this job up. Index it anew to try again.",
    )
    assert (await site.call("POST", f"{path}/reindex")).status == 202
    assert (await (await site.call("GET", path)).json())["status"] == "queued"


async def test_a_running_job_that_is_given_up_stops(
    store: Store, tenant: TenantRow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub.jobs.runner.LEASE_SECONDS", 0.3)
    begun, ended = asyncio.Event(), asyncio.Event()

    async def work(_tenant: TenantId, _args: Mapping[str, Any], _last: bool) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    async with store.begin(tenant.id) as tx:
        id = await tx.jobs.add("endless", {})
    async with store.cross() as cross:
        (claim,) = await cross.claim_jobs(1, uuid4(), 30)
    running = asyncio.create_task(JobRunner(store=store, handlers={"endless": work}).run(claim))
    await begun.wait()
    async with store.operation() as operation:
        assert await operation.cancel_job(id, "Given up.")
    await asyncio.wait_for(running, 60)
    assert ended.is_set(), "the work itself was stopped"
    async with store.begin(tenant.id) as tx:
        row = await tx.jobs.get(id)
    assert row is not None and (row.state, row.error) == ("failed", "Given up.")


async def test_what_was_kept_long_enough_goes_and_nothing_else(
    store: Store, tenant: TenantRow, above: asyncpg.Connection
) -> None:
    await above.execute(
        """insert into hub.job(id, tenant_id, name, state, due_at, finished_at)
             select gen_random_uuid(), $1, name, state, due, now() - age
               from (values ('old', 'done', null, interval '8 days'), ('new', 'done', null, interval '6 days'),
                            ('failed', 'failed', null, interval '8 days'),
                            ('open', 'waiting', now() - interval '9 days', null))
                    as v(name, state, due, age)""",
        tenant.id,
    )
    await above.execute(
        """insert into hub.event(id, tenant_id, type, data, at)
             select gen_random_uuid(), $1, 'message.sent', '{}', now() - d * interval '1 day'
               from unnest(array[1, 89, 91, 400]) d""",
        tenant.id,
    )
    await above.execute(
        """insert into hub.idempotency(tenant_id, principal, key, fingerprint, created_at)
             select $1, 'p', d::text, '', now() - d * interval '1 day' from generate_series(1, 3) d""",
        tenant.id,
    )
    done = await Retention(store=store)({})
    removed = {kind: n for kind, n in done["removed"].items() if n}
    assert removed == {"job": 1, "idempotency": 2, "event": 2}
    assert {row[0] for row in await above.fetch("select name from hub.job")} == {"new", "failed", "open"}
    assert await above.fetchval("select count(*) from hub.event") == 2
    assert (await Retention(store=store)({}))["removed"] == dict.fromkeys(done["removed"], 0)


async def test_a_stuck_ledger_raises_an_event_once_and_another_when_it_is_free(
    store: Store, tenant: TenantRow, other_tenant: TenantRow, above: asyncpg.Connection
) -> None:
    channel = uuid4()
    await above.execute(
        "insert into hub.channel(id, tenant_id, kind, name, account, secret) values ($1, $2, 'webchat', 'x', 'x', '')",
        channel,
        tenant.id,
    )
    late = """insert into hub.inbox(id, tenant_id, channel_id, platform_id, type, event, received_at)
                values (gen_random_uuid(), $1, $2, $3, 'message', '{}', now() - interval '10 minutes')"""
    await above.execute(late, tenant.id, channel, "1")
    watch = LedgerWatch(store=store)

    async def told() -> list[tuple[str, dict[str, Any], UUID]]:
        rows = await above.fetch("select type, data::text as data, tenant_id from hub.event order by seq")
        import json

        return [(row["type"], json.loads(row["data"]), row["tenant_id"]) for row in rows]

    kept = await watch({})
    ((type, data, whose),) = await told()
    assert (type, data["kind"], data["count"], data["bound_seconds"], whose) == (
        "ledger.stuck",
        "message",
        1,
        300,
        tenant.id,
    )
    assert data["oldest_seconds"] >= 599
    kept = await watch(kept)
    assert len(await told()) == 1, "no second event for the same trouble"
    await above.execute(late, tenant.id, channel, "2")
    kept = await watch(kept)
    assert [data.get("count") for _, data, _ in await told()] == [1, 2], "more of it is news"
    await above.execute("update hub.inbox set outcome = 'ignored'")
    kept = await watch(kept)
    assert (await told())[-1][:2] == ("ledger.recovered", {"kind": "message"})
    assert kept == {"stuck": {}}
    await watch(kept)
    assert len(await told()) == 3


async def test_the_operator_sees_what_runs(database: Database, tmp_path: Path, redis_url: str) -> None:
    async with hub_in_process(database, tmp_path, redis_url=redis_url) as hub:

        async def both() -> Any:
            shown = await hub.ok("GET", "/api/v1/system")
            return shown if len(shown["processes"]) == 2 else None

        shown = await eventually(both, what="both lines")
        assert shown["database"]["ok"] and shown["database"]["version"].split(".")[0] >= "16"
        assert shown["database"]["schema_revision"] and shown["database"]["pool_size"] == 10
        assert shown["redis"]["ok"] and shown["redis"]["version"] and shown["redis"]["queued_long_work"] == 0
        assert {queue["kind"] for queue in shown["queues"]} == {"turn", "delivery", "job", "webhook"}
        assert {(p["role"], p["state"]) for p in shown["processes"]} == {("web", "alive"), ("worker", "alive")}
        times = (await hub.ok("GET", "/api/v1/system"))["response_times"]
        assert times["requests"] >= 1 and times["failed"] == 0
        assert 0 < times["p50_ms"] <= times["p95_ms"] <= times["p99_ms"]
        room = await hub.ok("GET", "/api/v1/system/jobs")
        assert {piece["name"] for piece in room["schedule"]} == {"ledger.check", "notices.mail", "retention.sweep"}

        async def swept() -> Any:
            pieces = (await hub.ok("GET", "/api/v1/system/jobs"))["schedule"]
            return [p for p in pieces if p["name"] == "retention.sweep" and p["runs"] >= 1 and not p["running"]]

        (piece,) = await eventually(swept, what="the first sweep")
        assert piece["result"]["removed"]["event"] == 0
    connection = await asyncpg.connect(database.superuser_url)
    left = await connection.fetchval("select count(*) from hub.process")
    await connection.close()
    assert left == 0, "who ends leaves the list"
