"""What a tenant does with its sources, websites and videos: adding, starting, pausing, stopping, forgetting."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from hub.core.errors import Conflict, NotFound
from hub.core.ids import TenantId
from hub.knowledge.library import Library
from hub.knowledge.source_runs import CRAWL_JOB
from hub.knowledge.youtube.links import is_youtube, read_link
from hub.security.outbound import OutboundClient
from hub.store.session import Store, Tx
from hub.store.sources import Progress, SourceRow

WEBSITE: Final = "website"
YOUTUBE: Final = "youtube"


@dataclass(frozen=True, slots=True)
class Standing:
    """A source and how far its reading is."""

    source: SourceRow
    pages: Progress


class SourceDesk:
    """A tenant's sources."""

    def __init__(self, *, store: Store, library: Library, client: OutboundClient) -> None:
        self._store = store
        self._library = library
        self._client = client

    async def add(
        self, tenant: TenantId, url: str, *, name: str | None = None, context: str | None = None, depth: int = 3,
        pages: int = 200, every_hours: int | None = None,
    ) -> Standing:  # fmt: skip
        """A new source, not yet read: videos where the address is one of YouTube's, a website otherwise. Raises
        ``BlockedAddress``, ``Invalid``, and ``Conflict`` for an address that is there already."""
        address, kind = self._client.check(url), WEBSITE
        usual = urlsplit(address).netloc
        if is_youtube(address):
            link = read_link(address)
            address, kind, usual = link.url, YOUTUBE, f"YouTube: {link.name}"
        async with self._store.begin(tenant) as tx:
            held = (await tx.contexts.ensure(context)).id if context is not None else None
            row = await tx.sources.add(
                address, name or usual, held, kind=kind, depth=depth, pages=pages, every_hours=every_hours
            )
            if row is None:
                raise Conflict("This address is a source already.", field="url")
            return await _standing(tx, row)

    async def get(self, tenant: TenantId, id: UUID) -> Standing:
        """One source. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            return await _standing(tx, await tx.sources.get(id))

    async def page(self, tenant: TenantId, limit: int, after: UUID | None = None) -> list[Standing]:
        """Sources in the order they were made."""
        async with self._store.begin(tenant) as tx:
            return [await _standing(tx, row) for row in await tx.sources.page(limit, after)]

    async def start(self, tenant: TenantId, id: UUID) -> Standing:
        """Begin to read a source, or go on with a paused one; one that is being read goes on. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            before = await tx.sources.get(id)
            standing = await _standing(tx, await tx.sources.start(id))
            if before is not None and before.state != "running":
                await tx.jobs.add(CRAWL_JOB, {"source_id": str(id)})
        await self._library.wake()
        return standing

    async def halt(self, tenant: TenantId, id: UUID, state: str) -> Standing:
        """Pause (``paused``) or stop (``idle``) the reading; what was read stays. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            row = await tx.sources.halt(id, state) or await tx.sources.get(id)
            return await _standing(tx, row)

    async def remove(self, tenant: TenantId, id: UUID) -> None:
        """Forget a source with all documents that came from it. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            pages = await tx.sources.documents(id)
            if not await tx.sources.delete(id):
                raise NotFound("There is no such source.", field="source")
        for page in pages:
            if page.document_id is not None:
                await self._library.forget(tenant, page.document_id)


async def _standing(tx: Tx, row: SourceRow | None) -> Standing:
    if row is None:
        raise NotFound("There is no such source.", field="source")
    return Standing(row, await tx.sources.progress(row.id))
