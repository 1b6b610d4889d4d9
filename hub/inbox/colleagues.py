"""Whom a colleague may name: in assignments, and in what they mention."""

from __future__ import annotations

from uuid import UUID

from hub.core.errors import Invalid
from hub.core.ids import PersonId, TenantId
from hub.store.session import Store


async def check_colleague(store: Store, tenant: TenantId, who: str, by: str, *, field: str, answers: bool) -> None:
    """Raise ``Invalid`` unless ``who`` is a member of the tenant (with ``answers``: one who answers customers).

    A program that acts (``by`` is no person's id) may name colleagues of its own, by names that are no person's id.
    """
    person = _person_id(who)
    if person is None:
        if _person_id(by) is None:
            return
        raise Invalid("This is no member of this company.", field=field)
    async with store.directory() as directory:
        member = await directory.memberships.get(tenant, person)
    if member is None:
        raise Invalid("This is no member of this company.", field=field)
    if answers and member.role == "viewer":
        raise Invalid("They may read here, but not answer. An admin can change their role.", field=field)


def _person_id(text: str) -> PersonId | None:
    try:
        return PersonId(UUID(text))
    except ValueError:
        return None
