"""Media: customers' files are fetched by a job of their own, capped, sniffed and stored; the message never waits."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import structlog

from hub.accounts.credentials import ChannelAccounts, OpenChannel
from hub.core.channels import Channel, FetchesMedia, OpenFile
from hub.core.errors import HubError, NotFound, TooLarge
from hub.core.ids import ChannelKind, FileId, MessageId, TenantId, uuid7
from hub.core.messages import Media, Part, part_from_json
from hub.core.ports import Announcer, BlobStore
from hub.files.keys import new_key
from hub.files.sniff import sniff
from hub.store.messages import MessageRow
from hub.store.session import Store

log = structlog.get_logger(__name__)

MAX_BYTES = 25 * 1024 * 1024


class MediaFetcher:
    """Fetches the files of one message. Idempotent: what is stored already is not fetched again."""

    def __init__(
        self,
        *,
        store: Store,
        blobs: BlobStore,
        accounts: ChannelAccounts,
        channels: Callable[[ChannelKind], Channel],
        announcer: Announcer,
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._accounts = accounts
        self._channels = channels
        self._announcer = announcer

    async def run(self, tenant: TenantId, message: MessageId, *, last_try: bool) -> None:
        """Fetch each part's file; one that cannot be had is marked in words, and the message stays.

        Raises what the platform's passing trouble raised, unless this is the ``last_try``.
        """
        async with self._store.begin(tenant) as tx:
            row = await tx.messages.get(message)
            conversation = await tx.conversations.get(row.conversation_id) if row else None
        if row is None or conversation is None:
            return
        account = await self._accounts.by_id(conversation.channel_id)
        if account is None:
            return
        channel = self._channels(account.kind)
        parts = [
            await self._fetched(tenant, row, part, channel, account, last_try)
            for part in map(part_from_json, row.parts)
        ]
        async with self._store.begin(tenant) as tx:
            await tx.messages.set_parts(message, parts)
        await self._announcer.announce(tenant, row.conversation_id, row.seq)

    async def _fetched(
        self, tenant: TenantId, row: MessageRow, part: Part, channel: Channel, account: OpenChannel, last_try: bool
    ) -> Part:
        if not isinstance(part, Media) or part.file_id or not part.ref:
            return part
        if not isinstance(channel, FetchesMedia):
            return replace(part, error="This channel's files cannot be fetched.")
        try:
            return await self._store_file(tenant, row, part, channel, account)
        except HubError as error:
            if error.status >= 500 and not last_try:
                raise
            log.info("media.not_fetched", message_id=str(row.id), code=error.code)
            return replace(part, error=str(error))

    async def _store_file(
        self, tenant: TenantId, row: MessageRow, part: Media, channel: FetchesMedia, account: OpenChannel
    ) -> Media:
        fetched = await channel.fetch_media(account.credentials, part)
        data = bytearray()
        async for chunk in fetched.chunks:
            data += chunk
            if len(data) > MAX_BYTES:
                raise TooLarge(f"The file is larger than {MAX_BYTES // 1024 // 1024} MB and was not kept.")
        content = bytes(data)
        name = part.name or fetched.name or part.kind
        mime = sniff(content, name=name)
        file = FileId(uuid7())
        key = new_key(tenant, "media")
        await self._blobs.put(key, content)
        async with self._store.begin(tenant) as tx:
            await tx.files.add(
                file,
                blob_key=key,
                name=name,
                mime=mime,
                size=len(content),
                sha256=hashlib.sha256(content).digest(),
                conversation=row.conversation_id,
            )
        return replace(part, file_id=str(file), mime=mime, size=len(content), name=name, error=None)


def file_opener(store: Store, blobs: BlobStore) -> Callable[[TenantId], OpenFile]:
    """Opens a tenant's stored files for channels that upload. Raises ``NotFound`` for another tenant's."""

    def for_tenant(tenant: TenantId) -> OpenFile:
        async def open_file(file_id: str) -> bytes:
            async with store.begin(tenant) as tx:
                row = await tx.files.get(FileId(UUID(file_id)))
            if row is None:
                raise NotFound("There is no such file.", field="file_id")
            return await blobs.get(row.blob_key)

        return open_file

    return for_tenant
