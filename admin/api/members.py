"""A tenant's members over REST: roles, their part in the queue, leaving, handing the tenant on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from hub.accounts.members import MemberDesk
from hub.accounts.permissions import Permission, Reach, Role
from hub.accounts.sessions import Sessions
from hub.core.errors import NotFound
from hub.core.ids import PersonId
from hub.files.portraits import address
from hub.http.access import Call, tenant
from hub.http.cookies import SessionCookie
from hub.http.model import Model, View
from hub.http.pages import Page, PageQuery, decode_cursor, page_of
from hub.http.routes import Route
from hub.store.memberships import MembershipRow

Skill = Annotated[str, Field(min_length=1, max_length=60, examples=["returns"])]
Skills = Annotated[list[Skill], Field(max_length=50)]
Availability = Literal["online", "away", "offline"]


class MemberView(View):
    """A person in the tenant."""

    id: UUID
    """The person's id, which also names them in assignments."""
    name: str
    email: str
    picture: str | None
    """The address of how they look, below the hub's; null without a picture."""
    role: Role
    reach: Reach
    availability: Availability
    availability_at: datetime
    capacity: int
    """How many conversations they take at once."""
    skills: list[str]
    joined_at: datetime


class MemberChange(Model):
    """What is left out stays."""

    role: Role | None = None
    reach: Reach | None = None
    """Which conversations an agent reads: all, their teams', or those assigned to them."""
    capacity: Annotated[int, Field(ge=0, le=1000)] | None = None
    skills: Skills | None = None


class AvailabilityChange(Model):
    availability: Availability


class Transfer(Model):
    person_id: UUID
    """The member who becomes the owner."""
    confirm: Annotated[str, Field(min_length=1, max_length=63)]
    """The tenant's slug, typed."""


class MembersApi:
    """The routes of members."""

    def __init__(self, *, desk: MemberDesk, sessions: Sessions, cookie: SessionCookie) -> None:
        self._desk = desk
        self._sessions = sessions
        self._cookie = cookie

    async def page(self, call: Call, query: PageQuery) -> Page[MemberView]:
        rows = await self._desk.page(call.tenant_id, query.limit + 1, decode_cursor(query.cursor))
        return page_of(rows, query.limit, lambda row: (row.created_at, row.person_id), _view)

    async def get(self, call: Call, member: UUID) -> MemberView:
        return _view(await self._desk.get(call.tenant_id, PersonId(member)))

    async def change(self, call: Call, member: UUID, body: MemberChange) -> MemberView:
        changed = await self._desk.change(
            call.tenant_id,
            PersonId(member),
            call.trace,
            role=body.role,
            reach=body.reach,
            capacity=body.capacity,
            skills=body.skills,
        )
        return _view(changed)

    async def remove(self, call: Call, member: UUID) -> None:
        await self._desk.remove(call.tenant_id, PersonId(member), call.trace)

    async def set_availability(self, call: Call, body: AvailabilityChange) -> MemberView:
        return _view(await self._desk.set_availability(call.tenant_id, call.person, body.availability, call.trace))

    async def leave(self, call: Call) -> None:
        await self._desk.leave(call.tenant_id, call.person, call.trace)

    async def transfer(self, call: Call, body: Transfer) -> MemberView:
        if call.tenant is None or call.principal is None:
            raise NotFound("There is no such tenant.", field="tenant")
        row, cookie = await self._desk.transfer(
            call.tenant, PersonId(body.person_id), body.confirm, call.principal, call.trace
        )
        if cookie is not None:
            call.headers["Set-Cookie"] = self._cookie.keep(cookie, self._sessions.lifetime.whole.total_seconds())
        return _view(row)

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base = "/api/v1/tenants/{tenant}"
        one = f"{base}/members/{{member}}"

        def route(
            method: str, path: str, handler: Any, name: str, summary: str, needs: Permission, **more: Any
        ) -> Route:
            return Route(method=method, path=path, handler=handler, access=tenant(needs), name=name, summary=summary,
                         tags=("people",), audit=False, **more)  # fmt: skip

        reads, manages = Permission.MEMBERS_READ, Permission.MEMBERS_MANAGE
        return [
            route("GET", f"{base}/members", self.page, "list_members", "A tenant's members", reads),
            route("GET", one, self.get, "get_member", "One member", reads),
            route("PATCH", one, self.change, "change_member", "Change a member's role and part in the queue", manages,
                  problems=(409,)),
            route("DELETE", one, self.remove, "remove_member", "End a membership", manages, problems=(409,)),
            route("PUT", f"{base}/availability", self.set_availability, "set_availability",
                  "Say whether you take conversations now", reads),
            route("POST", f"{base}/leave", self.leave, "leave_tenant", "Leave a tenant", reads, problems=(409,),
                  idempotent=True),
            route("POST", f"{base}/transfer", self.transfer, "transfer_tenant", "Hand a tenant on to another member",
                  Permission.TENANT_TRANSFER, problems=(409,), idempotent=True,
                  description="The owner so far becomes an admin. Their session gets a new cookie and CSRF token."),
        ]  # fmt: skip


def _view(row: MembershipRow) -> MemberView:
    return MemberView(
        id=row.person_id,
        name=row.name,
        email=row.email,
        picture=address(row.picture),
        role=Role(row.role),
        reach=Reach(row.reach),
        availability=row.availability,
        availability_at=row.availability_at,
        capacity=row.capacity,
        skills=row.skills,
        joined_at=row.created_at,
    )
