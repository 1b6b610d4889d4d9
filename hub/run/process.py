"""Running: the web side and the worker until a signal comes, and an end within ten seconds."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import structlog
from aiohttp import web

from hub.http.app import make_runner
from hub.http.frontend import DemoFacts
from hub.run.house import House
from hub.run.listening import BACKLOG, cannot_listen
from hub.run.operation import build_registry
from hub.run.web import WebSide, plugged_in

if TYPE_CHECKING:
    from hub.run.background import Background

log = structlog.get_logger(__name__)

_GRACE = 6.0
"""Seconds that open requests and running turns get at the end; with giving back and closing it stays below ten."""
_ANNOUNCE = 1.0
"""Seconds a server that is told to end goes on taking requests while its readiness says no, so that whoever shares
requests out has time to look elsewhere."""
_FIRST_CHECK = 0.1
"""Seconds a server that has just begun to listen gets to itself, for the first answer about its readiness."""


class Drain:
    """What a process does between the signal and its end. Web and worker drain at the same time, each once.

    ``announce``: for how many seconds the web side says beforehand that it is no longer ready.
    """

    def __init__(self, *, announce: float = _ANNOUNCE) -> None:
        self.announce = announce
        self._works: list[Callable[[], Awaitable[None]]] = []

    def add(self, work: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        """Take part in the draining; gives back what does the work at its first call and waits for it at others."""
        running: asyncio.Future[None] | None = None

        async def once() -> None:
            nonlocal running
            if running is None:
                running = asyncio.ensure_future(work())
            await asyncio.shield(running)

        self._works.append(once)
        return once

    async def __call__(self) -> None:
        """Drain everything; what fails does not keep the rest from it."""
        for result in await asyncio.gather(*(work() for work in self._works), return_exceptions=True):
            if isinstance(result, Exception):
                log.error("drain.failed", error=f"{type(result).__name__}: {result}")


@asynccontextmanager
async def serving(
    house: House,
    *,
    host: str,
    port: int,
    demo: DemoFacts | None = None,
    docs: Path | None = None,
    drain: Drain | None = None,
    sockets: Sequence[socket.socket] = (),
) -> AsyncIterator[int]:
    """The web side, listening, on its own port or on ``sockets`` that listen already; gives the port.

    In a ``drain`` its readiness turns false some time before it takes nothing more. Raises ``PortTaken``.
    """
    side = WebSide(house, demo=demo, docs=docs)
    async with plugged_in(house, side):
        app = side.app(rooms_later=True)
        runner = make_runner(app, shutdown_timeout=_GRACE)
        await runner.setup()

        registry = build_registry(house, "web", uuid4(), house.metrics.response_times)
        side.peers = lambda: registry.peers

        async def wind_down() -> None:
            side.draining = registry.draining = True
            if drain is not None and runner.addresses:
                await asyncio.sleep(drain.announce)
            await runner.cleanup()
            await registry.stop()
            await side.calls.stop()
            if side.windows is not None:
                await side.windows.close()

        stop = (drain or Drain()).add(wind_down)
        try:
            try:
                for site in _sites(runner, host, port, sockets):
                    await site.start()
            except OSError as error:
                raise cannot_listen(host, port, error) from error
            bound = int(runner.addresses[0][1])
            registry.start()
            side.calls.start()
            house.depth.start()
            house.presence.start()
            log.info("web.ready", host=host, port=bound)
            rooms = asyncio.create_task(_open_rooms(side, app), name="open-rooms")
            rooms.add_done_callback(_end_if_failed)
            yield bound
        finally:
            await stop()


async def _open_rooms(side: WebSide, app: web.Application) -> None:
    await asyncio.sleep(_FIRST_CHECK)
    await side.open_rooms(app)
    _keep_what_was_loaded()
    log.info("web.rooms_open")


def _keep_what_was_loaded() -> None:
    """What a process has loaded by now stays to its end: whole collections need not walk it amid the serving."""
    gc.freeze()


def _sites(
    runner: web.AppRunner, host: str, port: int, sockets: Sequence[socket.socket]
) -> Sequence[web.SockSite | web.TCPSite]:
    if sockets:
        return [web.SockSite(runner, listening, backlog=BACKLOG) for listening in sockets]
    return [web.TCPSite(runner, host, port, backlog=BACKLOG)]


@asynccontextmanager
async def working(
    house: House, *, after: asyncio.Event | None = None, drain: Drain | None = None, alone: bool = False
) -> AsyncIterator[None]:
    """The worker, claiming; drains when the block ends, or before it with ``drain``. With ``after`` it is loaded and
    started behind that event, so that the web side need not wait for it; a worker that cannot start then ends the
    process. One that is ``alone`` in its process is ready for a turn before it claims one: with many turns it would
    come late to the first question of each, and a process that ends meanwhile leaves them all to others."""

    async def start() -> Background:
        if after is not None:
            await after.wait()
            await asyncio.sleep(_FIRST_CHECK)
        background = await asyncio.to_thread(import_module, "hub.run.background")
        await asyncio.to_thread(house.load)
        if alone:
            await asyncio.to_thread(house.models.load_sdks)
        worker: Background = background.build_background(house)
        _keep_what_was_loaded()
        house.presence.start()
        worker.start()
        house.depth.start()
        log.info("worker.ready")
        return worker

    starting = asyncio.create_task(start(), name="start-worker")
    starting.add_done_callback(_end_if_failed)

    async def wind_down() -> None:
        starting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await (await starting).stop(_GRACE)

    stop = (drain or Drain()).add(wind_down)
    if after is None:
        await starting
    try:
        yield
    finally:
        await stop()


def _end_if_failed(starting: asyncio.Task[Any]) -> None:
    if not starting.cancelled() and (error := starting.exception()) is not None:
        log.critical("process.not_started", part=starting.get_name(), error=str(error))
        os.kill(os.getpid(), signal.SIGTERM)


async def until_signal(*others: asyncio.Event) -> None:
    """Return at SIGTERM or SIGINT, or at the first of ``others``."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    waits = [asyncio.create_task(event.wait()) for event in (stop, *others)]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
