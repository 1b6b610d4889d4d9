"""Stored files: their names and where their bytes lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.core.ids import ConversationId, FileId, TenantId
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, run


@dataclass(frozen=True, slots=True)
class FileRow:
    """``blob_key`` names the bytes in the blob store; ``size`` is in bytes."""

    id: FileId
    tenant_id: TenantId
    blob_key: str
    name: str
    mime: str
    size: int
    sha256: bytes
    conversation_id: ConversationId | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class _BlobKey:
    blob_key: str


class Files:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def add(
        self,
        id: FileId,
        *,
        blob_key: str,
        name: str,
        mime: str,
        size: int,
        sha256: bytes,
        conversation: ConversationId | None = None,
    ) -> None:
        """Remember a stored file."""
        await run(
            self._connection,
            """insert into hub.file(id, tenant_id, blob_key, name, mime, size, sha256, conversation_id)
               values (:id, :t, :key, :name, :mime, :size, :sha256, :conversation)""",
            id=id,
            t=self.tenant,
            key=blob_key,
            name=name,
            mime=mime,
            size=size,
            sha256=sha256,
            conversation=conversation,
        )

    async def get(self, id: FileId) -> FileRow | None:
        return await fetch_one(self._connection, FileRow, "select * from hub.file where id = :id", id=id)

    async def remove_under(self, prefix: str) -> list[str]:
        """Forget the files whose blob keys begin with ``prefix``; the caller removes these blobs."""
        rows = await fetch_all(
            self._connection,
            _BlobKey,
            "delete from hub.file where tenant_id = :t and starts_with(blob_key, :prefix) returning blob_key",
            t=self.tenant,
            prefix=prefix,
        )
        return [row.blob_key for row in rows]

    async def remove_these(self, ids: Sequence[str], prefix: str) -> list[str]:
        """Forget those of the files whose blob keys begin with ``prefix``; the caller removes these blobs."""
        rows = await fetch_all(
            self._connection,
            _BlobKey,
            """delete from hub.file where tenant_id = :t and id::text = any(:ids__texts)
                  and starts_with(blob_key, :prefix) returning blob_key""",
            t=self.tenant,
            ids__texts=list(ids),
            prefix=prefix,
        )
        return [row.blob_key for row in rows]
