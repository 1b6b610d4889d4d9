"""Contacts: people as sets of identities."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from hub.core.ids import ContactId, TenantId
from hub.core.messages import Alias
from hub.store.rows import fetch_all, fetch_one, run, statement


@dataclass(frozen=True, slots=True)
class ContactRow:
    id: ContactId
    tenant_id: TenantId
    name: str | None
    locale: str | None
    attributes: dict[str, Any]
    blocked: bool
    opted_out_at: datetime | None
    created_at: datetime


class Contacts:
    def __init__(self, connection: AsyncConnection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def get(self, id: ContactId) -> ContactRow | None:
        return await fetch_one(self._connection, ContactRow, "select * from hub.contact where id = :id", id=id)

    async def page(self, limit: int, after: tuple[datetime, UUID] | None = None) -> list[ContactRow]:
        """Contacts by age."""
        return await fetch_all(
            self._connection,
            ContactRow,
            """select * from hub.contact
                where cast(:at as timestamptz) is null
                       or (created_at, id) > (cast(:at as timestamptz), cast(:id as uuid))
                order by created_at, id limit :limit""",
            at=after[0] if after else None,
            id=after[1] if after else None,
            limit=limit,
        )

    async def aliases(self, id: ContactId) -> list[Alias]:
        """Every identity of the contact, oldest first."""
        result = await self._connection.execute(
            statement("select kind, value from hub.identity where contact_id = :id order by created_at, kind, value"),
            {"id": id},
        )
        return [Alias(kind, value) for kind, value in result]

    async def by_alias(self, alias: Alias) -> ContactRow | None:
        """Who has this identity."""
        return await fetch_one(
            self._connection,
            ContactRow,
            """select c.* from hub.identity i join hub.contact c on c.id = i.contact_id
                where i.tenant_id = :t and i.kind = :kind and i.value = :value""",
            t=self.tenant,
            kind=alias.kind,
            value=alias.value,
        )

    async def set_opted_out(self, id: ContactId, at: datetime | None) -> None:
        """Remember that the contact asked for silence, or (None) that they want messages again. Idempotent."""
        await run(
            self._connection,
            "update hub.contact set opted_out_at = :at, updated_at = now() where id = :id",
            id=id,
            at=at,
        )

    async def remove(self, id: ContactId) -> bool:
        """Delete a contact with identities and one-to-one conversations."""
        await run(self._connection, "delete from hub.conversation where contact_id = :id and direct", id=id)
        return await run(self._connection, "delete from hub.contact where id = :id", id=id) > 0
