"""A tenant's teams."""

from __future__ import annotations

from collections.abc import Sequence

from hub.accounts.audit import Trace
from hub.core.errors import Conflict, NotFound
from hub.core.ids import PersonId, TeamId, TenantId, uuid7
from hub.store.session import Store, Tx
from hub.store.teams import TeamRow


class TeamDesk:
    """What is done with teams. Every act is written down with it."""

    def __init__(self, *, store: Store) -> None:
        self._store = store

    async def all(self, tenant: TenantId, *, of: PersonId | None = None) -> list[TeamRow]:
        """The teams by name; with ``of`` those of one person."""
        async with self._store.begin(tenant) as tx:
            return await tx.teams.all(of=of)

    async def create(
        self, tenant: TenantId, name: str, description: str, skills: Sequence[str], trace: Trace
    ) -> TeamRow:
        """A new team. Raises ``Conflict`` for a name that is taken."""
        id = TeamId(uuid7())
        async with self._store.begin(tenant) as tx:
            if not await tx.teams.add(id, name, description, sorted(set(skills))):
                raise Conflict(f"There is a team '{name}' already.", field="name")
            await tx.audit.add(trace.entry("team.created", str(id), name=name))
            return await _find(tx, id)

    async def change(
        self,
        tenant: TenantId,
        id: TeamId,
        trace: Trace,
        *,
        name: str | None = None,
        description: str | None = None,
        skills: Sequence[str] | None = None,
    ) -> TeamRow:
        """The team as changed; what is None stays. Raises ``NotFound`` and ``Conflict``."""
        async with self._store.begin(tenant) as tx:
            await _find(tx, id)
            kept = None if skills is None else sorted(set(skills))
            if not await tx.teams.change(id, name=name, description=description, skills=kept):
                raise Conflict(f"There is a team '{name}' already.", field="name")
            await tx.audit.add(trace.entry("team.changed", str(id), name=name, skills=kept))
            return await _find(tx, id)

    async def remove(self, tenant: TenantId, id: TeamId, trace: Trace) -> None:
        """Dissolve a team. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            row = await _find(tx, id)
            await tx.teams.remove(id)
            await tx.audit.add(trace.entry("team.removed", str(id), name=row.name))

    async def put(self, tenant: TenantId, id: TeamId, person: PersonId, trace: Trace) -> TeamRow:
        """Put a member of the tenant into a team. Idempotent. Raises ``NotFound``."""
        async with self._store.directory() as directory:
            if await directory.memberships.get(tenant, person) is None:
                raise NotFound("There is no such member.", field="member")
        async with self._store.begin(tenant) as tx:
            await _find(tx, id)
            await tx.teams.put(id, person)
            await tx.audit.add(trace.entry("team.member_added", str(id), member=str(person)))
            return await _find(tx, id)

    async def take(self, tenant: TenantId, id: TeamId, person: PersonId, trace: Trace) -> TeamRow:
        """Take somebody out of a team. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            await _find(tx, id)
            if not await tx.teams.take(id, person):
                raise NotFound("They are not in this team.", field="member")
            await tx.audit.add(trace.entry("team.member_removed", str(id), member=str(person)))
            return await _find(tx, id)


async def _find(tx: Tx, id: TeamId) -> TeamRow:
    row = await tx.teams.get(id)
    if row is None:
        raise NotFound("There is no such team.", field="team")
    return row
