"""Tenants over REST: the operator makes and switches them, a tenant's key reads and sets its own."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from hub.accounts.credentials import ChannelAccounts
from hub.accounts.permissions import Permission
from hub.accounts.tenants import TenantDesk
from hub.core.errors import Forbidden
from hub.core.ports import BlobStore
from hub.http.access import PLATFORM, Call, tenant
from hub.http.model import Model, View
from hub.http.pages import Page, PageQuery, decode_cursor, page_of
from hub.http.routes import Route
from hub.store.directory import TenantRow

Slug = Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$", examples=["acme"])]
Name = Annotated[str, Field(min_length=1, max_length=200, examples=["Acme Ltd"])]
TenantSettings = Annotated[dict[str, Any], Field(max_length=200)]


class NewTenant(Model):
    slug: Slug
    """Short name for addresses and commands. It stays."""
    name: Name
    settings: TenantSettings = Field(default_factory=dict)


class TenantChange(Model):
    """What is left out stays."""

    name: Name | None = None
    enabled: bool | None = None
    """Only the operator switches a tenant on or off."""
    weight: Annotated[int, Field(ge=1, le=100)] | None = None
    """How many places it has in a round of work where another tenant has one. Only the operator changes it."""
    settings: TenantSettings | None = None
    """Replaces all settings."""


class TenantView(View):
    id: UUID
    slug: str
    name: str
    enabled: bool
    weight: int
    created_at: datetime


class TenantDetail(TenantView):
    settings: dict[str, Any]


class TenantsApi:
    """The tenants' routes."""

    def __init__(self, *, desk: TenantDesk, accounts: ChannelAccounts, blobs: BlobStore) -> None:
        self._desk = desk
        self._accounts = accounts
        self._blobs = blobs

    async def create(self, call: Call, body: NewTenant) -> TenantDetail:
        row = await self._desk.create(body.slug, body.name, body.settings)
        call.headers["Location"] = f"/api/v1/tenants/{row.id}"
        return _detail(row, dict(body.settings))

    async def page(self, query: PageQuery) -> Page[TenantView]:
        rows = await self._desk.page(query.limit + 1, decode_cursor(query.cursor))
        return page_of(rows, query.limit, lambda row: (row.created_at, row.id), _view)

    async def get(self, call: Call) -> TenantDetail:
        return _detail(await self._desk.get(call.tenant_id), await self._desk.settings(call.tenant_id))

    async def change(self, call: Call, body: TenantChange) -> TenantDetail:
        operator = call.principal is not None and call.principal.operator
        if body.enabled is not None and not operator:
            raise Forbidden("Only the operator switches a tenant on or off.", field="enabled")
        if body.weight is not None and not operator:
            raise Forbidden("Only the operator changes a tenant's weight.", field="weight")
        row = await self._desk.change(call.tenant_id, name=body.name, enabled=body.enabled, weight=body.weight)
        if body.settings is not None:
            await self._desk.put_settings(call.tenant_id, body.settings)
        self._accounts.forget()
        return _detail(row, await self._desk.settings(call.tenant_id))

    async def remove(self, call: Call) -> None:
        if call.principal is None or not call.principal.operator:
            raise Forbidden("Only the operator deletes a tenant.")
        # Files first: if the store refuses, the tenant is still there, and asking again finishes it.
        await self._blobs.delete_under(str(call.tenant_id))
        await self._desk.remove(call.tenant_id)
        self._accounts.forget()

    def routes(self) -> list[Route]:
        """The routes of this file."""
        tags = ("tenants",)
        base, one = "/api/v1/tenants", "/api/v1/tenants/{tenant}"
        return [
            Route(method="POST", path=base, handler=self.create, access=PLATFORM, name="create_tenant", status=201,
                  summary="Make a tenant", tags=tags, idempotent=True, problems=(409,)),
            Route(method="GET", path=base, handler=self.page, access=PLATFORM, name="list_tenants",
                  summary="All tenants", tags=tags),
            Route(method="GET", path=one, handler=self.get, name="get_tenant", summary="One tenant", tags=tags,
                  access=tenant(Permission.TENANT_READ, even_disabled=True)),
            Route(method="PATCH", path=one, handler=self.change, name="change_tenant", summary="Change a tenant",
                  tags=tags, access=tenant(Permission.TENANT_WRITE, even_disabled=True)),
            Route(method="DELETE", path=one, handler=self.remove, name="delete_tenant",
                  summary="Delete a tenant and everything it owns", tags=tags,
                  access=tenant(Permission.TENANT_WRITE, even_disabled=True)),
        ]  # fmt: skip


def _view(row: TenantRow) -> TenantView:
    return TenantView(
        id=row.id, slug=row.slug, name=row.name, enabled=row.enabled, weight=row.weight, created_at=row.created_at
    )


def _detail(row: TenantRow, settings: dict[str, Any]) -> TenantDetail:
    return TenantDetail(**_view(row).model_dump(), settings=settings)
