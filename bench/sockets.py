"""What idle visitors cost, and how soon one of many hears: 5,000 open web sockets on one web process.

Each visitor has a session, a socket and, a part of them, a conversation. Memory is what the process grew by, a visitor.
Fan-out is the time from a colleague's message, posted over REST, to its arrival at the visitor's socket: stored,
announced, read from the database and sent. The baseline is the round trip of the same POST alone.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bench.machine import ADMIN_KEY, cpu_seconds, database, hub_server, workspace
from bench.report import Report, options
from bench.site import Site

_ORIGIN = {"Origin": "https://shop.example"}
_PER_ADDRESS = 50
"""Sockets from one address; the hub allows 60. Loopback has addresses enough."""
_AT_ONCE = 25


@dataclass(slots=True)
class Visitor:
    """One browser's socket, spoken to in Engine.IO's own words."""

    socket: aiohttp.ClientWebSocketResponse
    conversation: str | None = None
    heard: asyncio.Queue[tuple[float, str, Any]] = field(default_factory=asyncio.Queue)
    reading: asyncio.Task[None] | None = None

    async def read(self) -> None:
        async for frame in self.socket:
            text = str(frame.data)
            if text == "2":
                await self.socket.send_str("3")
            elif text.startswith(("42/visitor,", "43/visitor,")):
                start = text.index("[")
                self.heard.put_nowait((time.perf_counter(), text[:2], json.loads(text[start:])))

    async def say(self, words: str, client_id: str) -> None:
        body = {"client_id": client_id, "parts": [{"type": "text", "text": words}]}
        await self.socket.send_str(f"42/visitor,1{json.dumps(['message', body])}")
        while True:
            _, kind, data = await asyncio.wait_for(self.heard.get(), 30)
            if kind == "43":
                self.conversation = data[0]["conversation_id"]
                return

    async def until_message(self, words: str) -> float:
        while True:
            at, _, data = await asyncio.wait_for(self.heard.get(), 30)
            if data[0] == "message" and data[1]["parts"][0].get("text") == words:
                return at


def resident(pid: int) -> float:
    """Memory a process holds, in KiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return float(line.split()[1])
    return 0.0


async def connect(session: aiohttp.ClientSession, base: str, site: str) -> Visitor:
    async with session.post(f"{base}/api/v1/visitor/session", json={"site_key": site}, headers=_ORIGIN) as answer:
        token = (await answer.json())["token"]
    url = f"{base}/socket.io/?EIO=4&transport=websocket&site={site}"
    socket = await session.ws_connect(url, headers=_ORIGIN, max_msg_size=0)
    await socket.receive_str()
    await socket.send_str(f"40/visitor,{json.dumps({'token': token})}")
    if not (answer_text := await socket.receive_str()).startswith("40/visitor"):
        raise RuntimeError(answer_text)
    visitor = Visitor(socket)
    visitor.reading = asyncio.create_task(visitor.read())
    return visitor


async def open_all(base: str, site: str, places: range, sessions: list[aiohttp.ClientSession]) -> list[Visitor]:
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(place: int) -> Visitor:
        async with gate:
            return await connect(sessions[place // _PER_ADDRESS], base, site)

    return list(await asyncio.gather(*(one(place) for place in places)))


async def fan_out(base: str, tenant: str, visitors: Sequence[Visitor]) -> tuple[list[float], list[float]]:
    """Seconds from a colleague's POST to the visitor's socket, and of the POST alone; one visitor after another."""
    heard, posted = [], []
    headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
    async with aiohttp.ClientSession(headers=headers) as desk:
        for n, visitor in enumerate(visitors):
            words = f"Here is a colleague, number {n}."
            path = f"{base}/api/v1/tenants/{tenant}/conversations/{visitor.conversation}/messages"
            started = time.perf_counter()
            async with desk.post(path, json={"parts": [{"type": "text", "text": words}]}) as answer:
                if answer.status not in (200, 201, 202):
                    raise RuntimeError(await answer.text())
                posted.append(time.perf_counter() - started)
            heard.append(await visitor.until_message(words) - started)
    return sorted(heard), sorted(posted)


async def measure(url: str, folder: Path, n: int, talking: int, report: Report) -> None:
    sessions = [
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(local_addr=(f"127.0.{1 + place // 250}.{1 + place % 250}", 0), limit=0)
        )
        for place in range(n // _PER_ADDRESS + 1)
    ]
    with hub_server(url, folder / "data") as (port, hub):
        site = Site(port)
        tenant = await asyncio.to_thread(lambda: site.tenant("bench", use_knowledge=False))
        body = {"kind": "webchat", "name": "Shop", "credentials": {"allowed_origins": [_ORIGIN["Origin"]]}}
        key = (await asyncio.to_thread(site.call, "POST", f"/api/v1/tenants/{tenant}/channels", body))["id"]
        first = await open_all(site.base, key, range(min(talking, n)), sessions)
        for place, visitor in enumerate(first):
            await visitor.say("Hello", f"client-{place}")
        await asyncio.sleep(3)  # the bot's own answers arrive
        alone, post = await fan_out(site.base, tenant, first)
        before, started = resident(hub.pid), time.perf_counter()
        rest = await open_all(site.base, key, range(len(first), n), sessions)
        took = time.perf_counter() - started
        await asyncio.sleep(2)
        grown = (resident(hub.pid) - before) / len(rest)
        used, started = cpu_seconds(hub.pid), time.perf_counter()
        await asyncio.sleep(20)
        idle = (cpu_seconds(hub.pid) - used) / (time.perf_counter() - started)
        among, post_among = await fan_out(site.base, tenant, first)
        for visitor in (*first, *rest):
            if visitor.reading is not None:
                visitor.reading.cancel()
        for session in sessions:
            await session.close()
    report.add("visitors connected", [n], "")
    report.add("sessions and sockets opened", [len(rest) / took], "a second")
    report.add("memory of an idle visitor", [grown], "KiB")
    report.add("processor while all are idle", [idle * 100], "% of a core")
    for name, found in (
        (f"{len(first)} connected: POST alone", post),
        (f"{len(first)} connected: POST to socket", alone),
        (f"{n:,} connected: POST alone", post_among),
        (f"{n:,} connected: POST to socket", among),
    ):
        report.add(f"{name}, p50", [found[len(found) // 2] * 1e3], "ms")
        report.add(f"{name}, p95", [found[len(found) * 19 // 20] * 1e3], "ms")
    report.add_ratio("POST to socket, all / few, p50", [among[len(among) // 2]], [alone[len(alone) // 2]], "1")


async def run(report: Report, n: int, talking: int) -> None:
    with workspace() as folder:
        (folder / "data").mkdir()
        async with database(folder / "database") as url:
            await measure(url, folder, n, talking, report)


def main() -> None:
    parser = options(__doc__)
    parser.add_argument("--visitors", type=int, default=5_000, help="sockets (default 5000)")
    parser.add_argument("--talking", type=int, default=100, help="of them with a conversation (default 100)")
    given = parser.parse_args()
    report = Report("sockets", "Idle visitors")
    asyncio.run(run(report, given.visitors, given.talking))
    report.tell(given)


if __name__ == "__main__":
    main()
