"""The chat page of the simulated WhatsApp, and the control API that it and scripts play customers with."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import unquote

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.simulator.whatsapp.graph import GraphError, Json
from hub.simulator.whatsapp.people import Person
from hub.simulator.whatsapp.platform import WhatsApp
from hub.simulator.whatsapp.world import Held, Number

FOLDER = Path(__file__).parents[1] / "pages" / "whatsapp"
_WAIT = 25
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_SAFE = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
M = TypeVar("M", bound=BaseModel)
Handler = Callable[[web.Request], Awaitable[web.Response]]


class _Act(BaseModel):
    model_config = ConfigDict(extra="forbid")

    act: Literal[
        "say", "tap", "edit", "delete", "react", "location", "read", "block", "unblock", "close_window", "colleague"
    ]
    text: Annotated[str, Field(max_length=4096)] = ""
    message_id: str | None = None
    latitude: Annotated[float, Field(ge=-90, le=90)] = 52.52
    longitude: Annotated[float, Field(ge=-180, le=180)] = 13.405


class _Number(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(pattern=r"^[0-9]{1,32}$")]
    token: Annotated[str, Field(min_length=1, max_length=500)]
    app_secret: Annotated[str, Field(min_length=1, max_length=256)]
    account: Annotated[str, Field(pattern=r"^[0-9]{0,32}$")] = ""
    name: Annotated[str, Field(min_length=1, max_length=64)] = "Simulated business"


class Pages:
    """``/whatsapp/`` and ``/control/whatsapp/``."""

    def __init__(self, whatsapp: WhatsApp) -> None:
        self._whatsapp = whatsapp

    def routes(self, app: web.Application) -> None:
        """Put page and API on an application."""
        chat = "/control/whatsapp/numbers/{number}/people/{person}"
        app.router.add_get("/whatsapp", _home)
        app.router.add_get("/whatsapp/", _plain(_index))
        app.router.add_get("/whatsapp/{name}", _plain(_asset))
        app.router.add_get("/control/whatsapp/numbers", _plain(self._numbers))
        app.router.add_post("/control/whatsapp/numbers", _plain(self._add_number))
        app.router.add_get(chat, _plain(self._look))
        app.router.add_post(chat, _plain(self._act))
        app.router.add_put(f"{chat}/file", _plain(self._upload))
        app.router.add_get("/control/whatsapp/numbers/{number}/files/{file}", _plain(self._file))

    async def _numbers(self, request: web.Request) -> web.Response:
        return _json({"items": [_number_facts(number) for number in self._whatsapp.numbers.values()]})

    async def _add_number(self, request: web.Request) -> web.Response:
        asked = await _read(request, _Number)
        try:
            return _json(_number_facts(self._whatsapp.add_number(**asked.model_dump())))
        except ValueError as error:
            raise _wrong(str(error)) from error

    async def _look(self, request: web.Request) -> web.Response:
        """The chat's changes after a version; with ``wait``, as soon as there are any."""
        person = self._person(request)
        after, wait = _whole(request, "after"), min(_whole(request, "wait"), _WAIT)
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
                "blocked": chat.blocked,
                "open": chat.open,
                "waiting": self._whatsapp.courier(person.number).pending,
                "number": _number_facts(person.number),
            }
        )

    async def _act(self, request: web.Request) -> web.Response:
        person = self._person(request)
        asked = await _read(request, _Act)
        return _json({"ok": True, "message_id": _perform(person, asked)})

    async def _upload(self, request: web.Request) -> web.Response:
        person = self._person(request)
        # A header of our own keeps foreign pages out: a browser asks before it sends one across origins.
        name = unquote(request.headers.get("X-File-Name", ""))[:200]
        if not name:
            raise _wrong("X-File-Name: name the file in this header.")
        data = await request.read()
        caption = unquote(request.headers.get("X-Caption", ""))[:1024]
        if kind := _picture_type(data):
            made = person.send_photo(data, caption=caption, name=name, mime=kind)
        else:
            made = person.send_document(data, name=name, mime=request.content_type, caption=caption)
        return _json({"ok": True, "message_id": made})

    async def _file(self, request: web.Request) -> web.Response:
        file = self._number(request).files.get(request.match_info["file"])
        if file is None or not file.data:
            raise _wrong("There is no such file.", status=404)
        kind = _picture_type(file.data)
        headers = dict(_SAFE)
        if kind is None:
            # What is not a picture is handed over, never shown: it may be a page with a script.
            headers["Content-Disposition"] = "attachment"
        return web.Response(body=file.data, content_type=kind or "application/octet-stream", headers=headers)

    def _number(self, request: web.Request) -> Number:
        try:
            return self._whatsapp.number(request.match_info["number"])
        except KeyError as error:
            raise _wrong("There is no such number.", status=404) from error

    def _person(self, request: web.Request) -> Person:
        name = request.match_info["person"].strip()[:64]
        if not name:
            raise _wrong("person: give a name.")
        phone = request.query.get("phone") != "0"
        return self._whatsapp.user(name, number=self._number(request), phone=phone)


def _perform(person: Person, asked: _Act) -> str | None:
    text = asked.text.strip()
    if asked.act in ("say", "colleague") and not text:
        raise _wrong("text: write something first.")
    if asked.act in ("edit", "delete", "react") and asked.message_id is None:
        raise _wrong("message_id: say which message is meant.")
    named = asked.message_id or ""
    acts: dict[str, Callable[[], Any]] = {
        "say": lambda: person.say(text, reply_to=asked.message_id),
        "tap": lambda: person.tap(asked.text, message_id=asked.message_id),
        "edit": lambda: person.edit(named, text),
        "delete": lambda: person.delete(named),
        "react": lambda: person.react(named, text),
        "location": lambda: person.send_location(asked.latitude, asked.longitude),
        "read": person.read,
        "block": person.block,
        "unblock": person.unblock,
        "close_window": person.let_window_close,
        "colleague": lambda: person.hear_from_colleague(text),
    }
    made = acts[asked.act]()
    return made if isinstance(made, str) else None


def _number_facts(number: Number) -> Json:
    return {
        "id": number.id,
        "name": number.name,
        "display": f"+{number.display}",
        "webhook": bool(number.webhook),
        "webhook_error": number.webhook.last_error if number.webhook else None,
    }


def _message_facts(held: Held, person: Person) -> Json:
    if held.deleted or held.status == "failed":
        return {"message_id": held.id, "deleted": True}
    replied = person.chat.find(held.reply_to) if held.reply_to else None
    return {
        "message_id": held.id,
        "mine": held.mine,
        "at": held.at,
        "content": held.content,
        "read": held.read,
        "edited": held.edited,
        "reply_to": replied.content if replied else None,
        "reactions": [emoji for emoji in held.reactions.values() if emoji],
    }


def _picture_type(data: bytes) -> str | None:
    return next((mime for start, mime in _PICTURES.items() if data.startswith(start)), None)


def _whole(request: web.Request, name: str) -> int:
    text = request.query.get(name, "0")
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise _wrong(f"{name}: give a whole number.")
    return int(text)


def _wrong(text: str, *, status: int = 400) -> GraphError:
    return GraphError(100, text, status=status, details=text)


async def _read(request: web.Request, kind: type[M]) -> M:
    if request.content_type != "application/json":
        raise _wrong("Send the body as application/json.", status=415)
    try:
        return kind.model_validate_json(await request.read())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise _wrong(f"{'.'.join(str(part) for part in first['loc']) or 'body'}: {first['msg']}.") from error


def _json(body: Json) -> web.Response:
    return web.json_response(body, headers=_SAFE, dumps=lambda value: json.dumps(value, ensure_ascii=False))


def _plain(handler: Handler) -> Handler:
    """The handler with refusals in plain words."""

    async def handle(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except GraphError as error:
            told = {"ok": False, "error": error.details or error.text}
            return web.json_response(told, status=error.status, headers=_SAFE)

    return handle


async def _home(request: web.Request) -> web.Response:
    raise web.HTTPFound("/whatsapp/")


async def _index(request: web.Request) -> web.Response:
    return _file_response("index.html")


async def _asset(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    # An explicit list of what lies in the folder: nothing outside it can be named.
    if name not in {path.name for path in FOLDER.iterdir() if path.suffix in _TYPES}:
        raise _wrong("There is no such page.", status=404)
    return _file_response(name)


def _file_response(name: str) -> web.Response:
    path = FOLDER / name
    return web.Response(text=path.read_text("utf-8"), content_type=_TYPES[path.suffix], charset="utf-8", headers=_SAFE)
