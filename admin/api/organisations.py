"""Organisations over REST: who owns which tenants, and handing one over."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from admin.api.tenants import TenantView, show_tenant
from hub.accounts.organisations import OrganisationDesk
from hub.accounts.permissions import Permission
from hub.core.errors import Forbidden, NotFound
from hub.http.access import PLATFORM, Call, tenant
from hub.http.model import Model, View
from hub.http.pages import Page, PageQuery, decode_cursor, page_of
from hub.http.routes import Route
from hub.store.organisations import OrganisationRow


class NewOrganisation(Model):
    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S", examples=["Acme Group"])]


class OrganisationView(View):
    """Owns tenants."""

    id: UUID
    name: str
    created_at: datetime
    tenants: int
    """How many it owns."""


class HandOver(Model):
    """To whom, and what becomes of the people."""

    organisation_id: UUID | None
    """Null: to nobody."""
    keep_people: bool = False
    """Otherwise members, open invitations and API keys end: they were the former owner's."""
    confirm: Annotated[str, Field(max_length=63)]
    """The tenant's slug."""


class OrganisationsApi:
    """The routes of organisations."""

    def __init__(self, *, desk: OrganisationDesk) -> None:
        self._desk = desk

    async def page(self, query: PageQuery) -> Page[OrganisationView]:
        rows = await self._desk.page(query.limit + 1, decode_cursor(query.cursor))
        return page_of(rows, query.limit, lambda row: (row.created_at, row.id), _view)

    async def create(self, body: NewOrganisation) -> OrganisationView:
        return _view(await self._desk.add(body.name))

    async def hand_over(self, call: Call, body: HandOver) -> TenantView:
        if call.principal is None or not call.principal.operator:
            raise Forbidden("Only the operator hands a tenant to another organisation.")
        if call.tenant is None:
            raise NotFound("There is no such tenant.", field="tenant")
        row = await self._desk.hand_over(
            call.tenant, body.organisation_id, confirm=body.confirm, keep_people=body.keep_people, trace=call.trace
        )
        return show_tenant(row)

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base, tags = "/api/v1/organisations", ("tenants",)
        return [
            Route(method="GET", path=base, handler=self.page, access=PLATFORM, name="list_organisations",
                  summary="Organisations, which own tenants", tags=tags),
            Route(method="POST", path=base, handler=self.create, access=PLATFORM, name="create_organisation",
                  summary="Make an organisation", tags=tags, status=201, idempotent=True, problems=(409,)),
            Route(method="POST", path="/api/v1/tenants/{tenant}/hand-over", handler=self.hand_over,
                  name="hand_tenant_over", summary="Hand a tenant to another organisation", tags=tags, audit=False,
                  access=tenant(Permission.TENANT_TRANSFER, even_disabled=True), idempotent=True, problems=(409,),
                  description="Its data stay as they are. Unless `keep_people`, members, invitations and keys end."),
        ]  # fmt: skip


def _view(row: OrganisationRow) -> OrganisationView:
    return OrganisationView(id=row.id, name=row.name, created_at=row.created_at, tenants=row.tenants)
