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
    plan: str
    organisation_id: UUID | None
    """Who owns it."""
    hourly_limit: int | None
    """Calls an hour in place of the plan's own."""


class PlanView(View):
    """How often the API keys of a tenant may call, all together."""

    name: str
    calls_per_hour: int | None
    """Null: no limit."""
    overage: bool
    """Calls beyond are let through and counted; else they are refused and counted."""


class PlanList(View):
    items: list[PlanView]
    usual: str
    """The plan of a new tenant."""


class PlanChoice(Model):
    plan: Annotated[str, Field(max_length=40, examples=["paid"])]
    hourly_limit: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """This tenant's own number of calls an hour, in place of the plan's."""


class TenantDetail(TenantView):
    settings: dict[str, Any]


class TenantsApi:
    """The tenants' routes."""

    def __init__(self, *, desk: TenantDesk, accounts: ChannelAccounts, blobs: BlobStore) -> None:
        self._desk = desk
        self._accounts = accounts
        self._blobs = blobs

    async def create(self, call: Call, body: NewTenant) -> TenantDetail:
        row = await self._desk.create(
            body.slug, body.name, body.settings, by=call.principal.person_id if call.principal else None
        )
        call.headers["Location"] = f"/api/v1/tenants/{row.id}"
        return _detail(row, dict(body.settings))

    async def page(self, query: PageQuery) -> Page[TenantView]:
        rows = await self._desk.page(query.limit + 1, decode_cursor(query.cursor))
        return page_of(rows, query.limit, lambda row: (row.created_at, row.id), show_tenant)

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

    async def plans(self) -> PlanList:
        plans = self._desk.plans
        items = [PlanView(name=one.name, calls_per_hour=one.calls, overage=one.overage) for one in plans]
        return PlanList(items=items, usual=plans.usual)

    async def put_plan(self, call: Call, body: PlanChoice) -> TenantView:
        if call.principal is None or not call.principal.operator:
            raise Forbidden("Only the operator changes a tenant's plan.")
        return show_tenant(await self._desk.put_plan(call.tenant_id, body.plan, body.hourly_limit))

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
            Route(method="GET", path="/api/v1/plans", handler=self.plans, access=PLATFORM, name="list_plans",
                  summary="The plans that tenants can have", tags=tags),
            Route(method="PUT", path=f"{one}/plan", handler=self.put_plan, name="put_plan",
                  summary="Put a tenant on another plan", tags=tags,
                  access=tenant(Permission.TENANT_WRITE, even_disabled=True)),
            Route(method="DELETE", path=one, handler=self.remove, name="delete_tenant",
                  summary="Delete a tenant and everything it owns", tags=tags,
                  access=tenant(Permission.TENANT_WRITE, even_disabled=True)),
        ]  # fmt: skip


def show_tenant(row: TenantRow) -> TenantView:
    """A tenant as the API shows it."""
    return TenantView(**{name: getattr(row, name) for name in TenantView.model_fields})


def _detail(row: TenantRow, settings: dict[str, Any]) -> TenantDetail:
    return TenantDetail(**show_tenant(row).model_dump(), settings=settings)
