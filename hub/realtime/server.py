"""The sockets of one process, put together."""

from __future__ import annotations

import asyncio

from aiohttp import web

from hub.realtime.agent_rooms import AgentRooms
from hub.realtime.agents import Agents
from hub.realtime.everyone import Everyone
from hub.realtime.feeds import Feed
from hub.realtime.ports import AgentDoor, ClientAddress, SocketLimits, VisitorDesk
from hub.realtime.rooms import Rooms
from hub.realtime.visitors import Visitors
from hub.realtime.wire import Wire

_WARM_AFTER = 2.0
"""Seconds from the start until the sockets' library is loaded, if no socket came sooner."""


class Realtime:
    """The sockets of visitors and colleagues. ``rooms`` is the sink of every feed in this process; ``feed`` is where
    colleagues' presence goes (default: this process alone)."""

    def __init__(
        self,
        *,
        desk: VisitorDesk,
        address: ClientAddress,
        limits: SocketLimits | None = None,
        door: AgentDoor | None = None,
        feed: Feed | None = None,
    ) -> None:
        bounds = limits or SocketLimits()
        own_page = door.own_page if door is not None else lambda request: False
        self._wire = Wire(origin_allowed=desk.origin_allowed, address=address, limits=bounds, own_page=own_page)
        self._guests = Rooms(wire=self._wire, conversations=desk.conversations)
        self._colleagues = AgentRooms(wire=self._wire, interest=self._guests.interest)
        self.rooms = Everyone(self._guests, self._colleagues)
        self._warming: asyncio.Task[None] | None = None
        self._visitors = Visitors(wire=self._wire, rooms=self._guests, desk=desk, limits=bounds)
        self._agents: Agents | None = None
        if door is not None:
            told = feed or self.rooms
            self._agents = Agents(
                wire=self._wire, rooms=self._colleagues, door=door, presence=told, typing=told, limits=bounds
            )

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
        if self._agents is not None:
            await self._agents.close()
        await self._colleagues.close()
        await self._guests.close()
        await self._wire.close()
