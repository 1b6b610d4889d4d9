"""The simulated Telegram: its bots and people, and the Bot API over HTTP."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable
from typing import Any
from zlib import crc32

import aiohttp
from aiohttp import web

from hub.simulator import wire
from hub.simulator.faults import Fault, FaultPlan
from hub.simulator.record import Record, Recorded
from hub.simulator.telegram.delivery import Courier
from hub.simulator.telegram.methods import METHODS, perform, too_many
from hub.simulator.telegram.people import Person
from hub.simulator.telegram.schema import BotError, FormFile, check_call, method_name
from hub.simulator.telegram.world import Bot, Json

BODY = 64 << 20
BOTS = 10_000
_TOKEN = re.compile(r"\d{1,16}:[A-Za-z0-9_-]{35}$")
DEMO_TOKEN = "7000000001:SIMULATED-TOKEN-not-a-secret-000000"  # noqa: S105  # public by design: it opens the simulator alone


class Telegram:
    """Bots, people and the Bot API.

    A token nobody registered is answered 401, unless ``open_bots`` lets any well-formed token in. ``first_id``
    is where update and message ids start; a simulator that outlives nothing but itself must start above what
    an earlier one handed out, or the hub rightly takes its updates for old ones.
    """

    name = "telegram"

    def __init__(
        self, *, record: Record, faults: FaultPlan, first_id: int, speed: float = 1.0, open_bots: bool = False
    ) -> None:
        self.record = record
        self.faults = faults
        self.bots: dict[int, Bot] = {}
        self._couriers: dict[int, Courier] = {}
        self._session: aiohttp.ClientSession | None = None
        self._first_id = first_id
        self._speed = speed
        self._open_bots = open_bots

    async def start(self) -> None:
        """Open the connections that webhooks are delivered over."""
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200), trust_env=False)

    async def stop(self) -> None:
        """Stop delivering. Idempotent."""
        for courier in self._couriers.values():
            await courier.close()
        if self._session:
            await self._session.close()

    def routes(self, app: web.Application) -> None:
        """Put the Bot API on an application."""
        app.router.add_route("*", r"/bot{token:[^/]+}/{method}", self._method)
        app.router.add_get(r"/file/bot{token:[^/]+}/{path:.+}", self._file)
        app.router.add_route("*", "/{rest:.*}", self._unknown)

    def add_bot(self, token: str = DEMO_TOKEN, *, name: str = "Switchboard demo", username: str = "") -> Bot:
        """Register a bot; the same token again gives the same bot.

        Raises ``ValueError`` for a malformed token, for another token of a known bot, and past ``BOTS`` bots.
        """
        if not _TOKEN.match(token):
            raise ValueError("A bot token is a number, a colon and 35 letters, digits, '-' or '_'.")
        number = int(token.split(":")[0])
        known = self.bots.get(number)
        if known and known.token == token:
            return known
        if known or len(self.bots) >= BOTS:
            raise ValueError("This bot has another token here." if known else "There are too many bots already.")
        if self._session is None:
            raise RuntimeError("Start the simulator before adding a bot.")
        bot = Bot(token, name, username or f"sim{number}_bot", self._first_id)
        self.bots[number] = bot
        self._couriers[number] = Courier(
            bot, session=self._session, record=self.record, faults=self.faults, speed=self._speed
        )
        return bot

    def bot(self, number: int | None = None) -> Bot:
        """A bot by its id, or the first one. Raises ``KeyError``."""
        if number is not None:
            return self.bots[number]
        if not self.bots:
            raise KeyError("no bot is registered")
        return next(iter(self.bots.values()))

    def courier(self, bot: Bot) -> Courier:
        """What delivers this bot's updates."""
        return self._couriers[bot.id]

    def user(
        self, name: str, *, bot: Bot | None = None, number: int | None = None, language: str = "en", last_name: str = ""
    ) -> Person:
        """A person in a private chat with a bot; the same name (or ``number``) is the same person."""
        bot = bot or self.bot()
        # Derived from the name, so that a restarted simulator knows the same people.
        number = number if number is not None else 1_000_000_000 + crc32(name.encode()) % 1_000_000_000
        user: Json = {"id": number, "is_bot": False, "first_name": name, "language_code": language}
        if last_name:
            user["last_name"] = last_name
        facts = {key: user[key] for key in ("id", "first_name", "last_name") if key in user} | {"type": "private"}
        return Person(bot, self.courier(bot), user, bot.open_chat(facts, [user]))

    def group(
        self, title: str, people: Iterable[Person], *, bot: Bot | None = None, forum: bool = False
    ) -> list[Person]:
        """Put people into a group with the bot; gives each of them as a member of that group, in order."""
        bot = bot or self.bot()
        members = list(people)
        facts: Json = {
            "id": -1_000_000_000_000 - crc32(title.encode()) % 1_000_000_000,
            "type": "supergroup",
            "title": title,
        }
        if forum:
            facts["is_forum"] = True
        chat = bot.open_chat(facts, [person.user for person in members])
        return [Person(bot, self.courier(bot), person.user, chat) for person in members]

    def _find(self, token: str) -> Bot:
        if not _TOKEN.match(token):
            raise BotError(404, "Not Found")
        bot = self.bots.get(int(token.split(":")[0]))
        if bot is None and self._open_bots and len(self.bots) < BOTS:
            return self.add_bot(token)
        if bot is None or bot.token != token:
            raise BotError(401, "Unauthorized")
        return bot

    async def _unknown(self, request: web.Request) -> web.Response:
        return _answer(BotError(404, "Not Found"))

    async def _method(self, request: web.Request) -> web.StreamResponse:
        entry = self.record.open("telegram", request.match_info["method"])
        response: web.StreamResponse
        try:
            response = await self._call(request, entry)
        except BotError as error:
            response = _answer(error)
            entry.error = error.text
        entry.status, entry.done = response.status, time.time()
        return response

    async def _call(self, request: web.Request, entry: Recorded) -> web.StreamResponse:
        bot = self._find(request.match_info["token"])
        entry.account = str(bot.id)
        method = entry.method = method_name(request.match_info["method"])
        fault = self.faults.draw("telegram", method)
        early = await wire.before(fault, request, entry, _refuse)
        if early is not None:
            return early
        raw, files, form = await _body(request)
        call = check_call(method, raw, files, form=form)
        entry.params = call.params
        entry.chat = str(call.params.get("chat_id", ""))
        result = await perform(bot, self.courier(bot), call)
        entry.accepted = True
        entry.ids = _made(method, result)
        return await wire.after(_note(fault, entry), request) or _ok(result)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        entry = self.record.open("telegram", "file")
        try:
            bot = self._find(request.match_info["token"])
            entry.account = str(bot.id)
            fault = self.faults.draw("telegram", "file")
            early = await wire.before(fault, request, entry, _refuse)
            if early is not None:
                return early
            path = request.match_info["path"]
            file = next((f for f in bot.files.values() if f.path == path and f.data), None)
            if file is None:
                raise BotError(404, "Not Found")
        except BotError as error:
            entry.status, entry.error = error.code, error.text
            return _answer(error)
        entry.status, entry.accepted, entry.done = 200, True, time.time()
        return web.Response(body=file.data, content_type="application/octet-stream")


def _note(fault: Fault | None, entry: Recorded) -> Fault | None:
    entry.fault = fault.kind.value if fault else None
    return fault


def _made(method: str, result: Any) -> tuple[str, ...]:
    if not method.startswith("send") or method not in METHODS:
        return ()
    messages = result if isinstance(result, list) else [result]
    return tuple(str(message["message_id"]) for message in messages if isinstance(message, dict))


def _ok(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _answer(error: BotError) -> web.Response:
    body: Json = {"ok": False, "error_code": error.code, "description": error.text}
    headers = {}
    if error.parameters:
        body["parameters"] = error.parameters
        if "retry_after" in error.parameters:
            headers["Retry-After"] = str(error.parameters["retry_after"])
    return web.json_response(body, status=error.code, headers=headers)


def _refuse(code: int, seconds: float) -> web.Response:
    return _answer(too_many(seconds) if code == 429 else BotError(code, "Internal Server Error"))


async def _body(request: web.Request) -> tuple[Json, dict[str, FormFile], bool]:
    """The parameters and files of a call, and whether every value came as text."""
    raw: Json = dict(request.query)
    kind = request.content_type
    if request.method not in ("GET", "POST"):
        raise BotError(405, "Method Not Allowed")
    if kind == "application/json" and request.can_read_body:
        try:
            body = json.loads(await request.read() or b"{}")
        except ValueError as error:
            raise BotError(400, "Bad Request: can't parse request body as JSON") from error
        if not isinstance(body, dict):
            raise BotError(400, "Bad Request: the request body must be a JSON object")
        return raw | body, {}, bool(raw)
    files: dict[str, FormFile] = {}
    if kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                files[name] = FormFile(value.filename, value.content_type, value.file.read())
            else:
                raw[name] = value.decode() if isinstance(value, bytes | bytearray) else value
    return raw, files, True
