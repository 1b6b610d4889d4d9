"""Files of conversations over REST: what colleagues attach, and what customers sent."""

from __future__ import annotations

from uuid import UUID

from aiohttp import web

from admin.api.own_files import own_prefix, reachable_file
from hub.accounts.permissions import Permission
from hub.core.errors import NotFound
from hub.core.ids import FileId, uuid7
from hub.core.ports import BlobStore
from hub.files.sniff import sniff
from hub.http.access import Call, tenant
from hub.http.dispatch import answer, dump
from hub.http.downloads import send_file
from hub.http.idempotency import Kept, Once, fingerprint
from hub.http.model import Model, View
from hub.http.routes import Route
from hub.http.uploads import read_upload
from hub.store.session import Store

MAX_FILE = 25 * 1024 * 1024


class AttachmentForm(Model):
    file: str
    """The file, as a part of the form."""


class AttachmentView(View):
    """A file that a message may carry now."""

    file_id: UUID
    name: str
    mime: str
    """What the bytes are, whatever the name says."""
    size: int


class FilesApi:
    """The routes of files."""

    def __init__(self, *, store: Store, blobs: BlobStore, once: Once) -> None:
        self._store = store
        self._blobs = blobs
        self._once = once

    async def attach(self, call: Call) -> web.StreamResponse:
        form = await read_upload(call.request, limit=MAX_FILE)
        file = form.file

        async def keep() -> Kept:
            id = FileId(uuid7())
            mime = sniff(file.data, name=file.name)
            key = f"{own_prefix(call)}{id.hex}"
            await self._blobs.put(key, file.data)
            async with self._store.begin(call.tenant_id) as tx:
                await tx.files.add(id, blob_key=key, name=file.name, mime=mime, size=len(file.data), sha256=file.sha256)
            return dump(AttachmentView(file_id=id, name=file.name, mime=mime, size=len(file.data)), 201)

        kept, repeated = await self._once.run(call, fingerprint(file.name.encode(), file.sha256), keep)
        return answer(kept, repeated=repeated)

    async def download(self, call: Call, file: UUID) -> web.StreamResponse:
        async with self._store.begin(call.tenant_id) as tx:
            row = await reachable_file(tx, call, FileId(file))
        if row is None:
            raise NotFound("There is no such file.", field="file")
        return await send_file(call.request, row, self._blobs)

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base, tags = "/api/v1/tenants/{tenant}/files", ("files",)
        return [
            Route(method="POST", path=base, handler=self.attach, access=tenant(Permission.CONVERSATIONS_REPLY),
                  name="attach_file", summary="Upload a file for a message", tags=tags, status=201, idempotent=True,
                  own_idempotency=True, consumes={"multipart/form-data": AttachmentForm}, returns=AttachmentView),
            Route(method="GET", path=f"{base}/{{file}}", handler=self.download, name="get_file", tags=tags,
                  access=tenant(Permission.CONVERSATIONS_READ_ASSIGNED), summary="Download a message's file",
                  produces="application/octet-stream"),
        ]  # fmt: skip
