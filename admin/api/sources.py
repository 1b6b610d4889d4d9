"""Websites and YouTube over REST: adding one, reading it, watching how far it is."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from admin.api.documents import ContextName, WebAddress
from hub.accounts.permissions import Permission
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.pages import Page, PageQuery, decode_cursor, page_of
from hub.http.routes import Route
from hub.knowledge.sources import SourceDesk, Standing


class NewSource(Model):
    url: WebAddress
    """Where to begin; only pages of the same host and port are read. Of an address on YouTube, the video's, or those of
    the playlist or channel."""
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    context: ContextName | None = None
    max_depth: Annotated[int, Field(ge=0, le=20)] = 3
    """How many links away from the start a page may be; of no use for videos."""
    max_pages: Annotated[int, Field(ge=1, le=10_000)] = 200
    """Pages, or videos."""
    every_hours: Annotated[int, Field(ge=1, le=8_760)] | None = None
    """Read again in so many hours; empty: only when asked."""


class ProgressView(View):
    """Pages or videos of the present or last run."""

    waiting: int
    read: int
    unchanged: int
    skipped: int
    failed: int


class SourceView(View):
    id: UUID
    kind: str
    """`website` or `youtube`."""
    url: str
    name: str
    context_id: UUID | None
    max_depth: int
    max_pages: int
    every_hours: int | None
    state: str
    """`idle`, `running` or `paused`."""
    error: str | None
    """Why the last run could not read it, in words."""
    pages: ProgressView
    started_at: datetime | None
    finished_at: datetime | None
    created_at: datetime


class SourcesApi:
    """The routes of a tenant's sources."""

    def __init__(self, *, desk: SourceDesk) -> None:
        self._desk = desk

    async def create(self, call: Call, body: NewSource) -> SourceView:
        return _view(
            await self._desk.add(
                call.tenant_id, body.url, name=body.name, context=body.context, depth=body.max_depth,
                pages=body.max_pages, every_hours=body.every_hours,
            )
        )  # fmt: skip

    async def page(self, call: Call, query: PageQuery) -> Page[SourceView]:
        position = decode_cursor(query.cursor)
        rows = await self._desk.page(call.tenant_id, query.limit + 1, None if position is None else position[1])
        return page_of(rows, query.limit, lambda s: (s.source.created_at, s.source.id), _view)

    async def get(self, call: Call, source: UUID) -> SourceView:
        return _view(await self._desk.get(call.tenant_id, source))

    async def remove(self, call: Call, source: UUID) -> None:
        await self._desk.remove(call.tenant_id, source)

    async def start(self, call: Call, source: UUID) -> SourceView:
        return _view(await self._desk.start(call.tenant_id, source))

    async def pause(self, call: Call, source: UUID) -> SourceView:
        return _view(await self._desk.halt(call.tenant_id, source, "paused"))

    async def stop(self, call: Call, source: UUID) -> SourceView:
        return _view(await self._desk.halt(call.tenant_id, source, "idle"))

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base = "/api/v1/tenants/{tenant}/sources"
        one = f"{base}/{{source}}"

        def route(method: str, path: str, handler: Any, summary: str, name: str, **more: Any) -> Route:
            access = tenant(Permission.KNOWLEDGE_READ if method == "GET" else Permission.KNOWLEDGE_WRITE)
            return Route(method=method, path=path, handler=handler, summary=summary, name=name,
                         **{"tags": ("knowledge",), "access": access, **more})  # fmt: skip

        def act(name: str, handler: Any, summary: str, **more: Any) -> Route:
            return route("POST", f"{one}/{name}", handler, summary, f"{name}_source", idempotent=True, **more)

        return [
            route(
                "POST",
                base,
                self.create,
                "Add a website or YouTube",
                "create_source",
                status=201,
                idempotent=True,
            ),
            route("GET", base, self.page, "Websites and videos", "list_sources"),
            route("GET", one, self.get, "One source, and how far its reading is", "get_source"),
            route("DELETE", one, self.remove, "Forget a source with its documents", "delete_source"),
            act("start", self.start, "Read a source, or go on reading it", status=202),
            act("pause", self.pause, "Pause reading"),
            act("stop", self.stop, "Stop reading"),
        ]


def _view(standing: Standing) -> SourceView:
    source, pages = standing.source, standing.pages
    return SourceView(
        id=source.id,
        kind=source.kind,
        url=source.url,
        name=source.name,
        context_id=source.context_id,
        max_depth=source.max_depth,
        max_pages=source.max_pages,
        every_hours=source.every_hours,
        state=source.state,
        error=source.error,
        pages=ProgressView(
            waiting=pages.waiting,
            read=pages.read,
            unchanged=pages.unchanged,
            skipped=pages.skipped,
            failed=pages.failed,
        ),
        started_at=source.started_at,
        finished_at=source.finished_at,
        created_at=source.created_at,
    )
