"""Templates of a channel over REST: list them, and fetch them anew from the platform."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from hub.accounts.permissions import Permission
from hub.accounts.templates import TemplateDesk
from hub.core.ids import ChannelId
from hub.core.templates import ApprovedTemplate, SlotPlace, template_from_json
from hub.http.access import Call, tenant
from hub.http.model import View
from hub.http.pages import Page, PageQuery, decode_cursor, page_of
from hub.http.routes import Route
from hub.store.templates import TemplateRow


class SlotView(View):
    """One value the template takes."""

    place: SlotPlace
    name: str
    """The placeholder's number or name; the button's index."""
    kind: str
    """text; image, video, document or location in a header; url or code on a button."""
    example: str | None


class TemplateView(View):
    name: str
    language: str
    status: str
    """approved, pending, rejected, paused, disabled ...; only approved ones can be sent."""
    category: str
    text: str
    header: str | None
    footer: str | None
    buttons: list[str]
    slots: list[SlotView]
    """The values it takes; `values` of a template part holds them."""


class KeptTemplateView(TemplateView):
    synced_at: datetime
    """When the platform last told of a change."""


class SyncedView(View):
    total: int
    changed: int
    removed: int


class TemplatesApi:
    """The templates' routes."""

    def __init__(self, *, desk: TemplateDesk) -> None:
        self._desk = desk

    async def page(self, call: Call, channel: UUID, query: PageQuery) -> Page[KeptTemplateView]:
        after = decode_cursor(query.cursor)
        rows = await self._desk.page(call.tenant_id, ChannelId(channel), query.limit + 1, after)
        return page_of(rows, query.limit, lambda row: (row.created_at, row.id), _kept)

    async def sync(self, call: Call, channel: UUID) -> SyncedView:
        told = await self._desk.sync(call.tenant_id, ChannelId(channel))
        return SyncedView(total=told.total, changed=told.changed, removed=told.removed)

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base, tags = "/api/v1/tenants/{tenant}/channels/{channel}/templates", ("channels",)
        return [
            Route(method="GET", path=base, handler=self.page, access=tenant(Permission.CHANNELS_READ),
                  name="list_templates", summary="A channel's templates, as last fetched", tags=tags),
            Route(method="POST", path=f"{base}/sync", handler=self.sync, access=tenant(Permission.CHANNELS_WRITE),
                  name="sync_templates", summary="Fetch a channel's templates from its platform", tags=tags,
                  idempotent=True),
        ]  # fmt: skip


def show_template(template: ApprovedTemplate) -> TemplateView:
    """A template as the API shows it."""
    return TemplateView(**_fields(template))


def _kept(row: TemplateRow) -> KeptTemplateView:
    return KeptTemplateView(**_fields(template_from_json(row.content)), synced_at=row.synced_at)


def _fields(template: ApprovedTemplate) -> dict[str, object]:
    slots = [SlotView(place=s.place, name=s.name, kind=s.kind, example=s.example) for s in template.slots]
    return {
        "name": template.name,
        "language": template.language,
        "status": template.status,
        "category": template.category,
        "text": template.text,
        "header": template.header,
        "footer": template.footer,
        "buttons": list(template.buttons),
        "slots": slots,
    }
