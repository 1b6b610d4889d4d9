"""Routes that come to a server which listens already: a request for one of them waits until they are there."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, NoReturn

from aiohttp import web
from aiohttp.web_urldispatcher import UrlMappingMatchInfo
from yarl import URL


class Behind(web.AbstractResource):
    """Everything that no route before it takes. ``open`` once, with the router of what came; until then requests wait.

    aiohttp closes an application's router when it starts, but asks each resource anew for every request.
    """

    def __init__(self) -> None:
        super().__init__()
        self._router: asyncio.Future[web.UrlDispatcher] = asyncio.get_running_loop().create_future()

    def open(self, router: web.UrlDispatcher) -> None:
        """Serve these routes from now on."""
        self._router.set_result(router)

    async def wait(self) -> None:
        """Return when the routes are there."""
        await asyncio.shield(self._router)

    @property
    def canonical(self) -> str:
        return "/"

    async def resolve(self, request: web.Request) -> tuple[UrlMappingMatchInfo | None, set[str]]:
        """The route that matches, or the methods that would have."""
        router = await asyncio.shield(self._router)
        match = await router.resolve(request)
        if match.http_exception is None:
            return match, set()
        missed = match.http_exception
        return None, set(missed.allowed_methods) if isinstance(missed, web.HTTPMethodNotAllowed) else set()

    def __iter__(self) -> Iterator[web.AbstractRoute]:
        return iter(self._router.result().routes() if self._router.done() else ())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def raw_match(self, path: str) -> bool:
        return False

    # aiohttp asks for the rest of a resource's interface only when an application is put into another, or an address is
    # made from a route's name. Neither is done with this one.

    def get_info(self) -> Any:
        return {"path": self.canonical}

    def add_prefix(self, prefix: str) -> NoReturn:
        raise TypeError("an application with routes to come cannot be put under a prefix")

    def url_for(self, **parts: str) -> URL:
        return URL(self.canonical)
