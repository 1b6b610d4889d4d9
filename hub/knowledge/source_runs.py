"""How a reading of a source goes on, whatever is read: what waits, what became of each page, and the end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol
from uuid import UUID

from hub.core.ids import TenantId
from hub.knowledge.library import Entry, Library
from hub.store.session import Store
from hub.store.sources import PageRow, SourceRow

CRAWL_JOB: Final = "source.crawl"
"""The job that reads one source; its args are ``{"source_id"}``."""


class SourceReader(Protocol):
    """Reads sources of one kind, a website or videos."""

    async def run(self, tenant: TenantId, id: UUID, *, again: bool = False, last_try: bool = True) -> None:
        """Reads a source until nothing waits, or until it is paused, stopped or removed. Idempotent; goes on where an
        interrupted run ended. ``again`` begins a new run by the clock, unless one is under way."""
        ...


class SourceRuns:
    """The runs of sources, in the database: each can be paused, stopped, or go on after a crash."""

    def __init__(self, *, store: Store, library: Library) -> None:
        self._store = store
        self._library = library

    async def kind_of(self, tenant: TenantId, id: UUID) -> str | None:
        """What kind of source it is; None where there is none."""
        async with self._store.begin(tenant) as tx:
            source = await tx.sources.get(id)
        return None if source is None else source.kind

    async def begin(self, tenant: TenantId, id: UUID, *, again: bool) -> SourceRow | None:
        """The source that is to be read now, if it is."""
        async with self._store.begin(tenant) as tx:
            source = await tx.sources.get(id)
            if source is not None and again and source.state == "idle":
                source = await tx.sources.start(id)
        return source if source is not None and source.state == "running" else None

    async def fresh(self, tenant: TenantId, source: SourceRow) -> bool:
        """Whether nothing was found in this run yet."""
        async with self._store.begin(tenant) as tx:
            progress = await tx.sources.progress(source.id)
        return not any((progress.waiting, progress.read, progress.unchanged, progress.skipped, progress.failed))

    async def found(self, tenant: TenantId, source: SourceRow, urls: Sequence[str], depth: int) -> None:
        """Pages to be read in this run, no more than the source may have."""
        async with self._store.begin(tenant) as tx:
            await tx.sources.found(source.id, source.run, list(dict.fromkeys(urls)), depth, source.max_pages)

    async def next_page(self, tenant: TenantId, source: SourceRow) -> PageRow | None:
        """What to read next; None at the end, and when the run was paused, stopped, or began anew."""
        async with self._store.begin(tenant) as tx:
            now = await tx.sources.get(source.id)
            if now is None or now.state != "running" or now.run != source.run:
                return None
            return await tx.sources.next_page(source.id, source.run)

    async def settle(self, tenant: TenantId, source: SourceRow, page: PageRow, state: str, note: str = "") -> None:
        """What became of a page that gave no text."""
        async with self._store.begin(tenant) as tx:
            await tx.sources.settle(source.id, page.url, state, note=note or None)

    async def keep(
        self, tenant: TenantId, source: SourceRow, page: PageRow, data: bytes, name: str, entry: Entry, *,
        etag: str | None = None, modified: str | None = None,
    ) -> None:  # fmt: skip
        """A page's text, as a document in the source's context; the same bytes as before change nothing."""
        async with self._store.begin(tenant) as tx:
            context = await tx.contexts.get(source.context_id) if source.context_id is not None else None
        placed = replace(entry, context=context.name if context is not None else None)
        document, changed = await self._library.take(tenant, data, name, placed)
        async with self._store.begin(tenant) as tx:
            await tx.sources.settle(
                source.id, page.url, "read" if changed else "unchanged", document=document.id, etag=etag,
                modified=modified,
            )  # fmt: skip

    async def give_up(self, tenant: TenantId, source: SourceRow, why: str) -> None:
        """End a run that cannot go on, in words; what was read stays, and the next run by the clock is made."""
        async with self._store.begin(tenant) as tx:
            await tx.sources.finish(source.id, source.run, why)
            if source.every_hours is not None:
                await tx.sources.schedule(CRAWL_JOB, source.id, source.every_hours)

    async def end(self, tenant: TenantId, source: SourceRow, nothing: str, *, reached: bool = False) -> None:
        """What a whole run leaves: pages that are gone are forgotten, and the next run is put on the calendar.

        ``nothing`` is what to say where nothing was read; nothing is forgotten then, unless the other side was
        ``reached`` all the same.
        """
        async with self._store.begin(tenant) as tx:
            now = await tx.sources.get(source.id)
            if now is None or now.state != "running" or now.run != source.run:
                return
            progress = await tx.sources.progress(source.id)
            some = progress.read + progress.unchanged + progress.skipped > 0
            note = None if some else await tx.sources.a_note(source.id, source.run)
            gone = await tx.sources.gone(source.id, source.run) if some or reached else []
            error = None if some else (note or nothing) if reached else nothing
            await tx.sources.finish(source.id, source.run, error)
            if source.every_hours is not None:
                await tx.sources.schedule(CRAWL_JOB, source.id, source.every_hours)
        for page in gone:
            if page.document_id is not None:
                await self._library.forget(tenant, page.document_id)


def source_handler(
    runs: SourceRuns, readers: Mapping[str, SourceReader]
) -> Callable[[TenantId, Mapping[str, Any], bool], Awaitable[None]]:
    """The handler of ``CRAWL_JOB``: the reader of the source's kind."""

    async def handle(tenant: TenantId, args: Mapping[str, Any], last_try: bool) -> None:
        id = UUID(args["source_id"])
        kind = await runs.kind_of(tenant, id)
        if kind is not None:
            await readers[kind].run(tenant, id, again=bool(args.get("again")), last_try=last_try)

    return handle
