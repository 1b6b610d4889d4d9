"""Pictures of a tenant's own people."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from hub.core.ids import TenantId
from hub.store.pool import Connection
from hub.store.rows import fetch_all


@dataclass(frozen=True, slots=True)
class _Portrait:
    person: UUID
    picture: str


class Portraits:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def of(self, people: Iterable[str | None]) -> dict[str, str]:
        """The pictures' names by person, as messages and assignments name people. Only members count: a key may
        write in any name, and must not learn by that how another tenant's people look."""
        ids = []
        for person in people:
            with suppress(ValueError):
                ids.append(UUID(person or ""))
        if not ids:
            return {}
        rows = await fetch_all(
            self._connection,
            _Portrait,
            """select p.id as person, p.picture from hub.membership m join hub.person p on p.id = m.person_id
                where m.tenant_id = :t and m.person_id = any(:ids__uuids) and p.picture is not null""",
            t=self.tenant,
            ids__uuids=ids,
        )
        return {str(row.person): row.picture for row in rows}
