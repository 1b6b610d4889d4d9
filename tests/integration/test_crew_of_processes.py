"""Several web processes on one port: a dead one is replaced, all are exchanged one by one, and all end together."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import aiohttp

from support.database import Database
from support.running_hub import Process, Site, eventually, hub_of_processes

ROOT = Path(__file__).parents[2]


def members(process: Process) -> set[int]:
    """The processes that a crew has started and that live."""
    listed = Path(f"/proc/{process.child.pid}/task/{process.child.pid}/children").read_text().split()
    return {int(pid) for pid in listed if b"hub.run.member" in _command_line(pid)}


def _command_line(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # it ended since it was listed
        return b""


async def total(hub: Site, name: str) -> float:
    """A counter's sum, asked of whichever process answers."""
    async with aiohttp.ClientSession() as fresh, fresh.get(f"{hub.base}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name))


async def test_a_crew_replaces_its_dead_is_exchanged_and_ends_as_one(
    own_database: Database, tmp_path: Path, redis_url: str
) -> None:
    async with hub_of_processes(own_database, tmp_path, redis_url=redis_url, web=("--workers", "2")) as (hub, procs):
        (crew,) = procs.running
        first = members(crew)
        assert len(first) == 2
        await procs.start("worker")
        tenant = await hub.tenant()
        await hub.telegram(tenant)
        ada = hub.person("Ada")
        ada.say("Where is my parcel?")
        await ada.reply()

        victim = min(first)
        os.kill(victim, signal.SIGKILL)
        failed = 0
        for _ in range(40):  # the other member takes the callers: nobody is turned away
            failed += (await hub.call("GET", "/healthz", key=None))[0] != 200
        assert failed == 0
        await eventually(lambda: len(members(crew)) == 2 and victim not in members(crew), what="the replacement")

        requests = await total(hub, 'hub_http_requests_total{method="POST",route="/webhooks/{kind}/{channel_id}"')
        assert requests >= 1, "counted by one member, told by any"

        before = members(crew)
        crew.child.send_signal(signal.SIGHUP)
        answers: list[int] = []
        while members(crew) & before:
            async with aiohttp.ClientSession() as fresh, fresh.get(f"{hub.base}/healthz") as answer:
                answers.append(answer.status)
            await asyncio.sleep(0.05)
        assert set(answers) == {200}, "at no moment was nobody there"
        await eventually(lambda: len(members(crew)) == 2, what="two new members")

        ada.say("And my other one?")
        await eventually(lambda: len(hub.replies(ada)) == 2, what="the next answer")
        everybody = first | before | members(crew)
        crew.child.send_signal(signal.SIGTERM)
        seen = await readiness(hub)
        assert 503 in seen, "callers were told before they were turned away"
        assert seen == sorted(seen), "and never ready again"
        await asyncio.wait_for(crew.child.wait(), 60)
        assert crew.child.returncode == 0, crew.said()[-2000:]
        assert alive(everybody) == set()


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}").exists()}


async def readiness(hub: Site) -> list[int]:
    """The answers of /readyz until nobody listens any more."""
    seen: list[int] = []
    while True:
        try:
            async with aiohttp.ClientSession() as fresh, fresh.get(f"{hub.base}/readyz") as answer:
                seen.append(answer.status)
        except aiohttp.ClientError:
            return seen
        await asyncio.sleep(0.02)


async def test_members_end_when_their_crew_is_gone(own_database: Database, tmp_path: Path, redis_url: str) -> None:
    async with hub_of_processes(own_database, tmp_path, redis_url=redis_url, web=("--workers", "2")) as (_, procs):
        (crew,) = procs.running
        left = members(crew)
        crew.kill()
        await crew.child.wait()
        assert len(left) == 2
        await eventually(lambda: not alive(left), what="the end of the members")


async def test_a_crew_that_cannot_start_says_so_and_ends(tmp_path: Path) -> None:
    own = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    nowhere = {"HUB_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "HUB_REDIS_URL": "redis://127.0.0.1:1/0"}
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from hub.run.cli import main; main()", "worker", "--workers", "2"),
        env={**own, **nowhere, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await asyncio.wait_for(child.communicate(), 240)
    assert child.returncode == 1
    assert b"HUB_SECRET_KEYS is not set" in said, "the member said why"
    assert b"No worker process could start" in said
