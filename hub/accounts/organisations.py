"""Organisations, and handing a tenant from one to another."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from hub.accounts.audit import Trace
from hub.accounts.principals import Tenant
from hub.core.errors import Conflict, Invalid, NotFound
from hub.store.directory import TenantRow
from hub.store.organisations import OrganisationRow
from hub.store.session import PLATFORM, Store


class OrganisationDesk:
    """What the operator does with organisations."""

    def __init__(self, *, store: Store) -> None:
        self._store = store

    async def page(self, limit: int, after: tuple[datetime, UUID] | None) -> list[OrganisationRow]:
        """Organisations by age."""
        async with self._store.directory() as directory:
            return await directory.organisations.page(limit, after)

    async def add(self, name: str) -> OrganisationRow:
        """A new one. Raises ``Conflict`` for a name that is taken."""
        async with self._store.directory() as directory:
            row = await directory.organisations.add(name.strip())
        if row is None:
            raise Conflict("There is an organisation of this name already.", field="name")
        return row

    async def hand_over(
        self, tenant: Tenant, to: UUID | None, *, confirm: str, keep_people: bool, trace: Trace
    ) -> TenantRow:
        """Hand a tenant to another organisation, in one piece: its data, channels and settings stay as they are.

        Without ``keep_people`` its members, open invitations and API keys end, for they were the former owner's.
        ``confirm`` is the tenant's slug, typed. Raises ``Invalid``, ``NotFound``, ``Conflict``.
        """
        if confirm != tenant.slug:
            raise Invalid(f"Type '{tenant.slug}' to hand this tenant over.", field="confirm")
        async with self._store.directory() as directory:
            row = await directory.tenant(str(tenant.id))
            new = None if to is None else await directory.organisations.get(to)
            if row is None or (to is not None and new is None):
                raise NotFound("There is no such organisation.", field="organisation_id")
            if row.organisation_id == to:
                raise Conflict("It belongs there already.", field="organisation_id")
            ended = 0 if keep_people else await directory.organisations.cut_off(tenant.id)
            await directory.organisations.give(tenant.id, to)
            was = str(row.organisation_id) if row.organisation_id else None
            act = trace.entry("tenant.handed_over", str(to) if to else None, was=was, members_ended=ended)
            for log in (tenant.id, PLATFORM):
                await directory.note(log, act)
            changed = await directory.tenant(str(tenant.id))
        if changed is None:
            raise NotFound("There is no such tenant.", field="tenant")
        return changed
