"""Signing in and out over REST, and setting an account up by its one-time link."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from admin.api.me import MeView, show_me
from hub.accounts.people import PeopleDesk
from hub.accounts.providers import Provider
from hub.accounts.sessions import Sessions
from hub.accounts.sign_in import PasswordSignIn, SignedIn
from hub.http.access import OWN_PAGES, PERSON, Call
from hub.http.cookies import SessionCookie
from hub.http.model import Model, View
from hub.http.routes import Route

Email = Annotated[str, Field(min_length=3, max_length=254, examples=["ada@example.com"])]
Password = Annotated[str, Field(min_length=1, max_length=256, examples=["seven quiet lamps hum"])]
Token = Annotated[str, Field(min_length=1, max_length=200)]
PersonName = Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S", examples=["Ada Lovelace"])]


class Credentials(Model):
    email: Email
    password: Password


class TokenOnly(Model):
    token: Token
    """What stands behind `#token=` in the link."""


class SetUp(TokenOnly):
    password: Password
    email: Email | None = None
    """Only a deployment's first person gives it."""
    name: PersonName | None = None
    """Only a deployment's first person gives it."""


class SetUpView(View):
    """Whose account the link sets up."""

    first: bool
    """Whether it makes the deployment's first person, who then gives name and address."""
    email: str | None
    name: str | None


class ProviderView(View):
    """A way to sign in beside the password."""

    id: str
    name: str
    kind: Literal["oidc", "github"]
    start: str
    """Where to POST to; the answer says where to send the browser."""


class ProvidersView(View):
    """How one can sign in here."""

    password: bool
    providers: list[ProviderView]
    mail: bool
    """Whether this hub sends mail, so that a forgotten password can be mended by oneself."""


class SignInApi:
    """The routes of signing in."""

    def __init__(
        self,
        *,
        sign_in: PasswordSignIn,
        people: PeopleDesk,
        sessions: Sessions,
        cookie: SessionCookie,
        mail: bool,
        providers: Sequence[Provider] = (),
    ) -> None:
        self._sign_in = sign_in
        self._people = people
        self._sessions = sessions
        self._cookie = cookie
        self._mail = mail
        self._providers = providers

    async def sign_in(self, call: Call, body: Credentials) -> MeView:
        return await self._let_in(call, await self._sign_in.sign_in(body.email, body.password, call.trace))

    async def sign_out(self, call: Call) -> None:
        await self._sessions.end(call.person)
        call.headers["Set-Cookie"] = self._cookie.forget()

    async def providers(self) -> ProvidersView:
        ways = [
            ProviderView(id=way.id, name=way.name, kind=way.kind, start=f"/api/v1/auth/providers/{way.id}/start")
            for way in self._providers
        ]
        return ProvidersView(password=True, providers=ways, mail=self._mail)

    async def look_at_set_up(self, call: Call, body: TokenOnly) -> SetUpView:
        person = await self._people.setup_of(body.token, call.client)
        return SetUpView(first=person is None, email=person and person.email, name=person and person.name)

    async def set_up(self, call: Call, body: SetUp) -> MeView:
        signed = await self._people.set_up(
            body.token, body.password, call.trace, email=body.email or "", name=body.name or ""
        )
        return await self._let_in(call, signed)

    async def _let_in(self, call: Call, signed: SignedIn) -> MeView:
        call.headers["Set-Cookie"] = self._cookie.keep(signed.token, self._sessions.lifetime.whole.total_seconds())
        return show_me(await self._people.me(signed.person), self._sessions.csrf_token(signed.token))

    def routes(self) -> list[Route]:
        """The routes of this file."""
        tags, base = ("people",), "/api/v1/auth"
        return [
            Route(method="POST", path=f"{base}/sign-in", handler=self.sign_in, access=OWN_PAGES, name="sign_in",
                  summary="Sign in by e-mail and password", tags=tags, audit=False, problems=(401, 403),
                  description="Sets the session cookie. An earlier session of this browser ends."),
            Route(method="POST", path=f"{base}/sign-out", handler=self.sign_out, access=PERSON, name="sign_out",
                  summary="Sign out", tags=tags, audit=False),
            Route(method="GET", path=f"{base}/providers", handler=self.providers, access=OWN_PAGES,
                  name="list_sign_in_providers", summary="How one can sign in", tags=tags),
            Route(method="POST", path=f"{base}/set-up/look", handler=self.look_at_set_up, access=OWN_PAGES,
                  name="look_at_set_up", summary="Whose account a set-up link is for", tags=tags, audit=False,
                  problems=(403,)),
            Route(method="POST", path=f"{base}/set-up", handler=self.set_up, access=OWN_PAGES, name="set_up_account",
                  summary="Choose the password of a new account", tags=tags, audit=False,
                  problems=(403, 409),
                  description="Uses the one-time link up and signs in."),
        ]  # fmt: skip
