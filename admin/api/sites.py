"""How a site's bubble looks and speaks, over REST."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from admin.api.own_files import desk_prefix
from hub.accounts.channels import ChannelDesk
from hub.accounts.permissions import Permission
from hub.core.errors import Invalid, NotFound
from hub.core.ids import ChannelId, FileId, TenantId
from hub.http.access import Call, tenant
from hub.http.routes import Route
from hub.inbox.site_settings import LEGACY, Elsewhere, SiteSettings, read_site_settings
from hub.store.channels import ChannelRow
from hub.store.session import Store

CheckWays = Callable[[TenantId, Sequence[Elsewhere]], Awaitable[None]]
"""Raises ``Invalid`` for channels on which conversations cannot go on."""
_PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif")


class SitesApi:
    """The routes of a web chat's looks."""

    def __init__(self, *, desk: ChannelDesk, store: Store, check_ways: CheckWays | None = None) -> None:
        self._desk = desk
        self._store = store
        self._check_ways = check_ways

    async def get(self, call: Call, channel: UUID) -> SiteSettings:
        return read_site_settings((await self._site(call, channel)).settings)

    async def put(self, call: Call, channel: UUID, body: SiteSettings) -> SiteSettings:
        row = await self._site(call, channel)
        if body.avatar is not None:
            async with self._store.begin(call.tenant_id) as tx:
                picture = await tx.files.get(FileId(body.avatar))
            # The bubble shows it to everybody: what a customer sent is no picture for that.
            ours = picture is not None and picture.blob_key.startswith(desk_prefix(call.tenant_id))
            if picture is None or not ours or picture.mime not in _PICTURES:
                raise Invalid("Upload a picture (PNG, JPEG, WebP or GIF) to /files first.", field="avatar")
        if self._check_ways is not None:
            await self._check_ways(call.tenant_id, body.continue_on)
        given = body.model_dump(mode="json", exclude_defaults=True)
        rest = {k: v for k, v in row.settings.items() if k not in LEGACY}
        changed = await self._desk.change(call.tenant_id, ChannelId(channel), settings={**rest, "site": given})
        return read_site_settings(changed.settings)

    async def _site(self, call: Call, channel: UUID) -> ChannelRow:
        row = await self._desk.get(call.tenant_id, ChannelId(channel))
        if row.account:  # only the website's own chat has no account at a platform
            raise NotFound("This channel is no website's chat.", field="channel")
        return row

    def routes(self) -> list[Route]:
        """The routes of this file."""
        path, tags = "/api/v1/tenants/{tenant}/channels/{channel}/site", ("channels",)
        return [
            Route(method="GET", path=path, handler=self.get, access=tenant(Permission.CHANNELS_READ), tags=tags,
                  name="get_site", summary="How a site's bubble looks and speaks"),
            Route(method="PUT", path=path, handler=self.put, access=tenant(Permission.CHANNELS_WRITE), tags=tags,
                  name="set_site", summary="Set how a site's bubble looks and speaks",
                  description="Replaces all of it; what is left out goes back to its default."),
        ]  # fmt: skip
