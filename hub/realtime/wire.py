"""python-socketio made safe for strangers: bounded, throttled, no binary, no trace in the log for a bad frame.

Measured traps it works around: handlers run concurrently by default and reorder one client's messages; the send
queue is unbounded; a frame that cannot be read raises through the request handler; ``REMOTE_ADDR`` is constant.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import socketio
import structlog
from aiohttp import web
from engineio.async_drivers import aiohttp as driver

from hub.realtime.ports import ClientAddress, OriginAllowed, SocketLimits

log = structlog.get_logger(__name__)

NAMESPACE = "/visitor"
PATH = "/socket.io/"
_BINARY = ("5", "6")
_LIFECYCLE = frozenset({"connect", "disconnect", "connect_error"})
_ADMIT_SECONDS = 15.0
"""How long a socket may stay without having shown a token."""
_SILENT = logging.getLogger("hub.realtime.library")
_SILENT.setLevel(logging.CRITICAL + 1)


class BadFrame(Exception):
    """A frame that no client of ours sends."""


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


class _Guarded(driver.WebSocket):  # type: ignore[misc]  # engineio has no types
    """Ends a socket whose frame cannot be read, where the library would let the error through."""

    async def __call__(self, environ: Mapping[str, Any]) -> web.StreamResponse:
        try:
            await super().__call__(environ)
        except Exception as error:
            if self._sock is None or not self._sock.prepared:
                raise
            log.info("realtime.bad_frame", error=type(error).__name__)
            await self.handler.__self__.close(wait=False, abort=True)
            await self._sock.close(code=1002)
        response: web.StreamResponse = self._sock
        return response


class _Server(socketio.AsyncServer):  # type: ignore[misc]  # socketio has no types
    """Refuses what the library would take: lifecycle events sent by a client, and a second connect on one socket."""

    async def _handle_event(self, eio_sid: str, namespace: str | None, id: Any, data: Any) -> None:
        if not (isinstance(data, list) and data and isinstance(data[0], str)) or data[0] in _LIFECYCLE:
            raise BadFrame
        await super()._handle_event(eio_sid, namespace, id, data)

    async def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        if self.manager.sid_from_eio_sid(eio_sid, namespace or "/") is not None:
            raise BadFrame
        await super()._handle_connect(eio_sid, namespace, data)


class Wire:
    """The Socket.IO server of one process."""

    def __init__(self, *, origin_allowed: OriginAllowed, address: ClientAddress, limits: SocketLimits) -> None:
        self._origin_allowed = origin_allowed
        self._address = address
        self._limits = limits
        self._addresses: dict[str, str] = {}
        self._per_address: Counter[str] = Counter()
        self._paces: dict[str, Pace] = {}
        self._deadlines: dict[str, asyncio.Task[None]] = {}
        self.sio = _Server(
            async_mode="aiohttp",
            async_handlers=False,
            namespaces=[NAMESPACE],
            max_http_buffer_size=limits.max_bytes,
            # ``handle`` has asked already, per site and asynchronously, which the library cannot.
            cors_allowed_origins=lambda origin, environ: True,
            cors_credentials=False,
            ping_interval=20,
            ping_timeout=20,
            logger=_SILENT,
            engineio_logger=_SILENT,
        )
        engine = self.sio.eio
        engine._async = {**engine._async, "websocket": _Guarded}
        self._connected, self._message, self._gone = (
            engine.handlers[name] for name in ("connect", "message", "disconnect")
        )
        engine.on("connect", self._on_connect)
        engine.on("message", self._on_message)
        engine.on("disconnect", self._on_disconnect)

    def mount(self, app: web.Application) -> None:
        """Serve the sockets in this application, beside its other routes."""
        for method in ("GET", "POST", "OPTIONS"):
            app.router.add_route(method, PATH, self.handle)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request of Engine.IO: handshake, upgrade or poll. Refuses foreign origins and more than it can hold."""
        origin = request.headers.get("Origin")
        if origin is not None and not await self._origin_allowed(request.query.get("site", ""), origin):
            return web.json_response({"code": "forbidden", "message": "This site may not use this chat."}, status=403)
        if "sid" not in request.query and request.method != "OPTIONS":
            if len(self.sio.eio.sockets) >= self._limits.sockets:
                return _busy("Too many visitors are connected. Try again in a moment.")
            if self._per_address[self._address(request)] >= self._limits.sockets_per_address:
                return _busy("Too many connections from this address. Close some and try again.", status=429)
        response: web.StreamResponse = await self.sio.handle_request(request)
        return response

    def client_address(self, environ: Mapping[str, Any]) -> str:
        """The address behind a connection's environ."""
        return self._address(environ["aiohttp.request"])

    async def enter(self, sid: str, room: str) -> None:
        """Put a socket into a room."""
        await self.sio.enter_room(sid, room, namespace=NAMESPACE)

    async def leave(self, sid: str, room: str) -> None:
        """Take a socket out of a room."""
        await self.sio.leave_room(sid, room, namespace=NAMESPACE)

    def occupied(self, room: str) -> bool:
        """Whether any socket here is in the room."""
        return next(iter(self.sio.manager.get_participants(NAMESPACE, room)), None) is not None

    async def emit(self, event: str, data: Mapping[str, Any], *, room: str, namespace: str = NAMESPACE) -> None:
        """Tell a room. A socket that does not read is closed rather than kept in memory: it comes back and resumes."""
        for _, engine_sid in list(self.sio.manager.get_participants(namespace, room)):
            socket = self.sio.eio.sockets.get(engine_sid)
            if socket is not None and socket.queue.qsize() > self._limits.queued_packets:
                log.info("realtime.slow_reader_closed")
                await socket.close(wait=False, abort=True)
        await self.sio.emit(event, data, room=room, namespace=namespace)

    async def close(self) -> None:
        """Say goodbye to everybody; clients reconnect to another process."""
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
        if socket is not None and self.sio.manager.sid_from_eio_sid(engine_sid, NAMESPACE) is None:
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
