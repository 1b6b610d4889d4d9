"""A visitor's conversations as a list: find one, name it, delete it with everything in it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from hub.core.errors import NotFound
from hub.core.ids import ConversationId
from hub.core.messages import Alias, part_from_json, plain_text
from hub.core.prose import one_line
from hub.inbox.guests import VISITOR_ALIAS, Guest, Guests, blob_prefix
from hub.store.guest_threads import GuestThreadRow
from hub.store.session import Store

MOST = 100
_WORDS = 120


class GuestThreads:
    """What the list of conversations in the bubble can do."""

    def __init__(self, *, store: Store, guests: Guests) -> None:
        self._store = store
        self._guests = guests

    async def all(self, guest: Guest, typed: str | None = None) -> Sequence[GuestThreadRow]:
        """The visitor's conversations on this site, the newest first; ``typed`` finds words in them."""
        async with self._store.begin(guest.tenant) as tx:
            contact = await tx.contacts.by_alias(Alias(VISITOR_ALIAS, guest.id))
            if contact is None:
                return []
            return await tx.guest_threads.all(guest.channel, contact.id, MOST, typed)

    async def rename(self, guest: Guest, conversation: UUID, title: str) -> None:
        """Give it another title. Raises ``NotFound``."""
        await self._check(guest, conversation)
        async with self._store.begin(guest.tenant) as tx:
            await tx.guest_threads.rename(ConversationId(conversation), title)

    async def remove(self, guest: Guest, conversation: UUID) -> Sequence[str]:
        """Delete it; the keys of blobs that the caller removes. Raises ``NotFound``."""
        await self._check(guest, conversation)
        async with self._store.begin(guest.tenant) as tx:
            files = await tx.guest_threads.file_ids(ConversationId(conversation))
            await tx.guest_threads.remove(ConversationId(conversation))
            return await tx.files.remove_these(files, blob_prefix(guest))

    async def _check(self, guest: Guest, conversation: UUID) -> None:
        if not await self._guests.owns(guest, ConversationId(conversation)):
            raise NotFound("There is no such conversation.", field="conversation")


def title_of(row: GuestThreadRow) -> str | None:
    """What the conversation is about, in plain words: an answer's first words may come with Markdown."""
    return one_line(row.title or "") or None


def last_words(row: GuestThreadRow) -> str:
    """The newest words of a conversation, cut short."""
    text = one_line(plain_text([part_from_json(part) for part in row.last_parts or []]))
    return text if len(text) <= _WORDS else f"{text[: _WORDS - 1].rstrip()}…"
