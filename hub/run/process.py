"""Running: the web side and the worker until a signal comes, and an end within ten seconds."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from aiohttp import web

from hub.core.errors import HubError
from hub.http.app import make_runner
from hub.http.frontend import DemoFacts
from hub.run.house import House
from hub.run.web import WebSide, plugged_in

if TYPE_CHECKING:
    from hub.run.background import Background

log = structlog.get_logger(__name__)

_GRACE = 6.0
"""Seconds that open requests and running turns get at the end; with giving back and closing it stays below ten."""
_FIRST_CHECK = 0.1
"""Seconds a server that has just begun to listen gets to itself, for the first answer about its readiness."""


class PortTaken(HubError):
    """The wanted address cannot be listened on: mostly, something else does."""

    code = "port_taken"


def refuse_taken_port(host: str, port: int) -> None:
    """Raise ``PortTaken`` when nothing could listen there now. Listens to nothing itself."""
    for family, kind, proto, _, address in _addresses(host, port):
        with socket.socket(family, kind, proto) as probe:
            # As the server does it: an ended process's lingering connections hold no port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            try:
                probe.bind(address)
            except OSError as error:
                raise _cannot_listen(host, port, error) from error


def _addresses(host: str, port: int) -> Sequence[tuple[Any, Any, int, str, Any]]:
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except socket.gaierror as error:
        raise PortTaken(f"This machine has no address '{host}' to listen on. Choose another with --host.") from error


def _cannot_listen(host: str, port: int, error: OSError) -> PortTaken:
    if error.errno == errno.EACCES:
        return PortTaken(f"Port {port} needs more rights than this user has. Choose one above 1023 with --port.")
    if error.errno == errno.EADDRNOTAVAIL:
        return PortTaken(f"This machine has no address '{host}' to listen on. Choose another with --host.")
    return PortTaken(f"Port {port} on {host} is taken. Stop what uses it, or choose another with --port.")


@asynccontextmanager
async def serving(
    house: House, *, host: str, port: int, demo: DemoFacts | None = None, docs: Path | None = None
) -> AsyncIterator[int]:
    """The web side, listening; gives the port. Raises ``PortTaken``."""
    side = WebSide(house, demo=demo, docs=docs)
    async with plugged_in(house, side):
        runner = make_runner(side.app(), shutdown_timeout=_GRACE)
        await runner.setup()
        try:
            site = web.TCPSite(runner, host, port, backlog=1024)
            try:
                await site.start()
            except OSError as error:
                raise _cannot_listen(host, port, error) from error
            bound = int(runner.addresses[0][1])
            log.info("web.ready", host=host, port=bound)
            yield bound
            side.draining = True
        finally:
            await runner.cleanup()


@asynccontextmanager
async def working(house: House, *, after: asyncio.Event | None = None) -> AsyncIterator[None]:
    """The worker, claiming; drains when the block ends. With ``after`` it is loaded and started behind that event,
    so that the web side need not wait for it; a worker that cannot start then ends the process."""

    async def start() -> Background:
        if after is not None:
            await after.wait()
            await asyncio.sleep(_FIRST_CHECK)
        background = await asyncio.to_thread(import_module, "hub.run.background")
        worker: Background = background.build_background(house)
        worker.start()
        log.info("worker.ready")
        return worker

    starting = asyncio.create_task(start(), name="start-worker")
    starting.add_done_callback(_end_if_failed)
    if after is None:
        await starting
    try:
        yield
    finally:
        starting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await (await starting).stop(_GRACE)


def _end_if_failed(starting: asyncio.Task[Background]) -> None:
    if not starting.cancelled() and (error := starting.exception()) is not None:
        log.critical("worker.not_started", error=str(error))
        os.kill(os.getpid(), signal.SIGTERM)


async def until_signal() -> None:
    """Return at SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await stop.wait()
