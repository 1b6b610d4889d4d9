"""How fast a webhook is acknowledged, stored for good: requests a second and processor time of one server process.

The baseline is bare aiohttp with an HMAC and one INSERT by asyncpg, on the same PostgreSQL, in turns with the hub.
The hub verifies, parses, deduplicates, finds the person and the conversation and stores message, inbox row and events
in one transaction. Redis is configured but away, so the process only serves: no worker shares its core.
"""

from __future__ import annotations

import asyncio
import sys
from itertools import count
from pathlib import Path

from bench import load
from bench.bare_server import PATH
from bench.machine import (
    cpu_seconds,
    database,
    environment,
    free_port,
    hub_server,
    process,
    wait_until_ready,
    workspace,
)
from bench.report import Report, options
from bench.site import Site

_CHATS = 200


class Target:
    """One server under load: its rate and processor time a request, run by run."""

    def __init__(self, port: int, pid: int, path: str, kind: str) -> None:
        self._port, self._pid, self._path, self._kind = port, pid, path, kind
        self.rates: list[float] = []
        self.cpu: list[float] = []
        self.p95: list[float] = []

    def run(self, n: int, in_flight: int, first: int, chats: int, *, keep: bool = True) -> None:
        before = cpu_seconds(self._pid)
        sent = load.run(load.Job(self._port, self._path, self._kind, n, in_flight, first, chats))
        if keep:
            self.rates.append(sent.rate)
            self.cpu.append((cpu_seconds(self._pid) - before) / n * 1e6)
            self.p95.append(sent.p95 * 1e3)


def measure(url: str, folder: Path, n: int, in_flight: int, repeat: int, report: Report) -> None:
    redis = f"redis://127.0.0.1:{free_port()}/0"
    bare_port = free_port()
    bare_command = [sys.executable, "-m", "bench.bare_server", str(bare_port), url]
    numbers = count(1)
    with (
        hub_server(url, folder / "data", HUB_REDIS_URL=redis) as (port, hub),
        process(bare_command, environment(None, folder), folder) as bare_child,
    ):
        wait_until_ready(bare_port, bare_child)
        site = Site(port)
        path = site.telegram(site.tenant("bench"))
        bare = Target(bare_port, bare_child.pid, PATH, "bare")
        known = Target(port, hub.pid, path, "telegram")
        new = Target(port, hub.pid, path, "telegram")
        for turn in range(repeat + 1):
            for target, chats in ((bare, _CHATS), (known, _CHATS), (new, 10**9)):
                first = next(numbers) * 1_000_000
                target.run(n, in_flight, first, chats, keep=turn > 0)
    report.add("bare aiohttp, HMAC, one INSERT", bare.rates, "requests/s")
    report.add("hub, known conversations", known.rates, "requests/s")
    report.add("hub, new conversations", new.rates, "requests/s")
    report.add_ratio("known / bare", known.rates, bare.rates, "at least 0.5")
    report.add_ratio("new / bare", new.rates, bare.rates)
    report.add("bare, processor time", bare.cpu, "us a request")
    report.add("hub known, processor time", known.cpu, "us a request")
    report.add("hub new, processor time", new.cpu, "us a request")
    report.add("bare, 95 of 100 within", bare.p95, "ms")
    report.add("hub known, 95 of 100 within", known.p95, "ms")


async def prepared(report: Report, n: int, in_flight: int, repeat: int) -> None:
    with workspace() as folder:
        (folder / "data").mkdir()
        async with database(folder / "database") as url:
            await asyncio.to_thread(measure, url, folder, n, in_flight, repeat, report)


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--requests", type=int, default=1500, help="requests a run (default 1500)")
    parser.add_argument("--in-flight", type=int, default=32, help="requests under way at once (default 32)")
    parser.add_argument("--repeat", type=int, default=5, help="repetitions (default 5)")
    given = parser.parse_args()
    report = Report("ack", "Acknowledging a webhook")
    asyncio.run(prepared(report, given.requests, given.in_flight, given.repeat))
    report.tell(given)


if __name__ == "__main__":
    main()
