"""Who belongs to which tenant, and as what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.core.ids import PersonId, TenantId
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, fetch_value, run


@dataclass(frozen=True, slots=True)
class MembershipRow:
    """A person in a tenant. ``capacity`` is how many conversations they take at once."""

    tenant_id: TenantId
    person_id: PersonId
    role: str
    reach: str
    availability: str
    availability_at: datetime
    capacity: int
    skills: list[str]
    created_at: datetime
    name: str
    email: str
    picture: str | None


@dataclass(frozen=True, slots=True)
class BelongsTo:
    """A tenant that a person is a member of."""

    tenant_id: TenantId
    slug: str
    tenant_name: str
    enabled: bool
    role: str
    reach: str
    availability: str
    capacity: int
    skills: list[str]


_ROW = """select m.*, p.name, p.email, p.picture from hub.membership m join hub.person p on p.id = m.person_id"""


class Memberships:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, tenant: TenantId, person: PersonId, role: str) -> bool:
        """Make the person a member. False when they are one already, or the tenant has its owner."""
        return (
            await run(
                self._connection,
                """insert into hub.membership(tenant_id, person_id, role) values (:tenant, :person, :role)
                   on conflict do nothing""",
                tenant=tenant,
                person=person,
                role=role,
            )
            > 0
        )

    async def get(self, tenant: TenantId, person: PersonId) -> MembershipRow | None:
        return await fetch_one(
            self._connection,
            MembershipRow,
            f"{_ROW} where m.tenant_id = :tenant and m.person_id = :person",
            tenant=tenant,
            person=person,
        )

    async def of_person(self, person: PersonId) -> list[BelongsTo]:
        """The tenants a person belongs to, by name."""
        return await fetch_all(
            self._connection,
            BelongsTo,
            """select t.id as tenant_id, t.slug, t.name as tenant_name, t.enabled, m.role, m.reach, m.availability,
                      m.capacity, m.skills
                 from hub.membership m join hub.tenant t on t.id = m.tenant_id
                where m.person_id = :person order by lower(t.name), t.id limit 500""",
            person=person,
        )

    async def page(
        self, tenant: TenantId, limit: int, after: tuple[datetime, UUID] | None = None
    ) -> list[MembershipRow]:
        """A tenant's members, the first to join first."""
        return await fetch_all(
            self._connection,
            MembershipRow,
            f"""{_ROW} where m.tenant_id = :tenant
                 and (cast(:at as timestamptz) is null
                        or (m.created_at, m.person_id) > (cast(:at as timestamptz), cast(:id as uuid)))
                order by m.created_at, m.person_id limit :limit""",
            tenant=tenant,
            at=after[0] if after else None,
            id=after[1] if after else None,
            limit=limit,
        )

    async def owner(self, tenant: TenantId) -> PersonId | None:
        """Who owns the tenant, if anybody does."""
        found = await fetch_value(
            self._connection,
            "select person_id from hub.membership where tenant_id = :tenant and role = 'owner' for update",
            tenant=tenant,
        )
        return PersonId(found) if found else None

    async def change(
        self,
        tenant: TenantId,
        person: PersonId,
        *,
        role: str | None = None,
        reach: str | None = None,
        availability: str | None = None,
        capacity: int | None = None,
        skills: list[str] | None = None,
    ) -> bool:
        """Change a member; what is None stays. False without such a member."""
        return (
            await run(
                self._connection,
                """update hub.membership set role = coalesce(:role, role), reach = coalesce(:reach, reach),
                          availability = coalesce(:availability, availability),
                          availability_at = case when cast(:availability as text) is null
                                                   or :availability = availability then availability_at
                                            else now() end,
                          capacity = coalesce(:capacity, capacity), skills = coalesce(:skills__texts, skills)
                    where tenant_id = :tenant and person_id = :person""",
                tenant=tenant,
                person=person,
                role=role,
                reach=reach,
                availability=availability,
                capacity=capacity,
                skills__texts=skills,
            )
            > 0
        )

    async def remove(self, tenant: TenantId, person: PersonId) -> bool:
        """End a membership; teams of the tenant lose the person too."""
        return (
            await run(
                self._connection,
                "delete from hub.membership where tenant_id = :tenant and person_id = :person",
                tenant=tenant,
                person=person,
            )
            > 0
        )
