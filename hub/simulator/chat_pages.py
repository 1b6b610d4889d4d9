"""What the chat pages of the simulated platforms have in common: their files, the calls they make, refusals in words.

As open as the loopback address they listen on. Writes need a JSON body or a header of their own, which a foreign page
in somebody's browser cannot send without asking first; and it never answers such a question.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar
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
A = TypeVar("A", bound=BaseModel)
P = TypeVar("P")
Json = dict[str, Any]
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
    """What changed in a chat after the version ``after``; all of it where the simulator ``restarted`` since then."""

    chat: ChatLog[Any, M]
    after: int
    restarted: bool

    def has(self, version: int) -> bool:
        """Whether a change of this version is news."""
        return self.restarted or version > self.after

    def told(self, facts: Callable[[M], Json], **more: Any) -> Json:
        """The news as a page reads them: each message by its ``facts``, and what ``more`` the platform shows."""
        messages = [facts(held) for held in self.chat.held.values() if self.has(held.version)]
        return {"version": self.chat.version, "restarted": self.restarted, "messages": messages, **more}


async def look(request: web.Request, chat: ChatLog[Any, M]) -> News[M]:
    """The chat's changes after ``?after=``; with ``?wait=`` (seconds), as soon as there are any."""
    after, wait = query_number(request, "after"), min(query_number(request, "wait"), _LONGEST_WAIT)
    restarted = after > chat.version  # older than what the page has seen: the simulator started anew
    if not restarted:
        await chat.wait_past(after, wait)
    return News(chat, after, restarted)


def answer(body: Json) -> web.Response:
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


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file from the page. ``declared`` is the media type that the browser says."""

    data: bytes
    name: str
    caption: str
    declared: str

    @property
    def picture(self) -> str | None:
        """The media type of a picture, as its first bytes say; None for anything else."""
        return picture_type(self.data)

    @property
    def mime(self) -> str:
        """The media type: as the bytes say, else as the browser does."""
        return self.picture or self.declared


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


class ChatPages(ABC, Generic[P, A]):
    """A platform's page under ``/{name}/`` and its calls under ``/control/{name}``. ``things`` is what its accounts are
    called in addresses: a bot, a page, an app, a number."""

    name: ClassVar[str]
    things: ClassVar[str]
    place: ClassVar[str] = ""
    """What names a chat beside the person, where one may have several."""
    files: ClassVar[PageFiles]
    acts: type[A]
    """What people at the page do, as its calls say it."""

    def routes(self, app: web.Application) -> None:
        """Put page and calls on an application."""
        accounts = f"/control/{self.name}/{self.things}"
        chat = f"{accounts}/{{account}}/people/{{person}}{self.place}"
        for method, path, handler in (
            ("GET", f"/{self.name}", sent_to(f"/{self.name}/")),
            ("GET", f"/{self.name}/", self.files.index),
            ("GET", f"/{self.name}/{{name}}", self.files.asset),
            ("GET", accounts, self._list),
            ("POST", accounts, self._add),
            ("GET", chat, self._look),
            ("POST", chat, self._act),
            ("PUT", f"{chat}/file", self._upload),
            ("GET", f"{accounts}/{{account}}/files/{{file}}", self._file),
        ):
            app.router.add_route(method, path, plainly(handler, self.refused))

    @abstractmethod
    def refused(self, error: Exception) -> Wrong | None:
        """What the platform's own error means on its page; None where it means nothing there."""

    @abstractmethod
    def accounts(self) -> Sequence[Json]:
        """The accounts, as the page shows them."""

    @abstractmethod
    async def add(self, request: web.Request) -> Json:
        """Register an account. ``ValueError`` and ``Wrong`` are told in words."""

    @abstractmethod
    def person(self, request: web.Request) -> P:
        """Whose chat the address names. Raises ``Wrong``."""

    @abstractmethod
    async def news(self, request: web.Request, person: P) -> Json:
        """What changed in the person's chat, as ``look`` tells it."""

    @abstractmethod
    def do(self, person: P, asked: A) -> Json:
        """What somebody at the page did; what it made."""

    @abstractmethod
    def send(self, request: web.Request, person: P, file: SentFile) -> Json:
        """A file that somebody at the page sent; what it made."""

    @abstractmethod
    def stored(self, request: web.Request, file: str) -> bytes | None:
        """The bytes of an account's file, None where there are none."""

    async def _list(self, request: web.Request) -> web.Response:
        return answer({"items": list(self.accounts())})

    async def _add(self, request: web.Request) -> web.Response:
        try:
            return answer(await self.add(request))
        except ValueError as error:
            raise Wrong(str(error)) from error

    async def _look(self, request: web.Request) -> web.Response:
        """The chat's changes after a version; with ``wait``, as soon as there are any."""
        return answer(await self.news(request, self.person(request)))

    async def _act(self, request: web.Request) -> web.Response:
        person = self.person(request)
        return answer({"ok": True, **self.do(person, await read_body(request, self.acts))})

    async def _upload(self, request: web.Request) -> web.Response:
        person = self.person(request)
        name, caption = file_named(request)
        data = await request.read()
        return answer({"ok": True, **self.send(request, person, SentFile(data, name, caption, request.content_type))})

    async def _file(self, request: web.Request) -> web.Response:
        return stored_file(self.stored(request, request.match_info["file"]))


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
