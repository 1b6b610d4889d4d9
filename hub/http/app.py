"""The web application: the route table put onto aiohttp, with everything it needs handed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import orjson
from aiohttp import web

from hub.accounts.principals import Authenticator, People, TenantDirectory
from hub.http.access import PUBLIC, Access, Doorkeeper, RateLimit, VisitorDoor, unlimited
from hub.http.behind import Behind
from hub.http.client import Networks, client_address
from hub.http.cookies import OwnPages, SessionCookie
from hub.http.dispatch import CORS_ORIGIN, Dispatcher, NoteAct
from hub.http.docs_page import STYLE, docs_page
from hub.http.frame import Observe, OriginAllowed, frame, headers_for_all
from hub.http.idempotency import HEADER, KeyStore, Once
from hub.http.openapi import openapi
from hub.http.routes import Bound, Route, bind_all

Admit = Callable[[Sequence[Bound]], None]

ROUTES: web.AppKey[Sequence[Bound]] = web.AppKey("routes")
"""Every route of the table, for tests and tools that walk it."""
ADMIT: web.AppKey[Admit] = web.AppKey("admit")
"""Takes the routes that an application with ``more_to_come`` was built without, each already bound. Call it once."""

DOCS_CSP = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def build_app(
    *,
    routes: Sequence[Route],
    keys: Authenticator,
    tenants: TenantDirectory,
    idempotency: KeyStore,
    version: str,
    visitors: VisitorDoor | None = None,
    origin_allowed: OriginAllowed | None = None,
    limit: RateLimit = unlimited,
    observe: Observe | None = None,
    trusted_proxies: Networks = (),
    secure: bool = False,
    public_url: str | None = None,
    people: People | None = None,
    note_act: NoteAct | None = None,
    more_to_come: bool = False,
    max_body: int = 32 * 1024 * 1024,
) -> web.Application:
    """The application that serves ``routes``, the OpenAPI document made of them and the docs page.

    ``secure`` says that the hub is reached over https, ``people`` lets them sign in, ``note_act`` writes the audit
    log. ``observe`` gets one call per answered request. With ``more_to_come``, requests that none of these routes takes
    wait until ``app[ADMIT]`` was given the others. Run it by ``make_runner``. Raises ``TypeError`` for a route whose
    handler does not fit its declaration.
    """
    once = Once(idempotency)
    app = web.Application(
        middlewares=[frame(observe or _ignore, origin_allowed or _no_origin)], client_max_size=max_body
    )
    behind = Behind() if more_to_come else None
    document = _Document(version=version, behind=behind)
    bound = bind_all([*routes, *document.routes()])
    document.bound = bound
    app[ROUTES] = bound
    door = Doorkeeper(
        keys=keys,
        tenants=tenants,
        limit=limit,
        visitors=visitors,
        people=people,
        cookie=SessionCookie(secure),
        own=OwnPages(secure, public_url),
    )
    dispatcher = Dispatcher(door=door, once=once, client=client_address(trusted_proxies), note=note_act)
    _mount(app.router, bound, dispatcher)
    if behind is not None:
        app.router.register_resource(behind)

        def admit(others: Sequence[Bound]) -> None:
            document.bound = (*bound, *others)
            router = web.UrlDispatcher()
            _mount(router, others, dispatcher)
            behind.open(router)

        app[ADMIT] = admit
    app.on_response_prepare.append(headers_for_all(secure))
    return app


def make_runner(app: web.Application, *, shutdown_timeout: float = 8.0) -> web.AppRunner:
    """What serves the application. Bodies stay as sent: webhooks are signed over these bytes, and compressed
    ones are refused. ``shutdown_timeout`` is how many seconds open requests get when it stops."""
    return web.AppRunner(
        app, auto_decompress=False, access_log=None, handle_signals=False, shutdown_timeout=shutdown_timeout
    )


def _mount(router: web.UrlDispatcher, bound: Sequence[Bound], dispatcher: Dispatcher) -> None:
    """Put the table onto the router, fixed paths before those with names, so that none hides another."""
    shared: dict[str, list[str]] = {}
    for item in sorted(bound, key=lambda b: (b.route.path.count("{"), b.route.path)):
        handler = dispatcher.handler(item)
        route = item.route
        if route.cors:
            handler.cors = True  # type: ignore[attr-defined]  # a mark the frame reads; functions carry it
            shared.setdefault(route.path, []).append(route.method)
        if route.method == "GET":
            router.add_get(route.path, handler, allow_head=True)
        else:
            router.add_route(route.method, route.path, handler)
    for path, methods in shared.items():
        preflight = partial(_preflight, ", ".join(sorted(methods)))
        preflight.cors = True  # type: ignore[attr-defined]  # a mark the frame reads; partials carry it
        router.add_route("OPTIONS", path, preflight)


async def _preflight(methods: str, request: web.Request) -> web.StreamResponse:
    """Answer a browser that asks whether a page may call. Without permission it gets no CORS headers."""
    if CORS_ORIGIN not in request:
        return web.Response(status=204)
    return web.Response(
        status=204,
        headers={
            "Access-Control-Allow-Methods": methods,
            "Access-Control-Allow-Headers": f"Authorization, Content-Type, {HEADER}, X-Request-Id",
            "Access-Control-Max-Age": "600",
        },
    )


class _Document:
    """The OpenAPI document and its page, made when first asked for."""

    def __init__(self, *, version: str, behind: Behind | None) -> None:
        self.bound: Sequence[Bound] = ()
        self._version = version
        self._behind = behind
        self._made: dict[str, Any] | None = None

    async def document(self) -> dict[str, Any]:
        if self._behind is not None:
            await self._behind.wait()
        if self._made is None:
            self._made = openapi(self.bound, version=self._version)
        return self._made

    async def openapi_json(self) -> web.Response:
        return _cached(orjson.dumps(await self.document()), "application/json")

    async def docs(self) -> web.Response:
        page = docs_page(await self.document()).encode()
        return _cached(page, "text/html", {"Content-Security-Policy": DOCS_CSP})

    async def docs_style(self) -> web.Response:
        return _cached(STYLE.encode(), "text/css")

    def routes(self) -> list[Route]:
        def get(path: str, handler: Any, summary: str, access: Access = PUBLIC) -> Route:
            return Route(method="GET", path=path, handler=handler, access=access, summary=summary, hidden=True)

        return [
            get("/api/v1/openapi.json", self.openapi_json, "This document"),
            get("/api/docs", self.docs, "The API, to read"),
            get("/api/docs.css", self.docs_style, "How the docs page looks"),
        ]


def _cached(body: bytes, kind: str, headers: Mapping[str, str] | None = None) -> web.Response:
    return web.Response(
        body=body, content_type=kind, charset="utf-8", headers={"Cache-Control": "max-age=300", **(headers or {})}
    )


def document_of(app: web.Application, *, version: str) -> dict[str, Any]:
    """The OpenAPI document of a built application, for the command line and for checks."""
    return openapi(app[ROUTES], version=version)


def _ignore(route: str, method: str, status: int, seconds: float) -> None:
    """Takes no note."""


async def _no_origin(request: web.Request, origin: str) -> bool:
    return False
