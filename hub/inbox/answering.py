"""Who answers a visitor, as far as the visitor may know."""

from __future__ import annotations

from dataclasses import dataclass

from hub.core.messages import AuthorKind
from hub.files.portraits import address
from hub.store.conversations import ConversationRow
from hub.store.session import Store


@dataclass(frozen=True, slots=True)
class Answering:
    """``name`` is the one under which the colleague last wrote, None before that. ``seen`` is how far they have read,
    a sequence number; what other colleagues look at is no business of the customer's. ``picture`` is an address below
    the hub's."""

    name: str | None = None
    picture: str | None = None
    seen: int = 0


class AnsweringColleagues:
    """Looks up the colleague who has a conversation."""

    def __init__(self, *, store: Store) -> None:
        self._store = store

    async def __call__(self, row: ConversationRow) -> Answering:
        """The colleague to whom ``row`` is assigned; nobody where it is assigned to none."""
        if row.assignee is None:
            return Answering()
        async with self._store.begin(row.tenant_id) as tx:
            said = await tx.messages.last_answer(row.id)
            seen = await tx.readings.far(row.id, row.assignee)
            if said is None or said.author_kind != AuthorKind.AGENT or said.author_id != row.assignee:
                return Answering(seen=seen)
            pictures = await tx.portraits.of([row.assignee])
        return Answering(said.author_name, address(pictures.get(row.assignee)), seen)
