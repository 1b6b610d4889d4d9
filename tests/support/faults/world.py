"""Everything a fault run stands on: real PostgreSQL and Redis, the simulator and the hub as processes of their own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import aiohttp
import asyncpg

from hub.security.encryption import generate_key
from support.database import Database, Server
from support.faults.bodies import KINDS, Account, Person
from support.faults.driver import Driver
from support.faults.ground import Platforms, open_platforms
from support.faults.nursery import ROOT, HubProcess, Nursery
from support.faults.platforms import TOKEN
from support.faults.proxy import Proxy
from support.faults.sabotage import VARIABLE
from support.faults.truth import Judgement, judge
from support.ports import free_port
from support.redis_server import RedisServer
from support.running_hub import OPERATOR, eventually

_SECRET_KEY = generate_key()
_BUSY = """select (select count(*) from hub.conversation where pending > 0 or lease_owner is not null)
                + (select count(*) from hub.outbox where state in ('ready', 'sending'))"""
ROUTES = ("database", "redis", "model", *KINDS)
"""What a hub process talks to, each of which can be put behind a proxy."""


@dataclass
class World:
    """One hub of two web and some worker processes, seen from outside. Made by ``world``."""

    seed: int
    folder: Path
    database: Database
    redis: RedisServer
    platforms: Platforms
    nursery: Nursery
    http: aiohttp.ClientSession
    server: Server | None = None
    constants: dict[str, Any] = field(default_factory=dict)
    front: Proxy = field(default_factory=lambda: Proxy([]))
    proxies: dict[str, Proxy] = field(default_factory=dict)
    web: list[HubProcess] = field(default_factory=list)
    workers: list[HubProcess] = field(default_factory=list)
    proxied: frozenset[str] = frozenset()
    poison: bool = False
    more: dict[str, str] = field(default_factory=dict)
    unexpected: list[str] = field(default_factory=list)
    _ports: list[int] = field(default_factory=list)
    _bars: int = 0
    _accounts: int = 0
    _keys: int = 0
    _crowds: int = 0
    _expected: set[int] = field(default_factory=set)

    # processes

    async def open(self, *, web: int = 2) -> None:
        self._ports = [free_port() for _ in range(web)]
        self.front.targets = [("127.0.0.1", port) for port in self._ports]
        await self.front.open()
        for name in ROUTES:
            url = urlsplit(self._direct(name))
            self.proxies[name] = Proxy([(url.hostname or "", url.port or 0)])
            await self.proxies[name].open()
        self.nursery.on_end = self._ended

    async def close(self) -> None:
        for proxy in (self.front, *self.proxies.values()):
            await proxy.close()

    @property
    def base(self) -> str:
        """The address in front of all web processes."""
        return f"http://127.0.0.1:{self.front.port}"

    @property
    def processes(self) -> list[HubProcess]:
        return [*self.web, *self.workers]

    async def run(self, *, workers: int = 2, proxied: Sequence[str] = (), poison: bool = False, **more: str) -> None:
        """Have all processes run anew: two web, ``workers`` workers, with these routes through their proxies."""
        for process in self.processes:
            self.kill(process)
        for process in self.processes:
            await process.ended.wait()
        self.proxied, self.poison, self.more = frozenset(proxied), poison, more
        for proxy in self.proxies.values():
            proxy.heal()
        started = [self._start_web(slot) for slot in range(len(self._ports))]
        self.web = list(await asyncio.gather(*started))
        self.workers = list(await asyncio.gather(*(self.start_worker() for _ in range(workers))))
        await asyncio.gather(*(self.ready(process) for process in self.processes))

    def kill(self, process: HubProcess, number: int = signal.SIGKILL) -> None:
        """End a process on purpose."""
        self.expect(process)
        process.kill(number)

    def expect(self, process: HubProcess) -> None:
        """That this one ends is no surprise."""
        self._expected.add(process.pid)

    async def replace(self, process: HubProcess, crash: Mapping[str, Any] | None = None) -> HubProcess:
        """Start another process in the place of one that ended."""
        if process in self.web:
            slot = self.web.index(process)
            self.web[slot] = await self._start_web(slot, crash)
            return self.web[slot]
        slot = self.workers.index(process)
        self.workers[slot] = await self.start_worker(crash)
        return self.workers[slot]

    async def _start_web(self, slot: int, crash: Mapping[str, Any] | None = None) -> HubProcess:
        argv = ("serve", "--port", str(self._ports[slot]))
        return await self.nursery.start(f"web{slot}", argv, self.environment(crash))

    async def start_worker(self, crash: Mapping[str, Any] | None = None) -> HubProcess:
        self._keys += 1
        key = {"HUB_LLM_API_KEY": f"worker-key-{self._keys}"}
        process = await self.nursery.start("worker", ("worker",), self.environment(crash) | key)
        process.key = key["HUB_LLM_API_KEY"]
        return process

    async def ready(self, process: HubProcess) -> None:
        """Return when it says that it works, or has ended."""
        await eventually(
            lambda: process.ready or not process.alive, seconds=240, what=f"{process.name}: {process.said()}"
        )

    def _ended(self, process: HubProcess) -> None:
        if process.pid not in self._expected:
            self.unexpected.append(f"{process.name} ended with {process.code}: {process.said()[-500:]}")

    def environment(self, crash: Mapping[str, Any] | None = None) -> dict[str, str]:
        """What a process of the product is started with."""
        upstreams = {f"HUB_{kind.upper()}_API_URL": self._route(kind) for kind in KINDS}
        sabotage = {"constants": self.constants, "crash": crash, "poison": self.poison}
        return {
            **{k: v for k, v in os.environ.items() if not k.startswith("HUB_")},
            "HUB_DATABASE_URL": self._route("database"),
            "HUB_REDIS_URL": self._route("redis"),
            "HUB_SECRET_KEYS": _SECRET_KEY,
            "HUB_ADMIN_API_KEY": OPERATOR,
            "HUB_DATA_DIR": str(self.folder / "data"),
            "HUB_LLM_PROVIDER": "openai",
            "HUB_LLM_MODEL": "sim-repeat",
            "HUB_OPENAI_BASE_URL": self._route("model"),
            "HUB_LOG_FORMAT": "json",
            "PYTHONPATH": str(ROOT),
            VARIABLE: json.dumps(sabotage),
            **upstreams,
            **self.more,
        }

    def _direct(self, name: str) -> str:
        if name == "database":
            return self.database.url
        if name == "redis":
            return self.redis.url
        if name == "model":
            return f"{self.platforms.urls['model']}/v1"
        return f"{self.platforms.urls[name]}{'/api' if name == 'slack' else ''}"

    def _route(self, name: str) -> str:
        url = urlsplit(self._direct(name))
        if name not in self.proxied:
            return urlunsplit(url)
        login = f"{url.username}:{url.password}@" if url.username else ""
        return urlunsplit(url._replace(netloc=f"{login}127.0.0.1:{self.proxies[name].port}"))

    # what outsiders do

    async def call(self, method: str, path: str, **more: Any) -> tuple[int, Any]:
        """Status and JSON of the hub's API, as the operator."""
        headers = {"Authorization": f"Bearer {OPERATOR}", **more.pop("headers", {})}
        async with self.http.request(method, f"{self.base}{path}", headers=headers, **more) as answer:
            raw = await answer.read()
            return answer.status, json.loads(raw) if raw and "json" in answer.content_type else raw

    async def ok(self, method: str, path: str, **more: Any) -> Any:
        status, body = await self.call(method, path, **more)
        assert status < 300, (method, path, status, body)
        return body

    async def tenant(self, **bot: Any) -> str:
        """A new tenant's id."""
        self._accounts += 1
        slug = f"tenant-{self._accounts}"
        settings = {"bot": {"use_knowledge": False, **bot}}
        body = {"slug": slug, "name": slug, "settings": settings}
        return str((await self.ok("POST", "/api/v1/tenants", json=body))["id"])

    async def account(self, tenant: str, kind: str) -> Account:
        """A new channel of the tenant, whose platform knows the way to this hub."""
        self._accounts += 1
        facts = await self.platforms.ask("POST", "/ground/accounts", json={"kind": kind, "n": self._accounts})
        body = {"kind": kind, "name": kind, "credentials": facts["credentials"]}
        channel = (await self.ok("POST", f"/api/v1/tenants/{tenant}/channels", json=body))["id"]
        path = f"/webhooks/{kind}/{channel}"
        asked = {"kind": kind, "account": facts["account"], "url": f"{self.base}{path}"}
        await self.platforms.ask("POST", "/ground/listen", json=asked)
        return Account(kind, facts, path)

    async def accounts(self, tenant: str, kinds: Sequence[str] = KINDS) -> list[Account]:
        """A new channel of each kind."""
        return [await self.account(tenant, kind) for kind in kinds]

    async def people(self, accounts: Sequence[Account], count: int) -> list[Person]:
        """New people, spread over these channels. Asks nobody but the simulator."""
        self._crowds += 1
        found: list[list[Person]] = []
        for n, account in enumerate(accounts):
            names = [f"Person {self._crowds}-{n}-{i}" for i in range(len(range(n, count, len(accounts))))]
            asked = {"kind": account.kind, "account": account.facts["account"], "names": names}
            told = await self.platforms.ask("POST", "/ground/people", json=asked)
            found.append([Person(account, name, facts) for name, facts in zip(names, told, strict=True)])
        return [found[i % len(accounts)][i // len(accounts)] for i in range(count)]

    def driver(self, *, twice: float = 0.1) -> Driver:
        """The load of one bar."""
        self._bars += 1

        async def answered() -> set[str]:
            return set((await self.platforms.ask("GET", "/ground/answered"))["tokens"])

        return Driver(self.base, self.http, self.seed, self._bars, answered, twice)

    async def rows(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        """What the tables hold: to wait for, and to look at what is shown; nothing is counted here."""
        connection = await asyncpg.connect(self.database.superuser_url)
        try:
            return list(await connection.fetch(sql, *values))
        finally:
            await connection.close()

    # the end of a bar

    async def quiet(self, seconds: float) -> bool:
        """Wait until nothing is due, thought about or on its way any more. False when that takes too long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(OSError, asyncpg.PostgresError):
                if not (await self.rows(_BUSY))[0][0]:
                    return True
            await asyncio.sleep(0.5)
        return False

    async def mark(self) -> int:
        """The newest number of the record."""
        return int((await self.platforms.ask("GET", "/ground/answered"))["n"])

    async def judged(self, driver: Driver, after: int, *, seconds: float = 600.0) -> tuple[Judgement, list[Any]]:
        """Wait until all is settled, then hold the record against what was sent."""
        await driver.repeats()
        if not await self.quiet(seconds):
            self.unexpected.append(f"work was left after {seconds:.0f} s: what is lost here may only be late")
        await asyncio.sleep(1.0)  # what is on the wire when the last row is settled
        record = await self.platforms.record(after)
        return judge(driver.sent, record, unknown=await self.unknown(driver)), record

    async def explain(self, tokens: Sequence[str]) -> str:
        """What our own tables say of questions, for whoever looks for the fault."""
        rows = await self.rows(
            """select i.outcome, i.reason, i.error, c.state, c.pending, c.attempts,
                      (select jsonb_agg(jsonb_build_array(o.state, o.attempts, o.error, o.code))
                         from hub.outbox o where o.conversation_id = c.id) as outbox
                 from hub.inbox i left join hub.conversation c on c.id = i.conversation_id
                where exists (select from unnest($1::text[]) t where i.event::text like '%' || t || '?%')""",
            list(tokens),
        )
        return "; ".join(str(dict(row)) for row in rows)

    async def unknown(self, driver: Driver) -> set[str]:
        """The questions whose answer stands before the tenant's people as not known to have arrived."""
        found = await self.rows(
            """select m.tenant_id, m.conversation_id, m.id from hub.message m where m.status = 'unknown'"""
        )
        shown: set[str] = set()
        wanted = {sent.token for sent in driver.sent}
        for row in found:
            path = f"/api/v1/tenants/{row['tenant_id']}/conversations/{row['conversation_id']}/messages?limit=200"
            items = (await self.ok("GET", path))["items"]
            for message in items:
                if message["id"] == str(row["id"]) and message["status"] == "unknown":
                    shown |= _marks(wanted, message) or _asked_before(wanted, items, message)
        return shown


def _marks(wanted: set[str], message: Mapping[str, Any]) -> set[str]:
    """The questions whose marks stand in a message."""
    return wanted.intersection(TOKEN.findall(json.dumps(message["parts"])))


def _asked_before(wanted: set[str], items: Sequence[Mapping[str, Any]], reply: Mapping[str, Any]) -> set[str]:
    """What an answer without a mark was for: the questions between the answer before it and itself."""
    found: set[str] = set()
    for message in sorted(items, key=lambda m: -int(m["seq"])):
        if message["seq"] < reply["seq"]:
            if message["direction"] == "out":
                break
            found |= _marks(wanted, message)
    return found


@asynccontextmanager
async def world(
    *, seed: int, folder: Path, database: Database, server: Server | None = None, **constants: Any
) -> AsyncIterator[World]:
    """A world over a migrated, empty database. ``constants`` shorten the product's waits for short runs; nothing
    runs yet."""
    redis = RedisServer()
    redis.start()
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(redis.stop)
        connector = aiohttp.TCPConnector(limit=500)
        http = await stack.enter_async_context(aiohttp.ClientSession(connector=connector, trust_env=False))
        platforms = await open_platforms(seed, folder, http)
        stack.push_async_callback(platforms.close)
        nursery = Nursery(folder)
        stack.push_async_callback(nursery.close)
        await nursery.open()
        made = World(seed, folder, database, redis, platforms, nursery, http, server, dict(constants))
        stack.push_async_callback(made.close)
        await made.open()
        yield made
        for process in made.processes:
            made.kill(process)
