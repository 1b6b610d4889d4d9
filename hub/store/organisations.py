"""Organisations, which own tenants. Of the deployment, not of a tenant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.core.ids import TenantId, uuid7
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, run


@dataclass(frozen=True, slots=True)
class OrganisationRow:
    """``tenants`` is how many it owns."""

    id: UUID
    name: str
    created_at: datetime
    tenants: int


_SELECT = """select o.*, (select count(*) from hub.tenant t where t.organisation_id = o.id) as tenants
               from hub.organisation o"""


class Organisations:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, name: str) -> OrganisationRow | None:
        """A new one; None where the name is taken."""
        id = uuid7()
        made = await run(
            self._connection,
            "insert into hub.organisation(id, name) values (:id, :name) on conflict do nothing",
            id=id,
            name=name,
        )
        return await self.get(id) if made else None

    async def get(self, id: UUID) -> OrganisationRow | None:
        return await fetch_one(self._connection, OrganisationRow, f"{_SELECT} where o.id = :id", id=id)

    async def page(self, limit: int, after: tuple[datetime, UUID] | None) -> list[OrganisationRow]:
        """Organisations by age."""
        return await fetch_all(
            self._connection,
            OrganisationRow,
            f"""{_SELECT} where cast(:id as uuid) is null or o.id > cast(:id as uuid)
                order by o.id limit :limit""",
            id=after[1] if after else None,
            limit=limit,
        )

    async def give(self, tenant: TenantId, organisation: UUID | None) -> bool:
        """Make it the tenant's owner; None for nobody. False where there is no such tenant."""
        sql = "update hub.tenant set organisation_id = :o where id = :t"
        return await run(self._connection, sql, o=organisation, t=tenant) > 0

    async def cut_off(self, tenant: TenantId) -> int:
        """End every membership, open invitation and key of a tenant; how many memberships ended."""
        await run(
            self._connection,
            "update hub.api_key set revoked_at = now() where tenant_id = :t and revoked_at is null",
            t=tenant,
        )
        await run(
            self._connection,
            """update hub.invitation set revoked_at = now()
                where tenant_id = :t and revoked_at is null and accepted_at is null""",
            t=tenant,
        )
        return await run(self._connection, "delete from hub.membership where tenant_id = :t", t=tenant)
