"""The chat page of the simulated Slack and what it calls: people at a screen play the customers here.

As open as the loopback address it listens on. Writes need a JSON body or a header of their own, which a foreign page
in somebody's browser cannot send without asking first; and it never answers such a question.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import unquote

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub.simulator.slack.people import Person
from hub.simulator.slack.platform import Slack
from hub.simulator.slack.world import App, Held, Json, SlackError

PAGES = Path(__file__).parents[1] / "pages" / "slack"
DIRECT = "direct"
"""The place that is the direct chat with the bot; any other names a channel."""

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
_SHOWN = ("ts", "thread_ts", "text", "blocks", "username")
M = TypeVar("M", bound=BaseModel)
Handler = Callable[[web.Request], Awaitable[web.Response]]


class _Act(BaseModel):
    model_config = ConfigDict(extra="forbid")

    act: Literal["say", "mention", "tap", "edit", "delete", "react", "unreact", "command"]
    text: str = Field(default="", max_length=12_000)
    ts: str | None = None
    thread: str | None = None


class _App(BaseModel):
    model_config = ConfigDict(extra="forbid")

    token: str = Field(min_length=1, max_length=300)
    app_id: str = Field(pattern=r"^A[A-Za-z0-9]{1,31}$")
    team_id: str = Field(pattern=r"^[TE][A-Za-z0-9]{1,31}$")
    signing_secret: str = Field(min_length=1, max_length=256)
    name: str = Field(default="Simulated app", min_length=1, max_length=80)
    url: str = Field(default="", max_length=2000)


class SlackPages:
    """The page under ``/slack/``, its calls under ``/control/slack``."""

    def __init__(self, slack: Slack) -> None:
        self._slack = slack

    def routes(self, app: web.Application) -> None:
        """Put page and calls on an application."""
        app.router.add_get("/slack", _home)
        app.router.add_get("/slack/", _safely(_index))
        app.router.add_get("/slack/{name}", _safely(_asset))
        app.router.add_get("/control/slack/apps", _safely(self._apps))
        app.router.add_post("/control/slack/apps", _safely(self._add_app))
        chat = "/control/slack/apps/{team}/people/{person}/{place}"
        app.router.add_get(chat, _safely(self._look))
        app.router.add_post(chat, _safely(self._act))
        app.router.add_put(f"{chat}/file", _safely(self._upload))
        app.router.add_get("/control/slack/apps/{team}/files/{file}", _safely(self._file))

    async def _apps(self, request: web.Request) -> web.Response:
        return _json({"items": [_app_facts(app) for app in self._slack.apps.values()]})

    async def _add_app(self, request: web.Request) -> web.Response:
        """Install an app; with ``url``, its events go there once the address gave the challenge back."""
        asked = await _read(request, _App)
        try:
            app = self._slack.add_app(**asked.model_dump(exclude={"url"}))
        except ValueError as error:
            raise SlackError(str(error), status=400) from error
        if asked.url and not await self._slack.subscribe(asked.url, app=app):
            raise SlackError("url: this address did not give the challenge back.", status=400)
        return _json(_app_facts(app))

    async def _look(self, request: web.Request) -> web.Response:
        """The conversation's changes after a version; with ``wait``, as soon as there are any."""
        person = self._person(request)
        chat = person.chat
        after = _number(request.query.get("after", "0"), "after")
        fresh = after > chat.version  # older than what the page has seen: the simulator started anew
        if not fresh:
            await chat.wait_past(after, min(_number(request.query.get("wait", "0"), "wait"), _WAIT))
        changed = [held for held in chat.held.values() if fresh or held.version > after]
        return _json(
            {
                "version": chat.version,
                "restarted": fresh,
                "messages": [_message_facts(held, person) for held in changed],
                "typing": chat.typing,
                "waiting": person.desk.courier.pending,
                "app": _app_facts(person.app),
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
            raise SlackError("X-File-Name: name the file in this header.", status=400)
        data = await request.read()
        words = unquote(request.headers.get("X-Caption", ""))[:3000]
        mime = _picture_type(data) or request.content_type
        made = person.send_file(data, name=name, mime=mime, text=words, thread=request.query.get("thread") or None)
        return _json({"ok": True, "ts": made["ts"]})

    async def _file(self, request: web.Request) -> web.Response:
        stored = self._app(request).files.get(request.match_info["file"])
        if stored is None or stored.data is None:
            raise SlackError("There is no such file.", status=404)
        kind = _picture_type(stored.data)
        headers = dict(_SAFE)
        if kind is None:
            # What is not a picture is handed over, never shown: it may be a page with a script.
            headers["Content-Disposition"] = "attachment"
        return web.Response(body=stored.data, content_type=kind or "application/octet-stream", headers=headers)

    def _app(self, request: web.Request) -> App:
        try:
            return self._slack.app(request.match_info["team"])
        except KeyError as error:
            raise SlackError("There is no such workspace.", status=404) from error

    def _person(self, request: web.Request) -> Person:
        name, place = (request.match_info[part].strip()[:64] for part in ("person", "place"))
        if not name or not place:
            raise SlackError("person: give a name.", status=400)
        app = self._app(request)
        person = self._slack.user(name, app=app)
        return person if place == DIRECT else self._slack.channel(place, [person], app=app)[0]


async def _read(request: web.Request, kind: type[M]) -> M:
    if request.content_type != "application/json":
        raise SlackError("Send the body as application/json.", status=415)
    try:
        return kind.model_validate_json(await request.read())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        told = f"{'.'.join(str(part) for part in first['loc']) or 'body'}: {first['msg']}."
        raise SlackError(told, status=400) from error


def _do(person: Person, asked: _Act) -> Json:
    words = asked.text.strip()
    if asked.act in ("say", "mention", "edit", "command", "tap", "react", "unreact") and not words:
        raise SlackError("text: write something first.", status=400)
    if asked.act in ("say", "mention"):
        return {"ts": person.say(words, thread=asked.thread, at_bot=asked.act == "mention")["ts"]}
    if asked.act == "tap":
        person.tap(words, ts=asked.ts)
        return {}
    if asked.act == "command":
        command, _, rest = words.partition(" ")
        person.command(command, rest)
        return {}
    if asked.ts is None:
        raise SlackError("ts: say which message is meant.", status=400)
    if asked.act == "edit":
        person.edit(asked.ts, words)
    elif asked.act == "delete":
        person.delete(asked.ts)
    else:
        person.react(asked.ts, words, remove=asked.act == "unreact")
    return {}


def _app_facts(app: App) -> Json:
    return {
        "team": app.team_id,
        "name": app.name,
        "bot": app.bot_user,
        "people": app.people,
        "webhook": app.webhook is not None,
        "webhook_error": app.webhook_error,
    }


def _message_facts(held: Held, person: Person) -> Json:
    message = held.message
    if held.deleted:
        return {"ts": message["ts"], "deleted": True}
    author = message["user"]
    reactions = {name: sorted(people) for name, people in held.reactions.items() if people}
    return {
        **{name: message[name] for name in _SHOWN if name in message},
        "author": author,
        "name": message.get("username") or person.app.people.get(author, person.app.name),
        "mine": author == person.id,
        "bot": author == person.app.bot_user,
        "edited": "edited" in message,
        "reactions": reactions,
        "reacted": [name for name, people in reactions.items() if person.id in people],
        "files": [_file_facts(file, person.app) for file in message.get("files", ())],
    }


def _file_facts(file: Json, app: App) -> Json:
    stored = app.files.get(file["id"])
    picture = bool(stored and stored.data and _picture_type(stored.data))
    address = f"/control/slack/apps/{app.team_id}/files/{file['id']}"
    return {"name": file["name"], "size": file["size"], "picture": picture, "address": address}


def _picture_type(data: bytes) -> str | None:
    return next((mime for start, mime in _PICTURES.items() if data.startswith(start)), None)


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise SlackError(f"{name}: give a whole number.", status=400)
    return int(text)


def _json(body: Json) -> web.Response:
    return web.json_response(body, headers=_SAFE, dumps=lambda value: json.dumps(value, ensure_ascii=False))


def _safely(handler: Handler) -> Handler:
    """The handler with its refusals told in plain words."""

    async def handle(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except SlackError as error:
            status = error.status if error.status >= 400 else 400
            return web.json_response({"ok": False, "error": error.code}, status=status, headers=_SAFE)

    return handle


async def _home(request: web.Request) -> web.Response:
    raise web.HTTPFound("/slack/")


async def _index(request: web.Request) -> web.Response:
    return _file_response("index.html")


async def _asset(request: web.Request) -> web.Response:
    name = request.match_info["name"]
    # An explicit list of what lies in the folder: nothing outside it can be named.
    if name not in {path.name for path in PAGES.iterdir() if path.suffix in _TYPES}:
        raise SlackError("There is no such page.", status=404)
    return _file_response(name)


def _file_response(name: str) -> web.Response:
    path = PAGES / name
    return web.Response(text=path.read_text("utf-8"), content_type=_TYPES[path.suffix], charset="utf-8", headers=_SAFE)
