"""Load over many tenants, in a process of its own: ``python -m bench.spread`` reads one JSON job from standard input.

A job is ``{port, paths, count, in_flight, first, chats}``: updates numbered from ``first`` go to the paths in turn,
from ``chats`` persons each. Prints ``{rate, p50, p95}``.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass

from bench.load import TELEGRAM_SECRET, Sent, update
from bench.machine import ROOT


@dataclass(frozen=True, slots=True)
class Spread:
    """What to send where."""

    port: int
    paths: list[str]
    count: int
    in_flight: int
    first: int
    chats: int


def run(job: Spread) -> Sent:
    """Send it all from another process. Raises ``RuntimeError`` when an answer was not 200."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.spread"], input=json.dumps(asdict(job)), capture_output=True, text=True, cwd=ROOT
    )
    if done.returncode:
        raise RuntimeError(f"The load failed: {done.stderr[-1000:]}")
    return Sent(**json.loads(done.stdout))


def request(job: Spread, n: int) -> bytes:
    """One signed update as bytes."""
    number = job.first + n
    body = update(number, 1_000_000 + number // len(job.paths) % job.chats)
    head = (
        f"POST {job.paths[n % len(job.paths)]} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
        f"X-Telegram-Bot-Api-Secret-Token: {TELEGRAM_SECRET}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def send(job: Spread) -> Sent:
    """Over kept connections, a fixed number in flight."""
    waiting = [request(job, n) for n in range(job.count)][::-1]
    seconds: list[float] = []

    async def one_connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", job.port)
        while waiting:
            started = time.perf_counter()
            writer.write(waiting.pop())
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(head.decode())
            await reader.readexactly(int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0]))
            seconds.append(time.perf_counter() - started)
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(one_connection() for _ in range(job.in_flight)))
    took = time.perf_counter() - started
    seconds.sort()
    return Sent(job.count / took, seconds[len(seconds) // 2], seconds[len(seconds) * 19 // 20])


def main() -> None:
    """Send what standard input says."""
    print(json.dumps(asdict(asyncio.run(send(Spread(**json.load(sys.stdin)))))))


if __name__ == "__main__":
    main()
