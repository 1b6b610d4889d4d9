"""Whole turns a second: webhook, stored, claimed, answered, sent to the platform, by one process (web and worker).

Each message comes from a person of its own. The bot has no model and no documents, so an answer costs nothing and
what is measured is the way of a message. The baseline is bare aiohttp with an HMAC and one INSERT, in turns with it.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import asyncpg

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
from bench.stand_ins import Telegram, served

_IN_FLIGHT = 32


async def committed(url: str) -> int:
    """Transactions the database has ended so far. Statistics arrive with up to a second's delay."""
    await asyncio.sleep(1.5)
    connection = await asyncpg.connect(url)
    try:
        found = await connection.fetchval(
            "select xact_commit + xact_rollback from pg_stat_database where datname = current_database()"
        )
        return int(found)
    finally:
        await connection.close()


async def measure(url: str, folder: Path, n: int, repeat: int, report: Report) -> None:
    telegram = Telegram()
    bare: list[float] = []
    turns: list[float] = []
    cpu: list[float] = []
    transactions: list[float] = []
    bare_port = free_port()
    bare_command = [sys.executable, "-m", "bench.bare_server", str(bare_port), url]
    async with served(telegram.app()) as telegram_url:
        with (
            hub_server(url, folder / "data", HUB_TELEGRAM_API_URL=telegram_url) as (port, hub),
            process(bare_command, environment(None, folder), folder) as bare_child,
        ):
            await asyncio.to_thread(wait_until_ready, bare_port, bare_child)
            site = Site(port)
            tenant = await asyncio.to_thread(lambda: site.tenant("bench", use_knowledge=False))
            path = await asyncio.to_thread(site.telegram, tenant)
            for turn in range(repeat + 1):
                first = (turn + 1) * 1_000_000
                job = load.Job(bare_port, PATH, "bare", n, _IN_FLIGHT, first, 10**9)
                bare.append((await asyncio.to_thread(load.run, job)).rate)
                ended, used, before = len(telegram.at), cpu_seconds(hub.pid), await committed(url)
                started = time.perf_counter()
                job = load.Job(port, path, "telegram", n, _IN_FLIGHT, first, 10**9)
                await asyncio.to_thread(load.run, job)
                await telegram.until(ended + n)
                turns.append(n / (telegram.at[ended + n - 1] - started))
                await asyncio.sleep(0.5)
                cpu.append((cpu_seconds(hub.pid) - used) / n * 1e6)
                transactions.append((await committed(url) - before) / n)
    report.add("bare aiohttp, HMAC, one INSERT", bare[1:], "requests/s")
    report.add("whole turns", turns[1:], "turns/s")
    report.add_ratio("turns / bare", turns[1:], bare[1:])
    report.add("processor time of the hub", cpu[1:], "us a turn")
    report.add("database transactions", transactions[1:], "a turn")


async def prepared(report: Report, n: int, repeat: int) -> None:
    with workspace() as folder:
        (folder / "data").mkdir()
        async with database(folder / "database") as url:
            await measure(url, folder, n, repeat, report)


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--turns", type=int, default=200, help="turns a run (default 200)")
    parser.add_argument("--repeat", type=int, default=3, help="repetitions (default 3)")
    given = parser.parse_args()
    report = Report("turn", "Whole turns")
    asyncio.run(prepared(report, given.turns, given.repeat))
    report.tell(given)


if __name__ == "__main__":
    main()
