"""The one middleware around every request: request id, errors as problems, access metrics; and the headers
that go on every answer."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from hub.core.errors import HubError, Malformed, NotFound, TooLarge, Unavailable
from hub.http.dispatch import CORS_ORIGIN, REQUEST_ID, ROUTE, refuse
from hub.http.problems import MethodNotAllowed, Plain

ID_HEADER = "X-Request-Id"
_ID = re.compile(r"[A-Za-z0-9._~+/=:-]{8,128}")
_GONE = 499
"""Who asked went away before the answer: in metrics and logs alone, by nginx's number for it."""
_CSP = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

log = structlog.get_logger("hub.http")

Observe = Callable[[str, str, int, float], None]
"""Takes note of one answered request: route template, method, status, seconds."""

OriginAllowed = Callable[[web.Request, str], Awaitable[bool]]
"""Whether a page of this origin may call this route. Asked only on routes that say ``cors``."""


def frame(observe: Observe, origin_allowed: OriginAllowed) -> Middleware:
    """The middleware. Whatever happens inside, an answer with a request id comes out."""

    @web.middleware
    async def framed(request: web.Request, handler: Handler) -> web.StreamResponse:
        started = time.perf_counter()
        offered = request.headers.get(ID_HEADER)
        request_id = offered if offered and _ID.fullmatch(offered) else os.urandom(16).hex()
        request[REQUEST_ID] = request_id
        status = 500
        structlog.contextvars.bind_contextvars(request_id=request_id)
        try:
            if "Origin" in request.headers:
                await _note_origin(request, origin_allowed)
            response = await _answer(request, handler)
            status = response.status
            return response
        finally:
            structlog.contextvars.unbind_contextvars("request_id")
            observe(route_of(request), request.method, status, time.perf_counter() - started)

    return framed


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except HubError as error:
        if error.status >= 500 and not isinstance(error, Plain):
            log.warning("http.refused", code=error.code, route=route_of(request), error=str(error))
        return refuse(error, request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return refuse(_ours(error, request), request)
    except web.RequestPayloadError:
        return refuse(Malformed("The body ended early or is framed wrongly."), request)
    except (ConnectionError, TimeoutError) as error:
        if request.transport is None or request.transport.is_closing():
            return web.Response(status=_GONE)
        log.warning("http.dependency_away", route=route_of(request), error=type(error).__name__)
        return refuse(Unavailable("Something the hub depends on does not answer just now. Try again."), request)
    except Exception:
        log.exception("http.failed", method=request.method, route=route_of(request))
        text = "The request could not be completed. Nothing is known about the cause out here; quote the request id."
        return refuse(HubError(text), request)


def _ours(error: web.HTTPException, request: web.Request) -> HubError:
    """What the router or the web server refused, as our own error."""
    if isinstance(error, web.HTTPMethodNotAllowed):
        return MethodNotAllowed(request.method, tuple(error.allowed_methods))
    if error.status == 404:
        return NotFound("There is nothing at this address.")
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        return TooLarge("The body is larger than this address takes.")
    return Plain(error.status, error.reason)


def route_of(request: web.Request) -> str:
    """The template of the route that was matched, for metrics and logs: never the address itself."""
    bound = request.get(ROUTE)
    if bound is not None:
        template: str = bound.route.template
        return template
    resource = request.match_info.route.resource
    return "unmatched" if resource is None else resource.canonical


async def _note_origin(request: web.Request, allowed: OriginAllowed) -> None:
    """Remember that the page asking may read the answer, errors included."""
    origin = request.headers["Origin"]
    if not getattr(request.match_info.handler, "cors", False):
        return
    if await allowed(request, origin):
        request[CORS_ORIGIN] = origin


def headers_for_all(secure: bool) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """The signal that puts security headers on every answer, streams included. What a handler set stays."""

    async def prepare(request: web.Request, response: web.StreamResponse) -> None:
        headers = response.headers
        headers[ID_HEADER] = request.get(REQUEST_ID, "-")
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Content-Security-Policy", _CSP)
        headers.setdefault("Referrer-Policy", "no-referrer")
        headers.setdefault("Cache-Control", "no-store")
        headers.pop("Server", None)
        if secure:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        origin = request.get(CORS_ORIGIN)
        if origin is not None:
            headers["Access-Control-Allow-Origin"] = origin
            headers["Access-Control-Expose-Headers"] = f"{ID_HEADER}, Retry-After, Idempotency-Replayed"
            headers.setdefault("Cross-Origin-Resource-Policy", "cross-origin")
            headers["Vary"] = "Origin"
        else:
            headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")

    return prepare
