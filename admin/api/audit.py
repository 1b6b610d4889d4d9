"""The audit log over REST: who did what, when and from where."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, Field

from hub.accounts.audit import AuditLog
from hub.accounts.permissions import Permission
from hub.core.ids import TenantId
from hub.http.access import PLATFORM, Call, tenant
from hub.http.model import View
from hub.http.pages import Page, PageQuery, decode_cursor, page_of
from hub.http.routes import Route
from hub.store.audit import AuditRow


class AuditQuery(PageQuery):
    actor: UUID | None = None
    """A person's id or a key's."""
    act: Annotated[str, Field(max_length=100)] | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class ActView(View):
    """One act."""

    id: UUID
    at: datetime
    actor_kind: str
    """person, key, operator, system, or nobody for an anonymous caller."""
    actor_id: UUID | None
    actor_name: str
    act: str
    """What was done: a name such as member.changed, or the operation's."""
    target: str | None
    """What it was done to."""
    details: dict[str, Any]
    address: str
    user_agent: str
    request_id: str


class AuditApi:
    """The routes of the audit log."""

    def __init__(self, *, log: AuditLog) -> None:
        self._log = log

    async def of_tenant(self, call: Call, query: AuditQuery) -> Page[ActView]:
        return await self._page(call.tenant_id, query)

    async def of_platform(self, query: AuditQuery) -> Page[ActView]:
        return await self._page(None, query)

    async def _page(self, tenant_id: TenantId | None, query: AuditQuery) -> Page[ActView]:
        rows = await self._log.page(
            tenant_id,
            query.limit + 1,
            decode_cursor(query.cursor),
            actor=query.actor,
            act=query.act,
            since=query.since,
            until=query.until,
        )
        return page_of(rows, query.limit, lambda row: (row.at, row.id), _view)

    def routes(self) -> list[Route]:
        """The routes of this file."""
        return [
            Route(method="GET", path="/api/v1/tenants/{tenant}/audit", handler=self.of_tenant, name="list_audit",
                  access=tenant(Permission.AUDIT_READ), summary="What was done in a tenant, the newest first",
                  tags=("people",)),
            Route(method="GET", path="/api/v1/audit", handler=self.of_platform, access=PLATFORM,
                  name="list_platform_audit", summary="What was done beyond tenants, the newest first",
                  tags=("people",)),
        ]  # fmt: skip


def _view(row: AuditRow) -> ActView:
    return ActView(
        id=row.id,
        at=row.at,
        actor_kind=row.actor_kind,
        actor_id=row.actor_id,
        actor_name=row.actor_name,
        act=row.act,
        target=row.target,
        details=row.details,
        address=row.address,
        user_agent=row.user_agent,
        request_id=row.request_id,
    )
