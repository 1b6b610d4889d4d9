"""The sockets of one process, put together."""

from __future__ import annotations

from aiohttp import web

from hub.realtime.ports import ClientAddress, SocketLimits, VisitorDesk
from hub.realtime.rooms import Rooms
from hub.realtime.visitors import Visitors
from hub.realtime.wire import Wire


class Realtime:
    """The visitors' sockets. ``rooms`` is the ``Announcer`` and ``DeltaFeed`` of this process."""

    def __init__(self, *, desk: VisitorDesk, address: ClientAddress, limits: SocketLimits | None = None) -> None:
        bounds = limits or SocketLimits()
        self._wire = Wire(origin_allowed=desk.origin_allowed, address=address, limits=bounds)
        self.rooms = Rooms(wire=self._wire, conversations=desk.conversations)
        self._visitors = Visitors(wire=self._wire, rooms=self.rooms, desk=desk, limits=bounds)

    def mount(self, app: web.Application) -> None:
        """Serve ``/socket.io/`` in this application; call before it starts."""
        self._wire.mount(app)
        app.on_shutdown.append(self._stop)

    async def _stop(self, app: web.Application) -> None:
        await self.rooms.close()
        await self._wire.close()
