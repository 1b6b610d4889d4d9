"""The sockets of one process, put together."""

from __future__ import annotations

import asyncio

from aiohttp import web

from hub.realtime.ports import ClientAddress, SocketLimits, VisitorDesk
from hub.realtime.rooms import Rooms
from hub.realtime.visitors import Visitors
from hub.realtime.wire import Wire

_WARM_AFTER = 2.0
"""Seconds from the start until the sockets' library is loaded, if no socket came sooner."""


class Realtime:
    """The visitors' sockets. ``rooms`` is the ``Announcer`` and ``DeltaFeed`` of this process."""

    def __init__(self, *, desk: VisitorDesk, address: ClientAddress, limits: SocketLimits | None = None) -> None:
        bounds = limits or SocketLimits()
        self._wire = Wire(origin_allowed=desk.origin_allowed, address=address, limits=bounds)
        self.rooms = Rooms(wire=self._wire, conversations=desk.conversations)
        self._warming: asyncio.Task[None] | None = None
        self._visitors = Visitors(wire=self._wire, rooms=self.rooms, desk=desk, limits=bounds)

    def mount(self, app: web.Application) -> None:
        """Serve ``/socket.io/`` in this application; call before it starts."""
        self._wire.mount(app)
        app.on_startup.append(self._warm)
        app.on_shutdown.append(self._stop)

    async def _warm(self, app: web.Application) -> None:
        """Load the library behind the start, so that neither the start nor the first visitor waits for it."""
        self._warming = asyncio.create_task(self._open_later(), name="open-sockets")

    async def _open_later(self) -> None:
        await asyncio.sleep(_WARM_AFTER)
        await self._wire.open()

    async def _stop(self, app: web.Application) -> None:
        if self._warming is not None:
            self._warming.cancel()
        await self.rooms.close()
        await self._wire.close()
