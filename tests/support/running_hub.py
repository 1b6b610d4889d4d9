"""The real hub on loopback, in this process or as processes of its own, with the simulator for the world outside.

What is asserted about replies is read from the simulator's record, not from our own tables.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import socketio

from hub.run.house import House, open_house
from hub.run.process import serving, working
from hub.security.encryption import generate_key
from hub.settings import Settings
from hub.simulator.server import Simulator
from hub.simulator.telegram.people import Person
from support.database import Database
from support.ports import free_port

OPERATOR = "operator-key-for-tests-0000000000"
SECRET = "telegram-secret-token-0001"
ORIGIN = "https://shop.example"
ECHO_BOT = "sim-echo"
_SECRET_KEY = generate_key()
_ROOT = Path(__file__).parents[2]


async def eventually(look: Callable[[], Any], *, seconds: float = 60.0, what: str = "it") -> Any:
    """The first truthy value of ``look`` (which may be a coroutine function). Raises ``AssertionError``."""
    end = time.monotonic() + seconds
    while True:
        found = look()
        if isinstance(found, Awaitable):
            found = await found
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come within {seconds} s; last seen: {found!r}")
        await asyncio.sleep(0.02)


@dataclass
class Visit:
    """A visitor's browser: the real Socket.IO client and all it heard, in order."""

    token: str
    client: socketio.AsyncClient
    heard: list[tuple[str, Any]] = field(default_factory=list)

    def got(self, event: str) -> list[Any]:
        return [data for name, data in self.heard if name == event]

    async def say(self, text: str, client_id: str) -> dict[str, Any]:
        body = {"client_id": client_id, "parts": [{"type": "text", "text": text}]}
        answer: dict[str, Any] = await self.client.call("message", body, namespace="/visitor", timeout=60)
        return answer

    async def until(self, event: str, *, seconds: float = 60.0, count: int = 1) -> Any:
        await eventually(lambda: len(self.got(event)) >= count, seconds=seconds, what=f"'{event}'")
        return self.got(event)[count - 1]

    async def reply(self, *, seconds: float = 60.0) -> dict[str, Any]:
        """The first message of ours that arrived."""

        def ours() -> list[dict[str, Any]]:
            return [m for m in self.got("message") if m["direction"] == "out"]

        found: list[dict[str, Any]] = await eventually(ours, seconds=seconds, what="a reply")
        return found[0]


@dataclass
class Site:
    """What outsiders see of a hub, and the world around it."""

    base: str
    http: aiohttp.ClientSession
    simulator: Simulator
    database: Database
    house: House | None = None

    async def call(self, method: str, path: str, *, key: str | None = OPERATOR, **more: Any) -> tuple[int, Any]:
        """Status and JSON body."""
        headers = dict(more.pop("headers", {}))
        if key is not None:
            headers.setdefault("Authorization", f"Bearer {key}")
        async with self.http.request(method, f"{self.base}{path}", headers=headers, **more) as answer:
            raw = await answer.read()
            is_json = "json" in answer.content_type
            return answer.status, (await answer.json(content_type=None)) if raw and is_json else raw

    async def ok(self, method: str, path: str, **more: Any) -> Any:
        status, body = await self.call(method, path, **more)
        assert status in (200, 201, 202, 204), (status, body)
        return body

    async def tenant(self, slug: str = "acme", **bot: Any) -> str:
        settings = {"bot": {"use_knowledge": False, **bot}}
        made = await self.ok("POST", "/api/v1/tenants", json={"slug": slug, "name": slug, "settings": settings})
        return str(made["id"])

    async def telegram(self, tenant: str, number: int = 123456) -> str:
        """A Telegram channel whose bot the simulator knows and delivers to. Gives the channel's id."""
        token = f"{number}:{'A' * 35}"
        self.simulator.telegram.add_bot(token)
        body = {"kind": "telegram", "name": "Bot", "credentials": {"bot_token": token, "secret_token": SECRET}}
        channel = str((await self.ok("POST", f"/api/v1/tenants/{tenant}/channels", json=body))["id"])
        webhook = {
            "url": f"{self.base}/webhooks/telegram/{channel}",
            "secret_token": SECRET,
            "allowed_updates": ["message", "edited_message", "callback_query", "message_reaction", "my_chat_member"],
        }
        async with self.http.post(f"{self.simulator.telegram_url}/bot{token}/setWebhook", json=webhook) as answer:
            assert answer.status == 200, await answer.text()
        return channel

    async def website(self, tenant: str) -> str:
        body = {"kind": "webchat", "name": "Shop", "credentials": {"allowed_origins": [ORIGIN]}}
        return str((await self.ok("POST", f"/api/v1/tenants/{tenant}/channels", json=body))["id"])

    def person(self, name: str, number: int = 123456) -> Person:
        return self.simulator.telegram.user(name, bot=self.simulator.telegram.bot(number))

    def replies(self, person: Person) -> list[str]:
        """The texts that reached a person's chat, as Telegram recorded them."""
        sent = self.simulator.record.messages(person.chat.id)
        return [str(entry.params.get("text", "")) for entry in sent if entry.method == "sendMessage"]

    def asked(self) -> int:
        """How often the model was called."""
        return len(self.simulator.record.calls("model", "chat"))

    async def post_update(self, channel: str, update: Any, secret: str | None = SECRET) -> tuple[int, Any]:
        """A platform's webhook, sent by hand."""
        headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
        more: dict[str, Any] = {"data": update} if isinstance(update, bytes) else {"json": update}
        return await self.call("POST", f"/webhooks/telegram/{channel}", key=None, headers=headers, **more)

    async def conversations(self, tenant: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.ok("GET", f"/api/v1/tenants/{tenant}/conversations"))["items"]
        return found

    async def messages(self, tenant: str, conversation: str) -> list[dict[str, Any]]:
        path = f"/api/v1/tenants/{tenant}/conversations/{conversation}/messages"
        found: list[dict[str, Any]] = (await self.ok("GET", path))["items"]
        return found

    async def act(self, tenant: str, conversation: str, act: str, **body: Any) -> Any:
        return await self.ok("POST", f"/api/v1/tenants/{tenant}/conversations/{conversation}/{act}", json=body)

    async def rows(self, sql: str, *values: Any) -> list[asyncpg.Record]:
        """What the tables hold, seen from above row-level security."""
        connection = await asyncpg.connect(self.database.superuser_url)
        try:
            return list(await connection.fetch(sql, *values))
        finally:
            await connection.close()

    @asynccontextmanager
    async def visit(self, website: str) -> AsyncIterator[Visit]:
        """A visitor with an open socket."""
        headers = {"Origin": ORIGIN}
        body = {"site_key": website}
        token = (await self.ok("POST", "/api/v1/visitor/session", key=None, json=body, headers=headers))["token"]
        async with self.connect(website, token) as visit:
            yield visit

    @asynccontextmanager
    async def connect(self, website: str, token: str) -> AsyncIterator[Visit]:
        visit = Visit(token, socketio.AsyncClient(reconnection=False))
        visit.client.on(
            "*", lambda event, *data: visit.heard.append((event, data[0] if data else None)), namespace="/visitor"
        )
        await visit.client.connect(
            f"{self.base}/?site={website}",
            headers={"Origin": ORIGIN},
            auth={"token": token},
            namespaces=["/visitor"],
            transports=["websocket"],
            wait_timeout=60,
        )
        try:
            yield visit
        finally:
            await visit.client.disconnect()


def _settings(database: Database, simulator: Simulator, data: Path, **more: Any) -> dict[str, Any]:
    return {
        "database_url": database.url,
        "secret_keys": _SECRET_KEY,
        "admin_api_key": OPERATOR,
        "data_dir": str(data),
        "telegram_api_url": simulator.telegram_url,
        "messenger_api_url": simulator.messenger_url,
        "slack_api_url": simulator.slack_url,
        "whatsapp_api_url": simulator.whatsapp_url,
        "llm_provider": "openai",
        "llm_model": ECHO_BOT,
        "openai_base_url": simulator.model_url,
        "anthropic_base_url": simulator.model_url.removesuffix("/v1"),
        "ollama_base_url": simulator.model_url.removesuffix("/v1"),
        **more,
    }


@asynccontextmanager
async def hub_in_process(
    database: Database, data: Path, *, worker: bool = True, tokens_per_second: float = 0.0, **more: Any
) -> AsyncIterator[Site]:
    """Server and worker on this loop, as ``hub up`` runs them. ``more`` are settings, or functions of the simulator
    that give them."""
    async with AsyncExitStack() as stack:
        simulator = await stack.enter_async_context(Simulator(seed=1, speed=10.0, tokens_per_second=tokens_per_second))
        given = {name: value(simulator) if callable(value) else value for name, value in more.items()}
        settings = Settings(_env_file=None, **_settings(database, simulator, data, **given))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        house = await stack.enter_async_context(open_house(settings))
        if worker:
            await stack.enter_async_context(working(house))
        port = await stack.enter_async_context(serving(house, host="127.0.0.1", port=0))
        yield Site(f"http://127.0.0.1:{port}", http, simulator, database, house)


@dataclass
class Process:
    """One process of the product. Its log is in ``log``."""

    child: asyncio.subprocess.Process
    log: Path

    def kill(self) -> None:
        """kill -9."""
        with contextlib.suppress(ProcessLookupError):
            self.child.kill()

    async def end(self, seconds: float = 15.0) -> float:
        """SIGTERM; how many seconds it took to end. Raises ``TimeoutError``."""
        started = time.monotonic()
        self.child.send_signal(signal.SIGTERM)
        await asyncio.wait_for(self.child.wait(), seconds)
        return time.monotonic() - started

    def said(self) -> str:
        return self.log.read_text(errors="replace")


class Processes:
    """Starts ``hub`` commands over one database, simulator and Redis."""

    def __init__(self, environment: dict[str, str], folder: Path, first: str) -> None:
        self._environment = environment
        self._first = first
        self._folder = folder
        self.running: list[Process] = []

    async def start(self, *command: str, **more: str) -> Process:
        """Start ``hub COMMAND`` and wait until it is ready."""
        log = self._folder / f"{command[0]}-{len(self.running)}.log"
        with log.open("wb") as stream:
            child = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-c", f"{self._first}\nfrom hub.run.cli import main; main()", *command),
                env=self._environment | more,
                cwd=self._folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=stream,
                stderr=stream,
            )
        process = Process(child, log)
        self.running.append(process)

        role = "web" if command[0] == "serve" else command[0]
        mark = f'"{role}.crew_ready"' if "--workers" in command else f'"{role}.ready"'

        def ready() -> bool:
            assert child.returncode is None, f"hub {command[0]} ended:\n{process.said()[-4000:]}"
            return mark in process.said()

        await eventually(ready, seconds=120, what=f"hub {command[0]}")
        return process

    async def close(self) -> None:
        """Kill what is left."""
        for process in self.running:
            process.kill()
        for process in self.running:
            await process.child.wait()


@asynccontextmanager
async def hub_of_processes(
    database: Database,
    folder: Path,
    *,
    redis_url: str | None,
    tokens_per_second: float = 0.0,
    web: Sequence[str] = (),
    source: Path = _ROOT,
    first: str = "pass",
) -> AsyncIterator[tuple[Site, Processes]]:
    """The web side of the product (``hub serve`` with the words of ``web``), and the means to start workers, from the
    code in ``source``. The simulator stays in this process. ``first`` is Python that each process runs first."""
    port = free_port()
    async with (
        Simulator(seed=1, speed=10.0, tokens_per_second=tokens_per_second) as simulator,
        aiohttp.ClientSession() as http,
    ):
        settings = _settings(database, simulator, folder, port=port, log_format="json")
        if redis_url is not None:
            settings["redis_url"] = redis_url
        environment = {f"HUB_{name.upper()}": str(value) for name, value in settings.items()}
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("HUB_")}
        processes = Processes({**inherited, **environment, "PYTHONPATH": str(source)}, folder, first)
        try:
            await processes.start("serve", *web)
            yield Site(f"http://127.0.0.1:{port}", http, simulator, database), processes
        finally:
            await processes.close()
