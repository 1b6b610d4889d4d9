"""How injected faults look on the wire, the same for every upstream."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from hub.simulator.faults import Fault, Kind
from hub.simulator.record import Recorded

_PAGE = "<!doctype html><html><head><title>502 Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
_REFUSED = frozenset({Kind.TOO_MANY, Kind.SERVER_ERROR, Kind.RESET, Kind.HTML})
_KEPT = 64 * 1024
"""Bytes of a refused request that the record keeps."""


def drop(request: web.Request) -> web.Response:
    """Cut the connection without an answer. The response returned is never seen."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


async def before(
    fault: Fault | None, request: web.Request, entry: Recorded, refuse: Callable[[int, float], web.Response]
) -> web.Response | None:
    """Play a fault that strikes before a request takes effect. ``refuse`` words a 429 or a 500 as the upstream does.

    Returns the answer that ends the request, or None when it goes on.
    """
    if fault is None:
        return None
    entry.fault = fault.kind.value
    if fault.kind is Kind.DELAY:
        await fault.pause()
        return None
    if fault.kind in _REFUSED and 0 < (request.content_length or 0) <= _KEPT:
        # Nobody reads the body any more; the record still tells what was asked.
        entry.params = {"body": (await request.read()).decode(errors="replace")}
    if fault.kind is Kind.TOO_MANY:
        return refuse(429, fault.seconds)
    if fault.kind is Kind.SERVER_ERROR:
        return refuse(500, 0.0)
    if fault.kind is Kind.RESET:
        return drop(request)
    if fault.kind is Kind.HTML:
        return web.Response(status=502, text=_PAGE, content_type="text/html")
    return None


async def after(fault: Fault | None, request: web.Request) -> web.Response | None:
    """Play a fault that strikes after a request took effect, so that its caller cannot know."""
    if fault is None:
        return None
    if fault.kind is Kind.TIMEOUT_AFTER_ACCEPT:
        await fault.pause()
        return drop(request)
    if fault.kind is Kind.RESET_AFTER_ACCEPT:
        return drop(request)
    return None
