"""Knowledge over REST: documents and contexts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from aiohttp import web
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from hub.accounts.permissions import Permission
from hub.core.errors import Invalid
from hub.core.ids import ContextId, DocumentId
from hub.core.knowledge import DocumentStatus
from hub.http.access import Call, tenant
from hub.http.bodies import check_json_type, decode_json, parse_json, read_raw
from hub.http.dispatch import answer, dump
from hub.http.idempotency import Kept, Once, fingerprint
from hub.http.model import Model, View
from hub.http.pages import Page, PageQuery, decode_cursor, page_of
from hub.http.problems import unfit
from hub.http.routes import Route
from hub.http.uploads import read_upload
from hub.knowledge.library import MAX_DOCUMENT, Entry, Library
from hub.store.chunks import ChunkRow
from hub.store.contexts import ContextRow
from hub.store.documents import DocumentRow

Title = Annotated[str, Field(min_length=1, max_length=500, examples=["Delivery and returns"])]
ExternalId = Annotated[str, Field(min_length=1, max_length=500, examples=["faq-12"])]
ContextName = Annotated[str, Field(min_length=1, max_length=200, examples=["shop"])]
Metadata = Annotated[dict[str, Any], Field(max_length=100)]
WebAddress = Annotated[
    str, Field(min_length=8, max_length=2_000, pattern=r"^https?://\S+$", examples=["https://shop.example/faq"])
]


class _About(Model):
    title: Title | None = None
    external_id: ExternalId | None = None
    """Your own id of the document: give it again and the document is replaced."""
    context: ContextName | None = None
    """A named part of the knowledge; made when there is none."""
    metadata: Metadata = Field(default_factory=dict)


class NewText(_About):
    """A text, or a page to fetch: give `text` with `title`, or `url`."""

    text: Annotated[str, Field(min_length=1, max_length=2_000_000)] | None = None
    url: WebAddress | None = None


class UploadForm(Model):
    """A file with what is known of it."""

    file: Annotated[bytes, Field(json_schema_extra={"format": "binary"})]
    title: Title | None = None
    external_id: ExternalId | None = None
    context: ContextName | None = None
    metadata: Annotated[str, Field(max_length=60_000)] | None = None
    """A JSON object."""


class DocumentView(View):
    id: UUID
    title: str
    external_id: str | None
    context_id: UUID | None
    url: str | None
    name: str
    mime: str
    size: int
    language: str | None
    metadata: dict[str, Any]
    status: DocumentStatus
    progress: float
    """0 to 1."""
    error: str | None
    """Why it failed, in words."""
    chunks: int
    summary: str | None
    """What it is about; written for videos, and for others when asked."""
    created_at: datetime
    updated_at: datetime


class DocumentsQuery(PageQuery):
    status: DocumentStatus | None = None
    context: ContextName | None = None
    sort: Literal["created_at", "title", "size", "chunks", "updated_at"] = "created_at"
    order: Literal["asc", "desc"] = "desc"


class ChunksQuery(Model):
    """Which part of a document, in reading order."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None
    """`next_cursor` of the page before."""


class ChunkView(View):
    """One passage as the search finds it."""

    id: UUID
    position: int
    """Its place in the document, counted from 0."""
    start: int
    """Where it begins in the document's text, in characters."""
    end: int
    heading: list[str]
    page: int | None
    text: str


class ChunkPage(View):
    items: list[ChunkView]
    next_cursor: str | None


class NewContext(Model):
    name: ContextName


class ContextView(View):
    id: UUID
    name: str
    created_at: datetime


_ABOUT: TypeAdapter[_About] = TypeAdapter(_About)
_NEW_TEXT: TypeAdapter[NewText] = TypeAdapter(NewText)


class DocumentsApi:
    """The routes of a tenant's knowledge."""

    def __init__(self, *, library: Library, once: Once) -> None:
        self._library = library
        self._once = once

    async def create(self, call: Call) -> web.StreamResponse:
        if call.request.content_type == "multipart/form-data":
            return await self._upload(call)
        check_json_type(call.request)
        raw = await read_raw(call.request, 4 * MAX_DOCUMENT)
        body = decode_json(raw, _NEW_TEXT)
        if (body.text is None) == (body.url is None):
            raise Invalid("Give either text or url.", field="text")
        if body.text is not None and body.title is None:
            raise Invalid("A text needs a title.", field="title")
        entry = _entry(body)

        async def take_in() -> Kept:
            if body.text is not None:
                row = await self._library.add_text(call.tenant_id, body.text, entry)
            else:
                row = await self._library.add_url(call.tenant_id, body.url or "", entry)
            return _taken(call, row)

        kept, repeated = await self._once.run(call, fingerprint(raw), take_in)
        return answer(kept, repeated=repeated)

    async def _upload(self, call: Call) -> web.StreamResponse:
        form = await read_upload(
            call.request, limit=MAX_DOCUMENT, fields=("title", "external_id", "context", "metadata")
        )
        given: dict[str, Any] = {k: v for k, v in form.fields.items() if v != "" and k != "metadata"}
        if form.fields.get("metadata"):
            given["metadata"] = parse_json(form.fields["metadata"].encode())
        try:
            entry = _entry(_ABOUT.validate_python(given))
        except ValidationError as error:
            raise unfit(error, given) from None
        file = form.file
        fields = orjson.dumps(form.fields, option=orjson.OPT_SORT_KEYS)

        async def take_in() -> Kept:
            return _taken(call, await self._library.add(call.tenant_id, file.data, file.name, entry))

        kept, repeated = await self._once.run(call, fingerprint(file.name.encode(), file.sha256, fields), take_in)
        return answer(kept, repeated=repeated)

    async def page(self, call: Call, query: DocumentsQuery) -> Page[DocumentView]:
        position = decode_cursor(query.cursor)
        rows = await self._library.page(
            call.tenant_id,
            query.limit + 1,
            None if position is None else DocumentId(position[1]),
            status=query.status,
            context=query.context,
            sort=query.sort,
            ascending=query.order == "asc",
        )
        return page_of(rows, query.limit, lambda row: (row.created_at, row.id), show_document)

    async def get(self, call: Call, document: UUID) -> DocumentView:
        return show_document(await self._library.get(call.tenant_id, DocumentId(document)))

    async def chunks(self, call: Call, document: UUID, query: ChunksQuery) -> ChunkPage:
        after = -1 if query.cursor is None else query.cursor
        rows = await self._library.chunks(call.tenant_id, DocumentId(document), after=after, limit=query.limit + 1)
        kept = rows[: query.limit]
        more = str(kept[-1].position) if len(rows) > query.limit else None
        return ChunkPage(items=[_chunk(row) for row in kept], next_cursor=more)

    async def reindex(self, call: Call, document: UUID) -> DocumentView:
        return show_document(await self._library.reindex(call.tenant_id, DocumentId(document)))

    async def summarise(self, call: Call, document: UUID) -> DocumentView:
        return show_document(await self._library.summarise(call.tenant_id, DocumentId(document)))

    async def remove(self, call: Call, document: UUID) -> None:
        await self._library.remove(call.tenant_id, DocumentId(document))

    async def contexts(self, call: Call, query: PageQuery) -> Page[ContextView]:
        position = decode_cursor(query.cursor)
        after = None if position is None else ContextId(position[1])
        rows = await self._library.contexts(call.tenant_id, query.limit + 1, after)
        return page_of(rows, query.limit, lambda row: (row.created_at, row.id), _context)

    async def add_context(self, call: Call, body: NewContext) -> ContextView:
        return _context(await self._library.add_context(call.tenant_id, body.name))

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base = "/api/v1/tenants/{tenant}"
        documents, one = f"{base}/documents", f"{base}/documents/{{document}}"
        reads, writes = tenant(Permission.KNOWLEDGE_READ), tenant(Permission.KNOWLEDGE_WRITE)

        def route(method: str, path: str, handler: Any, summary: str, name: str, **more: Any) -> Route:
            access = reads if method == "GET" else writes
            return Route(method=method, path=path, handler=handler, summary=summary, name=name,
                         **{"tags": ("knowledge",), "access": access, **more})  # fmt: skip

        bodies: Mapping[str, type[BaseModel]] = {"multipart/form-data": UploadForm, "application/json": NewText}
        return [
            route("POST", documents, self.create, "Take a document in", "create_document", status=202,
                  idempotent=True, own_idempotency=True, consumes=bodies, returns=DocumentView,
                  description="A file, a text, or a page's address. Indexing goes on after the answer: "
                  "ask for the document until its status is `ready` or `failed`."),
            route("GET", documents, self.page, "Documents, newest first or as asked", "list_documents"),
            route("GET", one, self.get, "One document", "get_document"),
            route("GET", f"{one}/chunks", self.chunks, "A document's passages, in reading order", "list_chunks"),
            route("DELETE", one, self.remove, "Forget a document", "delete_document"),
            route("POST", f"{one}/reindex", self.reindex, "Index a document anew", "reindex_document", status=202,
                  idempotent=True),
            route("POST", f"{one}/summary", self.summarise, "Have it written what a document is about",
                  "summarise_document", status=202, idempotent=True),
            route("GET", f"{base}/contexts", self.contexts, "Named parts of the knowledge", "list_contexts"),
            route("POST", f"{base}/contexts", self.add_context, "Name a part of the knowledge", "create_context",
                  status=201, idempotent=True),
        ]  # fmt: skip


def _chunk(row: ChunkRow) -> ChunkView:
    return ChunkView(
        id=row.id,
        position=row.position,
        start=row.start_at,
        end=row.end_at,
        heading=row.heading,
        page=row.page,
        text=row.text,
    )


def show_document(row: DocumentRow) -> DocumentView:
    """A document as the API shows it."""
    return DocumentView(
        id=row.id,
        title=row.title,
        external_id=row.external_id,
        context_id=row.context_id,
        url=row.url,
        name=row.name,
        mime=row.mime,
        size=row.size,
        language=row.language,
        metadata=row.metadata,
        status=DocumentStatus(row.status),
        progress=row.progress,
        error=row.error,
        chunks=row.chunk_count,
        summary=row.summary,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _entry(about: _About) -> Entry:
    return Entry(about.title, about.external_id, about.context, None, about.metadata)


def _taken(call: Call, row: DocumentRow) -> Kept:
    return dump(show_document(row), 202, {"Location": f"/api/v1/tenants/{call.tenant_id}/documents/{row.id}"})


def _context(row: ContextRow) -> ContextView:
    return ContextView(id=row.id, name=row.name, created_at=row.created_at)
