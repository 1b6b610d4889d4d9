"""A tenant's members: their roles, their part in the queue, leaving, and handing the tenant on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from hub.accounts.audit import Trace
from hub.accounts.permissions import Reach, Role
from hub.accounts.principals import Principal, Tenant
from hub.accounts.sessions import Sessions
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.ids import PersonId, TenantId
from hub.store.memberships import MembershipRow
from hub.store.session import Store

_OWNER = "The owner's role changes only by handing the tenant on to somebody else."


class MemberDesk:
    """What is done with members. Every act is written down with it."""

    def __init__(self, *, store: Store, sessions: Sessions) -> None:
        self._store = store
        self._sessions = sessions

    async def page(
        self, tenant: TenantId, limit: int, after: tuple[datetime, UUID] | None = None
    ) -> list[MembershipRow]:
        """Members, the first to join first."""
        async with self._store.directory() as directory:
            return await directory.memberships.page(tenant, limit, after)

    async def get(self, tenant: TenantId, person: PersonId) -> MembershipRow:
        """One member. Raises ``NotFound``."""
        async with self._store.directory() as directory:
            return _there(await directory.memberships.get(tenant, person))

    async def change(
        self,
        tenant: TenantId,
        person: PersonId,
        trace: Trace,
        *,
        role: Role | None = None,
        reach: Reach | None = None,
        capacity: int | None = None,
        skills: Sequence[str] | None = None,
    ) -> MembershipRow:
        """The member as changed; what is None stays. Raises ``NotFound``, and ``Conflict`` where the owner's role
        would change or a second owner be made."""
        async with self._store.directory() as directory:
            row = _there(await directory.memberships.get(tenant, person))
            if role is not None and role.value != row.role and Role.OWNER in (role, Role(row.role)):
                raise Conflict(_OWNER, field="role")
            await directory.memberships.change(
                tenant,
                person,
                role=role,
                reach=reach,
                capacity=capacity,
                skills=None if skills is None else sorted(set(skills)),
            )
            act = trace.entry(
                "member.changed",
                str(person),
                role=role,
                was=row.role,
                reach=reach,
                capacity=capacity,
                skills=None if skills is None else list(skills),
            )
            await directory.note(tenant, act)
        return await self.get(tenant, person)

    async def set_availability(
        self, tenant: TenantId, who: Principal, availability: str, trace: Trace
    ) -> MembershipRow:
        """Say whether the caller takes conversations now. Raises ``NotFound`` for somebody who is no member."""
        if who.person_id is None:
            raise NotFound("Only a member has an availability.", field="member")
        async with self._store.directory() as directory:
            if not await directory.memberships.change(tenant, who.person_id, availability=availability):
                raise NotFound("Only a member has an availability.", field="member")
            await directory.note(tenant, trace.entry("member.availability", str(who.person_id), is_now=availability))
        return await self.get(tenant, who.person_id)

    async def remove(self, tenant: TenantId, person: PersonId, trace: Trace, *, act: str = "member.removed") -> None:
        """End a membership. Raises ``NotFound``, and ``Conflict`` for the owner."""
        async with self._store.directory() as directory:
            row = _there(await directory.memberships.get(tenant, person))
            if row.role == Role.OWNER:
                raise Conflict("The owner cannot go. Hand the tenant on to somebody else first.", field="member")
            await directory.memberships.remove(tenant, person)
            await directory.note(tenant, trace.entry(act, str(person), email=row.email, role=row.role))

    async def leave(self, tenant: TenantId, who: Principal, trace: Trace) -> None:
        """The caller leaves. Raises as ``remove``."""
        if who.person_id is None:
            raise NotFound("Only a member can leave.", field="member")
        await self.remove(tenant, who.person_id, trace, act="member.left")

    async def transfer(
        self, tenant: Tenant, to: PersonId, confirm: str, who: Principal, trace: Trace
    ) -> tuple[MembershipRow, str | None]:
        """Hand the tenant on; the owner so far becomes an admin. ``confirm`` is the tenant's slug, typed.

        Gives the new owner, and a new cookie for the caller where their own rights changed. Raises ``Invalid``,
        ``NotFound`` and ``Conflict``.
        """
        if confirm != tenant.slug:
            raise Invalid(f"Type '{tenant.slug}' to hand this tenant on.", field="confirm")
        cookie: str | None = None
        async with self._store.directory() as directory:
            _there(await directory.memberships.get(tenant.id, to))
            owner = await directory.memberships.owner(tenant.id)
            if owner == to:
                raise Conflict("They own this tenant already.", field="person_id")
            if owner is not None:
                await directory.memberships.change(tenant.id, owner, role=Role.ADMIN)
            await directory.memberships.change(tenant.id, to, role=Role.OWNER)
            was = str(owner) if owner else None
            await directory.note(tenant.id, trace.entry("tenant.transferred", str(to), was=was))
            if who.person_id == owner and who.session_id is not None:
                cookie = await self._sessions.renew(directory, who.session_id)
        return await self.get(tenant.id, to), cookie


def _there(row: MembershipRow | None) -> MembershipRow:
    if row is None:
        raise NotFound("There is no such member.", field="member")
    return row
