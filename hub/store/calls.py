"""How often tenants' programs called, hour by hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.core.ids import TenantId
from hub.store.pool import Connection
from hub.store.rows import fetch_all


@dataclass(slots=True)
class Counted:
    """What a process counted of a tenant in an hour, to be added to what is there."""

    tenant: TenantId
    hour: datetime
    calls: int = 0
    beyond: int = 0
    refused: int = 0

    def add(self, other: Counted) -> None:
        """Count another's calls in."""
        self.calls += other.calls
        self.beyond += other.beyond
        self.refused += other.refused


@dataclass(frozen=True, slots=True)
class CallHour:
    """``calls`` were let through; ``beyond`` came beyond the limit, of which ``refused`` were refused."""

    hour: datetime
    calls: int
    beyond: int
    refused: int


class Calls:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def since(self, start: datetime, limit: int = 2_400) -> list[CallHour]:
        """The hours from ``start`` on that had any calls, the newest first."""
        return await fetch_all(
            self._connection,
            CallHour,
            """select hour, calls, beyond, refused from hub.call_use where tenant_id = :t and hour >= :start
                order by hour desc limit :limit""",
            t=self.tenant,
            start=start,
            limit=limit,
        )
