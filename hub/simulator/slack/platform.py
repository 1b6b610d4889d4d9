"""The simulated Slack: its apps and people, and the Web API over HTTP."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit
from zlib import crc32

import aiohttp
from aiohttp import web

from hub.simulator import wire
from hub.simulator.faults import FaultPlan
from hub.simulator.record import Record, Recorded
from hub.simulator.slack.delivery import Courier
from hub.simulator.slack.methods import DOWNLOAD, Desk
from hub.simulator.slack.people import Person
from hub.simulator.slack.schema import check_call
from hub.simulator.slack.world import App, Json, SlackError

BODY = 64 << 20
APPS = 1000
DEMO_TOKEN = "xoxb-simulated-token-not-a-secret"  # noqa: S105  # public by design: it opens the simulator alone
DEMO_SIGNING_SECRET = "simulated-signing-secret"  # noqa: S105  # as public as the token
DEMO_APP = "A0SIMULATED"
DEMO_TEAM = "T0SIMULATED"
SCOPES = frozenset(
    {
        "app_mentions:read", "assistant:write", "channels:history", "chat:write", "chat:write.customize", "files:read",
        "files:write", "groups:history", "im:history", "mpim:history", "reactions:read", "users:read",
    }
)  # fmt: skip
_MADE = frozenset({"chat.postMessage", "files.completeUploadExternal"})


class Slack:
    """Apps in workspaces, people, and the Web API. A token nobody registered is answered ``invalid_auth``.

    ``pace`` is the least number of seconds between two posts in one conversation; Slack asks for 1, 0 is none.
    ``base_url`` is where this is reached; whoever serves it sets it, and messages' files are named by it.
    """

    name = "slack"

    def __init__(self, *, record: Record, faults: FaultPlan, speed: float = 1.0, pace: float = 0.0) -> None:
        self.record = record
        self.faults = faults
        self.pace = pace
        self.base_url = ""
        self.apps: dict[str, App] = {}
        self._desks: dict[str, Desk] = {}
        self._codes: dict[str, tuple[str, str]] = {}
        self._session: aiohttp.ClientSession | None = None
        self._speed = speed

    async def start(self) -> None:
        """Open the connections that events are delivered over."""
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200), trust_env=False)

    async def stop(self) -> None:
        """Stop delivering. Idempotent."""
        for desk in self._desks.values():
            await desk.courier.close()
        if self._session:
            await self._session.close()

    def routes(self, http: web.Application) -> None:
        """Put the Web API on an application."""
        http.router.add_route("*", "/api/{method}", self._method)
        http.router.add_get("/oauth/v2/authorize", self._authorize)
        http.router.add_post("/upload/v1/{file}", self._upload)
        http.router.add_get(DOWNLOAD + "/{file}/{rest:.+}", self._file)

    def add_app(
        self,
        token: str = DEMO_TOKEN,
        *,
        app_id: str = DEMO_APP,
        team_id: str = DEMO_TEAM,
        signing_secret: str = DEMO_SIGNING_SECRET,
        name: str = "Switchboard demo",
        scopes: Iterable[str] = SCOPES,
    ) -> App:
        """Install an app in a workspace; the same token again gives the same one. Raises ``ValueError`` past
        ``APPS`` of them."""
        known = self.apps.get(token)
        if known is not None:
            return known
        if len(self.apps) >= APPS:
            raise ValueError("There are too many apps already.")
        if self._session is None:
            raise RuntimeError("Start the simulator before adding an app.")
        app = App(
            token=token,
            app_id=app_id,
            team_id=team_id,
            signing_secret=signing_secret,
            name=name,
            scopes=frozenset(scopes),
        )
        courier = Courier(app, session=self._session, record=self.record, faults=self.faults, speed=self._speed)
        self.apps[token] = app
        self._desks[token] = Desk(app, courier, base_url="", pace=self.pace)
        return app

    def app(self, team_id: str | None = None) -> App:
        """The app in a workspace, or the first one. Raises ``KeyError``."""
        found = next((app for app in self.apps.values() if team_id in (None, app.team_id)), None)
        if found is None:
            raise KeyError("no app is installed")
        return found

    def desk(self, app: App | None = None) -> Desk:
        """What an app's token can do, and its courier."""
        return self._ready(self._desks[(app or self.app()).token])

    def _ready(self, desk: Desk) -> Desk:
        desk.base_url, desk.pace = self.base_url, self.pace
        return desk

    def connect(self, url: str, *, app: App | None = None) -> None:
        """Say where an app's events, interactions and commands go, as its settings at Slack do."""
        app = app or self.app()
        app.webhook = url
        self.desk(app).courier.work()

    async def subscribe(self, url: str, *, app: App | None = None) -> bool:
        """The same, with Slack's handshake: whether the address gave the challenge back and is used now."""
        if not await self.desk(app).courier.verify_url(url):
            return False
        self.connect(url, app=app)
        return True

    def user(self, name: str, *, app: App | None = None) -> Person:
        """A person in the direct chat with the bot; the same name is the same person."""
        app = app or self.app()
        user = self._user(app, name)
        return Person(self.desk(app), user, name, app.conversation(user))

    def channel(self, name: str, people: Iterable[Person], *, app: App | None = None) -> list[Person]:
        """Put people into a channel with the bot; gives each of them as a member of that channel, in order."""
        app = app or self.app()
        chat = app.open(f"C{crc32(name.encode()):010d}", name, "channel")
        members = list(people)
        chat.members |= {app.bot_user, *(person.id for person in members)}
        return [Person(self.desk(app), person.id, person.name, chat) for person in members]

    def _user(self, app: App, name: str) -> str:
        # Derived from the name, so that a restarted simulator knows the same people.
        user = f"U{crc32(name.encode()):010d}"
        app.people[user] = name
        return user

    def _find(self, request: web.Request, given: Mapping[str, Any]) -> Desk:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        token = token if scheme == "Bearer" else str(given.get("token", ""))
        if not token:
            raise SlackError("not_authed")
        desk = self._desks.get(token)
        if desk is None:
            raise SlackError("invalid_auth")
        return self._ready(desk)

    async def _method(self, request: web.Request) -> web.StreamResponse:
        entry = self.record.open("slack", request.match_info["method"])
        response: web.StreamResponse
        try:
            response = await self._call(request, entry)
        except SlackError as error:
            response = _refused(error)
            entry.error = error.code
        entry.status, entry.done = response.status, time.time()
        return response

    async def _call(self, request: web.Request, entry: Recorded) -> web.StreamResponse:
        method = entry.method
        fault = self.faults.draw("slack", method)
        early = await wire.before(fault, request, entry, _refuse)
        if early is not None:
            return early
        given, form = await _body(request)
        if method == "oauth.v2.access":
            return _ok(self._exchange(request, check_call(method, given, form=form)))
        desk = self._find(request, given)
        entry.account = desk.app.team_id
        params = check_call(method, {k: v for k, v in given.items() if k != "token"}, form=form)
        entry.params = params
        entry.chat = str(params.get("channel") or params.get("channel_id") or "")
        result = desk.perform(method, params)
        entry.accepted = True
        entry.chat = str(result.get("channel") or entry.chat) if isinstance(result.get("channel"), str) else entry.chat
        entry.ids = _ids(method, result)
        entry.fault = fault.kind.value if fault else None
        return await wire.after(fault, request) or _ok(result, scopes=desk.app.scopes)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        entry = self.record.open("slack", "upload")
        early = await wire.before(self.faults.draw("slack", "upload"), request, entry, _refuse)
        if early is not None:
            return early
        named = request.match_info["file"]
        app = next((app for app in self.apps.values() if named in app.files), None)
        data = await request.read()
        if app is None or len(data) != app.files[named].size:
            entry.status = 400
            return web.Response(status=400, text="invalid upload")
        app.files[named].data = data
        entry.status, entry.accepted, entry.done = 200, True, time.time()
        return web.Response(text=f"OK - {len(data)}")

    async def _file(self, request: web.Request) -> web.StreamResponse:
        entry = self.record.open("slack", "file")
        early = await wire.before(self.faults.draw("slack", "file"), request, entry, _refuse)
        if early is not None:
            return early
        try:
            app = self._find(request, {}).app
            app.needs("files:read")
        except SlackError:
            # Slack shows its sign-in page instead of saying no.
            entry.status = 200
            return web.Response(text="<!doctype html><title>Slack</title>Sign in", content_type="text/html")
        team, _, named = request.match_info["file"].partition("-")
        stored = app.files.get(named) if team == app.team_id else None
        if stored is None or stored.data is None:
            entry.status = 404
            return web.Response(status=404, text="not found")
        entry.status, entry.accepted, entry.done = 200, True, time.time()
        return web.Response(body=stored.data, content_type=stored.mime)

    async def _authorize(self, request: web.Request) -> web.Response:
        """The consent page, already agreed to: straight back with a code, for the first app that is installed."""
        back, client = request.query.get("redirect_uri", ""), request.query.get("client_id", "")
        if urlsplit(back).scheme not in ("http", "https") or not client or not self.apps:
            return web.Response(status=400, text="Something went wrong when authorizing this app.")
        code = f"code-{len(self._codes) + 1}-{int(time.time() * 1000)}"
        if len(self._codes) >= APPS:
            self._codes.clear()
        self._codes[code] = (client, back)
        query = urlencode({"code": code, "state": request.query.get("state", "")})
        raise web.HTTPFound(f"{back}{'&' if '?' in back else '?'}{query}")

    def _exchange(self, request: web.Request, params: Json) -> Json:
        client, secret = _basic(request) or (params.get("client_id", ""), params.get("client_secret", ""))
        if not client or not secret:
            raise SlackError("bad_client_secret")
        granted = self._codes.pop(params["code"], None)
        if granted is None or granted[0] != client:
            raise SlackError("invalid_code")
        if params.get("redirect_uri", granted[1]) != granted[1]:
            raise SlackError("bad_redirect_uri")
        app = self.app()
        return {
            "access_token": app.token,
            "token_type": "bot",
            "scope": ",".join(sorted(app.scopes)),
            "bot_user_id": app.bot_user,
            "app_id": app.app_id,
            "team": {"id": app.team_id, "name": "Simulated workspace"},
            "enterprise": None,
            "is_enterprise_install": False,
            "authed_user": {"id": "U0OWNER"},
        }


def _basic(request: web.Request) -> tuple[str, str] | None:
    scheme, _, coded = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Basic":
        return None
    try:
        client, _, secret = base64.b64decode(coded).decode().partition(":")
    except ValueError:
        return None
    return client, secret


def _ids(method: str, result: Json) -> tuple[str, ...]:
    if method not in _MADE:
        return ()
    return (str(result["ts"]),) if "ts" in result else tuple(str(file["id"]) for file in result.get("files", ()))


def _ok(result: Json, *, scopes: Iterable[str] = ()) -> web.Response:
    return web.json_response({"ok": True, **result}, headers={"X-OAuth-Scopes": ",".join(sorted(scopes))})


def _refused(error: SlackError) -> web.Response:
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after is not None else {}
    return web.json_response({"ok": False, "error": error.code, **error.more}, status=error.status, headers=headers)


def _refuse(code: int, seconds: float) -> web.Response:
    if code == 429:
        return _refused(SlackError("ratelimited", status=429, retry_after=max(1, round(seconds + 0.499))))
    return web.Response(status=code, text="Server Error", content_type="text/html")


async def _body(request: web.Request) -> tuple[Json, bool]:
    """The parameters of a call, and whether every value came as text."""
    if request.content_type == "application/json" and request.can_read_body:
        try:
            given = json.loads(await request.read() or b"{}")
        except ValueError as error:
            raise SlackError("invalid_json") from error
        if not isinstance(given, dict):
            raise SlackError("json_not_object")
        return given, False
    form: Json = dict(request.query)
    if request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        form |= {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    return form, True
