"""The bar about what comes in broken: webhooks, API bodies and socket frames; and the one about tenants' walls."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import asyncpg
import socketio

from support.faults.bar import Bar, Findings, Outcome
from support.faults.bodies import body, headers
from support.faults.mutations import example, mutated
from support.faults.world import World
from support.running_hub import OPERATOR, ORIGIN

_UNHEARD = logging.getLogger(f"{__name__}.engineio")
_UNHEARD.setLevel(logging.CRITICAL)  # the client says an error for every connection that the hub closes, as it shall
_AT_ONCE = 16
_FRAMES_A_SOCKET = 100
_SOCKETS_AT_ONCE = 4
_IDENTITY = frozenset({"api_key", "route", "membership", "invitation"})
"""Global tables by design: identity and ids alone (tests/security holds their columns to a list)."""
_EVENTS = ("message", "typing", "read", "resume", "action", "feedback", "stop", "regenerate", "edit", "nothing")


async def mutations(world: World, *, webhooks: int, bodies: int, frames: int) -> Outcome:
    """Broken input through every door; the hub answers each, and with no error of its own."""
    await world.run(workers=2)
    tenant = await world.tenant()
    chance = random.Random(f"{world.seed}/mutations")
    found = Findings()
    told: Counter[str] = Counter()
    broken: list[str] = []

    async def all_of(jobs: Iterator[Any], door: str) -> None:
        async def some() -> None:
            for job in jobs:
                status, what = await job
                told[f"{door} {status // 100}xx" if status else f"{door} cut"] += 1
                if status >= 500 or status == 0:
                    broken.append(f"{door} {status}: {what}")

        await asyncio.gather(*(some() for _ in range(_AT_ONCE)))

    await all_of(await _webhooks(world, tenant, webhooks, chance), "webhook")
    await all_of(await _bodies(world, tenant, bodies, chance), "API")
    # One of the bodies may have switched its tenant off, as it may.
    acks = await _frames(world, await world.tenant(), frames, chance)
    found.none(broken, "answers of 5xx, or none")
    found.none([a for a in acks if a == "internal"], "socket events that failed inside")
    found.none(["unanswered"] * acks["unanswered"], "socket events without an answer on a connection that stood")
    found.check(acks["invalid"] > 0, f"no broken socket event was refused in words: {dict(acks)}")
    found.check(acks["right one"] == 1, "a right message was not taken afterwards")
    status, _ = await world.call("GET", "/healthz")
    found.check(status == 200, f"/healthz answers {status} afterwards")
    await world.quiet(60)
    told.update({f"event {name}": n for name, n in acks.items() if name != "right one"})
    counts = ", ".join(f"{n:,} {name}" for name, n in sorted(told.items()))
    return Outcome(
        f"{webhooks:,} webhook bodies, {bodies:,} API bodies, {frames:,} socket frames: {len(broken)} x 5xx, "
        f"{len(world.unexpected)} processes died ({counts})",
        tuple(found.failures),
        {"webhooks": webhooks, "bodies": bodies, "frames": frames, "broken": len(broken)},
    )


async def _webhooks(world: World, tenant: str, count: int, chance: random.Random) -> Iterator[Any]:
    people = await world.people(await world.accounts(tenant), 40)

    async def post(n: int) -> tuple[int, str]:
        person = chance.choice(people)
        right = json.loads(body(person, 900_000_000 + n, "Where is my parcel?", 1_790_000_000 + n))
        raw = mutated(right, chance)
        path = f"{world.base}{person.account.path}"
        return await _post(world, path, raw, headers(person.account, raw))

    return (post(n) for n in range(count))


async def _bodies(world: World, tenant: str, count: int, chance: random.Random) -> Iterator[Any]:
    document = await world.ok("GET", "/api/v1/openapi.json")
    wanted = [
        (method.upper(), path, operation["requestBody"]["content"]["application/json"]["schema"])
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if method in ("post", "put", "patch")
        and "application/json" in operation.get("requestBody", {}).get("content", {})
        and not path.startswith("/webhooks")
    ]

    async def send(_: int) -> tuple[int, str]:
        method, path, schema = chance.choice(wanted)
        raw = mutated(example(schema, document, chance), chance)
        for part in [p for p in path.split("/") if p.startswith("{")]:
            path = path.replace(part, tenant)
        told = {"Content-Type": "application/json", "Authorization": f"Bearer {OPERATOR}"}
        return await _post(world, f"{world.base}{path}", raw, told, method)

    return (send(n) for n in range(count))


async def _post(world: World, url: str, raw: bytes, told: dict[str, str], method: str = "POST") -> tuple[int, str]:
    try:
        timeout = aiohttp.ClientTimeout(total=60)
        async with world.http.request(method, url, data=raw, headers=told, timeout=timeout) as answer:
            text = await answer.text(errors="replace")
            return answer.status, f"{method} {url} {raw[:300]!r} -> {text[:300]}"
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return 0, f"{method} {url} {raw[:300]!r} -> {type(error).__name__}"


async def _frames(world: World, tenant: str, count: int, chance: random.Random) -> Counter[str]:
    """Broken events over the real client, and broken packets straight into the web socket. What was answered."""
    credentials = {"allowed_origins": [ORIGIN]}
    made = {"kind": "webchat", "name": "Shop", "credentials": credentials}
    site = (await world.ok("POST", f"/api/v1/tenants/{tenant}/channels", json=made))["id"]
    asked = {"site_key": site}
    token = (await world.ok("POST", "/api/v1/visitor/session", json=asked, headers={"Origin": ORIGIN}))["token"]
    acks: Counter[str] = Counter()
    lots = iter([min(_FRAMES_A_SOCKET, count - first) for first in range(0, count, _FRAMES_A_SOCKET)])

    async def some() -> None:
        for lot in lots:
            left = lot
            while left > 0:
                async with _visiting(world, site, token) as (client, gone):
                    while left > 0 and not gone.done():
                        left -= 1
                        right = {"client_id": f"c-{chance.randrange(10**6):06}", "last_seq": left,
                                 "parts": [{"type": "text", "text": "Hello"}]}  # fmt: skip
                        acks[await _said(client, gone, chance.choice(_EVENTS), mutated(right, chance))] += 1
                await _packets(world, site, chance)

    await asyncio.gather(*(some() for _ in range(_SOCKETS_AT_ONCE)))
    async with _visiting(world, site, token) as (client, gone):
        right = {"client_id": "c-right-one", "parts": [{"type": "text", "text": "Hello"}]}
        acks["right one"] += await _said(client, gone, "message", json.dumps(right).encode()) == "taken"
    return acks


@asynccontextmanager
async def _visiting(
    world: World, site: str, token: str
) -> AsyncIterator[tuple[socketio.AsyncClient, asyncio.Future[None]]]:
    """A connected client, and what is done once the connection is."""
    client = socketio.AsyncClient(reconnection=False, engineio_logger=_UNHEARD)
    gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @client.on("disconnect", namespace="/visitor")
    def _(*_: object) -> None:
        if not gone.done():
            gone.set_result(None)

    await client.connect(f"{world.base}/?site={site}", headers={"Origin": ORIGIN}, auth={"token": token},
                         namespaces=["/visitor"], transports=["websocket"], wait_timeout=10)  # fmt: skip
    try:
        yield client, gone
    finally:
        await client.disconnect()


async def _said(client: socketio.AsyncClient, gone: asyncio.Future[None], event: str, raw: bytes) -> str:
    """What became of one event: the code of its error, ``taken``, ``closed`` with its connection, or ``unanswered``."""
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        data = raw
    call = asyncio.ensure_future(client.call(event, data, namespace="/visitor", timeout=30))
    await asyncio.wait((call, gone), return_when=asyncio.FIRST_COMPLETED)
    if not call.done():
        call.cancel()
        return "closed"
    try:
        ack = call.result()
    except socketio.exceptions.TimeoutError:
        return "unanswered"
    except (socketio.exceptions.SocketIOError, ValueError, RecursionError):
        return "closed" if gone.done() else "unsendable"  # too deep for the client itself, or a lone surrogate
    error = ack.get("error") if isinstance(ack, dict) else None
    return str(error["code"]) if error else "taken"


async def _packets(world: World, site: str, chance: random.Random) -> None:
    url = f"{world.base}/socket.io/?EIO=4&transport=websocket&site={site}"
    try:
        async with world.http.ws_connect(url, headers={"Origin": ORIGIN}, timeout=5) as socket:
            for _ in range(10):
                packet = mutated(["42", "/visitor,", "message", {"a": 1}], chance)
                if chance.random() < 0.5:
                    await socket.send_bytes(packet)
                else:
                    await socket.send_str(f"{chance.choice(('0', '1', '2', '4', '42', '45', '9'))}{packet!r}")
    except (aiohttp.ClientError, TimeoutError, OSError, ConnectionError):
        return


async def walls(world: World, *, conversations: int) -> Outcome:
    """Every table with a tenant carries forced row-level security, and shows nothing where no tenant is set."""
    await world.run(workers=1)
    driver = world.driver()
    for _ in range(2):
        people = await world.people(await world.accounts(await world.tenant()), conversations)
        await driver.converse(people, 1, at_once=8)
    await world.quiet(60)
    tables = await world.rows(
        """select c.relname as name, c.relrowsecurity and c.relforcerowsecurity as forced
             from pg_class c join pg_namespace n on n.oid = c.relnamespace
             join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
            where n.nspname = 'hub' and c.relkind in ('r', 'p')"""
    )
    walled = [row for row in tables if row["name"] not in _IDENTITY]
    loose = [row["name"] for row in walled if not row["forced"]]
    seen, filled = [], 0
    connection = await asyncpg.connect(world.database.url)
    try:
        for row in walled:
            async with connection.transaction():
                await connection.execute("select set_config('role', 'hub_app', true)")
                if await connection.fetchval(f'select count(*) from hub."{row["name"]}"'):
                    seen.append(row["name"])
            held = await world.rows(f'select exists (select from hub."{row["name"]}") as held')
            filled += bool(held[0]["held"])
    finally:
        await connection.close()
    found = Findings()
    found.none(loose, "tables without forced row-level security")
    found.none(seen, "tables that show rows without a tenant")
    found.check(filled >= 8, f"only {filled} tables held anything to be seen")
    return Outcome(
        f"{len(walled) - len(loose)} of {len(walled)} tenant tables forced; {len(seen)} of them show a row without a "
        f"tenant ({filled} hold rows)",
        tuple(found.failures),
        {"tables": len(walled), "loose": len(loose), "seen": len(seen)},
    )


BARS = (
    Bar(
        "B8",
        "10,000 mutated webhook bodies, 2,000 API bodies, 2,000 socket frames",
        "0 x 5xx, 0 process deaths",
        mutations,
        full={"webhooks": 10_000, "bodies": 2_000, "frames": 2_000},
        short={"webhooks": 300, "bodies": 150, "frames": 60},
    ),
    Bar(
        "B10",
        "no tenant is set",
        "all tenant tables carry forced row-level security; no rows",
        walls,
        full={"conversations": 40},
        short={"conversations": 4},
    ),
)
