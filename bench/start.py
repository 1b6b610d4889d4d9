"""How long until the hub answers: ``hub serve`` and ``hub up`` from the command until /readyz says so.

The baseline is what no start can avoid here: a fresh interpreter that imports aiohttp, sqlalchemy, pydantic and
socketio. ``hub up`` runs on a data directory that exists, so that making a database is not part of it.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

from bench.machine import database, environment, free_port, hub_command, process, wait_until_ready, workspace
from bench.report import Report, options

_IMPORTS = "import aiohttp, sqlalchemy, pydantic, socketio"


def import_seconds(folder: Path) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", _IMPORTS], check=True, cwd=folder)
    return time.perf_counter() - started


def ready_seconds(settings: dict[str, str], folder: Path, *words: str) -> float:
    port = free_port()
    started = time.perf_counter()
    with process(hub_command(*words, "--port", str(port)), settings, folder) as child:
        wait_until_ready(port, child)
        return time.perf_counter() - started


async def measure(repeat: int, report: Report) -> None:
    imports: list[float] = []
    serve: list[float] = []
    with workspace() as folder:
        async with database(folder / "database") as url:
            settings = environment(url, folder / "data")
            for _ in range(repeat + 1):
                imports.append(await asyncio.to_thread(import_seconds, folder))
                serve.append(await asyncio.to_thread(ready_seconds, settings, folder, "serve"))
        up_settings = environment(None, folder / "database")
        up = [await asyncio.to_thread(ready_seconds, up_settings, folder, "up") for _ in range(max(1, repeat // 3) + 1)]
    # The first of each warms the file cache and writes compiled modules.
    report.add("importing aiohttp, sqlalchemy, pydantic, socketio", imports[1:], "s")
    report.add("`hub serve` ready", serve[1:], "s", "1.5 s")
    report.add_ratio("`hub serve` ready / imports", serve[1:], imports[1:], "at most 1.5")
    report.add("`hub up` ready, existing data", up[1:], "s", "8 s")


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--repeat", type=int, default=7, help="repetitions (default 7)")
    given = parser.parse_args()
    report = Report("start", "Start")
    asyncio.run(measure(given.repeat, report))
    report.tell(given)


if __name__ == "__main__":
    main()
