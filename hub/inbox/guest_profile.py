"""What a visitor tells of himself before the first message, or when nobody is there: kept with the customer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from hub.core.ids import ContactId, uuid7
from hub.core.messages import Alias
from hub.inbox.guests import VISITOR_ALIAS, Guest
from hub.store.session import Store


async def keep_profile(
    store: Store, guest: Guest, fields: Mapping[str, str], *, consent: str | None, at: datetime
) -> None:
    """Keep what was filled in: ``name`` as the customer's name, the rest among the attributes, with the words that were
    agreed to and when. Makes the customer where there is none yet. Idempotent."""
    async with store.begin(guest.tenant) as tx:
        contact = await tx.contacts.ensure(Alias(VISITOR_ALIAS, guest.id), ContactId(uuid7()))
        # A colleague may be changing the same customer: what is read next is what will be changed.
        await tx.contacts.lock(contact.id)
        contact = await tx.contacts.get(contact.id) or contact
        told = {key: value.strip() for key, value in fields.items() if value.strip()}
        name = told.pop("name", contact.name)
        agreed = {} if consent is None else {"consent": consent, "consent_at": at.isoformat()}
        await tx.contacts.change(contact.id, name=name, attributes={**contact.attributes, **told, **agreed})
