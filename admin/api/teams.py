"""A tenant's teams over REST."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from admin.api.members import Skills
from hub.accounts.permissions import Permission
from hub.accounts.teams import TeamDesk
from hub.core.ids import PersonId, TeamId
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.routes import Route
from hub.store.teams import TeamRow

TeamName = Annotated[str, Field(min_length=1, max_length=80, pattern=r"\S", examples=["Returns"])]
Description = Annotated[str, Field(max_length=500)]


class NewTeam(Model):
    name: TeamName
    description: Description = ""
    skills: Skills = Field(default_factory=list)
    """A conversation that needs one of these comes to this team."""


class TeamChange(Model):
    """What is left out stays."""

    name: TeamName | None = None
    description: Description | None = None
    skills: Skills | None = None


class TeamView(View):
    """A team."""

    id: UUID
    name: str
    description: str
    skills: list[str]
    members: list[UUID]
    created_at: datetime
    updated_at: datetime


class TeamList(View):
    items: list[TeamView]


class TeamsApi:
    """The routes of teams."""

    def __init__(self, *, desk: TeamDesk) -> None:
        self._desk = desk

    async def all(self, call: Call) -> TeamList:
        return TeamList(items=[_view(row) for row in await self._desk.all(call.tenant_id)])

    async def create(self, call: Call, body: NewTeam) -> TeamView:
        return _view(await self._desk.create(call.tenant_id, body.name, body.description, body.skills, call.trace))

    async def change(self, call: Call, team: UUID, body: TeamChange) -> TeamView:
        changed = await self._desk.change(
            call.tenant_id,
            TeamId(team),
            call.trace,
            name=body.name,
            description=body.description,
            skills=body.skills,
        )
        return _view(changed)

    async def remove(self, call: Call, team: UUID) -> None:
        await self._desk.remove(call.tenant_id, TeamId(team), call.trace)

    async def put(self, call: Call, team: UUID, member: UUID) -> TeamView:
        return _view(await self._desk.put(call.tenant_id, TeamId(team), PersonId(member), call.trace))

    async def take(self, call: Call, team: UUID, member: UUID) -> TeamView:
        return _view(await self._desk.take(call.tenant_id, TeamId(team), PersonId(member), call.trace))

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base = "/api/v1/tenants/{tenant}/teams"
        one = f"{base}/{{team}}"
        reads, manages = tenant(Permission.MEMBERS_READ), tenant(Permission.TEAMS_MANAGE)

        def route(method: str, path: str, handler: Any, name: str, summary: str, **more: Any) -> Route:
            return Route(method=method, path=path, handler=handler, name=name, summary=summary, tags=("people",),
                         audit=False, **{"access": manages, **more})  # fmt: skip

        return [
            route("GET", base, self.all, "list_teams", "A tenant's teams", access=reads),
            route("POST", base, self.create, "create_team", "A new team", status=201, idempotent=True,
                  problems=(409,)),
            route("PATCH", one, self.change, "change_team", "Change a team", problems=(409,)),
            route("DELETE", one, self.remove, "remove_team", "Dissolve a team"),
            route("PUT", f"{one}/members/{{member}}", self.put, "add_team_member", "Put a member into a team"),
            route("DELETE", f"{one}/members/{{member}}", self.take, "remove_team_member",
                  "Take a member out of a team"),
        ]  # fmt: skip


def _view(row: TeamRow) -> TeamView:
    return TeamView(
        id=row.id,
        name=row.name,
        description=row.description,
        skills=row.skills,
        members=list(row.members),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
