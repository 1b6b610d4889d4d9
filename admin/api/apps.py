"""Shared platform apps over REST: one app of a platform that many tenants' accounts use. Secrets are write-only."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from hub.accounts.apps import AppDesk
from hub.core.ids import AppId
from hub.http.access import PLATFORM, Call
from hub.http.model import Model, View
from hub.http.pages import Page, PageQuery, decode_cursor, page_of
from hub.http.routes import Route
from hub.store.cross import AppRow

Name = Annotated[str, Field(min_length=1, max_length=200, examples=["Our Slack app"])]
Credentials = Annotated[dict[str, Any], Field(max_length=50)]


class NewApp(Model):
    kind: Annotated[str, Field(min_length=1, max_length=50, examples=["slack"])]
    """whatsapp, messenger or slack."""
    name: Name
    credentials: Credentials
    """What the platform gave you; kept encrypted, never shown again."""


class AppChange(Model):
    """What is left out stays."""

    name: Name | None = None
    credentials: Credentials | None = None


class AppView(View):
    id: UUID
    kind: str
    name: str
    account: str
    webhook: str
    """Where the platform must send events."""
    created_at: datetime
    updated_at: datetime


class AppsApi:
    """The routes of shared apps."""

    def __init__(self, *, desk: AppDesk, public_url: str | None = None) -> None:
        self._desk = desk
        self._public_url = (public_url or "").rstrip("/")

    async def create(self, call: Call, body: NewApp) -> AppView:
        row = await self._desk.create(body.kind, body.name, body.credentials)
        call.headers["Location"] = f"/api/v1/apps/{row.id}"
        return self._view(row)

    async def page(self, query: PageQuery) -> Page[AppView]:
        after = decode_cursor(query.cursor)
        rows = [r for r in await self._desk.all() if after is None or (r.created_at, r.id) > after]
        return page_of(rows[: query.limit + 1], query.limit, lambda row: (row.created_at, row.id), self._view)

    async def get(self, app: UUID) -> AppView:
        return self._view(await self._desk.get(AppId(app)))

    async def change(self, app: UUID, body: AppChange) -> AppView:
        return self._view(await self._desk.change(AppId(app), name=body.name, credentials=body.credentials))

    async def remove(self, app: UUID) -> None:
        await self._desk.remove(AppId(app))

    def _view(self, row: AppRow) -> AppView:
        return AppView(
            id=row.id,
            kind=row.kind,
            name=row.name,
            account=row.account,
            webhook=f"{self._public_url}/webhooks/{row.kind}",
            created_at=row.created_at,
            updated_at=row.updated_at,
        )

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base, one, tags = "/api/v1/apps", "/api/v1/apps/{app}", ("apps",)
        return [
            Route(method="POST", path=base, handler=self.create, access=PLATFORM, name="create_app", status=201,
                  summary="Set a shared app up", tags=tags, idempotent=True, problems=(409,)),
            Route(method="GET", path=base, handler=self.page, access=PLATFORM, name="list_apps",
                  summary="Shared apps", tags=tags),
            Route(method="GET", path=one, handler=self.get, access=PLATFORM, name="get_app", summary="One app",
                  tags=tags),
            Route(method="PATCH", path=one, handler=self.change, access=PLATFORM, name="change_app",
                  summary="Change an app", tags=tags, problems=(409,)),
            Route(method="DELETE", path=one, handler=self.remove, access=PLATFORM, name="delete_app",
                  summary="Forget an app", tags=tags),
        ]  # fmt: skip
