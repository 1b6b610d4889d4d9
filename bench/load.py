"""The load, in a process of its own: signed updates over kept connections, a fixed number in flight.

``python -m bench.load`` reads one JSON job from standard input and prints one JSON result. A job is
``{port, path, kind, count, in_flight, first, chats}``: kind ``bare`` signs for the baseline, ``telegram`` for the
hub; updates are numbered from ``first``; ``chats`` conversations take turns.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from bench.bare_server import signature
from bench.machine import ROOT

TELEGRAM_SECRET = "bench-telegram-secret"


@dataclass(frozen=True, slots=True)
class Job:
    """What to send where."""

    port: int
    path: str
    kind: str
    count: int
    in_flight: int
    first: int
    chats: int


@dataclass(frozen=True, slots=True)
class Sent:
    """How it went: requests a second, seconds of the median and of one in twenty."""

    rate: float
    p50: float
    p95: float


def run(job: Job) -> Sent:
    """Send it all from another process. Raises ``RuntimeError`` when an answer was not 200."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"], input=json.dumps(asdict(job)), capture_output=True, text=True, cwd=ROOT
    )
    if done.returncode:
        raise RuntimeError(f"The load failed: {done.stderr[-1000:]}")
    return Sent(**json.loads(done.stdout))


def update(number: int, chat: int) -> bytes:
    """A text message as Telegram sends it."""
    person = {"id": chat, "is_bot": False, "first_name": f"Person {chat}", "language_code": "en"}
    message = {
        "message_id": number,
        "from": person,
        "chat": {"id": chat, "first_name": f"Person {chat}", "type": "private"},
        "date": int(time.time()),
        "text": f"Where is my order {number}?",
    }
    return json.dumps({"update_id": number, "message": message}).encode()


def requests(job: Job) -> Iterator[bytes]:
    """The requests' bytes, made beforehand: making them is no part of the measurement."""
    for n in range(job.first, job.first + job.count):
        body = update(n, 1_000_000 + n % job.chats)
        proof = (
            f"X-Signature: {signature(body)}"
            if job.kind == "bare"
            else f"X-Telegram-Bot-Api-Secret-Token: {TELEGRAM_SECRET}"
        )
        head = f"POST {job.path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n{proof}\r\n"
        yield f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def send(job: Job) -> Sent:
    waiting = list(requests(job))[::-1]
    seconds: list[float] = []

    async def one_connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", job.port)
        while waiting:
            started = time.perf_counter()
            writer.write(waiting.pop())
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(head.decode())
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            seconds.append(time.perf_counter() - started)
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(one_connection() for _ in range(job.in_flight)))
    took = time.perf_counter() - started
    seconds.sort()
    return Sent(job.count / took, seconds[len(seconds) // 2], seconds[len(seconds) * 19 // 20])


def main() -> None:
    import uvloop

    print(json.dumps(asdict(uvloop.run(send(Job(**json.load(sys.stdin)))))))


if __name__ == "__main__":
    main()
