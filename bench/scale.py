"""What more processes bring: acknowledging and whole turns with 1, 2 and 4 of them.

Acknowledging: N web processes on one port (``hub serve --workers N``), no worker. Whole turns: N web processes and N
workers. Cost is the processor time of all the hub's processes together. The baseline is bare aiohttp with an HMAC and
one INSERT, in turns with it. More processes than cores cannot be faster.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import count
from pathlib import Path

from bench import load
from bench.bare_server import PATH
from bench.machine import (
    cpu_seconds,
    database,
    environment,
    free_port,
    hub_command,
    process,
    wait_until_ready,
    workspace,
)
from bench.redis_child import redis_server
from bench.report import Report, options
from bench.site import Site
from bench.stand_ins import Telegram, served

_IN_FLIGHT = 32
_CHATS = 200
_numbers = count(1)


def family(pid: int) -> float:
    """Processor time of a process and its children so far."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    pids = [pid, *(map(int, children.read_text().split()) if children.is_file() else ())]
    return sum(cpu_seconds(one) for one in pids)


class Hub:
    """So many web processes, and workers if wanted, ready."""

    def __init__(self, stack: ExitStack, url: str, folder: Path, n: int, *, workers: bool, **settings: str) -> None:
        self.port = free_port()
        own = environment(url, folder, **settings)
        crew = ["--workers", str(n)]
        web = stack.enter_context(process(hub_command("serve", "--port", str(self.port), *crew), own, folder))
        wait_until_ready(self.port, web)
        self.pids = [web.pid]
        if workers:
            self.pids.append(stack.enter_context(process(hub_command("worker", *crew), own, folder)).pid)

    def used(self) -> float:
        return sum(family(pid) for pid in self.pids)


def acknowledge(port: int, path: str, kind: str, n: int) -> float:
    """Requests a second."""
    return load.run(load.Job(port, path, kind, n, _IN_FLIGHT, next(_numbers) * 1_000_000, _CHATS)).rate


async def turns(hub: Hub, telegram: Telegram, path: str, n: int) -> float:
    """Turns a second."""
    before, started = len(telegram.at), time.perf_counter()
    job = load.Job(hub.port, path, "telegram", n, _IN_FLIGHT, next(_numbers) * 1_000_000, 10**9)
    await asyncio.to_thread(load.run, job)
    await telegram.until(before + n)
    return n / (telegram.at[before + n - 1] - started)


async def measure(url: str, folder: Path, counts: Sequence[int], n: int, repeat: int, report: Report) -> None:
    telegram = Telegram()
    bare_port = free_port()
    bare_command = [sys.executable, "-m", "bench.bare_server", str(bare_port), url]
    sites = count(1)
    async with served(telegram.app()) as telegram_url:
        with (
            redis_server(folder) as redis,
            process(bare_command, environment(None, folder), folder) as bare_child,
        ):
            await asyncio.to_thread(wait_until_ready, bare_port, bare_child)
            for many in counts:
                for workers in (False, True):
                    with ExitStack() as stack:
                        more = {"HUB_REDIS_URL": redis, "HUB_TELEGRAM_API_URL": telegram_url}
                        hub = await asyncio.to_thread(Hub, stack, url, folder / "data", many, workers=workers, **more)
                        path = await asyncio.to_thread(prepared, hub.port, next(sites))
                        bare, rates, cost = [], [], []
                        for run in range(repeat + 1):
                            bare.append(await asyncio.to_thread(acknowledge, bare_port, PATH, "bare", n))
                            used = hub.used()
                            if workers:
                                rates.append(await turns(hub, telegram, path, n // 4))
                                await asyncio.sleep(0.5)
                            else:
                                rates.append(await asyncio.to_thread(acknowledge, hub.port, path, "telegram", n))
                            cost.append((hub.used() - used) / (n // 4 if workers else n) * 1e6)
                            if run == 0:
                                bare.clear(), rates.clear(), cost.clear()
                    what = "turns" if workers else "acknowledged"
                    who = f"{many} web and {many} workers" if workers else f"{many} web"
                    report.add(f"{who}: {what}", rates, "a second")
                    report.add_ratio(f"{who}: {what} / bare", rates, bare)
                    report.add(f"{who}: processor time", cost, "us each")


def prepared(port: int, number: int) -> str:
    site = Site(port)
    return site.telegram(site.tenant(f"bench-{number}", use_knowledge=False), 100_000 + number)


async def run(report: Report, counts: Sequence[int], n: int, repeat: int) -> None:
    with workspace() as folder:
        (folder / "data").mkdir()
        async with database(folder / "database") as url:
            await measure(url, folder, counts, n, repeat, report)


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2, 4], help="how many (default 1 2 4)")
    parser.add_argument(
        "--requests", type=int, default=800, help="requests a run (default 800); a quarter as many turns"
    )
    parser.add_argument("--repeat", type=int, default=3, help="repetitions (default 3)")
    given = parser.parse_args()
    report = Report("scale", "More processes")
    asyncio.run(run(report, given.processes, given.requests, given.repeat))
    report.tell(given)


if __name__ == "__main__":
    main()
