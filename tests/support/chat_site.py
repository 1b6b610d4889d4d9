"""A hub with the chat bubble whose inbox is in memory, and a customer's page under a strict policy that embeds it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from aiohttp import web

from hub.core.conversations import State
from hub.core.errors import Unauthenticated, Unavailable
from hub.core.ids import ChannelId, ConversationId, MessageId, TenantId, uuid7
from hub.http.access import PUBLIC, Call
from hub.http.app import build_app, make_runner
from hub.http.dispatch import CORS_ORIGIN
from hub.http.frontend import DemoFacts, Frontend
from hub.http.model import Model, View
from hub.http.routes import Route
from hub.inbox.guests import Guest, Taken
from hub.realtime.ports import Page, Standing, VisitorDesk
from hub.realtime.rooms import Rooms
from hub.realtime.server import Realtime

SITE, OTHER_SITE = "site-one", "site-two"
ORIGIN = "https://shop.test"


class Ledger:
    """A store in memory: messages by conversation, visitors by token, each client id once."""

    def __init__(self) -> None:
        self.tenant, self.channel = TenantId(uuid7()), ChannelId(uuid7())
        self.visitors = {
            "anna": Guest(self.tenant, self.channel, SITE, "anna"),
            "ben": Guest(self.tenant, self.channel, SITE, "ben"),
            "foreign": Guest(TenantId(uuid7()), ChannelId(uuid7()), OTHER_SITE, "anna"),
        }
        self.conversations: dict[Guest, ConversationId] = {}
        self.messages: dict[ConversationId, list[dict[str, Any]]] = {}
        self.states: dict[ConversationId, Standing] = {}
        self.accepted: dict[tuple[Guest, str], Taken] = {}
        self.said: list[dict[str, Any]] = []
        self.origins = {ORIGIN}
        self.pages = 0
        self.down = False

    async def verify(self, token: str) -> Guest:
        if token not in self.visitors:
            raise Unauthenticated("Nobody issued this token.", field="token")
        return self.visitors[token]

    async def origin_allowed(self, site: str, origin: str) -> bool:
        return site in (SITE, OTHER_SITE) and origin in self.origins

    async def accept(self, visitor: Guest, raw: bytes) -> Taken:
        if self.down:
            raise Unavailable("The store is away. Try again.")
        said = json.loads(raw)
        await asyncio.sleep(0.01)
        key = (visitor, said["client_id"])
        if key not in self.accepted:
            conversation = self.open(visitor)
            message = self.add(
                conversation, said["parts"], direction="in", author="contact", client_id=said["client_id"]
            )
            self.said.append(said)
            self.accepted[key] = Taken(MessageId(UUID(message["id"])), message["seq"], conversation, False)
        return self.accepted[key]

    def open(self, visitor: Guest) -> ConversationId:
        if visitor not in self.conversations:
            conversation = self.conversations[visitor] = ConversationId(uuid7())
            self.messages[conversation] = []
            self.states[conversation] = Standing(conversation, State.BOT, floor_epoch=0)
        return self.conversations[visitor]

    def add(
        self,
        conversation: ConversationId,
        parts: list[dict[str, Any]],
        *,
        direction: str = "out",
        author: str = "bot",
        hidden: bool = False,
        **more: Any,
    ) -> dict[str, Any]:
        listed = self.messages[conversation]
        message = {
            "id": str(uuid7()),
            "conversation_id": str(conversation),
            "seq": len(listed) + 1,
            "direction": direction,
            "author": {"kind": author},
            "parts": parts,
            "hidden": hidden,
            "at": datetime.now(UTC).isoformat(),
            **more,
        }
        listed.append(message)
        return message

    async def current(self, visitor: Guest) -> ConversationId | None:
        return self.conversations.get(visitor)

    async def owns(self, visitor: Guest, conversation: ConversationId) -> bool:
        return self.conversations.get(visitor) == conversation

    async def page(
        self, tenant: TenantId, conversation: ConversationId, *, after: int | None, limit: int
    ) -> Page | None:
        self.pages += 1
        if conversation not in self.messages:
            return None
        rows = self.messages[conversation]
        chosen = rows[-limit:] if after is None else [m for m in rows if m["seq"] > after][:limit]
        seq = chosen[-1]["seq"] if chosen else (after or 0)
        shown = [m for m in chosen if not m["hidden"]]
        return Page(self.states[conversation], shown, seq, more=seq < len(rows))


class SiteQuery(Model):
    site_key: str


class SessionIn(Model):
    site_key: str
    identity: dict[str, str] | None = None


class SessionOut(View):
    token: str
    visitor: dict[str, str]


class Nobody:
    """Keys, tenants and remembered answers of a hub that has none."""

    async def authenticate(self, key: str) -> Any:
        raise Unauthenticated("Nobody issued this key.")

    async def find(self, ref: str) -> None:
        return None


@dataclass
class ChatSite:
    """The running pair. ``hub`` and ``shop`` are their addresses; ``config`` is what the bubble asks for."""

    ledger: Ledger
    config: dict[str, Any]
    hub: str = ""
    shop: str = ""
    rooms: Rooms = field(init=False)
    sessions: int = 0
    _runner: web.AppRunner | None = None
    _port: int = 0

    async def start(self) -> None:
        """Bring the hub up, on the port it had before."""
        desk = VisitorDesk(
            verify=self.ledger.verify,
            origin_allowed=self.ledger.origin_allowed,
            accept=self.ledger.accept,
            conversations=self.ledger,
        )
        realtime = Realtime(desk=desk, address=lambda request: request.remote or "")
        self.rooms = realtime.rooms
        demo = DemoFacts(site_key=SITE, hub="https://hub.test", model="sim-1", simulated=True, telegram="/telegram/")
        nobody: Any = Nobody()
        app = build_app(
            routes=[*self._routes(), *Frontend(demo=demo).routes()],
            keys=nobody,
            tenants=nobody,
            idempotency=nobody,
            version="0",
            origin_allowed=self._origin_allowed,
        )
        realtime.mount(app)
        self._runner = make_runner(app, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        self.hub = f"http://127.0.0.1:{self._port}"
        self.ledger.origins.add(self.hub)

    async def stop(self) -> None:
        """Take the hub down; what it stored stays."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def conversation(self) -> ConversationId:
        """The newest conversation."""
        return list(self.ledger.messages)[-1]

    async def say(self, words: str, **more: Any) -> dict[str, Any]:
        """A message from our side, stored and announced."""
        parts = more.pop("parts", [{"type": "text", "text": words}])
        message = self.ledger.add(self.conversation(), parts, **more)
        await self.rooms.announce(self.ledger.tenant, self.conversation(), message["seq"])
        return message

    async def grow(
        self, message: str, pieces: list[str], *, pause: float = 0.02, floor: int = 0, start: int = 0
    ) -> None:
        """An answer that arrives piece by piece."""
        for n, piece in enumerate(pieces, start):
            await self.rooms.delta(self.ledger.tenant, self.conversation(), MessageId(UUID(message)), floor, n, piece)
            await asyncio.sleep(pause)

    async def stand(self, state: State, **more: Any) -> None:
        """Change the conversation's standing and announce it."""
        floor = more.pop("floor", self.ledger.states[self.conversation()].floor_epoch)
        self.ledger.states[self.conversation()] = Standing(self.conversation(), state, floor, **more)
        await self.rooms.announce(self.ledger.tenant, self.conversation(), 0)

    async def _origin_allowed(self, request: web.Request, origin: str) -> bool:
        return origin in self.ledger.origins

    def _routes(self) -> list[Route]:
        async def session(call: Call, body: SessionIn) -> SessionOut:
            self.sessions += 1
            token = f"visitor-{self.sessions}"
            self.ledger.visitors[token] = Guest(self.ledger.tenant, self.ledger.channel, body.site_key, token)
            if (origin := call.request.headers.get("Origin")) in self.ledger.origins:
                call.request[CORS_ORIGIN] = origin
            return SessionOut(token=token, visitor={"id": token})

        async def config(query: SiteQuery) -> web.Response:
            return web.json_response(self.config)

        def route(method: str, path: str, handler: Any) -> Route:
            return Route(method=method, path=path, handler=handler, access=PUBLIC, summary=path, cors=True, hidden=True)

        return [
            route("POST", "/api/v1/visitor/session", session),
            route("GET", "/api/v1/visitor/config", config),
        ]


def shop_page(hub: str, attributes: str = "") -> str:
    """A customer's page with the bubble on it."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Shop</title>'
        f'<script src="{hub}/widget.js" data-site="{SITE}" {attributes} async></script></head>'
        "<body><h1>A shop</h1><a href=/>Home</a></body></html>"
    )


@contextlib.asynccontextmanager
async def chat_site(**config: Any) -> AsyncIterator[ChatSite]:
    """Run both. The shop's policy allows the hub and nothing else: no inline script, no style at all."""
    site = ChatSite(Ledger(), {"name": "Northwind", "greeting": None, "notice": None, "suggestions": [], **config})
    await site.start()

    async def page(request: web.Request) -> web.Response:
        policy = (
            f"default-src 'none'; script-src {site.hub}; style-src 'none'; "
            f"connect-src {site.hub} {site.hub.replace('http', 'ws')}; "
            "require-trusted-types-for 'script'; trusted-types switchboard"
        )
        html = shop_page(site.hub, request.query.get("attributes", ""))
        return web.Response(text=html, content_type="text/html", headers={"Content-Security-Policy": policy})

    app = web.Application()
    app.router.add_get("/", page)
    app.router.add_get("/favicon.ico", lambda request: web.Response(status=204))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    site.shop = f"http://127.0.0.1:{runner.addresses[0][1]}"
    site.ledger.origins.add(site.shop)
    try:
        yield site
    finally:
        await site.stop()
        await runner.cleanup()
