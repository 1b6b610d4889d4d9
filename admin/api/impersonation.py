"""Acting as a member over REST, for platform admins."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from admin.api.me import MeView, show_me
from hub.accounts.impersonation import LONGEST, Impersonation
from hub.accounts.people import PeopleDesk
from hub.accounts.permissions import Permission
from hub.accounts.sessions import Sessions
from hub.core.ids import PersonId
from hub.http.access import PERSON, Call, tenant
from hub.http.cookies import SessionCookie
from hub.http.model import Model
from hub.http.routes import Route


class ActAs(Model):
    reason: Annotated[str, Field(min_length=3, max_length=400, pattern=r"\S", examples=["Ticket 4711: no handover"])]
    """Why. It stands in the tenant's audit log."""


class ImpersonationApi:
    """The routes of acting as somebody."""

    def __init__(
        self, *, impersonation: Impersonation, people: PeopleDesk, sessions: Sessions, cookie: SessionCookie
    ) -> None:
        self._impersonation = impersonation
        self._people = people
        self._sessions = sessions
        self._cookie = cookie

    async def begin(self, call: Call, member: UUID, body: ActAs) -> MeView:
        token = await self._impersonation.begin(call.tenant_id, PersonId(member), call.person, body.reason, call.trace)
        call.headers["Set-Cookie"] = self._cookie.keep(token, LONGEST.total_seconds())
        who = await self._sessions.authenticate(token)
        return show_me(await self._people.me(PersonId(member)), self._sessions.csrf_token(token), who)

    async def end(self, call: Call) -> MeView:
        myself, token = await self._impersonation.end(call.person, call.trace)
        call.headers["Set-Cookie"] = self._cookie.keep(token, self._sessions.lifetime.whole.total_seconds())
        return show_me(await self._people.me(myself), self._sessions.csrf_token(token))

    def routes(self) -> list[Route]:
        """The routes of this file."""
        tags = ("people",)
        return [
            Route(method="POST", path="/api/v1/tenants/{tenant}/members/{member}/impersonate", handler=self.begin,
                  access=tenant(Permission.MEMBERS_MANAGE), name="impersonate_member", tags=tags, audit=False,
                  summary="Act as a member, for platform admins", problems=(409,),
                  description="For an hour, in this tenant alone. What is done stands in its audit log under both "
                  "names, and the member sees the session among their own."),
            Route(method="POST", path="/api/v1/auth/impersonation/end", handler=self.end, access=PERSON,
                  name="end_impersonation", summary="Be oneself again", tags=tags, audit=False),
        ]  # fmt: skip
