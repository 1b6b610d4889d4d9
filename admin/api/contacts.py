"""Customers over REST: who they are, under which addresses, what they wrote before, and whether they may."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from admin.api.actors import me
from admin.api.attributes import checked_values
from admin.api.conversation_items import ConversationItem, ItemView
from hub.accounts.permissions import Permission
from hub.accounts.reach import reach_of
from hub.core.errors import Invalid, NotFound
from hub.core.ids import ContactId
from hub.core.inbox_filters import Condition, Op, all_of
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.pages import Page, PageQuery, decode_cursor, page_of
from hub.http.routes import Route
from hub.store.contacts import ContactRow
from hub.store.session import Store, Tx


class ContactsQuery(PageQuery):
    search: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """A name, or the beginning of an address or number."""


class ContactView(View):
    id: UUID
    name: str | None
    locale: str | None
    attributes: dict[str, Any]
    blocked: bool
    opted_out_at: datetime | None
    """Asked not to be written to, then."""
    created_at: datetime


class Identity(View):
    kind: str
    value: str


class ContactProfile(ContactView):
    """A customer with every address they are known by."""

    identities: list[Identity]
    linked: list[ContactView]
    """Contacts that are the same person: linked, never merged."""


class ContactChange(Model):
    """What to change; what is not named stays."""

    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    attributes: dict[str, str | float | bool | None] = Field(default_factory=dict)
    """By key; null takes one away."""


class LinkRequest(Model):
    contact: UUID
    """The other contact."""


class ContactsApi:
    """The routes of contacts."""

    def __init__(self, *, store: Store, items: ItemView) -> None:
        self._store = store
        self._items = items

    async def page(self, call: Call, query: ContactsQuery) -> Page[ContactView]:
        async with self._store.begin(call.tenant_id) as tx:
            rows = await tx.contacts.page(
                query.limit + 1,
                decode_cursor(query.cursor),
                search=query.search,
                within=await reach_of(tx, call.principal),
                me=me(call),
            )
        return page_of(rows, query.limit, lambda row: (row.created_at, row.id), _contact)

    async def get(self, call: Call, contact: UUID) -> ContactProfile:
        async with self._store.begin(call.tenant_id) as tx:
            return await _profile(tx, call, contact)

    async def conversations(self, call: Call, contact: UUID, query: PageQuery) -> Page[ConversationItem]:
        async with self._store.begin(call.tenant_id) as tx:
            await _find(tx, contact)
            rows = await tx.conversation_list.page(
                all_of(await reach_of(tx, call.principal), Condition("contact", Op.IS, contact)),
                me(call),
                query.limit + 1,
                sort="opened",
                after=decode_cursor(query.cursor),
            )
        return page_of(rows, query.limit, lambda row: (row.sort_key, row.conversation.id), self._items.show)

    async def change(self, call: Call, contact: UUID, body: ContactChange) -> ContactProfile:
        async with self._store.begin(call.tenant_id) as tx:
            await tx.contacts.lock(ContactId(contact))
            row = await _find(tx, contact)
            values = checked_values(body.attributes, await tx.attributes.all("contact"), row.attributes)
            await tx.contacts.change(row.id, name=body.name or row.name, attributes=values)
            return await _profile(tx, call, contact)

    async def block(self, call: Call, contact: UUID) -> ContactProfile:
        return await self._set_blocked(call, contact, blocked=True)

    async def unblock(self, call: Call, contact: UUID) -> ContactProfile:
        return await self._set_blocked(call, contact, blocked=False)

    async def link(self, call: Call, contact: UUID, body: LinkRequest) -> ContactProfile:
        if contact == body.contact:
            raise Invalid("A contact is always linked with itself.", field="contact")
        async with self._store.begin(call.tenant_id) as tx:
            await _find(tx, contact)
            other = await _find(tx, body.contact)
            reach = await reach_of(tx, call.principal)
            if reach is not None and not await tx.conversation_list.any_of(reach, me(call), contact=other.id):
                raise NotFound("There is no such contact.", field="contact")
            await tx.contacts.link(ContactId(contact), ContactId(body.contact))
            return await _profile(tx, call, contact)

    async def unlink(self, call: Call, contact: UUID, other: UUID) -> None:
        async with self._store.begin(call.tenant_id) as tx:
            seen = {row.id for row in await _linked(tx, call, ContactId(contact))}
            if ContactId(other) not in seen or not await tx.contacts.unlink(ContactId(contact), ContactId(other)):
                raise NotFound("These contacts are not linked.", field="other")

    async def _set_blocked(self, call: Call, contact: UUID, *, blocked: bool) -> ContactProfile:
        async with self._store.begin(call.tenant_id) as tx:
            if not await tx.contacts.set_blocked(ContactId(contact), blocked):
                raise NotFound("There is no such contact.", field="contact")
            return await _profile(tx, call, contact)

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base, tags = "/api/v1/tenants/{tenant}/contacts", ("contacts",)
        one = f"{base}/{{contact}}"
        reads, writes = tenant(Permission.CONTACTS_READ), tenant(Permission.CONTACTS_WRITE)
        blocks = tenant(Permission.CONTACTS_BLOCK)
        return [
            Route(method="GET", path=base, handler=self.page, summary="Customers", name="list_contacts", tags=tags,
                  access=reads),
            Route(method="GET", path=one, handler=self.get, summary="One customer", name="get_contact", tags=tags,
                  access=reads),
            Route(method="PATCH", path=one, handler=self.change, summary="Change a customer's name and attributes",
                  name="change_contact", tags=tags, access=writes),
            Route(method="GET", path=f"{one}/conversations", handler=self.conversations,
                  summary="A customer's conversations", name="list_contact_conversations", tags=tags, access=reads),
            Route(method="POST", path=f"{one}/block", handler=self.block, name="block_contact", tags=tags,
                  summary="Answer nothing they write", access=blocks, idempotent=True),
            Route(method="POST", path=f"{one}/unblock", handler=self.unblock, name="unblock_contact", tags=tags,
                  summary="Answer them again", access=blocks, idempotent=True),
            Route(method="POST", path=f"{one}/links", handler=self.link, name="link_contacts", tags=tags,
                  summary="Say that two contacts are one person", access=writes, idempotent=True,
                  description="They stay two contacts: replies go to the address that wrote."),
            Route(method="DELETE", path=f"{one}/links/{{other}}", handler=self.unlink, name="unlink_contacts",
                  tags=tags, summary="Say that they are not", access=writes),
        ]  # fmt: skip


async def _find(tx: Tx, contact: UUID) -> ContactRow:
    row = await tx.contacts.get(ContactId(contact))
    if row is None:
        raise NotFound("There is no such contact.", field="contact")
    return row


async def _linked(tx: Tx, call: Call, contact: ContactId) -> list[ContactRow]:
    """The other contacts of the same person, as far as the caller sees them."""
    return await tx.contacts.linked(contact, within=await reach_of(tx, call.principal), me=me(call))


async def _profile(tx: Tx, call: Call, contact: UUID) -> ContactProfile:
    row = await _find(tx, contact)
    aliases = await tx.contacts.aliases(row.id)
    linked = await _linked(tx, call, row.id)
    return ContactProfile.model_construct(
        **dict(_contact(row)),
        identities=[Identity(kind=alias.kind, value=alias.value) for alias in aliases],
        linked=[_contact(other) for other in linked],
    )


def _contact(row: ContactRow) -> ContactView:
    return ContactView(
        id=row.id,
        name=row.name,
        locale=row.locale,
        attributes=row.attributes,
        blocked=row.blocked,
        opted_out_at=row.opted_out_at,
        created_at=row.created_at,
    )
