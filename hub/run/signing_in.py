"""How people sign in, wired from what they need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from admin.api.audit import AuditApi
from admin.api.impersonation import ImpersonationApi
from admin.api.invitations import InvitationsApi
from admin.api.me import MeApi
from admin.api.members import MembersApi
from admin.api.providers import ProvidersApi
from admin.api.recovery import RecoveryApi
from admin.api.sign_in import SignInApi
from admin.api.teams import TeamsApi
from hub.accounts.audit import AuditLog
from hub.accounts.external_sign_in import ExternalSignIn
from hub.accounts.impersonation import Impersonation
from hub.accounts.invitations import InvitationDesk
from hub.accounts.logins import LoginDesk
from hub.accounts.members import MemberDesk
from hub.accounts.people import PeopleDesk
from hub.accounts.post import Post
from hub.accounts.providers import Provider
from hub.accounts.recovery import Recovery
from hub.accounts.sessions import Sessions
from hub.accounts.sign_in import PasswordSignIn
from hub.accounts.teams import TeamDesk
from hub.http.cookies import SessionCookie
from hub.http.routes import Route
from hub.security.encryption import Vault
from hub.security.passwords import Passwords
from hub.store.session import Store

if TYPE_CHECKING:
    from hub.run.house import House


class HasRoutes(Protocol):
    """A group of routes."""

    def routes(self) -> Sequence[Route]: ...


class SigningIn:
    """The parts of a process that know people: the sessions its doors ask, and the routes."""

    def __init__(
        self,
        *,
        store: Store,
        secret_keys: Sequence[str],
        post: Post,
        public_url: str | None = None,
        passwords: Passwords | None = None,
        providers: Sequence[Provider] = (),
    ) -> None:
        self.secure = urlsplit(public_url or "").scheme == "https"
        self.sessions = Sessions(store=store, secret_keys=secret_keys)
        passwords = passwords or Passwords()
        self.people = PeopleDesk(store=store, passwords=passwords, sessions=self.sessions, post=post)
        sign_in = PasswordSignIn(store=store, passwords=passwords, sessions=self.sessions)
        cookie = SessionCookie(self.secure)
        self.log = AuditLog(store=store)
        members = MemberDesk(store=store, sessions=self.sessions)
        invitations = InvitationDesk(store=store, passwords=passwords, sessions=self.sessions, post=post)
        recovery = Recovery(store=store, passwords=passwords, sessions=self.sessions, post=post)
        logins = LoginDesk(store=store, passwords=passwords, post=post)
        external = ExternalSignIn(
            store=store,
            sessions=self.sessions,
            vault=Vault(secret_keys),
            invitations=invitations,
            logins=logins,
            post=post,
            providers=providers,
        )
        self._apis: tuple[HasRoutes, ...] = (
            SignInApi(
                sign_in=sign_in,
                people=self.people,
                sessions=self.sessions,
                cookie=cookie,
                mail=post.sends,
                providers=providers,
            ),
            ProvidersApi(
                external=external, logins=logins, sessions=self.sessions, cookie=cookie, public_url=public_url
            ),
            MeApi(people=self.people, sessions=self.sessions, cookie=cookie),
            RecoveryApi(recovery=recovery, people=self.people, sessions=self.sessions, cookie=cookie),
            MembersApi(desk=members, sessions=self.sessions, cookie=cookie),
            InvitationsApi(
                desk=invitations, people=self.people, sessions=self.sessions, cookie=cookie, public_url=public_url
            ),
            ImpersonationApi(
                impersonation=Impersonation(store=store, sessions=self.sessions),
                people=self.people,
                sessions=self.sessions,
                cookie=cookie,
            ),
            TeamsApi(desk=TeamDesk(store=store)),
            AuditApi(log=self.log),
        )

    def routes(self) -> Sequence[Route]:
        """Every route of people."""
        return [route for api in self._apis for route in api.routes()]


def people_of(house: House) -> PeopleDesk:
    """The desk that makes people and their links, for commands and for what starts a deployment."""
    return SigningIn(store=house.store, secret_keys=house.secret_keys, post=house.post).people
