"""Putting a passage right where it stands: in the text it came from, which is then read anew."""

from __future__ import annotations

from uuid import UUID

from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.ids import DocumentId, TenantId
from hub.core.ports import BlobStore
from hub.knowledge.library import Entry, Library
from hub.store.documents import DocumentRow
from hub.store.session import Store

_PLAIN = ("text/plain", "text/markdown")


class Corrections:
    """Corrects passages of documents that are plain text. Others have to be changed where they were made."""

    def __init__(self, *, store: Store, blobs: BlobStore, library: Library) -> None:
        self._store = store
        self._blobs = blobs
        self._library = library

    async def correct(self, tenant: TenantId, document: DocumentId, chunk: UUID, text: str) -> DocumentRow:
        """The document with this passage in other words, queued to be read anew; until then the old one answers.

        Raises ``NotFound``, ``Invalid`` for a document that is no plain text, ``Conflict`` when the passage is not in
        the text as it is now.
        """
        if not text.strip():
            raise Invalid("A passage cannot be empty. Delete the document instead.", field="text")
        async with self._store.begin(tenant) as tx:
            row = await tx.documents.get(document)
            passage = next((c for c in await tx.chunks.of_document(document) if c.id == chunk), None)
            if row is None or passage is None:
                raise NotFound("There is no such passage any more. Look again.", field="chunk")
            if row.mime not in _PLAIN or row.blob_key is None:
                raise Invalid(
                    "Only texts can be corrected here. Change this file or page where it was made, or add a question "
                    "with its answer.",
                    field="document",
                )
            name = await tx.documents.named(document)
        source = (await self._blobs.get(row.blob_key)).decode("utf-8", "replace")
        changed = _replaced(source, passage.text, text, passage.start_at)
        entry = Entry(row.title, name, None, row.url, row.metadata)
        return await self._library.add(tenant, changed.encode(), row.name, entry)


def _replaced(source: str, old: str, new: str, near: int) -> str:
    """``source`` with the occurrence of ``old`` that lies nearest to ``near`` replaced."""
    places = []
    at = source.find(old)
    while at >= 0:
        places.append(at)
        at = source.find(old, at + 1)
    if not places:
        raise Conflict(
            "This passage is not in the document's text as it stands. Upload the document anew.", field="text"
        )
    place = min(places, key=lambda one: abs(one - near))
    return source[:place] + new + source[place + len(old) :]
