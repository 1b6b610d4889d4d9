"""How soon a worker looks after a hint: in one process, and from process to process through Redis.

Measured is the time from the hint to the moment at which the claim loop begins to claim. Between two hints the loop
sleeps, as it does when nothing is due; without a hint it would look within a second. The baseline is the plain round
trip of a Redis PING, in turns with the hints.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from pathlib import Path
from typing import Any

from bench.machine import workspace
from bench.redis_child import redis_server
from bench.report import Report, options
from hub.jobs.arq_queue import ArqQueue
from hub.jobs.claim import ClaimLoop
from hub.jobs.wakers import LocalWaker, RedisWaker
from hub.realtime.feeds import open_redis


def loop_that_tells(waker: LocalWaker, told: Any) -> ClaimLoop[int]:
    """A claim loop that finds nothing; ``told`` hears when it looks."""

    async def claim(_: int) -> tuple[int, ...]:
        told(time.perf_counter())
        return ()

    async def run(_: int) -> None:
        return None

    return ClaimLoop[int](topic="turn", claim=claim, run=run, waker=waker, concurrency=16)


async def in_process(n: int, dice: random.Random) -> list[float]:
    """Seconds from hint to look."""
    looked: asyncio.Queue[float] = asyncio.Queue()
    waker = LocalWaker()
    loop = loop_that_tells(waker, looked.put_nowait)
    loop.start()
    await looked.get()
    found = []
    for _ in range(n):
        await asyncio.sleep(dice.uniform(0.01, 0.03))
        while not looked.empty():
            looked.get_nowait()
        started = time.perf_counter()
        await waker.wake("turn")
        found.append(await looked.get() - started)
    await loop.stop(0)
    return found


async def listen(url: str) -> None:
    """The other process: prints when its claim loop looks."""
    client = open_redis(url)
    waker = RedisWaker(client, long_work=ArqQueue(url))
    waker.start()
    loop = loop_that_tells(waker, lambda at: print(at, flush=True))
    loop.start()
    await asyncio.Event().wait()


async def through_redis(url: str, n: int, dice: random.Random) -> tuple[list[float], list[float]]:
    """Seconds from hint to look in another process, and of a PING."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.wake", "--listen", url, stdout=asyncio.subprocess.PIPE
    )
    client = open_redis(url)
    waker = RedisWaker(client, long_work=ArqQueue(url))
    waker.start()
    looked: asyncio.Queue[float] = asyncio.Queue()

    async def read() -> None:
        if child.stdout is not None:
            async for line in child.stdout:
                looked.put_nowait(float(line))

    reading = asyncio.create_task(read())
    try:
        await looked.get()
        while (await client.pubsub_numsub("hub:wake:turn"))[0][1] < 2:  # noqa: ASYNC110  # Redis tells only who asks
            await asyncio.sleep(0.05)
        found, pings = [], []
        for _ in range(n):
            await asyncio.sleep(dice.uniform(0.01, 0.03))
            started = time.perf_counter()
            await client.ping()
            pings.append(time.perf_counter() - started)
            while not looked.empty():
                looked.get_nowait()
            started = time.perf_counter()
            await waker.wake("turn")
            found.append(await looked.get() - started)
        return found, pings
    finally:
        reading.cancel()
        child.terminate()
        await child.wait()
        await waker.stop()
        await client.aclose()


def shares(seconds: list[float]) -> tuple[float, float]:
    """Median and 95 of 100, in milliseconds."""
    seconds = sorted(seconds)
    return seconds[len(seconds) // 2] * 1e3, seconds[len(seconds) * 19 // 20] * 1e3


def measure(folder: Path, n: int, repeat: int, report: Report) -> None:
    dice = random.Random(1)
    local, remote, pings = [], [], []
    with redis_server(folder) as url:
        for _ in range(repeat):
            local.append(shares(asyncio.run(in_process(n, dice))))
            there, ping = asyncio.run(through_redis(url, n, dice))
            remote.append(shares(there))
            pings.append(shares(ping))
    report.add("PING of Redis, p50", [p50 for p50, _ in pings], "ms")
    report.add("in one process, p50", [p50 for p50, _ in local], "ms", "at most 10")
    report.add("in one process, p95", [p95 for _, p95 in local], "ms")
    report.add("through Redis, p50", [p50 for p50, _ in remote], "ms", "at most 10")
    report.add("through Redis, p95", [p95 for _, p95 in remote], "ms")
    report.add_ratio("through Redis / PING, p50", [r[0] for r in remote], [p[0] for p in pings])


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--hints", type=int, default=300, help="hints a run (default 300)")
    parser.add_argument("--repeat", type=int, default=3, help="repetitions (default 3)")
    parser.add_argument("--listen", help="be the other process, on this Redis")
    given = parser.parse_args()
    if given.listen:
        asyncio.run(listen(given.listen))
        return
    report = Report("wake", "From hint to look")
    with workspace() as folder:
        measure(folder, given.hints, given.repeat, report)
    report.tell(given)


if __name__ == "__main__":
    main()
