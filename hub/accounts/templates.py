"""A channel's templates: fetched from the platform, kept, and listed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.accounts.channels import ChannelDesk
from hub.core.channels import ListsTemplates
from hub.core.errors import Invalid
from hub.core.ids import ChannelId, TenantId
from hub.core.templates import template_to_json
from hub.store.session import Store
from hub.store.templates import TemplateRow


@dataclass(frozen=True, slots=True)
class Synced:
    """What a synchronisation changed."""

    total: int
    changed: int
    removed: int


class TemplateDesk:
    """What a tenant does with its channels' templates."""

    def __init__(self, *, store: Store, channels: ChannelDesk) -> None:
        self._store = store
        self._channels = channels

    async def sync(self, tenant: TenantId, channel: ChannelId) -> Synced:
        """Fetch the templates anew. Idempotent. Raises ``NotFound``, ``Invalid`` and ``Unavailable``."""
        row = await self._channels.get(tenant, channel)
        adapter = self._channels.adapter(row.kind)
        if not isinstance(adapter, ListsTemplates):
            raise Invalid("This kind of channel has no templates.", field="channel")
        told = await adapter.list_templates(self._channels.credentials(row))
        contents = {(t.name, t.language): template_to_json(t) for t in told}
        async with self._store.begin(tenant) as tx:
            changed, removed = await tx.templates.replace(channel, list(contents.values()))
        return Synced(len(contents), changed, removed)

    async def page(
        self, tenant: TenantId, channel: ChannelId, limit: int, after: tuple[datetime, UUID] | None = None
    ) -> list[TemplateRow]:
        """The templates kept, by age. Raises ``NotFound``."""
        await self._channels.get(tenant, channel)
        async with self._store.begin(tenant) as tx:
            return await tx.templates.page(channel, limit, after)
