"""How people sign in, wired from what they need."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from admin.api.me import MeApi
from admin.api.sign_in import SignInApi
from hub.accounts.people import PeopleDesk
from hub.accounts.sessions import Sessions
from hub.accounts.sign_in import PasswordSignIn
from hub.http.cookies import SessionCookie
from hub.http.routes import Route
from hub.security.passwords import Passwords
from hub.store.session import Store


class SigningIn:
    """The parts of a process that know people: the sessions its doors ask, and the routes."""

    def __init__(
        self,
        *,
        store: Store,
        secret_keys: Sequence[str],
        public_url: str | None = None,
        mail: bool = False,
        passwords: Passwords | None = None,
    ) -> None:
        self.secure = urlsplit(public_url or "").scheme == "https"
        self.sessions = Sessions(store=store, secret_keys=secret_keys)
        passwords = passwords or Passwords()
        self.people = PeopleDesk(store=store, passwords=passwords, sessions=self.sessions)
        sign_in = PasswordSignIn(store=store, passwords=passwords, sessions=self.sessions)
        cookie = SessionCookie(self.secure)
        self._apis = (
            SignInApi(sign_in=sign_in, people=self.people, sessions=self.sessions, cookie=cookie, mail=mail),
            MeApi(people=self.people, sessions=self.sessions, cookie=cookie),
        )

    def routes(self) -> Sequence[Route]:
        """Every route of people."""
        return [route for api in self._apis for route in api.routes()]
