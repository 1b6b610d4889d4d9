"""Workers that are killed and Redis that is away: ``hub serve`` and ``hub worker`` as processes of their own.

What arrived is read from the simulator's record.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hub.inbox.lane import LEASE_SECONDS
from hub.simulator.faults import Fault, Kind
from support.database import Database
from support.redis_server import RedisServer
from support.running_hub import Processes, Site, eventually, hub_of_processes

pytestmark = [pytest.mark.redis, pytest.mark.timeout(600)]

SLACK = 20.0
"""Seconds beside the lease that a busy machine may take to answer."""
TOLD_ALONE = """
from hub.jobs import claim, wakers
from hub.realtime import feeds
claim.SWEEP_SECONDS = 90.0
wakers._PUBLISH_SECONDS = feeds._PUBLISH_SECONDS = 10.0
"""
"""Workers hardly ever look by themselves, and a busy Redis may take its time: what comes soon was told of."""
LONG_LEASES = """
from hub.inbox import lane
from hub.run import background
lane.LEASE_SECONDS = background.TURN_LEASE = 120.0
"""
TELLS_SDKS = """
from hub.llm import factory
factory.load_sdk = lambda provider: print("loads the SDK:", provider, flush=True)
"""
TAKEOVER = 12.0
"""Seconds in which another worker is to have taken over."""
SENDING = frozenset({"sendMessage"})
Running = tuple[Site, Processes]


@pytest.fixture
async def running(own_database: Database, tmp_path: Path, redis_server: RedisServer) -> AsyncIterator[Running]:
    async with hub_of_processes(own_database, tmp_path, redis_url=redis_server.url) as pair:
        yield pair


async def test_a_worker_killed_mid_turn_is_replaced_and_the_reply_comes_once(running: Running) -> None:
    hub, processes = running
    workers = [await processes.start("worker") for _ in range(2)]
    tenant = await hub.tenant()
    await hub.telegram(tenant)
    hub.simulator.faults.add(Fault(Kind.SLOW_START, seconds=30.0, upstream="model", times=1))
    ada = hub.person("Ada")
    ada.say("Where is my parcel?")
    await eventually(lambda: hub.asked() == 1, what="the model's question")
    (row,) = await hub.rows("select p.pid from hub.process p join hub.conversation c on c.lease_owner = p.id")
    next(worker for worker in workers if worker.child.pid == row["pid"]).kill()
    killed = time.monotonic()
    reply = await ada.reply(timeout=LEASE_SECONDS + SLACK)
    took = time.monotonic() - killed
    assert reply["text"] == "Where is my parcel?"
    assert took <= LEASE_SECONDS + SLACK, took
    await asyncio.sleep(2.5)
    assert hub.replies(ada) == ["Where is my parcel?"], "once"
    assert hub.asked() == 2
    (turn,) = await hub.rows("select state from hub.turn")
    assert turn["state"] == "done"


async def test_nobody_waits_for_a_killed_workers_lease(
    own_database: Database, tmp_path: Path, redis_server: RedisServer
) -> None:
    """The database knows at once that its connection has ended."""
    async with hub_of_processes(own_database, tmp_path, redis_url=redis_server.url, first=LONG_LEASES) as (hub, procs):
        workers = [await procs.start("worker") for _ in range(2)]
        await hub.telegram(await hub.tenant())
        hub.simulator.faults.add(Fault(Kind.SLOW_START, seconds=30.0, upstream="model", times=1))
        ada = hub.person("Ada")
        ada.say("Where is my parcel?")
        await eventually(lambda: hub.asked() == 1, what="the model's question")
        (row,) = await hub.rows("""select p.pid, c.due_at > now() + interval '60 s' as long from hub.process p
                                    join hub.conversation c on c.lease_owner = p.id""")
        assert row["long"]
        next(worker for worker in workers if worker.child.pid == row["pid"]).kill()
        killed = time.monotonic()
        await ada.reply(timeout=2 * TAKEOVER)
        took = time.monotonic() - killed
        assert took <= 2 * TAKEOVER, took
        assert hub.replies(ada) == ["Where is my parcel?"]


async def test_a_worker_is_ready_for_a_turn_before_it_claims_one(
    own_database: Database, tmp_path: Path, redis_server: RedisServer
) -> None:
    """It loads the SDK of its model first; the web side need not."""
    async with hub_of_processes(own_database, tmp_path, redis_url=redis_server.url, first=TELLS_SDKS) as (_, processes):
        worker = await processes.start("worker")
        web = processes.running[0]
        assert 0 <= worker.said().find("loads the SDK: compatible") < worker.said().find('"worker.ready"')
        assert "loads the SDK" not in web.said()


async def test_a_worker_killed_after_thinking_does_not_pay_the_model_twice(running: Running) -> None:
    """The thought is kept; who comes next says it. The crash is played by putting the rows where it leaves them."""
    hub, processes = running
    worker = await processes.start("worker")
    tenant = await hub.tenant()
    await hub.telegram(tenant)
    # A trigger holds the saying of the thought up, which is where the worker is killed.
    await hub.rows("create function hub.hold() returns trigger language plpgsql as $$ begin perform pg_sleep(60);"
                   " return new; end $$")  # fmt: skip
    await hub.rows("create trigger hold before insert on hub.outbox for each row execute function hub.hold()")
    ada = hub.person("Ada")
    ada.say("Where is my parcel?")

    async def thought() -> object:
        return await hub.rows("select 1 from hub.turn where state = 'thought'")

    await eventually(thought, what="the kept thought")
    await asyncio.sleep(0.3)
    worker.kill()
    await worker.child.wait()
    await hub.rows("select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'"
                   " and datname = current_database()")  # fmt: skip
    await hub.rows("drop trigger hold on hub.outbox")
    await processes.start("worker")
    await ada.reply(timeout=LEASE_SECONDS + SLACK)
    await asyncio.sleep(1.5)
    assert hub.replies(ada) == ["Where is my parcel?"]
    assert hub.asked() == 1, "what was thought was kept"


async def test_a_worker_killed_while_sending_never_doubles_and_a_person_sees_the_doubt(running: Running) -> None:
    hub, processes = running
    worker = await processes.start("worker")
    tenant = await hub.tenant()
    await hub.telegram(tenant)
    hub.simulator.faults.add(
        Fault(Kind.TIMEOUT_AFTER_ACCEPT, seconds=15, upstream="telegram", methods=SENDING, times=1)
    )
    ada = hub.person("Ada")
    ada.say("Where is my parcel?")
    await eventually(lambda: hub.replies(ada), what="the send that Telegram took")
    worker.kill()
    await worker.child.wait()
    (row,) = await hub.rows("select state, send_due_at > now() + interval '60 s' as held from hub.outbox")
    assert (row["state"], row["held"]) == ("sending", True), "nobody may touch it before Telegram's timeout"
    await hub.rows("update hub.outbox set send_due_at = now()")  # time passes
    await processes.start("worker")

    async def settled() -> object:
        return await hub.rows("select 1 from hub.outbox where state = 'unknown'")

    await eventually(settled, what="the doubt")
    ada.say("And another thing")
    await eventually(lambda: len(hub.replies(ada)) == 2, what="the next answer: the lane is free")
    assert hub.replies(ada) == ["Where is my parcel?", "And another thing"], "not doubled"
    (conversation,) = await hub.conversations(tenant)
    shown = [m for m in await hub.messages(tenant, conversation["id"]) if m["direction"] == "out"]
    assert [m["status"] for m in shown] == ["unknown", "sent"]
    (failed,) = await hub.rows("select data->>'error' as words from hub.event where type = 'message.failed'")
    assert "not known" in failed["words"]


async def test_a_worker_killed_before_sending_delays_by_a_short_claim_only(running: Running) -> None:
    """Between claim and send nothing has left, so the row is sent by the next worker as soon as the claim ends."""
    hub, processes = running
    tenant = await hub.tenant()
    await hub.telegram(tenant)
    await hub.rows("create function hub.hold() returns trigger language plpgsql as $$ begin perform pg_sleep(60);"
                   " return new; end $$")  # fmt: skip
    await hub.rows("create trigger hold before update on hub.outbox for each row when (new.state = 'sending')"
                   " execute function hub.hold()")  # fmt: skip
    worker = await processes.start("worker")
    ada = hub.person("Ada")
    ada.say("Where is my parcel?")

    async def claimed() -> object:
        return await hub.rows("select 1 from hub.outbox where send_lease_owner is not null")

    await eventually(claimed, what="the claim")
    worker.kill()
    await worker.child.wait()
    await hub.rows("select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'"
                   " and datname = current_database()")  # fmt: skip
    await hub.rows("drop trigger hold on hub.outbox")
    await processes.start("worker")
    await ada.reply(timeout=10 + SLACK)
    await asyncio.sleep(1.2)
    assert hub.replies(ada) == ["Where is my parcel?"]


async def test_two_processes_stream_through_redis_and_wake_promptly(
    own_database: Database, tmp_path: Path, redis_server: RedisServer
) -> None:
    folder = tmp_path
    async with hub_of_processes(
        own_database, folder, redis_url=redis_server.url, tokens_per_second=15, first=TOLD_ALONE
    ) as (hub, procs):
        await procs.start("worker")
        tenant = await hub.tenant()
        website = await hub.website(tenant)
        text = "This is the first sentence. This is the second sentence. This is the third sentence."
        async with hub.visit(website) as visit:
            await visit.say("Good to know", "client-0000")  # the first turn imports what it needs
            await visit.reply()
            visit.heard.clear()
            await visit.say(text, "client-0001")
            await visit.until("typing", seconds=30)
            deltas = [await visit.until("message.delta", count=1), await visit.until("message.delta", count=2)]
            assert visit.got("message") == [] or visit.got("message")[-1]["direction"] == "in"
            reply = await visit.reply()
            shown = visit.got("message.delta")
        assert [d["n"] for d in shown] == list(range(len(shown)))
        assert len(shown) >= 3, "sentence by sentence, before the message"
        assert {d["message_id"] for d in deltas} == {reply["id"]}
        assert "".join(d["text"] for d in shown).strip() == reply["parts"][0]["text"] == text


@pytest.mark.parametrize("when", ["from the start", "killed mid-run"])
async def test_without_redis_all_still_works_by_sweeping(
    own_database: Database, tmp_path: Path, redis_server: RedisServer, when: str
) -> None:
    if when == "from the start":
        redis_server.stop()
    async with hub_of_processes(own_database, tmp_path, redis_url=redis_server.url) as (hub, processes):
        worker = await processes.start("worker")
        tenant = await hub.tenant()
        await hub.telegram(tenant)
        website = await hub.website(tenant)
        if when == "killed mid-run":
            hub.person("Bob").say("warm up")
            await hub.person("Bob").reply()
            redis_server.stop()
        ada = hub.person("Ada")
        for n in range(3):
            ada.say(f"question {n}")
            await eventually(lambda n=n: len(hub.replies(ada)) == n + 1, what=f"answer {n}")
        assert hub.replies(ada) == [f"question {n}" for n in range(3)]
        async with hub.visit(website) as visit:
            said = await visit.say("Can you hear me?", "client-0001")
            assert "id" in said, said

            async def answered() -> object:
                page = await visit.client.call("resume", {"last_seq": 0}, namespace="/visitor", timeout=60)
                return [m for m in page["messages"] if m["direction"] == "out"]

            await eventually(answered, what="the answer, asked for by the client")
        path = f"/api/v1/tenants/{tenant}/conversations/{said['conversation_id']}/takeover"
        assert (await hub.call("POST", path, json={}))[0] == 200
        assert (await hub.call("GET", "/healthz", key=None))[0] == 200
        assert worker.child.returncode is None
        redis_server.start()
        assert all(p.child.returncode is None for p in processes.running)


async def test_sigterm_ends_both_processes_within_ten_seconds_and_loses_nothing(running: Running) -> None:
    hub, processes = running
    worker = await processes.start("worker")
    tenant = await hub.tenant()
    await hub.telegram(tenant)
    website = await hub.website(tenant)
    hub.simulator.faults.add(Fault(Kind.SLOW_START, seconds=30.0, upstream="model", times=1, skip=1))
    quick, slow = hub.person("Quick"), hub.person("Slow")
    quick.say("quick")
    await quick.reply()
    slow.say("slow")
    await eventually(lambda: hub.asked() == 2, what="the slow question")
    took = await worker.end()
    assert took <= 10.0, took
    assert worker.child.returncode == 0, worker.said()[-2000:]
    (row,) = await hub.rows(
        "select lease_owner, due_at <= now() as due, attempts from hub.conversation where pending > 0"
    )
    assert (row["lease_owner"], row["due"]) == (None, True), "given back at once, not after the lease"
    assert row["attempts"] == 0, "a deploy is no failed attempt"
    await processes.start("worker")
    await slow.reply()
    assert (hub.replies(quick), hub.replies(slow)) == (["quick"], ["slow"])
    web = processes.running[0]
    async with hub.visit(website):
        took = await web.end()
    assert took <= 10.0, f"with an open socket: {took:.1f} s"
    assert web.child.returncode == 0, web.said()[-2000:]


async def test_one_process_without_redis_ends_within_ten_seconds_too(own_database: Database, tmp_path: Path) -> None:
    async with hub_of_processes(own_database, tmp_path, redis_url=None) as (hub, processes):
        tenant = await hub.tenant()
        await hub.telegram(tenant)
        website = await hub.website(tenant)
        hub.simulator.faults.add(Fault(Kind.SLOW_START, seconds=30.0, upstream="model"))
        hub.person("Ada").say("Where is my parcel?")
        await eventually(lambda: hub.asked() == 1, what="the model's question")
        async with hub.visit(website):
            took = await processes.running[0].end(seconds=25)
        assert took <= 10.0, took
