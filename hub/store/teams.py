"""Teams of a tenant and who is in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.core.ids import PersonId, TeamId, TenantId
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, run


@dataclass(frozen=True, slots=True)
class TeamRow:
    """``skills``: a conversation that needs one of these comes here."""

    id: TeamId
    name: str
    description: str
    skills: list[str]
    members: list[PersonId]
    created_at: datetime
    updated_at: datetime


_MEMBERS = """array(select m.person_id from hub.team_member m where m.team_id = t.id
                     order by m.created_at, m.person_id) as members"""


class Teams:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def all(self, *, of: PersonId | None = None) -> list[TeamRow]:
        """Every team by name; with ``of`` those of one person."""
        return await fetch_all(
            self._connection,
            TeamRow,
            f"""select t.*, {_MEMBERS} from hub.team t
                 where cast(:of as uuid) is null
                    or exists (select from hub.team_member m where m.team_id = t.id and m.person_id = :of)
                 order by lower(t.name), t.id limit 500""",  # noqa: S608  # a constant of this file
            of=of,
        )

    async def get(self, id: TeamId) -> TeamRow | None:
        return await fetch_one(
            self._connection,
            TeamRow,
            f"select t.*, {_MEMBERS} from hub.team t where t.id = :id",  # noqa: S608  # as above
            id=id,
        )

    async def add(self, id: TeamId, name: str, description: str, skills: list[str]) -> bool:
        """A new team. False when the name is taken."""
        return (
            await run(
                self._connection,
                """insert into hub.team(id, tenant_id, name, description, skills)
                   values (:id, :t, :name, :description, :skills__texts) on conflict (tenant_id, name) do nothing""",
                id=id,
                t=self.tenant,
                name=name,
                description=description,
                skills__texts=skills,
            )
            > 0
        )

    async def change(self, id: TeamId, *, name: str | None, description: str | None, skills: list[str] | None) -> bool:
        """Change a team; what is None stays. False when the name is another team's."""
        taken = await fetch_one(
            self._connection,
            TeamRow,
            f"select t.*, {_MEMBERS} from hub.team t where t.name = :name and t.id <> :id",  # noqa: S608  # as above
            name=name,
            id=id,
        )
        if taken is not None:
            return False
        await run(
            self._connection,
            """update hub.team set name = coalesce(:name, name), description = coalesce(:description, description),
                      skills = coalesce(:skills__texts, skills), updated_at = now() where id = :id""",
            id=id,
            name=name,
            description=description,
            skills__texts=skills,
        )
        return True

    async def remove(self, id: TeamId) -> bool:
        """Dissolve a team; its members stay members of the tenant."""
        return await run(self._connection, "delete from hub.team where id = :id", id=id) > 0

    async def put(self, id: TeamId, person: PersonId) -> None:
        """Put a member into a team. Idempotent."""
        await run(
            self._connection,
            """insert into hub.team_member(tenant_id, team_id, person_id) values (:t, :id, :person)
               on conflict do nothing""",
            t=self.tenant,
            id=id,
            person=person,
        )

    async def take(self, id: TeamId, person: PersonId) -> bool:
        """Take a member out of a team."""
        return (
            await run(
                self._connection,
                "delete from hub.team_member where team_id = :id and person_id = :person",
                id=id,
                person=person,
            )
            > 0
        )

    async def known(self, ids: list[UUID]) -> set[TeamId]:
        """Which of these are teams of the tenant."""
        rows = await self.all()
        return {row.id for row in rows if row.id in ids}
