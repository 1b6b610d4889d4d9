"""The simulated Messenger: its pages and people, and the part of Meta's Graph API that concerns them."""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

import aiohttp
from aiohttp import web

from hub.simulator import wire
from hub.simulator.faults import FaultPlan
from hub.simulator.messenger.delivery import Courier
from hub.simulator.messenger.people import Person
from hub.simulator.messenger.sending import FormFile, send
from hub.simulator.messenger.world import GraphError, Json, Page, StoredFile
from hub.simulator.record import Record, Recorded

BODY = 32 << 20
PAGES = 10_000
DEMO_PAGE = "100000000000001"
DEMO_TOKEN = "SIMULATED-PAGE-TOKEN-not-a-secret"  # noqa: S105  # public by design: it opens the simulator alone
DEMO_SECRET = "simulated-app-secret"  # noqa: S105  # the same
DEMO_VERIFY = "simulated-verify-token"
FIELDS = frozenset(
    [
        "messages",
        "messaging_postbacks",
        "message_echoes",
        "message_deliveries",
        "message_reads",
        "message_reactions",
        "message_edits",
        "messaging_referrals",
        "messaging_optins",
        "messaging_handovers",
        "messaging_account_linking",
        "messaging_policy_enforcement",
        "standby",
        "feed",
    ]
)
_VERSION = r"{version:v\d{1,3}\.\d}"
_SCOPES = ["pages_messaging", "pages_manage_metadata", "pages_show_list"]
Handler = Callable[[Page, web.Request, Recorded], Awaitable[Json]]


class Messenger:
    """Pages, people and the Graph API. A token nobody registered is answered as Meta does, with code 190.

    ``first_id`` is where message ids start; see ``Simulator``.
    """

    name = "messenger"

    def __init__(self, *, record: Record, faults: FaultPlan, first_id: int, speed: float = 1.0) -> None:
        self.record = record
        self.faults = faults
        self.pages: dict[str, Page] = {}
        self.base_url = ""
        self._couriers: dict[str, Courier] = {}
        self._session: aiohttp.ClientSession | None = None
        self._first_id = first_id
        self._speed = speed

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
        """Put the Graph API on an application."""
        for prefix in ("", f"/{_VERSION}"):
            app.router.add_post(f"{prefix}/{{page}}/messages", self._handler("messages", self._messages))
            app.router.add_post(f"{prefix}/{{page}}/subscribed_apps", self._handler("subscribed_apps", self._subscribe))
            app.router.add_get(f"{prefix}/{{page}}/subscribed_apps", self._handler("subscribed_apps", self._subscribed))
            app.router.add_get(f"{prefix}/debug_token", self._debug_token)
        app.router.add_get(f"/{_VERSION}/{{page}}", self._handler("page", self._page_facts))
        app.router.add_get("/cdn/{page}/{file}/{name}", self._file)
        app.router.add_route("*", "/{rest:.*}", self._unknown)

    def add_page(
        self,
        page_id: str = DEMO_PAGE,
        *,
        token: str = DEMO_TOKEN,
        name: str = "Switchboard demo",
        app_id: str = "900000000000009",
        app_secret: str = DEMO_SECRET,
        verify_token: str = DEMO_VERIFY,
    ) -> Page:
        """Register a page with the app that answers for it; the same id again gives the same page.

        Raises ``ValueError`` for a malformed id, for another token of a known page, and past ``PAGES`` pages.
        """
        if not re.fullmatch(r"\d{1,30}", page_id):
            raise ValueError("A page's id is a number.")
        known = self.pages.get(page_id)
        if known and known.token == token:
            return known
        if known or len(self.pages) >= PAGES:
            raise ValueError("This page has another token here." if known else "There are too many pages already.")
        if self._session is None:
            raise RuntimeError("Start the simulator before adding a page.")
        page = Page(page_id, token, name, app_id, app_secret, verify_token, self._first_id)
        self.pages[page_id] = page
        self._couriers[page_id] = Courier(
            page, session=self._session, record=self.record, faults=self.faults, speed=self._speed
        )
        return page

    def listen(self, url: str, *, page: Page | None = None) -> None:
        """Set the app's callback address, as its dashboard does, without asking the address first (see ``verify``)."""
        page = page or self.page()
        page.webhook = url
        self.courier(page).webhook_changed()

    async def verify(self, url: str, *, page: Page | None = None) -> bool:
        """Ask an address as Meta's dashboard does before it takes it."""
        page = page or self.page()
        if self._session is None:
            raise RuntimeError("Start the simulator first.")
        query = {"hub.mode": "subscribe", "hub.verify_token": page.verify_token, "hub.challenge": "1158201444"}
        async with self._session.get(url, params=query, allow_redirects=False) as answer:
            return answer.status == 200 and await answer.text() == "1158201444"

    def page(self, page_id: str | None = None) -> Page:
        """A page by its id, or the first one. Raises ``KeyError``."""
        if page_id is not None:
            return self.pages[page_id]
        if not self.pages:
            raise KeyError("no page is registered")
        return next(iter(self.pages.values()))

    def courier(self, page: Page) -> Courier:
        """What delivers this page's events."""
        return self._couriers[page.id]

    def user(self, name: str, *, page: Page | None = None) -> Person:
        """A person in a chat with a page; the same name is the same person."""
        page = page or self.page()
        return Person(page, self.courier(page), page.open_chat(name), lambda file: self._address(page, file))

    def _address(self, page: Page, file: StoredFile) -> str:
        return f"{self.base_url}/cdn/{page.id}/{file.id}/{quote(file.name, safe='')}"

    def _handler(self, method: str, work: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            entry = self.record.open("messenger", method)
            response: web.StreamResponse
            try:
                response = await self._call(method, work, request, entry)
            except GraphError as error:
                response = _answer(error)
                entry.error = error.text
            entry.status, entry.done = response.status, time.time()
            return response

        return handle

    async def _call(self, method: str, work: Handler, request: web.Request, entry: Recorded) -> web.StreamResponse:
        page = self._authorised(request)
        entry.account = page.id
        fault = self.faults.draw("messenger", method)
        early = await wire.before(fault, request, entry, _refuse)
        if early is not None:
            return early
        answer = await work(page, request, entry)
        entry.accepted = True
        entry.fault = fault.kind.value if fault else None
        return await wire.after(fault, request) or web.json_response(answer)

    def _authorised(self, request: web.Request) -> Page:
        """The page a call is for. The token must be that page's; a proof, where given, must be made with its secret."""
        token = _token(request)
        page = next((page for page in self.pages.values() if token and page.token == token), None)
        if page is None:
            raise GraphError("Invalid OAuth access token - Cannot parse access token", code=190)
        if request.match_info.get("page") not in (page.id, "me"):
            raise GraphError("Object does not exist, or cannot be loaded due to missing permissions", subcode=33)
        proof = request.query.get("appsecret_proof")
        right = hmac.new(page.app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        if proof is not None and not hmac.compare_digest(proof.encode(), right.encode()):
            raise GraphError("Invalid appsecret_proof provided in the API argument")
        return page

    async def _messages(self, page: Page, request: web.Request, entry: Recorded) -> Json:
        params, upload = await _body(request)
        entry.params = params
        chat, answer, message = send(page, params, upload)
        entry.chat = chat.person
        if message is not None:
            entry.ids = (message["mid"],)
            self.user(chat.name, page=page).told(message, app_id=int(page.app_id))
        return answer

    async def _subscribe(self, page: Page, request: web.Request, entry: Recorded) -> Json:
        params, _ = await _body(request)
        fields = params.get("subscribed_fields", "")
        named = frozenset(fields if isinstance(fields, list) else [f for f in str(fields).split(",") if f])
        if not named or named - FIELDS:
            wrong = ", ".join(sorted(named - FIELDS)) or "none"
            raise GraphError(f"Param subscribed_fields must hold known fields; {wrong} is not one.")
        entry.params = params
        page.fields = named
        return {"success": True}

    async def _subscribed(self, page: Page, request: web.Request, entry: Recorded) -> Json:
        app = {"id": page.app_id, "name": "Simulated app", "subscribed_fields": sorted(page.fields)}
        return {"data": [app] if page.fields else []}

    async def _page_facts(self, page: Page, request: web.Request, entry: Recorded) -> Json:
        facts = {"id": page.id, "name": page.name}
        wanted = [field for field in request.query.get("fields", "id,name").split(",") if field]
        if unknown := [field for field in wanted if field not in facts]:
            raise GraphError(f"Tried accessing nonexisting field ({unknown[0]}) on node type (Page)")
        return {"id": page.id} | {field: facts[field] for field in wanted}

    async def _debug_token(self, request: web.Request) -> web.Response:
        entry = self.record.open("messenger", "debug_token")
        app, _, secret = _token(request).partition("|")
        if not any((page.app_id, page.app_secret) == (app, secret) for page in self.pages.values()):
            return _answer(GraphError("Invalid OAuth access token signature.", code=190))
        asked = request.query.get("input_token", "")
        valid = any(page.token == asked for page in self.pages.values())
        entry.status = 200
        return web.json_response({"data": {"is_valid": valid, "app_id": app, "scopes": _SCOPES if valid else []}})

    async def _file(self, request: web.Request) -> web.StreamResponse:
        """A file as Meta's CDN hands it over: to whoever has the address."""
        entry = self.record.open("messenger", "cdn", account=request.match_info["page"])
        early = await wire.before(self.faults.draw("messenger", "cdn"), request, entry, _refuse)
        if early is not None:
            return early
        page = self.pages.get(request.match_info["page"])
        file = page.files.get(request.match_info["file"]) if page else None
        if file is None:
            entry.status = 404
            return web.Response(status=404, text="Not Found")
        entry.status, entry.accepted, entry.done = 200, True, time.time()
        return web.Response(body=file.data, content_type=file.mime)

    async def _unknown(self, request: web.Request) -> web.Response:
        return _answer(GraphError("Unknown path components: this is not simulated.", code=2500))


def _token(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.lower() in ("bearer", "oauth") and token else request.query.get("access_token", "")


def _answer(error: GraphError) -> web.Response:
    headers = {"Retry-After": str(error.retry)} if error.retry is not None else {}
    return web.json_response(error.body, status=error.status, headers=headers)


def _refuse(code: int, seconds: float) -> web.Response:
    if code == 429:
        wait = max(1, math.ceil(seconds))
        return _answer(GraphError("Calls to this api have exceeded the rate limit.", code=613, retry=wait))
    return _answer(GraphError("An unexpected error has occurred. Please retry your request later.", code=2, status=500))


async def _body(request: web.Request) -> tuple[Json, FormFile | None]:
    """The parameters of a call and the file that came with it."""
    params: Json = {k: v for k, v in request.query.items() if k not in ("access_token", "appsecret_proof")}
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.read() or b"{}")
        except ValueError as error:
            raise GraphError("The request body is not valid JSON.") from error
        if not isinstance(body, dict):
            raise GraphError("The request body must be a JSON object.")
        return params | body, None
    upload: FormFile | None = None
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            if name != "filedata":
                raise GraphError(f"Param {name} may not be a file.")
            upload = FormFile(value.filename, value.content_type, value.file.read())
        else:
            params[name] = _decoded(value if isinstance(value, str) else bytes(value).decode())
    return params, upload


def _decoded(value: str) -> Any:
    """A form's value: objects come as JSON, all else as text."""
    if not value.startswith("{"):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise GraphError("A parameter is not valid JSON.") from error
