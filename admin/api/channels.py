"""Channels over REST. Credentials go in and never come out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from hub.accounts.channels import ChannelDesk
from hub.accounts.permissions import Permission
from hub.core.channels import Capabilities, ChecksCredentials, RegistersWebhook
from hub.core.errors import Invalid
from hub.core.ids import ChannelId
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.pages import Page, PageQuery, decode_cursor, page_of
from hub.http.routes import Route
from hub.store.channels import ChannelRow

Credentials = Annotated[dict[str, Any], Field(max_length=50, examples=[{"allowed_origins": ["https://shop.example"]}])]
Settings = Annotated[dict[str, Any], Field(max_length=200)]
Name = Annotated[str, Field(min_length=1, max_length=200, examples=["Website"])]


class NewChannel(Model):
    kind: Annotated[str, Field(min_length=1, max_length=50, examples=["webchat"])]
    """whatsapp, messenger, slack, telegram or webchat."""
    name: Name
    credentials: Credentials
    """What the platform gave you; kept encrypted, never shown again."""
    settings: Settings = Field(default_factory=dict)


class ChannelChange(Model):
    """What is left out stays."""

    name: Name | None = None
    enabled: bool | None = None
    credentials: Credentials | None = None
    """Replaces all credentials."""
    settings: Settings | None = None


class ChannelView(View):
    id: UUID
    kind: str
    name: str
    account: str | None
    """What the platform calls the account."""
    enabled: bool
    settings: dict[str, Any]
    webhook: str | None
    """Where the platform must send events."""
    site_key: str | None
    """Web chat: what the page's script tag names."""
    created_at: datetime
    updated_at: datetime


class CheckLine(View):
    name: str
    ok: bool
    text: str
    """What was found, and how to mend it."""


class CheckResult(View):
    ok: bool
    checks: list[CheckLine]


class MediaLimitView(View):
    max_bytes: int
    mimes: list[str]


class CapabilitiesView(View):
    """What the channel can show."""

    dialect: str
    text_limit: int
    text_unit: str
    caption_limit: int
    buttons: int
    button_title: int
    list_rows: int
    media: dict[str, MediaLimitView]
    edit: bool
    delete: bool
    react: bool
    receipts: bool
    typing: bool
    stream: str
    threads: bool
    reply_window_hours: int | None
    templates: bool
    """Whether messages that the platform approved beforehand can be sent at any time."""


class ChannelsApi:
    """The channels' routes."""

    def __init__(self, *, desk: ChannelDesk, public_url: str | None = None) -> None:
        self._desk = desk
        self._public_url = (public_url or "").rstrip("/")

    async def create(self, call: Call, body: NewChannel) -> ChannelView:
        row = await self._desk.create(call.tenant_id, body.kind, body.name, body.credentials, body.settings)
        call.headers["Location"] = f"/api/v1/tenants/{call.tenant_id}/channels/{row.id}"
        return self._view(row)

    async def page(self, call: Call, query: PageQuery) -> Page[ChannelView]:
        rows = await self._desk.page(call.tenant_id, query.limit + 1, decode_cursor(query.cursor))
        return page_of(rows, query.limit, lambda row: (row.created_at, row.id), self._view)

    async def get(self, call: Call, channel: UUID) -> ChannelView:
        return self._view(await self._desk.get(call.tenant_id, ChannelId(channel)))

    async def change(self, call: Call, channel: UUID, body: ChannelChange) -> ChannelView:
        row = await self._desk.change(
            call.tenant_id,
            ChannelId(channel),
            name=body.name,
            enabled=body.enabled,
            credentials=body.credentials,
            settings=body.settings,
        )
        return self._view(row)

    async def remove(self, call: Call, channel: UUID) -> None:
        await self._desk.remove(call.tenant_id, ChannelId(channel))

    async def check(self, call: Call, channel: UUID) -> CheckResult:
        row = await self._desk.get(call.tenant_id, ChannelId(channel))
        adapter = self._desk.adapter(row.kind)
        if not isinstance(adapter, ChecksCredentials):
            text = "This kind of channel has nothing to ask a platform about."
            return CheckResult(ok=True, checks=[CheckLine(name="credentials", ok=True, text=text)])
        lines = [CheckLine(name=c.name, ok=c.ok, text=c.text) for c in await adapter.check(self._desk.credentials(row))]
        return CheckResult(ok=all(line.ok for line in lines), checks=lines)

    async def register(self, call: Call, channel: UUID) -> CheckResult:
        row = await self._desk.get(call.tenant_id, ChannelId(channel))
        adapter = self._desk.adapter(row.kind)
        if not isinstance(adapter, RegistersWebhook):
            text = "This platform is told by hand: copy the webhook address into its settings."
            return CheckResult(ok=True, checks=[CheckLine(name="webhook", ok=True, text=text)])
        try:
            await adapter.register_webhook(self._desk.credentials(row), self._webhook(row))
        except Invalid as error:
            return CheckResult(ok=False, checks=[CheckLine(name="webhook", ok=False, text=str(error))])
        text = "The platform sends its events here now."
        return CheckResult(ok=True, checks=[CheckLine(name="webhook", ok=True, text=text)])

    async def capabilities(self, call: Call, channel: UUID) -> CapabilitiesView:
        row = await self._desk.get(call.tenant_id, ChannelId(channel))
        return show_capabilities(self._desk.adapter(row.kind).capabilities)

    def _view(self, row: ChannelRow) -> ChannelView:
        # Only the website's own chat has no account at a platform, and no platform that calls.
        web = not row.account
        return ChannelView(
            id=row.id,
            kind=row.kind,
            name=row.name,
            account=row.account or None,
            enabled=row.enabled,
            settings=row.settings,
            webhook=None if web else self._webhook(row),
            site_key=str(row.id) if web else None,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )

    def _webhook(self, row: ChannelRow) -> str:
        return f"{self._public_url}/webhooks/{row.kind}/{row.id}"

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base = "/api/v1/tenants/{tenant}/channels"
        one = f"{base}/{{channel}}"
        reads, writes = tenant(Permission.CHANNELS_READ), tenant(Permission.CHANNELS_WRITE)

        def route(method: str, path: str, handler: Any, summary: str, name: str, **more: Any) -> Route:
            return Route(method=method, path=path, handler=handler, summary=summary, name=name,
                         **{"tags": ("channels",), "access": reads, **more})  # fmt: skip

        return [
            route("POST", base, self.create, "Connect a channel", "create_channel", access=writes, status=201,
                  idempotent=True, problems=(409,)),
            route("GET", base, self.page, "A tenant's channels", "list_channels"),
            route("GET", one, self.get, "One channel", "get_channel"),
            route("PATCH", one, self.change, "Change a channel", "change_channel", access=writes, problems=(409,)),
            route("DELETE", one, self.remove, "Delete a channel with its conversations", "delete_channel",
                  access=writes),
            route("POST", f"{one}/check", self.check, "Ask the platform whether all is well", "check_channel",
                  access=writes),
            route("POST", f"{one}/register", self.register, "Tell the platform where to send", "register_channel",
                  access=writes, idempotent=True,
                  description="Where the platform lets itself be told. The others are told by hand."),
            route("GET", f"{one}/capabilities", self.capabilities, "What a channel can show",
                  "get_channel_capabilities"),
        ]  # fmt: skip


def show_capabilities(has: Capabilities) -> CapabilitiesView:
    """A channel's abilities as the API shows them."""
    return CapabilitiesView(
        dialect=has.dialect.value,
        text_limit=has.text_limit,
        text_unit=has.text_unit.value,
        caption_limit=has.caption_limit,
        buttons=has.buttons,
        button_title=has.button_title,
        list_rows=has.list_rows,
        media={kind: MediaLimitView(max_bytes=m.max_bytes, mimes=list(m.mimes)) for kind, m in has.media.items()},
        edit=has.edit,
        delete=has.delete,
        react=has.react,
        receipts=has.receipts,
        typing=has.typing,
        stream=has.stream.value,
        threads=has.threads,
        reply_window_hours=has.reply_window_hours,
        templates=has.templates,
    )
