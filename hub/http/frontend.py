"""What browsers load: the chat bubble's built files, a page that is nothing but the chat, and the demo site."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from aiohttp import web

from hub.core.errors import NotFound
from hub.http.access import PUBLIC, Call
from hub.http.routes import Route

HERE = Path(__file__).parent
WIDGET = HERE / "static" / "widget"
PAGES = HERE / "demo"

DEMO_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""Also what a page of a customer needs, with the hub's address in the place of 'self'."""

Framers = Callable[[str], Awaitable[Sequence[str]]]
"""The origins that may show a site's chat in a frame, by its key."""

_SITE_KEY = re.compile(r"[A-Za-z0-9._-]{1,64}")
_FOR_EVER = "public, max-age=31536000, immutable"
_SHORT = "public, max-age=300"
_TYPES = {
    ".json": "application/json",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".html": "text/html",
}


@dataclass(frozen=True, slots=True)
class DemoFacts:
    """What the demo site says about itself. ``model`` is what answers; None stands for cited extracts without one.

    ``simulated`` is whether that model is the simulator's. ``links`` maps a label to an address for the page's
    head, ``telegram`` is the simulated chat's address and ``phones`` that of all simulated chats side by side, ``hub``
    the address the embed line shows.
    """

    site_key: str
    hub: str
    model: str | None = None
    simulated: bool = False
    telegram: str | None = None
    phones: str | None = None
    links: Mapping[str, str] | None = None


class Files:
    """A folder's files, read off the event loop when first asked for and then kept. Nothing outside it exists.

    ``most`` bounds what is kept; the folder holds what was built or committed, not what anybody uploads.
    """

    def __init__(self, folder: Path, *, most: int = 64) -> None:
        self._folder = folder
        self._most = most
        self._kept: dict[str, bytes] = {}

    async def read(self, name: str) -> bytes:
        """The file's bytes. Raises ``NotFound``."""
        if name not in self._kept:
            content = await asyncio.to_thread(self._load, name)
            if len(self._kept) < self._most:
                self._kept[name] = content
            return content
        return self._kept[name]

    def _load(self, name: str) -> bytes:
        found = {path.name: path for path in self._folder.glob("*")} if self._folder.is_dir() else {}
        path = found.get(name)
        if path is None or path.suffix not in _TYPES or not path.is_file():
            raise NotFound("There is no such file. If the chat bubble was never built, install the hub again.")
        return path.read_bytes()


class Frontend:
    """Serves the bubble and its page, and the demo site where there is one."""

    def __init__(self, *, demo: DemoFacts | None = None, widget: Path = WIDGET, framers: Framers | None = None) -> None:
        self._demo = demo
        self._framers = framers
        self._widget = Files(widget)
        self._pages = Files(PAGES)

    async def loader(self, call: Call) -> web.Response:
        return _file(call, "widget.js", await self._widget.read("widget.js"), cache=_SHORT, anywhere=True)

    async def widget_file(self, call: Call, name: str) -> web.Response:
        if not name.startswith(("app-", "locale-", "panels-")):
            raise NotFound("There is no such file.")
        return _file(call, name, await self._widget.read(name), cache=_FOR_EVER, anywhere=True)

    async def chat_page(self, call: Call, site: str) -> web.Response:
        if _SITE_KEY.fullmatch(site) is None:
            raise NotFound("There is no chat at this address.")
        page = Template((await self._pages.read("chat.html")).decode()).substitute(site=escape(site))
        framers = await self._framers(site) if self._framers is not None else ()
        allowed = f"frame-ancestors 'self' {' '.join(framers)}".strip()
        headers = {"Content-Security-Policy": DEMO_CSP.replace("frame-ancestors 'none'", allowed)}
        return _file(call, "chat.html", page.encode(), cache="no-cache", headers=headers)

    async def demo_home(self, call: Call) -> web.Response:
        if self._demo is None:
            raise NotFound("This hub has no demo site.")
        page = render_demo((await self._pages.read("index.html")).decode(), self._demo)
        headers = {"Content-Security-Policy": DEMO_CSP, "Cross-Origin-Opener-Policy": "same-origin"}
        return _file(call, "index.html", page.encode(), cache="no-cache", headers=headers)

    async def demo_redirect(self) -> web.Response:
        return web.Response(status=308, headers={"Location": "/demo/"})

    async def demo_file(self, call: Call, name: str) -> web.Response:
        if self._demo is None or name.endswith(".html"):
            raise NotFound("There is no such file.")
        return _file(call, name, await self._pages.read(name), cache=_SHORT)

    def routes(self) -> list[Route]:
        """The routes of this file."""

        def get(path: str, handler: Any, summary: str) -> Route:
            return Route(method="GET", path=path, handler=handler, access=PUBLIC, summary=summary, hidden=True)

        return [
            get("/widget.js", self.loader, "The chat bubble's loader"),
            get("/widget/{name}", self.widget_file, "The chat bubble's app"),
            get("/chat/{site}", self.chat_page, "A site's chat as a page of its own"),
            get("/demo", self.demo_redirect, "The demo site's address without its slash"),
            get("/demo/", self.demo_home, "The demo site"),
            get("/demo/{name}", self.demo_file, "The demo site's files"),
        ]


def render_demo(page: str, facts: DemoFacts) -> str:
    """The demo page with its facts filled in, everything escaped."""
    links = "".join(_link(address, label) for label, address in (facts.links or {}).items())
    telegram = _link(facts.telegram, "Open the simulated Telegram chat") if facts.telegram else "Not part of this demo"
    return Template(page).substitute(
        site=escape(facts.site_key),
        hub=escape(facts.hub.rstrip("/")),
        model_note=escape(model_note(facts)),
        links=links,
        telegram=telegram,
        phones=_link(facts.phones, "Open every simulated chat") if facts.phones else "Not part of this demo",
    )


def model_note(facts: DemoFacts) -> str:
    """Which model answers, in words that hide nothing."""
    if facts.simulated:
        return "No real language model answers here, but the simulator's stand-in: it quotes the docs by simple rules."
    if facts.model is None:
        return "No language model is set up here. Answers are extracts from the documentation, with their sources."
    return f"Answers are written by {facts.model} from the documentation, with their sources."


def _link(address: str, label: str) -> str:
    return f'<a href="{escape(address)}">{escape(label)}</a>'


def _file(
    call: Call,
    name: str,
    content: bytes,
    *,
    cache: str,
    anywhere: bool = False,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """A file's answer, or 304 where the browser has it. ``anywhere`` lets pages of any site load it."""
    etag = f'"{hashlib.sha256(content).hexdigest()[:24]}"'
    sent = {"ETag": etag, "Cache-Control": cache, **(headers or {})}
    if anywhere:
        sent["Cross-Origin-Resource-Policy"] = "cross-origin"
        sent["Access-Control-Allow-Origin"] = "*"
    if call.request.headers.get("If-None-Match") == etag:
        return web.Response(status=304, headers=sent)
    response = web.Response(body=content, content_type=_TYPES[Path(name).suffix], charset="utf-8", headers=sent)
    response.enable_compression()
    return response
