"""What the chat pages of the simulated platforms have in common: their files, the calls they make, refusals in words.

As open as the loopback address they listen on. Writes need a JSON body or a header of their own, which a foreign page
in somebody's browser cannot send without asking first; and it never answers such a question.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import unquote

from aiohttp import web
from pydantic import BaseModel, ValidationError

from hub.simulator.chat_log import ChatLog, Message

PAGES = Path(__file__).with_name("pages")
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
SAFE = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_LONGEST_WAIT = 25
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_PICTURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif", b"RIFF": "image/webp"}

B = TypeVar("B", bound=BaseModel)
M = TypeVar("M", bound=Message)
Handler = Callable[[web.Request], Awaitable[web.Response]]


class Wrong(Exception):
    """A call that is refused; the page shows the words."""

    def __init__(self, text: str, *, status: int = 400) -> None:
        super().__init__(text)
        self.text = text
        self.status = status


Refused = Callable[[Exception], Wrong | None]
"""What a platform's own error means on its page; None where it means nothing there."""


@dataclass(frozen=True, slots=True)
class News(Generic[M]):
    """What changed after the version ``after``; all of it where the simulator ``restarted`` since then."""

    after: int
    restarted: bool
    messages: list[M]

    def has(self, version: int) -> bool:
        """Whether a change of this version is news."""
        return self.restarted or version > self.after


async def look(request: web.Request, chat: ChatLog[Any, M]) -> News[M]:
    """The chat's changes after ``?after=``; with ``?wait=`` (seconds), as soon as there are any."""
    after, wait = query_number(request, "after"), min(query_number(request, "wait"), _LONGEST_WAIT)
    restarted = after > chat.version  # older than what the page has seen: the simulator started anew
    if not restarted:
        await chat.wait_past(after, wait)
    return News(after, restarted, [held for held in chat.held.values() if restarted or held.version > after])


def answer(body: dict[str, Any]) -> web.Response:
    """The body as JSON."""
    return web.json_response(body, headers=SAFE, dumps=lambda value: json.dumps(value, ensure_ascii=False))


async def read_body(request: web.Request, kind: type[B]) -> B:
    """The JSON body. Raises ``Wrong`` naming the field."""
    if request.content_type != "application/json":
        raise Wrong("Send the body as application/json.", status=415)
    try:
        return kind.model_validate_json(await request.read())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise Wrong(f"{'.'.join(str(part) for part in first['loc']) or 'body'}: {first['msg']}.") from error


def query_number(request: web.Request, name: str) -> int:
    """A whole number of the query, 0 where it is left out. Raises ``Wrong``."""
    return whole_number(request.query.get(name, "0"), name)


def whole_number(text: str, name: str) -> int:
    """The text as a number of at most 15 digits. Raises ``Wrong``."""
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise Wrong(f"{name}: give a whole number.")
    return int(text)


def person_named(request: web.Request) -> str:
    """Who is meant by ``{person}``. Raises ``Wrong`` for nobody."""
    name = request.match_info["person"].strip()[:64]
    if not name:
        raise Wrong("person: give a name.")
    return name


def file_named(request: web.Request) -> tuple[str, str]:
    """Name and caption of an uploaded file. Raises ``Wrong`` without a name.

    A header of our own keeps foreign pages out: a browser asks before it sends one across origins.
    """
    name = unquote(request.headers.get("X-File-Name", "")).replace("/", "_")[:200]
    if not name:
        raise Wrong("X-File-Name: name the file in this header.")
    return name, unquote(request.headers.get("X-Caption", ""))[:3000]


def picture_type(data: bytes) -> str | None:
    """The media type of a picture, None for anything else."""
    return next((mime for start, mime in _PICTURES.items() if data.startswith(start)), None)


def stored_file(data: bytes | None) -> web.Response:
    """A file that was sent in the chat. What is not a picture is handed over, never shown: it may be a page with a
    script. Raises ``Wrong`` where there is none."""
    if not data:
        raise Wrong("There is no such file.", status=404)
    kind = picture_type(data)
    headers = SAFE if kind else {**SAFE, "Content-Disposition": "attachment"}
    return web.Response(body=data, content_type=kind or "application/octet-stream", headers=headers)


def page_file(name: str) -> web.Response:
    """A file below the folder of the pages. ``name`` must be ours, not an outsider's."""
    path = PAGES / name
    return web.Response(text=path.read_text("utf-8"), content_type=_TYPES[path.suffix], charset="utf-8", headers=SAFE)


class PageFiles:
    """A platform's page and what it loads: the files in its folder, and no others."""

    def __init__(self, folder: str, index: str = "index.html") -> None:
        self._folder = folder
        self._index = index

    async def index(self, request: web.Request) -> web.Response:
        """The page itself."""
        return page_file(f"{self._folder}/{self._index}")

    async def asset(self, request: web.Request) -> web.Response:
        """What the page loads, by ``{name}``. Raises ``Wrong`` for what is not in the folder."""
        name = request.match_info["name"]
        # An explicit list of what lies in the folder: nothing outside it can be named.
        if name not in {path.name for path in (PAGES / self._folder).iterdir() if path.suffix in _TYPES}:
            raise Wrong("There is no such page.", status=404)
        return page_file(f"{self._folder}/{name}")


def plainly(handler: Handler, refused: Refused) -> Handler:
    """The handler with its refusals, and the platform's, told in plain words."""

    async def handle(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except Exception as error:
            wrong = error if isinstance(error, Wrong) else refused(error)
            if wrong is None:
                raise
            return web.json_response({"ok": False, "error": wrong.text}, status=wrong.status, headers=SAFE)

    return handle


def sent_to(address: str) -> Handler:
    """A handler that sends the browser to another address."""

    async def handle(request: web.Request) -> web.Response:
        raise web.HTTPFound(address)

    return handle
