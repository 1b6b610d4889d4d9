"""The control API and the chat pages: people at a screen, or a script, play the customers here.

It is as open as the loopback address it listens on. Writes need a JSON body or a header of their own, which a
foreign page in somebody's browser cannot send without asking first; and it never answers such a question.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, Protocol, TypeVar
from urllib.parse import unquote

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.simulator.faults import Fault, FaultPlan, Kind
from hub.simulator.record import Record
from hub.simulator.telegram.people import Person
from hub.simulator.telegram.platform import Telegram
from hub.simulator.telegram.schema import BotError
from hub.simulator.telegram.world import Bot, Held, Json

PAGES = Path(__file__).with_name("pages")
_WAIT = 25.0
_FAULTS = 100
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
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_PICTURES = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif", b"RIFF": "image/webp"}


M = TypeVar("M", bound=BaseModel)


class _Act(BaseModel):
    model_config = ConfigDict(extra="forbid")

    act: Literal["say", "tap", "edit", "react", "block", "unblock", "location"]
    text: str = Field(default="", max_length=4096)
    message_id: int | None = None
    latitude: float = 0.0
    longitude: float = 0.0


class _Bot(BaseModel):
    model_config = ConfigDict(extra="forbid")

    token: str
    name: str = Field(default="Simulated bot", min_length=1, max_length=64)


class _Fault(BaseModel):
    model_config = ConfigDict(extra="forbid")

    kind: Kind
    rate: float = Field(default=1.0, ge=0, le=1)
    seconds: float = Field(default=1.0, ge=0, le=3600)
    upstream: str = ""
    methods: list[str] = Field(default=[], max_length=50)
    times: int | None = Field(default=None, ge=1)
    skip: int = Field(default=0, ge=0)


class Pages(Protocol):
    """A further platform's chat page under ``/{platform}/`` and its control API under ``/control/{platform}/``."""

    def routes(self, app: web.Application) -> None:
        """Put page and API on an application."""
        ...


class Control:
    """Pages under ``/``, the control API under ``/control``."""

    name = "pages"

    def __init__(self, *, telegram: Telegram, record: Record, faults: FaultPlan, more: Sequence[Pages] = ()) -> None:
        self._telegram = telegram
        self._more = tuple(more)
        self._record = record
        self._faults = faults

    async def start(self) -> None:
        """Nothing to open."""

    async def stop(self) -> None:
        """Nothing to close."""

    def routes(self, app: web.Application) -> None:
        """Put pages and API on an application."""
        app.middlewares.append(_plain_errors)
        app.router.add_get("/", _home)
        app.router.add_get("/telegram", _home)
        app.router.add_get("/phones/", _phones("index.html"))
        app.router.add_get("/phones/phones.css", _phones("phones.css"))
        app.router.add_get("/telegram/", _page("telegram.html"))
        app.router.add_get("/telegram/{name}", _asset)
        app.router.add_get("/control/record", self._requests)
        app.router.add_get("/control/faults", self._list_faults)
        app.router.add_post("/control/faults", self._add_fault)
        app.router.add_delete("/control/faults", self._clear_faults)
        app.router.add_get("/control/telegram/bots", self._bots)
        app.router.add_post("/control/telegram/bots", self._add_bot)
        chat = "/control/telegram/bots/{bot}/people/{person}"
        app.router.add_get(chat, self._look)
        app.router.add_post(chat, self._act)
        app.router.add_put(f"{chat}/file", self._upload)
        app.router.add_get("/control/telegram/bots/{bot}/files/{file}", self._file)
        for pages in self._more:
            pages.routes(app)

    async def _requests(self, request: web.Request) -> web.Response:
        after = _number(request.query.get("after", "0"), "after")
        entries = [asdict(entry) for entry in self._record.requests if entry.n > after]
        return _json({"items": entries[:1000], "forgotten": self._record.forgotten})

    async def _list_faults(self, request: web.Request) -> web.Response:
        return _json({"items": [asdict(f) | {"methods": sorted(f.methods)} for f in self._faults.faults]})

    async def _add_fault(self, request: web.Request) -> web.Response:
        asked = await _read(request, _Fault)
        if len(self._faults.faults) >= _FAULTS:
            raise BotError(400, f"There are {_FAULTS} faults already. Clear them first.")
        self._faults.add(Fault(**(asked.model_dump() | {"methods": frozenset(asked.methods)})))
        return await self._list_faults(request)

    async def _clear_faults(self, request: web.Request) -> web.Response:
        self._faults.clear()
        return _json({"items": []})

    async def _bots(self, request: web.Request) -> web.Response:
        return _json({"items": [_bot_facts(bot) for bot in self._telegram.bots.values()]})

    async def _add_bot(self, request: web.Request) -> web.Response:
        asked = await _read(request, _Bot)
        try:
            return _json(_bot_facts(self._telegram.add_bot(asked.token, name=asked.name)))
        except ValueError as error:
            raise BotError(400, str(error)) from error

    async def _look(self, request: web.Request) -> web.Response:
        """The chat's changes after a version; with ``wait``, as soon as there are any."""
        person = self._person(request)
        after = _number(request.query.get("after", "0"), "after")
        wait = min(_number(request.query.get("wait", "0"), "wait"), _WAIT)
        chat = person.chat
        # A chat older than what the page has seen means that the simulator started anew.
        fresh = after > chat.version
        if not fresh:
            await chat.wait_past(after, wait)
        changed = [held for held in chat.held.values() if fresh or held.version > after]
        return _json(
            {
                "version": chat.version,
                "restarted": fresh,
                "messages": [_message_facts(held, person) for held in changed],
                "typing": chat.typing,
                "toasts": [toast for toast in chat.toasts if fresh or toast["version"] > after],
                "blocked": chat.blocked,
                "waiting": self._telegram.courier(person.bot).pending,
                "bot": _bot_facts(person.bot),
            }
        )

    async def _act(self, request: web.Request) -> web.Response:
        person = self._person(request)
        asked = await _read(request, _Act)
        made: dict[str, Any] = {}
        if asked.act == "say":
            if not asked.text.strip():
                raise BotError(400, "text: write something first.")
            made = {"message_id": person.say(asked.text.strip(), reply_to=asked.message_id)["message_id"]}
        elif asked.act == "tap":
            made = {"tap": person.tap(asked.text, message_id=asked.message_id)}
        elif asked.act == "location":
            made = {"message_id": person.send_location(asked.latitude, asked.longitude)["message_id"]}
        elif asked.act in ("edit", "react"):
            if asked.message_id is None:
                raise BotError(400, "message_id: say which message is meant.")
            if asked.act == "edit":
                person.edit(asked.message_id, asked.text)
            else:
                person.react(asked.message_id, *([asked.text] if asked.text else []))
        elif asked.act == "block":
            person.block()
        else:
            person.unblock()
        return _json({"ok": True, **made})

    async def _upload(self, request: web.Request) -> web.Response:
        person = self._person(request)
        # A header of our own keeps foreign pages out: a browser asks before it sends one across origins.
        name = unquote(request.headers.get("X-File-Name", ""))[:200]
        if not name:
            raise BotError(400, "X-File-Name: name the file in this header.")
        data = await request.read()
        caption = unquote(request.headers.get("X-Caption", ""))[:1024]
        if _picture_type(data):
            made = person.send_photo(data, caption=caption, name=name)
        else:
            made = person.send_document(data, name=name, mime=request.content_type, caption=caption)
        return _json({"ok": True, "message_id": made["message_id"]})

    async def _file(self, request: web.Request) -> web.Response:
        bot = self._bot(request)
        file = bot.files.get(request.match_info["file"])
        if file is None or not file.data:
            raise BotError(404, "There is no such file.")
        kind = _picture_type(file.data)
        headers = dict(_SAFE)
        if kind is None:
            # What is not a picture is handed over, never shown: it may be a page with a script.
            headers["Content-Disposition"] = "attachment"
        return web.Response(body=file.data, content_type=kind or "application/octet-stream", headers=headers)

    def _bot(self, request: web.Request) -> Bot:
        try:
            return self._telegram.bot(_number(request.match_info["bot"], "bot"))
        except KeyError as error:
            raise BotError(404, "There is no such bot.") from error

    def _person(self, request: web.Request) -> Person:
        name = request.match_info["person"].strip()[:64]
        if not name:
            raise BotError(400, "person: give a name.")
        return self._telegram.user(name, bot=self._bot(request))


def _bot_facts(bot: Bot) -> Json:
    return {
        "id": bot.id,
        "name": bot.user["first_name"],
        "username": bot.user["username"],
        "webhook": bool(bot.webhook),
        "webhook_error": bot.webhook.last_error_message if bot.webhook else None,
    }


def _message_facts(held: Held, person: Person) -> Json:
    message = held.message
    if held.deleted:
        return {"message_id": message["message_id"], "deleted": True}
    return {
        **message,
        "mine": message["from"]["id"] == person.id,
        "typed_keys": held.typed_keys,
        "reactions": [reaction.get("emoji", "*") for by in held.reactions.values() for reaction in by],
    }


def _picture_type(data: bytes) -> str | None:
    return next((mime for start, mime in _PICTURES.items() if data.startswith(start)), None)


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise BotError(400, f"{name}: give a whole number.")
    return int(text)


async def _read(request: web.Request, kind: type[M]) -> M:
    if request.content_type != "application/json":
        raise BotError(415, "Send the body as application/json.")
    try:
        return kind.model_validate_json(await request.read())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise BotError(400, f"{'.'.join(str(part) for part in first['loc']) or 'body'}: {first['msg']}.") from error


def _json(body: Json) -> web.Response:
    return web.json_response(body, headers=_SAFE, dumps=lambda value: json.dumps(value, ensure_ascii=False))


@web.middleware
async def _plain_errors(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except BotError as error:
        text = error.text.removeprefix("Bad Request: ")
        return web.json_response({"ok": False, "error": text}, status=error.code, headers=_SAFE)


async def _home(request: web.Request) -> web.Response:
    raise web.HTTPFound("/telegram/")


def _page(name: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def show(request: web.Request) -> web.Response:
        return _file_response(name)

    return show


def _phones(name: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The page that shows every platform's chat side by side; it may frame our own pages, and nothing else may it."""

    async def show(request: web.Request) -> web.Response:
        response = _file_response(f"phones/{name}")
        response.headers["Content-Security-Policy"] = f"{_CSP}; frame-src 'self'"
        return response

    return show


async def _asset(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    # An explicit list of what lies in the folder: nothing outside it can be named.
    if name not in {path.name for path in PAGES.iterdir() if path.suffix in _TYPES}:
        raise BotError(404, "There is no such page.")
    return _file_response(name)


def _file_response(name: str) -> web.Response:
    path = PAGES / name
    return web.Response(text=path.read_text("utf-8"), content_type=_TYPES[path.suffix], charset="utf-8", headers=_SAFE)
