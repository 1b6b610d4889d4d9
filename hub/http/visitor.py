"""What a site's chat bubble calls: session, config, conversations, uploads, forgetting; and signed downloads."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Self
from uuid import UUID

import orjson
from aiohttp import web
from pydantic import Field, model_validator

from hub.core.conversations import State
from hub.core.errors import HubError, NotFound, Unauthenticated
from hub.core.ids import ConversationId, FileId, TenantId, uuid7
from hub.core.ports import BlobStore
from hub.files.sniff import sniff
from hub.http.access import PUBLIC, VISITOR, Call, bearer
from hub.http.dispatch import CORS_ORIGIN, dump
from hub.http.dispatch import answer as give
from hub.http.downloads import send_file
from hub.http.idempotency import Kept, Once, fingerprint
from hub.http.model import Model, View
from hub.http.routes import Route
from hub.http.uploads import read_upload
from hub.http.views import GuestMessageView
from hub.inbox.guest_threads import GuestThreads, last_words, title_of
from hub.inbox.guests import Guest, Guests, blob_prefix
from hub.inbox.vouching import Identity
from hub.security.tokens import DownloadTokens, FileGrant
from hub.store.guest_threads import GuestThreadRow
from hub.store.session import Store

MAX_FILE = 10 * 1024 * 1024
_LINK_LIFE = timedelta(hours=1)


class IdentityIn(Model):
    """A signed-in visitor, vouched for by the shop."""

    user: Annotated[str, Field(min_length=1, max_length=150, examples=["customer-4711"])] | None = None
    hash: Annotated[str, Field(min_length=64, max_length=64)] | None = None
    """HMAC-SHA256 of `user` under the site's identity secret, in hex."""
    token: Annotated[str, Field(min_length=1, max_length=2048)] | None = None
    """In place of both: a JWT (HS256, identity secret) with `sub`, the site key as `aud`, and `exp` within an hour."""

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.token is None) == (self.user is None or self.hash is None):
            raise ValueError("give user and hash, or token")
        return self


class SessionRequest(Model):
    site_key: Annotated[str, Field(min_length=1, max_length=64, examples=["0199f0c2-7c5e-7000-8000-000000000000"])]
    identity: IdentityIn | None = None


class VisitorView(View):
    id: str


class SessionView(View):
    """Give the token as `Authorization: Bearer <token>` or to the socket."""

    token: str
    visitor: VisitorView


class ThreadQuery(Model):
    after: Annotated[int, Field(ge=0, le=2**53)] | None = None
    """Messages after this sequence number; without it the last ones."""
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class GuestConversationView(View):
    """One of a visitor's conversations."""

    id: UUID
    state: State
    title: str | None
    """What it is about: the first words, until the visitor names it."""
    last_words: str
    unread: int
    """How many of our messages were not seen yet."""
    opened_at: datetime
    last_message_at: datetime | None


class GuestConversations(View):
    items: list[GuestConversationView]


class FindQuery(Model):
    q: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """Words that must occur in a conversation or its title; the last one may go on."""


class NewTitle(Model):
    title: Annotated[str, Field(min_length=1, max_length=80, pattern=r"\S")]


class GuestThread(View):
    """Messages, oldest first; `seq` is how far this tells and `more` whether there is more after it."""

    items: list[GuestMessageView]
    seq: int
    more: bool


class SentMessage(Model):
    """What a visitor writes."""

    client_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,128}$", examples=["c-1"])]
    """The client's own id of the message: repeat it and the message is stored once."""
    parts: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=20)]
    """Such as `[{"type": "text", "text": "Hello"}]`."""
    conversation: UUID | None = None
    """Which of the visitor's conversations it belongs to; without it the newest."""
    fresh: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,64}$")] | None = None
    """Begins a new conversation, under the client's own id of it."""


class SentView(View):
    id: UUID
    seq: int
    conversation_id: UUID


class FileView(View):
    """A stored file. Name it in a media part by `file_id`."""

    file_id: UUID
    name: str
    mime: str
    size: int
    url: str
    """A link that works for an hour."""


class FileForm(Model):
    file: Annotated[bytes, Field(json_schema_extra={"format": "binary"})]


class VisitorApi:
    """The visitors' routes."""

    def __init__(
        self,
        *,
        guests: Guests,
        store: Store,
        blobs: BlobStore,
        links: DownloadTokens,
        once: Once,
    ) -> None:
        self._guests = guests
        self._threads = GuestThreads(store=store, guests=guests)
        self._store = store
        self._blobs = blobs
        self._links = links
        self._once = once

    async def admit(self, token: str, origin: str | None) -> Guest:
        """The ``VisitorDoor``: the token must be ours, the page one of the site's."""
        guest = await self._guests.verify(token)
        await self._guests.check_origin(guest.site_key, origin)
        return guest

    async def origin_allowed(self, request: web.Request, origin: str) -> bool:
        """Whether a page may read the answer. A browser's preflight tells neither token nor body, and grants
        nothing by itself: the call that follows carries what is needed to decide."""
        site_key = request.query.get("site_key")
        if site_key is not None:
            return await self._guests.origin_allowed(site_key, origin)
        if request.method == "OPTIONS":
            return origin.startswith(("http://", "https://"))
        try:
            guest = await self._guests.verify(bearer(request))
        except HubError:
            return False
        return await self._guests.origin_allowed(guest.site_key, origin)

    async def session(self, call: Call, body: SessionRequest) -> SessionView:
        origin = call.request.headers.get("Origin")
        await self._guests.site(body.site_key)
        await self._guests.check_origin(body.site_key, origin)
        if origin is not None:
            call.request[CORS_ORIGIN] = origin
        identity = None if body.identity is None else _identity(body.identity)
        token, guest = await self._guests.open_session(body.site_key, identity)
        return SessionView(token=token, visitor=VisitorView(id=guest.id))

    async def conversations(self, call: Call, query: FindQuery) -> GuestConversations:
        return GuestConversations(items=[_show_thread(row) for row in await self._threads.all(call.guest, query.q)])

    async def rename(self, call: Call, conversation: UUID, body: NewTitle) -> None:
        await self._threads.rename(call.guest, conversation, " ".join(body.title.split()))

    async def remove(self, call: Call, conversation: UUID) -> None:
        for key in await self._threads.remove(call.guest, conversation):
            await self._blobs.delete(key)

    async def messages(self, call: Call, conversation: UUID, query: ThreadQuery) -> GuestThread:
        id = ConversationId(conversation)
        if not await self._guests.owns(call.guest, id):
            raise NotFound("There is no such conversation.", field="conversation")
        thread = await self._guests.thread(call.guest.tenant, id, after=query.after, limit=query.limit)
        if thread is None:
            raise NotFound("There is no such conversation.", field="conversation")
        items = [GuestMessageView.model_validate(message) for message in thread.messages]
        return GuestThread(items=items, seq=thread.seq, more=thread.more)

    async def send(self, call: Call, body: SentMessage) -> SentView:
        raw = orjson.dumps(body.model_dump(mode="json", exclude_none=True))
        taken = await self._guests.take(call.guest, raw)
        return SentView(id=taken.id, seq=taken.seq, conversation_id=taken.conversation_id)

    async def upload(self, call: Call) -> web.StreamResponse:
        form = await read_upload(call.request, limit=MAX_FILE)
        guest, file = call.guest, form.file

        async def keep() -> Kept:
            id = FileId(uuid7())
            mime = sniff(file.data, name=file.name)
            key = f"{blob_prefix(guest)}{id.hex}"
            await self._blobs.put(key, file.data)
            async with self._store.begin(guest.tenant) as tx:
                await tx.files.add(id, blob_key=key, name=file.name, mime=mime, size=len(file.data), sha256=file.sha256)
            url = file_link(self._links, guest.tenant, id)
            view = FileView(file_id=id, name=file.name, mime=mime, size=len(file.data), url=url)
            return dump(view, 201)

        kept, repeated = await self._once.run(call, fingerprint(file.name.encode(), file.sha256), keep)
        return give(kept, repeated=repeated)

    async def forget(self, call: Call) -> None:
        for key in await self._guests.forget(call.guest):
            await self._blobs.delete(key)

    async def download(self, call: Call, token: str) -> web.StreamResponse:
        try:
            grant = self._links.read(token)
        except Unauthenticated:
            raise NotFound("This link has run out or was never given.", field="token") from None
        async with self._store.begin(grant.tenant) as tx:
            row = await tx.files.get(grant.file)
        if row is None:
            raise NotFound("This file is gone.", field="token")
        return await send_file(call.request, row, self._blobs)

    def routes(self) -> list[Route]:
        """The routes of this file."""

        def route(method: str, path: str, handler: Any, summary: str, name: str, **more: Any) -> Route:
            return Route(
                method=method,
                path=f"/api/v1/visitor{path}",
                handler=handler,
                summary=summary,
                name=name,
                **{"access": VISITOR, "tags": ("visitors",), "cors": True, **more},
            )

        return [
            route("POST", "/session", self.session, "Begin a visit", "open_visitor_session", access=PUBLIC,
                  problems=(403, 404)),
            route("GET", "/conversations", self.conversations, "A visitor's conversations",
                  "list_visitor_conversations"),
            route("PATCH", "/conversations/{conversation}", self.rename, "Name a conversation",
                  "rename_visitor_conversation", problems=(404,)),
            route("DELETE", "/conversations/{conversation}", self.remove, "Delete a conversation",
                  "delete_visitor_conversation", problems=(404,),
                  description="Deletes it with every message and file in it."),
            route("GET", "/conversations/{conversation}/messages", self.messages, "Messages of a conversation",
                  "list_visitor_messages"),
            route("POST", "/messages", self.send, "Write a message", "send_visitor_message", status=201,
                  problems=(404,)),
            route("POST", "/files", self.upload, "Upload a file", "upload_visitor_file", status=201, idempotent=True,
                  own_idempotency=True, consumes={"multipart/form-data": FileForm}, returns=FileView),
            route("DELETE", "", self.forget, "Forget this visitor", "forget_visitor",
                  description="Deletes the visitor with every message and file of theirs."),
            Route(method="GET", path="/files/{token}", handler=self.download, access=PUBLIC, name="download_file",
                  summary="Download a file by its signed link", tags=("files",), produces="application/octet-stream"),
        ]  # fmt: skip


def file_link(links: DownloadTokens, tenant: TenantId, file: FileId) -> str:
    """Where a file can be fetched for an hour, relative to the hub's address."""
    return f"/files/{links.issue(FileGrant(tenant, file), _LINK_LIFE)}"


def _identity(given: IdentityIn) -> Identity:
    if given.token is not None:
        return Identity(token=given.token)
    return Identity(given.user or "", given.hash or "")


def _show_thread(row: GuestThreadRow) -> GuestConversationView:
    return GuestConversationView(
        id=row.id,
        state=State(row.state),
        title=title_of(row),
        last_words=last_words(row),
        unread=row.unread,
        opened_at=row.opened_at,
        last_message_at=row.last_message_at,
    )
