"""The ledger's invariant, watched: nothing stays open beyond its bound without somebody hearing of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import structlog

from hub.core.events import HubEvent
from hub.core.ids import TenantId
from hub.inbox.ledger import OPEN_BOUND_SECONDS
from hub.store.operation import StuckTenant
from hub.store.session import Store

log = structlog.get_logger(__name__)


class LedgerWatch:
    """Tells a tenant by an event when something of its becomes stuck, when more does, and when all of it is free again.

    A piece of the schedule: what it knows from one run to the next stands in its result.
    """

    def __init__(self, *, store: Store, bound: float = OPEN_BOUND_SECONDS) -> None:
        self._store = store
        self._bound = bound

    async def __call__(self, last: Mapping[str, Any]) -> Mapping[str, Any]:
        """``{"stuck": {tenant: {kind: count}}}``."""
        async with self._store.operation() as operation:
            found = await operation.stuck_tenants(self._bound)
        before: Mapping[str, Mapping[str, int]] = last.get("stuck", {})
        now: dict[str, dict[str, int]] = {}
        for row in found:
            now.setdefault(str(row.tenant_id), {})[row.kind] = row.count
            if row.count > before.get(str(row.tenant_id), {}).get(row.kind, 0):
                await self._tell_stuck(row)
        for tenant, kinds in before.items():
            for kind in kinds.keys() - now.get(tenant, {}).keys():
                await self._tell(TenantId(UUID(tenant)), HubEvent.LEDGER_RECOVERED, {"kind": kind})
        return {"stuck": now}

    async def _tell_stuck(self, row: StuckTenant) -> None:
        facts = {"kind": row.kind, "count": row.count, "oldest_seconds": round(row.oldest)}
        log.error("ledger.tenant_stuck", tenant_id=str(row.tenant_id), **facts)
        await self._tell(row.tenant_id, HubEvent.LEDGER_STUCK, {**facts, "bound_seconds": round(self._bound)})

    async def _tell(self, tenant: TenantId, event: HubEvent, data: Mapping[str, Any]) -> None:
        async with self._store.directory() as directory:
            known = await directory.tenant(str(tenant))
        if known is not None:  # it may have been removed meanwhile
            async with self._store.begin(tenant) as tx:
                await tx.events.add(event, dict(data))
