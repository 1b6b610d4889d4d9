"""A server that signs people in as GitHub does: OAuth 2 with its own habits, and the two calls that say who it is."""

from __future__ import annotations

import secrets
from collections import OrderedDict

from aiohttp import web

from hub.simulator import wire
from hub.simulator.faults import FaultPlan
from hub.simulator.identity.desk import Account, Request, SignInDesk, back, page, strict
from hub.simulator.record import Record

BODY = 64 * 1024
_ASKED = frozenset({"client_id", "redirect_uri", "scope", "state", "code_challenge", "code_challenge_method"})
_EXCHANGED = frozenset({"client_id", "client_secret", "code", "redirect_uri", "code_verifier"})
_MOST_TOKENS = 1_000


class GitHub(SignInDesk):
    """The web side at its address, the API below ``/api/v3``, as on a GitHub Enterprise Server."""

    name = "github"

    def __init__(self, *, record: Record, faults: FaultPlan) -> None:
        super().__init__("Sign in to simulated GitHub")
        self.record = record
        self.faults = faults
        self._tokens: OrderedDict[str, Account] = OrderedDict()

    async def start(self) -> None:
        """Nothing to open."""

    async def stop(self) -> None:
        """Nothing to close."""

    def routes(self, app: web.Application) -> None:
        """Put the server on an application."""
        app.router.add_get("/login/oauth/authorize", self._authorize)
        app.router.add_post("/login/oauth/authorize", self._choose)
        app.router.add_post("/login/oauth/access_token", self._token)
        app.router.add_get("/api/v3/user", self._user)
        app.router.add_get("/api/v3/user/emails", self._emails)
        app.router.add_get("/identity.css", self.style)

    async def _authorize(self, request: web.Request) -> web.Response:
        entry = self.record.open(self.name, "authorize", account=request.query.get("client_id", ""))
        given = dict(request.query)
        application = self.applications.get(given.get("client_id", ""))
        if application is None or given.get("redirect_uri") not in application.redirects:
            entry.error = "unknown application or address"
            return page("This does not work", "<p>The application or its address is not registered.</p>", status=400)
        challenge = given.get("code_challenge", "")
        asked = Request(application, given["redirect_uri"], given.get("state", ""), "", challenge)
        wrong = strict(given, _ASKED)
        if wrong is None and (given["code_challenge_method"] != "S256" or len(challenge) != 43):
            wrong = "code_challenge"
        if wrong is not None:
            entry.error = wrong
            return back(asked, error="invalid_request")
        entry.accepted = True
        return self.page(asked)

    async def _choose(self, request: web.Request) -> web.Response:
        return await self.chosen(await request.post())

    async def _token(self, request: web.Request) -> web.Response:
        entry = self.record.open(self.name, "access_token")
        drawn = await wire.before(self.faults.draw(self.name, "access_token"), request, entry, _refuse)
        if drawn is not None:
            return drawn
        form = {name: str(value) for name, value in (await request.post()).items()}
        application = self.applications.get(form.get("client_id", ""))
        if strict(form, _EXCHANGED) is not None or application is None or form["client_secret"] != application.secret:
            entry.error = "incorrect_client_credentials"
            return web.json_response({"error": entry.error})  # with status 200, as GitHub does
        grant = self.redeemed(form["code"], application, form["redirect_uri"], form["code_verifier"])
        if grant is None:
            entry.error = "bad_verification_code"
            return web.json_response({"error": entry.error})
        entry.accepted = True
        token = f"gho_{secrets.token_hex(18)}"
        self._tokens[token] = grant.account
        if len(self._tokens) > _MOST_TOKENS:
            self._tokens.popitem(last=False)
        return web.json_response({"access_token": token, "token_type": "bearer", "scope": "read:user,user:email"})

    async def _user(self, request: web.Request) -> web.Response:
        account = self._bearer(request)
        if account is None:
            return web.json_response({"message": "Bad credentials"}, status=401)
        login = account.email.partition("@")[0]
        return web.json_response({"id": int(account.subject), "login": login, "name": account.name, "email": None})

    async def _emails(self, request: web.Request) -> web.Response:
        account = self._bearer(request)
        if account is None:
            return web.json_response({"message": "Bad credentials"}, status=401)
        private = {"email": f"{account.subject}@users.noreply.example", "primary": False, "verified": True}
        own = {"email": account.email, "primary": True, "verified": account.email_verified}
        return web.json_response([private, own])

    def _bearer(self, request: web.Request) -> Account | None:
        if not request.headers.get("User-Agent"):
            return None
        return self._tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))


def _refuse(status: int, seconds: float) -> web.Response:
    return web.json_response({"message": "Server Error"}, status=status)
