"""Which tenants somebody here watches: what this process must hear of, and nothing else."""

from __future__ import annotations

import asyncio
from collections import Counter

from hub.core.ids import TenantId


class Interest:
    """Counts watchers a tenant. ``changed`` is set whenever a tenant came or went; who acts on it clears it."""

    def __init__(self) -> None:
        self._watchers: Counter[TenantId] = Counter()
        self.changed = asyncio.Event()

    def add(self, tenant: TenantId) -> None:
        """One more watches this tenant."""
        self._watchers[tenant] += 1
        if self._watchers[tenant] == 1:
            self.changed.set()

    def remove(self, tenant: TenantId) -> None:
        """One watcher less; the last one takes the tenant along."""
        self._watchers[tenant] -= 1
        if self._watchers[tenant] <= 0:
            del self._watchers[tenant]
            self.changed.set()

    @property
    def tenants(self) -> frozenset[TenantId]:
        """Those with a watcher."""
        return frozenset(self._watchers)
