"""Signing in by a provider over HTTP: to its page and back, and which logins belong to one's account."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from admin.api.sign_in import Token
from hub.accounts.external_sign_in import LIFETIME, ExternalSignIn, Wish
from hub.accounts.logins import LoginDesk
from hub.accounts.providers import SignInRefused, Trouble
from hub.accounts.sessions import Sessions
from hub.core.errors import Conflict, Unavailable
from hub.http.access import OWN_PAGES, PERSON, PUBLIC, Call
from hub.http.cookies import JourneyCookie, SessionCookie
from hub.http.model import Model, View
from hub.http.routes import Route

_BASE = "/api/v1/auth/providers/{provider}"

DeskPage = Annotated[str, Field(max_length=2_000, examples=["/admin/"])]


class SignInStart(Model):
    """What signing in is for."""

    next: DeskPage = "/admin/"
    """The desk's page to go on at; any other address is ignored."""
    invitation: Token | None = None
    """The token of an invitation's link, to accept it."""


class ConnectStart(Model):
    next: DeskPage = "/admin/"
    """The desk's page to come back to."""
    password: Annotated[str, Field(max_length=256)] = ""
    """The present password, where there is one."""


class AwayView(View):
    url: str
    """Where to send the browser. It has a quarter of an hour to come back."""


class LoginView(View):
    """An account at a provider that one can sign in with."""

    provider: str
    name: str
    email: str | None
    """What the provider last said."""
    created_at: datetime
    used_at: datetime


class LoginList(View):
    items: list[LoginView]


class ProvidersApi:
    """The routes of signing in by a provider."""

    def __init__(
        self,
        *,
        external: ExternalSignIn,
        logins: LoginDesk,
        sessions: Sessions,
        cookie: SessionCookie,
        public_url: str | None,
    ) -> None:
        self._external = external
        self._logins = logins
        self._sessions = sessions
        self._cookie = cookie
        self._kept = JourneyCookie(cookie.secure)
        self._public_url = public_url

    async def start(self, call: Call, provider: str, body: SignInStart) -> AwayView:
        return await self._begin(call, provider, Wish(body.next, body.invitation))

    async def connect(self, call: Call, provider: str, body: ConnectStart) -> AwayView:
        self._external.provider(provider)
        await self._logins.check_password(call.person, body.password, call.trace)
        return await self._begin(call, provider, Wish(body.next, link=True))

    async def finish(self, call: Call, provider: str) -> web.Response:
        provider = self._external.provider(provider).id
        kept = self._kept.read(call.request, provider)
        back = await self._external.finish(provider, dict(call.request.query), kept, call.trace)
        answer = web.Response(status=303, headers={"Location": back.page, "Referrer-Policy": "no-referrer"})
        answer.headers.add("Set-Cookie", self._kept.forget(provider))
        if back.signed is not None:
            life = self._sessions.lifetime.whole.total_seconds()
            answer.headers.add("Set-Cookie", self._cookie.keep(back.signed.token, life))
        return answer

    async def logins(self, call: Call) -> LoginList:
        names = {way.id: way.name for way in self._external.providers}
        return LoginList(
            items=[
                LoginView(
                    provider=row.provider,
                    name=names.get(row.provider, row.provider),
                    email=row.email,
                    created_at=row.created_at,
                    used_at=row.used_at,
                )
                for row in await self._logins.of(call.person)
            ]
        )

    async def disconnect(self, call: Call, provider: str) -> None:
        await self._logins.disconnect(call.person, provider, call.trace)

    async def _begin(self, call: Call, provider: str, wish: Wish) -> AwayView:
        base = self._public_url or f"{call.request.scheme}://{call.request.host}"
        redirect_uri = f"{base.rstrip('/')}{self._path(provider)}/callback"
        try:
            away = await self._external.begin(provider, redirect_uri, wish, call.trace)
        except SignInRefused as error:
            if error.trouble is Trouble.UNAVAILABLE:
                raise Unavailable("This way to sign in cannot be reached. Try again soon, or use another.") from error
            raise Conflict("This way to sign in is not set up right. Whoever runs this hub can mend it.") from error
        call.headers["Set-Cookie"] = self._kept.keep(provider, away.kept, LIFETIME.total_seconds())
        return AwayView(url=away.url)

    def _path(self, provider: str) -> str:
        return _BASE.replace("{provider}", self._external.provider(provider).id)

    def routes(self) -> list[Route]:
        """The routes of this file."""
        me = "/api/v1/me/logins"

        def route(method: str, path: str, handler: Any, name: str, summary: str, **more: Any) -> Route:
            return Route(method=method, path=path, handler=handler, name=name, summary=summary,
                         **{"tags": ("people",), "audit": False, **more})  # fmt: skip

        return [
            route("POST", f"{_BASE}/start", self.start, "start_provider_sign_in", "Begin to sign in by a provider",
                  access=OWN_PAGES, problems=(403, 404, 409, 503)),
            route("GET", f"{_BASE}/callback", self.finish, "finish_provider_sign_in",
                  "Where the provider sends people back", access=PUBLIC, status=303, produces="text/html", returns=str,
                  problems=(404,), description="Leads on to a page of the desk, which says what went wrong."),
            route("GET", me, self.logins, "list_logins", "What one can sign in with beside the password",
                  access=PERSON),
            route("POST", f"{me}/{{provider}}", self.connect, "connect_login", "Begin to connect a provider",
                  access=PERSON, problems=(404, 409, 503)),
            route("DELETE", f"{me}/{{provider}}", self.disconnect, "disconnect_login", "Disconnect a provider",
                  access=PERSON, problems=(404, 409)),
        ]  # fmt: skip
