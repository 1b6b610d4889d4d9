"""python-socketio made safe for strangers: bounded, throttled, no binary, no trace in the log for a bad frame.

Measured traps it works around: handlers run concurrently by default and reorder one client's messages; the send
queue is unbounded; a frame that cannot be read raises through the request handler; ``REMOTE_ADDR`` is constant.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import structlog
from aiohttp import web

from hub.realtime.ports import BadFrame, ClientAddress, OriginAllowed, SocketLimits

log = structlog.get_logger(__name__)

NAMESPACE = "/visitor"
AGENTS = "/agent"
PATH = "/socket.io/"
_BINARY = ("5", "6")
_ADMIT_SECONDS = 15.0
"""How long a socket may stay without having shown a token."""


@dataclass(slots=True)
class Pace:
    """A token bucket: how long the next frame must wait, in seconds."""

    rate: float
    burst: float
    tokens: float = field(init=False)
    at: float = field(init=False)

    def __post_init__(self) -> None:
        self.tokens, self.at = self.burst, time.monotonic()

    def wait(self) -> float:
        now = time.monotonic()
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.rate)
        self.at = now
        self.tokens -= 1
        return max(0.0, -self.tokens / self.rate)


class Wire:
    """The Socket.IO server of one process."""

    def __init__(
        self,
        *,
        origin_allowed: OriginAllowed,
        address: ClientAddress,
        limits: SocketLimits,
        own_page: Callable[[web.Request], bool] = lambda request: False,
    ) -> None:
        self._origin_allowed = origin_allowed
        self._own_page = own_page
        self._address = address
        self._limits = limits
        self._addresses: dict[str, str] = {}
        self._per_address: Counter[str] = Counter()
        self._paces: dict[str, Pace] = {}
        self._deadlines: dict[str, asyncio.Task[None]] = {}
        self._handlers: dict[tuple[str, str], Callable[..., Any]] = {}
        self._opening = asyncio.Lock()
        self.sio: Any = None

    def listen(self, event: str, handler: Callable[..., Any], *, namespace: str = NAMESPACE) -> None:
        """What runs at an event of the namespace; ``*`` stands for every event without a handler of its own."""
        self._handlers[namespace, event] = handler

    async def open(self) -> None:
        """Load the library, off the event loop, and make the server. Comes by itself with the first socket."""
        async with self._opening:
            if self.sio is not None:
                return
            library = await asyncio.to_thread(import_module, "hub.realtime.library")
            sio = library.make_server([NAMESPACE, AGENTS], self._limits)
            for (namespace, event), handler in self._handlers.items():
                sio.on(event, handler, namespace=namespace)
            engine = sio.eio
            self._connected, self._message, self._gone = (
                engine.handlers[name] for name in ("connect", "message", "disconnect")
            )
            engine.on("connect", self._on_connect)
            engine.on("message", self._on_message)
            engine.on("disconnect", self._on_disconnect)
            self.sio = sio

    def mount(self, app: web.Application) -> None:
        """Serve the sockets in this application, beside its other routes."""
        for method in ("GET", "POST", "OPTIONS"):
            app.router.add_route(method, PATH, self.handle)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request of Engine.IO: handshake, upgrade or poll. Refuses foreign origins and more than it can hold."""
        origin = request.headers.get("Origin")
        if origin is not None and not await self._may_talk(request, origin):
            return web.json_response({"code": "forbidden", "message": "This site may not use this chat."}, status=403)
        await self.open()
        if "sid" not in request.query and request.method != "OPTIONS":
            if len(self.sio.eio.sockets) >= self._limits.sockets:
                return _busy("Too many visitors are connected. Try again in a moment.")
            if self._per_address[self._address(request)] >= self._limits.sockets_per_address:
                return _busy("Too many connections from this address. Close some and try again.", status=429)
        response: web.StreamResponse = await self.sio.handle_request(request)
        return response

    async def _may_talk(self, request: web.Request, origin: str) -> bool:
        """A site's pages name their site; without one, only our own pages may talk: the colleagues'."""
        if "site" in request.query:
            return await self._origin_allowed(request.query["site"], origin)
        return self._own_page(request)

    def client_address(self, environ: Mapping[str, Any]) -> str:
        """The address behind a connection's environ."""
        return self._address(environ["aiohttp.request"])

    async def enter(self, sid: str, room: str, *, namespace: str = NAMESPACE) -> None:
        """Put a socket into a room."""
        await self.sio.enter_room(sid, room, namespace=namespace)

    async def leave(self, sid: str, room: str, *, namespace: str = NAMESPACE) -> None:
        """Take a socket out of a room."""
        await self.sio.leave_room(sid, room, namespace=namespace)

    async def dismiss(self, sid: str, *, namespace: str = NAMESPACE) -> None:
        """End a socket's stay in the namespace."""
        await self.sio.disconnect(sid, namespace=namespace)

    def occupied(self, room: str, *, namespace: str = NAMESPACE) -> bool:
        """Whether any socket here is in the room."""
        if self.sio is None:
            return False
        return next(iter(self.sio.manager.get_participants(namespace, room)), None) is not None

    async def emit(self, event: str, data: Mapping[str, Any], *, room: str, namespace: str = NAMESPACE) -> None:
        """Tell a room. A socket that does not read is closed rather than kept in memory: it comes back and resumes."""
        if self.sio is None:
            return
        for _, engine_sid in list(self.sio.manager.get_participants(namespace, room)):
            socket = self.sio.eio.sockets.get(engine_sid)
            if socket is not None and socket.queue.qsize() > self._limits.queued_packets:
                log.info("realtime.slow_reader_closed")
                await socket.close(wait=False, abort=True)
        await self.sio.emit(event, data, room=room, namespace=namespace)

    async def close(self) -> None:
        """Say goodbye to everybody; clients reconnect to another process."""
        if self.sio is None:
            return
        for socket in list(self.sio.eio.sockets.values()):
            await socket.close(wait=False)
        await self.sio.shutdown()

    async def _on_connect(self, engine_sid: str, environ: Mapping[str, Any]) -> Any:
        address = self.client_address(environ)
        self._addresses[engine_sid] = address
        self._per_address[address] += 1
        self._paces[engine_sid] = Pace(self._limits.frames_per_second, self._limits.burst)
        self._deadlines[engine_sid] = asyncio.create_task(self._expect_token(engine_sid))
        return await self._connected(engine_sid, environ)

    async def _expect_token(self, engine_sid: str) -> None:
        await asyncio.sleep(_ADMIT_SECONDS)
        socket = self.sio.eio.sockets.get(engine_sid)
        namespaces = (NAMESPACE, AGENTS)
        if socket is not None and not any(self.sio.manager.sid_from_eio_sid(engine_sid, n) for n in namespaces):
            await socket.close(wait=False, abort=False)

    async def _on_message(self, engine_sid: str, data: Any) -> None:
        """Every frame comes through here, one socket's one after another."""
        pace = self._paces.get(engine_sid)
        if pace is not None and (wait := pace.wait()) > 0:
            # Not read on meanwhile: the sender feels it, nobody else does.
            await asyncio.sleep(wait)
        try:
            if not isinstance(data, str) or data.startswith(_BINARY):
                raise BadFrame
            await self._message(engine_sid, data)
        except Exception as error:
            log.info("realtime.bad_frame", error=type(error).__name__)
            socket = self.sio.eio.sockets.get(engine_sid)
            if socket is not None:
                await socket.close(wait=False, abort=False)

    async def _on_disconnect(self, engine_sid: str, reason: str) -> None:
        address = self._addresses.pop(engine_sid, None)
        self._paces.pop(engine_sid, None)
        deadline = self._deadlines.pop(engine_sid, None)
        if deadline is not None and deadline is not asyncio.current_task():
            deadline.cancel()
        if address is not None:
            self._per_address[address] -= 1
            if self._per_address[address] <= 0:
                del self._per_address[address]
        socket = self.sio.eio.sockets.get(engine_sid)
        if socket is not None:
            # A poll that waits for news would otherwise wait on for a socket that is gone.
            asyncio.get_running_loop().call_soon(socket.queue.put_nowait, None)
        await self._gone(engine_sid, reason)


def _busy(text: str, *, status: int = 503) -> web.Response:
    code = "rate_limited" if status == 429 else "unavailable"
    return web.json_response({"code": code, "message": text}, status=status, headers={"Retry-After": "5"})
