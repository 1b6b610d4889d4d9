"""The person who is signed in, over REST: profile, password, sessions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from hub.accounts.people import Me, PeopleDesk
from hub.accounts.permissions import Permission, Reach, Role, of_member
from hub.accounts.principals import Principal
from hub.accounts.sessions import Sessions
from hub.core.ids import SessionId
from hub.files.portraits import address
from hub.http.access import PERSON, Call
from hub.http.cookies import SessionCookie
from hub.http.model import Model, View
from hub.http.routes import Route

Locale = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$", max_length=35, examples=["en"])]


class PersonView(View):
    """A person."""

    id: UUID
    name: str
    email: str
    email_verified: bool
    locale: str
    picture: str | None
    """The address of how they look, below the hub's; null without a picture."""
    platform_admin: bool
    has_password: bool
    preferences: dict[str, Any]
    created_at: datetime


class MemberOf(View):
    """A tenant the person belongs to, and what they may do there."""

    tenant_id: UUID
    slug: str
    name: str
    enabled: bool
    role: Role
    reach: Reach
    permissions: list[Permission]
    availability: Literal["online", "away", "offline"]
    capacity: int
    skills: list[str]


class MeView(View):
    """Who is signed in."""

    person: PersonView
    memberships: list[MemberOf]
    impersonator: str | None
    """Who runs the hub and acts as this person now; null where the person signed in."""
    csrf_token: str
    """Goes into the header `X-CSRF-Token` of every change. It changes with the session."""


class SessionView(View):
    """A browser the person is signed in with."""

    id: UUID
    current: bool
    method: str
    """password, or the provider's name."""
    address: str
    user_agent: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


class SessionList(View):
    items: list[SessionView]


class ProfileChange(Model):
    """What is left out stays."""

    name: Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")] | None = None
    locale: Locale | None = None
    preferences: Annotated[dict[str, Any], Field(max_length=100)] | None = None
    """How the desk looks and tells. Replaces all of them."""


class PasswordChange(Model):
    current: Annotated[str, Field(max_length=256)] = ""
    """Empty where the account has no password yet."""
    new: Annotated[str, Field(min_length=1, max_length=256)]


class MeApi:
    """The routes of the person who is signed in."""

    def __init__(self, *, people: PeopleDesk, sessions: Sessions, cookie: SessionCookie) -> None:
        self._people = people
        self._sessions = sessions
        self._cookie = cookie

    async def get(self, call: Call) -> MeView:
        who = call.person
        if who.person_id is None:
            raise LookupError("a person has an id")
        return self._show(call, await self._people.me(who.person_id))

    async def change(self, call: Call, body: ProfileChange) -> MeView:
        changed = await self._people.change(
            call.person, call.trace, name=body.name, locale=body.locale, preferences=body.preferences
        )
        return self._show(call, changed)

    async def change_password(self, call: Call, body: PasswordChange) -> MeView:
        who = call.person
        token = await self._people.change_password(who, body.current, body.new, call.trace)
        call.headers["Set-Cookie"] = self._cookie.keep(token, self._sessions.lifetime.whole.total_seconds())
        if who.person_id is None:
            raise LookupError("a person has an id")
        return show_me(await self._people.me(who.person_id), self._sessions.csrf_token(token))

    async def sessions(self, call: Call) -> SessionList:
        who = call.person
        rows = await self._sessions.listed(who)
        return SessionList(
            items=[
                SessionView(
                    id=row.id,
                    current=row.id == who.session_id,
                    method=row.method,
                    address=row.address,
                    user_agent=row.user_agent,
                    created_at=row.created_at,
                    seen_at=row.seen_at,
                    expires_at=row.expires_at,
                )
                for row in rows
            ]
        )

    async def end_session(self, call: Call, session: UUID) -> None:
        await self._people.end_session(call.person, SessionId(session), call.trace)

    async def end_others(self, call: Call) -> None:
        await self._people.end_other_sessions(call.person, call.trace)

    def _show(self, call: Call, me: Me) -> MeView:
        return show_me(me, self._sessions.csrf_token(self._cookie.read(call.request) or ""), call.principal)

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base = "/api/v1/me"

        def route(method: str, path: str, handler: Any, name: str, summary: str, **more: Any) -> Route:
            return Route(method=method, path=path, handler=handler, access=PERSON, name=name, summary=summary,
                         tags=("people",), audit=False, **more)  # fmt: skip

        return [
            route("GET", base, self.get, "get_me", "Who is signed in, where they belong and what they may do there"),
            route("PATCH", base, self.change, "change_me", "Change one's own profile"),
            route("POST", f"{base}/password", self.change_password, "change_password", "Change one's own password",
                  description="Every other session ends, and this one gets a new cookie and CSRF token."),
            route("GET", f"{base}/sessions", self.sessions, "list_sessions", "Where one is signed in"),
            route("DELETE", f"{base}/sessions", self.end_others, "end_other_sessions", "Sign out everywhere else"),
            route("DELETE", f"{base}/sessions/{{session}}", self.end_session, "end_session", "Sign one browser out"),
        ]  # fmt: skip


def show_me(me: Me, csrf_token: str, who: Principal | None = None) -> MeView:
    """The person as the API shows them to themselves, and to who acts as them."""
    only = None if who is None else who.only_tenant
    person = me.person
    return MeView(
        person=PersonView(
            id=person.id,
            name=person.name,
            email=person.email,
            email_verified=person.email_verified_at is not None,
            locale=person.locale,
            picture=address(person.picture),
            platform_admin=person.platform_admin,
            has_password=person.password_hash is not None,
            preferences=person.preferences,
            created_at=person.created_at,
        ),
        memberships=[
            MemberOf(
                tenant_id=m.tenant_id,
                slug=m.slug,
                name=m.tenant_name,
                enabled=m.enabled,
                role=Role(m.role),
                reach=Reach(m.reach),
                permissions=sorted(of_member(Role(m.role), Reach(m.reach))),
                availability=m.availability,
                capacity=m.capacity,
                skills=m.skills,
            )
            for m in me.memberships
            if only is None or m.tenant_id == only
        ],
        impersonator=None if who is None else who.impersonator_name,
        csrf_token=csrf_token,
    )
