"""python-socketio itself, made strict. Loaded at the first socket: it brings two HTTP clients along."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import socketio
import structlog
from aiohttp import web
from engineio.async_drivers import aiohttp as driver

from hub.realtime.ports import BadFrame, SocketLimits

log = structlog.get_logger(__name__)

_LIFECYCLE = frozenset({"connect", "disconnect", "connect_error"})
_SILENT = logging.getLogger("hub.realtime.library")
_SILENT.setLevel(logging.CRITICAL + 1)


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


def make_server(namespaces: list[str], limits: SocketLimits) -> socketio.AsyncServer:
    """The server for these namespaces. Who may connect from which origin is the caller's to ask, beforehand."""
    server = _Server(
        async_mode="aiohttp",
        async_handlers=False,
        namespaces=namespaces,
        max_http_buffer_size=limits.max_bytes,
        cors_allowed_origins=lambda origin, environ: True,
        cors_credentials=False,
        ping_interval=20,
        ping_timeout=20,
        logger=_SILENT,
        engineio_logger=_SILENT,
    )
    server.eio._async = {**server.eio._async, "websocket": _Guarded}
    return server
