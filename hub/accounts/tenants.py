"""Managing tenants: making one, changing one, its settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.accounts.permissions import Role
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.ids import PersonId, TenantId, uuid7
from hub.core.plans import Plans
from hub.store.directory import TenantRow
from hub.store.session import Store

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


class TenantDesk:
    """What an operator does with tenants."""

    def __init__(self, *, store: Store, plans: Plans | None = None) -> None:
        self._store = store
        self.plans = plans or Plans()

    async def get(self, id: TenantId) -> TenantRow:
        """The tenant as stored. Raises ``NotFound``."""
        async with self._store.directory() as directory:
            return _there(await directory.tenant(str(id)))

    async def page(self, limit: int, after: tuple[datetime, UUID] | None = None) -> list[TenantRow]:
        """Tenants by age."""
        async with self._store.directory() as directory:
            return await directory.tenants(limit, after)

    async def create(
        self, slug: str, name: str, settings: Mapping[str, Any] | None = None, *, by: PersonId | None = None
    ) -> TenantRow:
        """A new tenant, owned by whoever makes it where they belong to none yet. Raises ``Invalid`` for a bad slug,
        ``Conflict`` for one that is taken."""
        check_slug(slug)
        async with self._store.directory() as directory:
            row = await directory.add_tenant(TenantId(uuid7()), slug, name, self.plans.usual)
            if row is not None and by is not None and not await directory.memberships.of_person(by):
                await directory.memberships.add(row.id, by, Role.OWNER)
        if row is None:
            raise Conflict("Another tenant has this slug. Choose another.", field="slug")
        if settings:
            await self.put_settings(row.id, settings)
        return row

    async def change(
        self, id: TenantId, *, name: str | None = None, enabled: bool | None = None, weight: int | None = None
    ) -> TenantRow:
        """The tenant as changed; what is None stays. Raises ``NotFound``, ``Invalid`` for a weight beyond 1 to 100."""
        if weight is not None and not 1 <= weight <= 100:
            raise Invalid("A weight is a whole number from 1 to 100.", field="weight")
        async with self._store.directory() as directory:
            return _there(await directory.change_tenant(id, name=name, enabled=enabled, weight=weight))

    async def put_plan(self, id: TenantId, plan: str, hourly_limit: int | None) -> TenantRow:
        """Another plan, from the next call on. Raises ``Invalid`` for one that is not offered, ``NotFound``."""
        names = [one.name for one in self.plans]
        if plan not in names:
            raise Invalid(f"There is no such plan. There are: {', '.join(names)}.", field="plan")
        async with self._store.directory() as directory:
            return _there(await directory.put_plan(id, plan, hourly_limit))

    async def remove(self, id: TenantId) -> None:
        """Delete a tenant and everything it owns. Raises ``NotFound``."""
        async with self._store.directory() as directory:
            if not await directory.remove_tenant(id):
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
    try:
        UUID(slug)
    except ValueError:
        return
    raise Invalid("A slug must not look like an id.", field="slug")


def _there(row: TenantRow | None) -> TenantRow:
    if row is None:
        raise NotFound("There is no such tenant.", field="tenant")
    return row
