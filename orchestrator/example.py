"""An example to look around in: a few documents of a shop that does not exist, and customers who ask about it.

It goes in and out by one step each, and nothing else of the tenant is touched.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from hub.core.errors import NotFound
from hub.core.ids import DocumentId, TenantId
from hub.core.knowledge import DocumentStatus
from hub.core.messages import Alias
from hub.knowledge.library import Entry, Library
from hub.store.session import Store
from orchestrator.chat import ASKER, ChatEngine, Question

DOCUMENTS: Final = {
    "example/delivery": (
        "Example: delivery",
        "# Delivery\n\nParcels arrive within three working days. Delivery costs 4.90 euros.\n\n"
        "# Abroad\n\nWe deliver to Austria and Switzerland within a week, for 9.90 euros.\n",
    ),
    "example/returns": (
        "Example: returns",
        "# Returns\n\nArticles may be sent back within thirty days of delivery. The way back costs "
        "nothing. The money is returned within five days of arrival.\n",
    ),
    "example/bicycles": (
        "Example: bicycles",
        "# Bicycles\n\nThe Wren is a city bicycle of 14 kilograms. The Heron carries up to 180 kilograms.\n\n"
        "# Inspection\n\nThe first inspection is free within a hundred days.\n",
    ),
}
CUSTOMERS: Final = {
    "example:mila": ("Mila (example)", "How much is delivery to Switzerland?"),
    "example:jonas": ("Jonas (example)", "Within how many days may articles be sent back?"),
    "example:aisha": ("Aisha (example)", "Can I insure my bicycle with you?"),
}


@dataclass(frozen=True, slots=True)
class ExampleState:
    """How much of the example is there."""

    documents: int
    ready: int
    conversations: int

    @property
    def whole(self) -> bool:
        """Whether nothing is left to do."""
        return self.ready == len(DOCUMENTS) and self.conversations == len(CUSTOMERS)


class ExampleDesk:
    """Puts the example into a tenant and takes it out again."""

    def __init__(self, *, store: Store, library: Library, engine: ChatEngine) -> None:
        self._store = store
        self._library = library
        self._engine = engine

    async def state(self, tenant: TenantId) -> ExampleState:
        """What of the example is there."""
        async with self._store.begin(tenant) as tx:
            found = [await tx.documents.by_external_id(name) for name in DOCUMENTS]
            known = [await tx.contacts.by_alias(Alias(ASKER, asker)) for asker in CUSTOMERS]
        there = [row for row in found if row is not None]
        ready = sum(row.status in (DocumentStatus.READY, DocumentStatus.FAILED) for row in there)
        return ExampleState(len(there), ready, sum(one is not None for one in known))

    async def go_on(self, tenant: TenantId) -> ExampleState:
        """Take the next step: the documents first; once they are read, the customers' questions. Idempotent."""
        state = await self.state(tenant)
        if state.documents < len(DOCUMENTS):
            for name, (title, text) in DOCUMENTS.items():
                await self._library.add_text(tenant, text, Entry(title, external_id=name))
        elif state.ready == len(DOCUMENTS) and not state.whole:
            await asyncio.gather(*(self._ask(tenant, asker) for asker in CUSTOMERS))
        return await self.state(tenant)

    async def remove(self, tenant: TenantId) -> None:
        """Take all of it out. Idempotent."""
        for name in DOCUMENTS:
            async with self._store.begin(tenant) as tx:
                row = await tx.documents.by_external_id(name)
            if row is not None:
                await self._library.forget(tenant, DocumentId(row.id))
        async with self._store.begin(tenant) as tx:
            for asker in CUSTOMERS:
                known = await tx.contacts.by_alias(Alias(ASKER, asker))
                if known is not None:
                    await tx.contacts.remove(known.id)

    async def _ask(self, tenant: TenantId, asker: str) -> None:
        name, question = CUSTOMERS[asker]
        async with self._store.begin(tenant) as tx:
            if await tx.contacts.by_alias(Alias(ASKER, asker)) is not None:
                return
        async for _ in self._engine(tenant, Question(question, asker)):
            pass
        async with self._store.begin(tenant) as tx:
            contact = await tx.contacts.by_alias(Alias(ASKER, asker))
            if contact is None:
                raise NotFound("The example's customer is gone.")
            await tx.contacts.change(contact.id, name=name, attributes={})
