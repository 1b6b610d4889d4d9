"""Members of a tenant who answer customers, for tests of queues and of being told."""

from __future__ import annotations

from uuid import UUID

from hub.core.ids import PersonId, TenantId, uuid7
from hub.store.session import Store


async def add_colleague(
    store: Store, tenant: str, name: str, *, capacity: int = 8, availability: str = "online", role: str = "agent"
) -> str:
    """A person of this name who is a member; what assignments call them."""
    person = PersonId(uuid7())
    async with store.directory() as directory:
        await directory.people.add(person, f"{name.lower()}-{person}@example.com", name)
        await directory.memberships.add(TenantId(UUID(tenant)), person, role)
        await directory.memberships.change(TenantId(UUID(tenant)), person, capacity=capacity, availability=availability)
    return str(person)
