"""Tenants: finding one by id or slug, making one, changing one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.accounts.principals import Tenant
from hub.accounts.recent import Recent
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.ids import TenantId, uuid7
from hub.store.directory import TenantRow
from hub.store.session import Store

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_FRESH_SECONDS = 1.0


class Tenants:
    """Finds and manages tenants. A change is seen everywhere within a second, here at once."""

    def __init__(self, *, store: Store) -> None:
        self._store = store
        self._recent: Recent[str, Tenant] = Recent(seconds=_FRESH_SECONDS, size=5000)

    async def find(self, ref: str) -> Tenant | None:
        """The tenant with this id or slug."""
        known = self._recent.get(ref)
        if known is not None:
            return known
        async with self._store.directory() as directory:
            row = await directory.tenant(ref)
        return None if row is None else self._recent.put(ref, _tenant(row))

    async def row(self, id: TenantId) -> TenantRow:
        """The tenant as stored. Raises ``NotFound``."""
        async with self._store.directory() as directory:
            row = await directory.tenant(str(id))
        if row is None:
            raise NotFound("There is no such tenant.", field="tenant")
        return row

    async def page(self, limit: int, after: tuple[datetime, UUID] | None = None) -> list[TenantRow]:
        """Tenants by age."""
        async with self._store.directory() as directory:
            return await directory.tenants(limit, after)

    async def create(self, slug: str, name: str, settings: Mapping[str, Any] | None = None) -> TenantRow:
        """A new tenant. Raises ``Invalid`` for a bad slug, ``Conflict`` for one that is taken."""
        check_slug(slug)
        async with self._store.directory() as directory:
            row = await directory.add_tenant(TenantId(uuid7()), slug, name)
        if row is None:
            raise Conflict("Another tenant has this slug. Choose another.", field="slug")
        if settings:
            await self.put_settings(row.id, settings)
        return row

    async def change(self, id: TenantId, *, name: str | None = None, enabled: bool | None = None) -> TenantRow:
        """The tenant as changed; what is None stays. Raises ``NotFound``."""
        async with self._store.directory() as directory:
            row = await directory.change_tenant(id, name=name, enabled=enabled)
        self._recent.clear()
        if row is None:
            raise NotFound("There is no such tenant.", field="tenant")
        return row

    async def remove(self, id: TenantId) -> None:
        """Delete a tenant and everything it owns. Raises ``NotFound``."""
        async with self._store.directory() as directory:
            gone = await directory.remove_tenant(id)
        self._recent.clear()
        if not gone:
            raise NotFound("There is no such tenant.", field="tenant")

    async def settings(self, id: TenantId) -> dict[str, Any]:
        """The tenant's settings."""
        async with self._store.begin(id) as tx:
            return await tx.settings.get()

    async def put_settings(self, id: TenantId, settings: Mapping[str, Any]) -> None:
        """Replace the tenant's settings. Idempotent."""
        async with self._store.begin(id) as tx:
            await tx.settings.put(dict(settings))


def check_slug(slug: str) -> None:
    """Raise ``Invalid`` unless ``slug`` can be part of an address and cannot be taken for an id."""
    if _SLUG.fullmatch(slug) is None:
        raise Invalid("A slug has 1 to 63 small letters, digits and inner hyphens.", field="slug")
    if len(slug) == 36 and slug.count("-") == 4:
        raise Invalid("A slug must not look like an id.", field="slug")


def _tenant(row: TenantRow) -> Tenant:
    return Tenant(row.id, row.slug, row.name, row.enabled)
