"""Contacts: people as sets of identities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.core.ids import ContactId, ConversationId, TenantId
from hub.core.inbox_filters import Filter
from hub.core.messages import Alias
from hub.store.conversation_filters import where
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, fetch_rows, fetch_value, run


@dataclass(frozen=True, slots=True)
class ContactRow:
    id: ContactId
    tenant_id: TenantId
    name: str | None
    locale: str | None
    attributes: dict[str, Any]
    blocked: bool
    opted_out_at: datetime | None
    created_at: datetime


class Contacts:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def get(self, id: ContactId) -> ContactRow | None:
        return await fetch_one(self._connection, ContactRow, "select * from hub.contact where id = :id", id=id)

    async def lock(self, id: ContactId) -> None:
        """Let nobody else change this contact until the end: what is read next is what will be changed."""
        await run(self._connection, "select 1 from hub.contact where id = :id for update", id=id)

    async def page(
        self,
        limit: int,
        after: tuple[datetime, UUID] | None = None,
        *,
        search: str | None = None,
        within: Filter | None = None,
        me: str = "",
    ) -> list[ContactRow]:
        """Contacts by age; ``search`` finds names by their words and addresses by their beginning, ``within`` leaves
        those with a conversation that fits, for ``me``."""
        own, values = _within(within, me)
        return await fetch_all(
            self._connection,
            ContactRow,
            f"""select * from hub.contact
                where {own} and (cast(:at as timestamptz) is null
                       or (created_at, id) > (cast(:at as timestamptz), cast(:id as uuid)))
                  and (cast(:search as text) is null
                       or id in (select contact_id from hub_cross.search_contacts(:search, 1000)))
                order by created_at, id limit :limit""",  # noqa: S608  # every value in the filter is bound
            **values,
            at=after[0] if after else None,
            id=after[1] if after else None,
            search=search,
            limit=limit,
        )

    async def linked(self, id: ContactId, *, within: Filter | None = None, me: str = "") -> list[ContactRow]:
        """Contacts that are known to be the same person; ``within`` as in ``page``."""
        own, values = _within(within, me)
        return await fetch_all(
            self._connection,
            ContactRow,
            f"""select * from hub.contact
                where id in (select other_id from hub.contact_link where contact_id = :id
                             union select contact_id from hub.contact_link where other_id = :id) and {own}
                order by created_at, id""",  # noqa: S608  # every value in the filter is bound
            **values,
            id=id,
        )

    async def link(self, id: ContactId, other: ContactId) -> bool:
        """Note that two contacts are one person; they stay two. False where it was known."""
        return (
            await run(
                self._connection,
                """insert into hub.contact_link(tenant_id, contact_id, other_id)
                   select :t, :id, :other where not exists (
                     select 1 from hub.contact_link where contact_id = :other and other_id = :id)
                   on conflict do nothing""",
                t=self.tenant,
                id=id,
                other=other,
            )
            > 0
        )

    async def unlink(self, id: ContactId, other: ContactId) -> bool:
        """They are not the same person after all."""
        return (
            await run(
                self._connection,
                """delete from hub.contact_link
                    where (contact_id = :id and other_id = :other) or (contact_id = :other and other_id = :id)""",
                id=id,
                other=other,
            )
            > 0
        )

    async def set_blocked(self, id: ContactId, blocked: bool) -> bool:
        """Whether what the contact writes is still answered. False when there is no such contact."""
        return (
            await run(
                self._connection,
                "update hub.contact set blocked = :blocked, updated_at = now() where id = :id",
                id=id,
                blocked=blocked,
            )
            > 0
        )

    async def change(self, id: ContactId, *, name: str | None, attributes: dict[str, Any]) -> bool:
        """Replace a contact's name and the tenant's own attributes."""
        return (
            await run(
                self._connection,
                """update hub.contact set name = :name, attributes = :attributes__jsonb, updated_at = now()
                    where id = :id""",
                id=id,
                name=name,
                attributes__jsonb=attributes,
            )
            > 0
        )

    async def aliases(self, id: ContactId) -> list[Alias]:
        """Every identity of the contact, oldest first."""
        rows = await fetch_rows(
            self._connection,
            "select kind, value from hub.identity where contact_id = :id order by created_at, kind, value",
            id=id,
        )
        return [Alias(kind, value) for kind, value in rows]

    async def by_alias(self, alias: Alias) -> ContactRow | None:
        """Who has this identity."""
        return await fetch_one(
            self._connection,
            ContactRow,
            """select c.* from hub.identity i join hub.contact c on c.id = i.contact_id
                where i.tenant_id = :t and i.kind = :kind and i.value = :value""",
            t=self.tenant,
            kind=alias.kind,
            value=alias.value,
        )

    async def ensure(self, alias: Alias, candidate: ContactId) -> ContactRow:
        """Who has this identity, made under this id if there is nobody yet."""
        key = f"{self.tenant}{alias.kind}:{alias.value}"
        await run(self._connection, "select pg_advisory_xact_lock(hashtextextended(:key, 7))", key=key)
        id = await fetch_value(
            self._connection,
            "select hub.find_contact(:t, :aliases__jsonb, cast(null as text), cast(null as text), :id)",
            t=self.tenant,
            aliases__jsonb=[{"kind": alias.kind, "value": alias.value}],
            id=candidate,
        )
        found = await self.get(ContactId(id))
        if found is None:
            raise LookupError("a contact that was just made is gone")
        return found

    async def set_opted_out(self, id: ContactId, at: datetime | None) -> None:
        """Remember that the contact asked for silence, or (None) that they want messages again. Idempotent."""
        await run(
            self._connection,
            "update hub.contact set opted_out_at = :at, updated_at = now() where id = :id",
            id=id,
            at=at,
        )

    async def remove(self, id: ContactId) -> bool:
        """Delete a contact with identities and one-to-one conversations, on whatever channel."""
        await run(self._connection, "delete from hub.conversation where contact_id = :id and direct", id=id)
        return await run(self._connection, "delete from hub.contact where id = :id", id=id) > 0

    async def remove_unless_known(self, id: ContactId) -> bool:
        """Delete a contact with identities and all that was told of it, unless it has conversations."""
        return (
            await run(
                self._connection,
                """delete from hub.contact c where c.id = :id
                      and not exists (select 1 from hub.conversation o where o.contact_id = c.id)""",
                id=id,
            )
            > 0
        )

    async def names_in(self, conversations: Sequence[ConversationId]) -> dict[ConversationId, str]:
        """What the customer of each conversation is called, where that is known."""
        rows = await fetch_rows(
            self._connection,
            """select c.id, p.name from hub.conversation c
                 join hub.contact p on p.tenant_id = c.tenant_id and p.id = c.contact_id
                where c.tenant_id = :t and c.id = any(:ids__uuids) and p.name is not null""",
            t=self.tenant,
            ids__uuids=list(conversations),
        )
        return {ConversationId(row[0]): row[1] for row in rows}


def _within(wanted: Filter | None, me: str) -> tuple[str, dict[str, Any]]:
    """The condition that a contact has a conversation that fits, for ``me``, and its values."""
    if wanted is None:
        return "true", {}
    condition, values = where(wanted, me)
    own = f"exists (select 1 from hub.conversation c where c.contact_id = hub.contact.id and {condition})"  # noqa: S608  # every value in it is bound
    return own, values
