"""Sources: websites and channels of videos that a tenant has read, and the pages or videos found on each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.core.ids import ContextId, DocumentId, TenantId, uuid7
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, fetch_value, run


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A website, or videos (``kind``). ``run`` counts its starts; ``every_hours`` is None where it is read
    only when asked."""

    id: UUID
    kind: str
    url: str
    name: str
    context_id: ContextId | None
    max_depth: int
    max_pages: int
    every_hours: int | None
    state: str
    run: int
    error: str | None
    started_at: datetime | None
    finished_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PageRow:
    """A page of a source: how it was last read, and what a conditional request for it needs."""

    url: str
    depth: int
    state: str
    run: int
    document_id: DocumentId | None
    etag: str | None
    modified: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How many pages of the present run are in which state."""

    waiting: int
    read: int
    unchanged: int
    skipped: int
    failed: int


class Sources:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def add(
        self,
        url: str,
        name: str,
        context: ContextId | None,
        *,
        kind: str,
        depth: int,
        pages: int,
        every_hours: int | None,
    ) -> SourceRow | None:
        """A new source; None where one of this address is there already."""
        return await fetch_one(
            self._connection,
            SourceRow,
            """insert into hub.source(id, tenant_id, kind, url, name, context_id, max_depth, max_pages, every_hours)
               values (:id, :t, :kind, :url, :name, :context, :depth, :pages, :hours)
               on conflict (tenant_id, url) do nothing returning *""",
            id=uuid7(), t=self.tenant, kind=kind, url=url, name=name, context=context, depth=depth, pages=pages,
            hours=every_hours,
        )  # fmt: skip

    async def get(self, id: UUID) -> SourceRow | None:
        return await fetch_one(self._connection, SourceRow, "select * from hub.source where id = :id", id=id)

    async def page(self, limit: int, after: UUID | None = None) -> list[SourceRow]:
        """Sources in the order they were made."""
        return await fetch_all(
            self._connection,
            SourceRow,
            "select * from hub.source where cast(:after as uuid) is null or id > :after order by id limit :limit",
            after=after,
            limit=limit,
        )

    async def delete(self, id: UUID) -> bool:
        """Removes the source with its pages; documents are the caller's. False when there is none."""
        return await run(self._connection, "delete from hub.source where id = :id", id=id) > 0

    async def start(self, id: UUID) -> SourceRow | None:
        """Begin a run, or go on with a paused one. None when there is no such source; a running one stays as it is."""
        return await fetch_one(
            self._connection,
            SourceRow,
            """update hub.source set run = run + case when state = 'idle' then 1 else 0 end, state = 'running',
                      error = null, started_at = case when state = 'idle' then now() else started_at end,
                      finished_at = null
                where id = :id returning *""",
            id=id,
        )

    async def halt(self, id: UUID, state: str) -> SourceRow | None:
        """Pause a run, or stop it for good (``idle``)."""
        return await fetch_one(
            self._connection,
            SourceRow,
            """update hub.source set state = :state, finished_at = case when :state = 'idle' then now() end
                where id = :id and state <> 'idle' returning *""",
            id=id,
            state=state,
        )

    async def finish(self, id: UUID, of_run: int, error: str | None) -> None:
        """The end of a run, with the reason where the site could not be read at all."""
        await run(
            self._connection,
            """update hub.source set state = 'idle', error = :error, finished_at = now()
                where id = :id and run = :run and state = 'running'""",
            id=id,
            run=of_run,
            error=error,
        )

    async def found(self, id: UUID, of_run: int, urls: Sequence[str], depth: int, most: int) -> None:
        """Pages found in this run, to be read; those found before in it stay as they are. No more than ``most``."""
        await run(
            self._connection,
            """insert into hub.source_page as p (tenant_id, source_id, url, depth, run)
               select :t, :id, u.url, :depth, :run from unnest(:urls__texts) with ordinality u(url, place)
                where u.place <= cast(:most as int) - (select count(*) from hub.source_page
                                                        where source_id = :id and run = :run)
               on conflict (tenant_id, source_id, url)
               do update set run = excluded.run, depth = excluded.depth, state = 'waiting'
                where p.run < excluded.run""",
            t=self.tenant, id=id, run=of_run, urls__texts=list(urls), depth=depth, most=most,
        )  # fmt: skip

    async def next_page(self, id: UUID, of_run: int) -> PageRow | None:
        """The next page to read, nearest to the start first."""
        return await fetch_one(
            self._connection,
            PageRow,
            """select * from hub.source_page where source_id = :id and run = :run and state = 'waiting'
                order by depth, url limit 1""",
            id=id,
            run=of_run,
        )

    async def settle(
        self, id: UUID, url: str, state: str, *, note: str | None = None, document: DocumentId | None = None,
        etag: str | None = None, modified: str | None = None,
    ) -> None:  # fmt: skip
        """What became of a page. Its document stays known where none is given."""
        await run(
            self._connection,
            """update hub.source_page set state = :state, note = :note, fetched_at = now(),
                      document_id = coalesce(:document, document_id), etag = coalesce(:etag, etag),
                      modified = coalesce(:modified, modified)
                where source_id = :id and url = :url""",
            id=id, url=url, state=state, note=note, document=document, etag=etag, modified=modified,
        )  # fmt: skip

    async def a_note(self, id: UUID, of_run: int) -> str | None:
        """Why one of the run's pages gave no text, in words."""
        found = await fetch_value(
            self._connection,
            "select max(note) from hub.source_page where source_id = :id and run = :run and state = 'failed'",
            id=id,
            run=of_run,
        )
        return None if found is None else str(found)

    async def gone(self, id: UUID, of_run: int) -> list[PageRow]:
        """Pages with a document that this run did not find again, or found gone; forgotten with this."""
        return await fetch_all(
            self._connection,
            PageRow,
            """delete from hub.source_page where source_id = :id and document_id is not null
                  and (run < :run or (state in ('skipped', 'failed') and note like 'Gone%')) returning *""",
            id=id,
            run=of_run,
        )

    async def documents(self, id: UUID) -> list[PageRow]:
        """All pages that have a document."""
        return await fetch_all(
            self._connection,
            PageRow,
            "select * from hub.source_page where source_id = :id and document_id is not null",
            id=id,
        )

    async def progress(self, id: UUID) -> Progress:
        """The states of the pages of the present run."""
        row = await fetch_one(
            self._connection,
            Progress,
            """select count(*) filter (where p.state = 'waiting') as waiting,
                      count(*) filter (where p.state = 'read') as read,
                      count(*) filter (where p.state = 'unchanged') as unchanged,
                      count(*) filter (where p.state = 'skipped') as skipped,
                      count(*) filter (where p.state = 'failed') as failed
                 from hub.source s left join hub.source_page p on p.source_id = s.id and p.run = s.run
                where s.id = :id""",
            id=id,
        )
        return row or Progress(0, 0, 0, 0, 0)

    async def schedule(self, name: str, source: UUID, hours: int) -> None:
        """The job that reads the source again in so many hours, unless one waits already."""
        waiting = await fetch_value(
            self._connection,
            """select count(*) from hub.job where name = :name and state = 'waiting' and due_at > now()
                  and args ->> 'source_id' = :source""",
            name=name,
            source=str(source),
        )
        if not waiting:
            await run(
                self._connection,
                """insert into hub.job(id, tenant_id, name, args, due_at)
                   values (:id, :t, :name, :args__jsonb, now() + make_interval(hours => :hours))""",
                id=uuid7(), t=self.tenant, name=name, hours=hours,
                args__jsonb={"source_id": str(source), "again": True},
            )  # fmt: skip
