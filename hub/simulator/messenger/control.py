"""The chat page of the simulated Messenger and what it calls: people at a screen play the customers here.

As open as the loopback address it listens on. Writes need a JSON body or a header of their own, which a foreign page
in somebody's browser cannot send without asking first; and it never answers such a question.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import unquote

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.simulator.messenger.people import Person
from hub.simulator.messenger.platform import Messenger
from hub.simulator.messenger.world import GraphError, Held, Json, Page

PAGES = Path(__file__).parents[1] / "pages" / "messenger"
_WAIT = 25.0
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; media-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_SAFE = {
    "Content-Security-Policy": _CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}
_PICTURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif", b"RIFF": "image/webp"}
_PRIVATE = frozenset({"metadata"})
M = TypeVar("M", bound=BaseModel)
Handler = Callable[[web.Request], Awaitable[web.Response]]


class _Act(BaseModel):
    model_config = ConfigDict(extra="forbid")

    act: Literal["say", "tap", "edit", "react", "read", "block", "unblock", "location", "inbox"]
    text: str = Field(default="", max_length=2000)
    mid: str | None = None
    latitude: float = Field(default=0.0, ge=-90, le=90)
    longitude: float = Field(default=0.0, ge=-180, le=180)


class _Page(BaseModel):
    model_config = ConfigDict(extra="forbid")

    page_id: str = Field(pattern=r"^[0-9]{1,30}$")
    token: str = Field(min_length=1, max_length=500)
    app_secret: str = Field(min_length=1, max_length=256)
    verify_token: str = Field(min_length=1, max_length=256)
    name: str = Field(default="Simulated page", min_length=1, max_length=80)
    url: str = Field(default="", max_length=2000)


class MessengerPages:
    """The page under ``/messenger/``, its calls under ``/control/messenger``."""

    def __init__(self, messenger: Messenger) -> None:
        self._messenger = messenger

    def routes(self, app: web.Application) -> None:
        """Put page and calls on an application."""
        app.router.add_get("/messenger", _home)
        app.router.add_get("/messenger/", _safely(_index))
        app.router.add_get("/messenger/{name}", _safely(_asset))
        app.router.add_get("/control/messenger/pages", _safely(self._pages))
        app.router.add_post("/control/messenger/pages", _safely(self._add_page))
        chat = "/control/messenger/pages/{page}/people/{person}"
        app.router.add_get(chat, _safely(self._look))
        app.router.add_post(chat, _safely(self._act))
        app.router.add_put(f"{chat}/file", _safely(self._upload))
        app.router.add_get("/control/messenger/pages/{page}/files/{file}", _safely(self._file))

    async def _pages(self, request: web.Request) -> web.Response:
        return _json({"items": [_page_facts(page) for page in self._messenger.pages.values()]})

    async def _add_page(self, request: web.Request) -> web.Response:
        """Register a page; with ``url``, its app's events go there once the address gave the challenge back."""
        asked = await _read(request, _Page)
        try:
            page = self._messenger.add_page(**asked.model_dump(exclude={"url"}))
        except ValueError as error:
            raise GraphError(str(error)) from error
        if asked.url:
            if not await self._messenger.verify(asked.url, page=page):
                raise GraphError("url: this address did not give the challenge back.")
            self._messenger.listen(asked.url, page=page)
        return _json(_page_facts(page))

    async def _look(self, request: web.Request) -> web.Response:
        """The chat's changes after a version; with ``wait``, as soon as there are any."""
        person = self._person(request)
        chat = person.chat
        after = _number(request.query.get("after", "0"), "after")
        fresh = after > chat.version  # older than what the page has seen: the simulator started anew
        if not fresh:
            await chat.wait_past(after, min(_number(request.query.get("wait", "0"), "wait"), _WAIT))
        return _json(
            {
                "version": chat.version,
                "restarted": fresh,
                "messages": [
                    _message_facts(held, person) for held in chat.held.values() if fresh or held.version > after
                ],
                "typing": chat.typing,
                "seen_at": chat.seen_at,
                "blocked": chat.blocked,
                "waiting": self._messenger.courier(person.page).pending,
                "page": _page_facts(person.page),
            }
        )

    async def _act(self, request: web.Request) -> web.Response:
        person = self._person(request)
        asked = await _read(request, _Act)
        return _json({"ok": True, **_do(person, asked)})

    async def _upload(self, request: web.Request) -> web.Response:
        person = self._person(request)
        # A header of our own keeps foreign pages out: a browser asks before it sends one across origins.
        name = unquote(request.headers.get("X-File-Name", "")).replace("/", "_")[:200]
        if not name:
            raise GraphError("X-File-Name: name the file in this header.")
        data = await request.read()
        picture = _picture_type(data)
        if picture:
            made = person.send_photo(data, name=name, mime=picture)
        else:
            made = person.send_document(data, name=name, mime=request.content_type)
        return _json({"ok": True, "mid": made["mid"]})

    async def _file(self, request: web.Request) -> web.Response:
        file = self._page(request).files.get(request.match_info["file"])
        if file is None:
            raise GraphError("There is no such file.", status=404)
        kind = _picture_type(file.data)
        headers = dict(_SAFE)
        if kind is None:
            # What is not a picture is handed over, never shown: it may be a page with a script.
            headers["Content-Disposition"] = "attachment"
        return web.Response(body=file.data, content_type=kind or "application/octet-stream", headers=headers)

    def _page(self, request: web.Request) -> Page:
        try:
            return self._messenger.page(request.match_info["page"])
        except KeyError as error:
            raise GraphError("There is no such page.", status=404) from error

    def _person(self, request: web.Request) -> Person:
        name = request.match_info["person"].strip()[:64]
        if not name:
            raise GraphError("person: give a name.")
        return self._messenger.user(name, page=self._page(request))


def _do(person: Person, asked: _Act) -> Json:
    match asked.act:
        case "say" | "inbox":
            if not asked.text.strip():
                raise GraphError("text: write something first.")
            if asked.act == "inbox":
                return {"mid": person.answered_by_hand(asked.text.strip())["mid"]}
            return {"mid": person.say(asked.text.strip(), reply_to=asked.mid)["mid"]}
        case "tap":
            return {"mid": person.tap(asked.text, mid=asked.mid)}
        case "location":
            return {"mid": person.send_location(asked.latitude, asked.longitude)["mid"]}
        case "edit" | "react":
            if asked.mid is None:
                raise GraphError("mid: say which message is meant.")
            if asked.act == "edit":
                person.edit(asked.mid, asked.text)
            else:
                person.react(asked.mid, asked.text)
        case "read":
            person.read()
        case "block":
            person.block()
        case _:
            person.unblock()
    return {}


async def _read(request: web.Request, model: type[M]) -> M:
    if request.content_type != "application/json":
        raise GraphError("Send the body as application/json.", status=415)
    try:
        return model.model_validate_json(await request.read())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise GraphError(f"{'.'.join(str(part) for part in first['loc']) or 'body'}: {first['msg']}.") from error


def _page_facts(page: Page) -> Json:
    listening = bool(page.webhook and page.fields)
    return {"id": page.id, "name": page.name, "webhook": listening, "webhook_error": page.webhook_error or None}


def _message_facts(held: Held, person: Person) -> Json:
    told = {key: value for key, value in held.message.items() if key not in _PRIVATE}
    attachments = [_attachment_facts(attachment, person.page) for attachment in told.get("attachments", ())]
    return {
        **told,
        "attachments": attachments,
        "mine": told["from"] == "person",
        "reaction": held.reaction,
    }


def _attachment_facts(attachment: Json, page: Page) -> Json:
    stored = page.files.get(attachment["payload"].get("file", ""))
    if stored is None:
        return attachment
    address = f"/control/messenger/pages/{page.id}/files/{stored.id}"
    return {**attachment, "file": {"name": stored.name, "size": len(stored.data), "address": address}}


def _picture_type(data: bytes) -> str | None:
    return next((mime for start, mime in _PICTURES.items() if data.startswith(start)), None)


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise GraphError(f"{name}: give a whole number.")
    return int(text)


def _json(body: Json) -> web.Response:
    return web.json_response(body, headers=_SAFE)


def _safely(handler: Handler) -> Handler:
    """The handler with its refusals told in plain words."""

    async def handle(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except GraphError as error:
            return web.json_response({"ok": False, "error": error.text}, status=error.status, headers=_SAFE)

    return handle


async def _home(request: web.Request) -> web.Response:
    raise web.HTTPFound("/messenger/")


async def _index(request: web.Request) -> web.Response:
    return _file_response("index.html")


async def _asset(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    # An explicit list of what lies in the folder: nothing outside it can be named.
    if name not in {path.name for path in PAGES.iterdir() if path.suffix in _TYPES}:
        raise GraphError("There is no such page.", status=404)
    return _file_response(name)


def _file_response(name: str) -> web.Response:
    path = PAGES / name
    return web.Response(text=path.read_text("utf-8"), content_type=_TYPES[path.suffix], charset="utf-8", headers=_SAFE)
