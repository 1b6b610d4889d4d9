"""Saved views over REST: filters with a name, a colleague's own or shared."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, cast
from uuid import UUID

from pydantic import Field

from admin.api.actors import me
from admin.api.conversation_lists import Sort
from admin.api.filter_trees import Tree, read_tree
from hub.accounts.permissions import Permission
from hub.core.errors import Conflict, NotFound
from hub.core.ids import uuid7
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.routes import Route
from hub.store.saved_views import SavedViewRow
from hub.store.session import Store, Tx

MOST_VIEWS = 200


class NewView(Model):
    """A filter with a name. `shared` views are every colleague's."""

    name: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^\S(.*\S)?$", examples=["Angry and waiting"])]
    filter: Tree
    sort: Sort = "newest"
    shared: bool = False


class SavedView(View):
    id: UUID
    name: str
    filter: dict[str, object]
    sort: Sort
    shared: bool
    created_at: datetime
    updated_at: datetime


class SavedViewList(View):
    items: list[SavedView]


class SavedViewsApi:
    """The routes of saved views."""

    def __init__(self, *, store: Store) -> None:
        self._store = store

    async def all(self, call: Call) -> SavedViewList:
        async with self._store.begin(call.tenant_id) as tx:
            rows = await tx.saved_views.visible_to(me(call))
        return SavedViewList(items=[_show(row) for row in rows])

    async def add(self, call: Call, body: NewView) -> SavedView:
        read_tree(body.filter)
        async with self._store.begin(call.tenant_id) as tx:
            if len(await tx.saved_views.visible_to(me(call))) >= MOST_VIEWS:
                raise Conflict(f"There may be {MOST_VIEWS} views. Remove one that is not used.")
            row = await tx.saved_views.add(uuid7(), _owner(call, body), body.name, body.filter, body.sort)
        return _show(_found(row, body))

    async def change(self, call: Call, view: UUID, body: NewView) -> SavedView:
        read_tree(body.filter)
        async with self._store.begin(call.tenant_id) as tx:
            await _mine(tx, view, call)
            row = await tx.saved_views.change(view, _owner(call, body), body.name, body.filter, body.sort)
        return _show(_found(row, body))

    async def remove(self, call: Call, view: UUID) -> None:
        async with self._store.begin(call.tenant_id) as tx:
            await _mine(tx, view, call)
            await tx.saved_views.remove(view)

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base, tags = "/api/v1/tenants/{tenant}/views", ("inbox",)
        reads = writes = tenant(Permission.CONVERSATIONS_READ_ASSIGNED)
        return [
            Route(method="GET", path=base, handler=self.all, summary="Saved views", name="list_views", tags=tags,
                  access=reads),
            Route(method="POST", path=base, handler=self.add, summary="Save a view", name="add_view", tags=tags,
                  access=writes, status=201, idempotent=True, problems=(409,)),
            Route(method="PUT", path=f"{base}/{{view}}", handler=self.change, summary="Change a view",
                  name="change_view", tags=tags, access=writes, problems=(409,)),
            Route(method="DELETE", path=f"{base}/{{view}}", handler=self.remove, summary="Remove a view",
                  name="remove_view", tags=tags, access=writes),
        ]  # fmt: skip


def _owner(call: Call, body: NewView) -> str | None:
    if body.shared:
        call.need(Permission.VIEWS_SHARE)
        return None
    return me(call)


async def _mine(tx: Tx, view: UUID, call: Call) -> None:
    """Raise unless the view is there and the caller's to change."""
    row = await tx.saved_views.get(view, me(call))
    if row is None:
        raise NotFound("There is no such view.", field="view")
    if row.owner is None:
        call.need(Permission.VIEWS_SHARE)


def _found(row: SavedViewRow | None, body: NewView) -> SavedViewRow:
    if row is None:
        raise Conflict(f"There is a view '{body.name}' already.", field="name")
    return row


def _show(row: SavedViewRow) -> SavedView:
    return SavedView(
        id=row.id,
        name=row.name,
        filter=row.filter,
        sort=cast("Sort", row.sort),
        shared=row.owner is None,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
