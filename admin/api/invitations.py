"""Invitations over REST: inviting into a tenant, and accepting by the link."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from admin.api.me import MeView, show_me
from admin.api.sign_in import Email, Password, PersonName, TokenOnly
from hub.accounts.invitations import InvitationDesk, Invited
from hub.accounts.links import address
from hub.accounts.people import PeopleDesk
from hub.accounts.permissions import Permission, Role
from hub.accounts.principals import Tenant
from hub.accounts.sessions import Sessions
from hub.core.errors import NotFound
from hub.core.ids import InvitationId
from hub.http.access import OWN_PAGES, Call, tenant
from hub.http.cookies import SessionCookie
from hub.http.model import Model, View
from hub.http.pages import Page, PageQuery, decode_cursor, page_of
from hub.http.routes import Route
from hub.store.invitations import InvitationRow


class NewInvitation(Model):
    email: Email
    role: Literal["admin", "agent", "viewer"] = "agent"
    teams: Annotated[list[UUID], Field(max_length=50)] = Field(default_factory=list)


class InvitationView(View):
    """Somebody who was asked to join and has not yet."""

    id: UUID
    email: str
    role: Role
    teams: list[UUID]
    mailed: bool
    """Whether the link went out by mail."""
    created_at: datetime
    expires_at: datetime


class InvitedView(InvitationView):
    link: str | None
    """Where no mail was sent: the link to hand over. It is shown this once."""


class InvitationCard(View):
    """What an invitation says to whoever opens its link."""

    tenant: str
    email: str
    role: Role
    inviter: str | None
    known: bool
    """Whether the address has an account here: then sign in before accepting."""


class Acceptance(TokenOnly):
    name: PersonName | None = None
    """Only newcomers give it."""
    password: Password | None = None
    """Only newcomers give it."""


class InvitationsApi:
    """The routes of invitations."""

    def __init__(
        self,
        *,
        desk: InvitationDesk,
        people: PeopleDesk,
        sessions: Sessions,
        cookie: SessionCookie,
        public_url: str | None,
    ) -> None:
        self._desk = desk
        self._people = people
        self._sessions = sessions
        self._cookie = cookie
        self._public_url = public_url

    async def invite(self, call: Call, body: NewInvitation) -> InvitedView:
        return self._invited(
            call, await self._desk.invite(_here(call), body.email, Role(body.role), body.teams, call.trace)
        )

    async def page(self, call: Call, query: PageQuery) -> Page[InvitationView]:
        rows = await self._desk.page(call.tenant_id, query.limit + 1, decode_cursor(query.cursor))
        return page_of(rows, query.limit, lambda row: (row.created_at, row.id), _view)

    async def again(self, call: Call, invitation: UUID) -> InvitedView:
        return self._invited(call, await self._desk.again(_here(call), InvitationId(invitation), call.trace))

    async def revoke(self, call: Call, invitation: UUID) -> None:
        await self._desk.revoke(call.tenant_id, InvitationId(invitation), call.trace)

    async def look(self, call: Call, body: TokenOnly) -> InvitationCard:
        found = await self._desk.look(body.token, call.client)
        return InvitationCard(
            tenant=found.tenant.name,
            email=found.email,
            role=Role(found.role),
            inviter=found.inviter,
            known=found.known,
        )

    async def accept(self, call: Call, body: Acceptance) -> MeView:
        signed = await self._desk.accept(body.token, body.name, body.password, call.trace)
        call.headers["Set-Cookie"] = self._cookie.keep(signed.token, self._sessions.lifetime.whole.total_seconds())
        return show_me(await self._people.me(signed.person), self._sessions.csrf_token(signed.token))

    def _invited(self, call: Call, invited: Invited) -> InvitedView:
        base = self._public_url or f"{call.request.scheme}://{call.request.host}"
        link = address(base, "invitation", invited.token) if invited.token else None
        return InvitedView(**_view(invited.row).model_dump(), link=link)

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base, auth, tags = "/api/v1/tenants/{tenant}/invitations", "/api/v1/auth/invitations", ("people",)
        access = tenant(Permission.MEMBERS_MANAGE)
        return [
            Route(method="POST", path=base, handler=self.invite, access=access, name="invite_member", status=201,
                  summary="Ask somebody to join", tags=tags, idempotent=True, audit=False, problems=(409,)),
            Route(method="GET", path=base, handler=self.page, access=access, name="list_invitations",
                  summary="Who was asked and has not joined yet", tags=tags),
            Route(method="POST", path=f"{base}/{{invitation}}/resend", handler=self.again, access=access,
                  name="resend_invitation", summary="Send an invitation again, with a new link", tags=tags,
                  idempotent=True, audit=False, problems=(409,)),
            Route(method="DELETE", path=f"{base}/{{invitation}}", handler=self.revoke, access=access,
                  name="revoke_invitation", summary="Take an invitation back", tags=tags, audit=False),
            Route(method="POST", path=f"{auth}/look", handler=self.look, access=OWN_PAGES, name="look_at_invitation",
                  summary="What an invitation's link invites to", tags=tags, audit=False, problems=(403,)),
            Route(method="POST", path=f"{auth}/accept", handler=self.accept, access=OWN_PAGES, audit=False,
                  name="accept_invitation", summary="Join a tenant", tags=tags, problems=(401, 403, 409),
                  description="A newcomer gives name and password. Who has an account signs in first."),
        ]  # fmt: skip


def _here(call: Call) -> Tenant:
    if call.tenant is None:
        raise NotFound("There is no such tenant.", field="tenant")
    return call.tenant


def _view(row: InvitationRow) -> InvitationView:
    return InvitationView(
        id=row.id,
        email=row.email,
        role=Role(row.role),
        teams=row.teams,
        mailed=row.mailed,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
