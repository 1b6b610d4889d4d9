"""Running: the web side and the worker until a signal comes, and an end within ten seconds."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from aiohttp import web

from hub.core.errors import HubError
from hub.http.app import make_runner
from hub.http.frontend import DemoFacts
from hub.run.background import build_worker
from hub.run.house import House
from hub.run.web import WebSide, plugged_in

log = structlog.get_logger(__name__)

_GRACE = 8.0


class PortTaken(HubError):
    """Something else listens on the wanted port."""

    code = "port_taken"


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
                raise PortTaken(
                    f"Port {port} on {host} is taken. Stop what uses it, or choose another with --port."
                ) from error
            bound = int(runner.addresses[0][1])
            log.info("web.ready", host=host, port=bound)
            yield bound
            side.draining = True
        finally:
            await runner.cleanup()


@asynccontextmanager
async def working(house: House) -> AsyncIterator[None]:
    """The worker, claiming; drains when the block ends."""
    worker = build_worker(house)
    worker.start()
    log.info("worker.ready")
    try:
        yield
    finally:
        await worker.stop(_GRACE)


async def until_signal() -> None:
    """Return at SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await stop.wait()
