"""Labels over REST."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from hub.accounts.permissions import Permission
from hub.core.errors import Conflict, NotFound
from hub.core.ids import uuid7
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.routes import Route
from hub.store.labels import LabelRow
from hub.store.session import Store

MOST_LABELS = 500
Name = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^\S(.*\S)?$", examples=["billing"])]
Color = Annotated[str, Field(pattern="^#[0-9a-f]{6}$", examples=["#0b7a75"])]


class NewLabel(Model):
    name: Name
    color: Color = "#16202b"


class LabelView(View):
    id: UUID
    name: str
    color: str
    created_at: datetime


class LabelList(View):
    items: list[LabelView]


class LabelsApi:
    """The routes of labels."""

    def __init__(self, *, store: Store) -> None:
        self._store = store

    async def all(self, call: Call) -> LabelList:
        async with self._store.begin(call.tenant_id) as tx:
            rows = await tx.labels.all()
        return LabelList(items=[_show(row) for row in rows])

    async def add(self, call: Call, body: NewLabel) -> LabelView:
        async with self._store.begin(call.tenant_id) as tx:
            if len(await tx.labels.all()) >= MOST_LABELS:
                raise Conflict(f"There may be {MOST_LABELS} labels. Remove one that is not used.")
            row = await tx.labels.add(uuid7(), body.name, body.color)
        if row is None:
            raise Conflict(f"There is a label '{body.name}' already.", field="name")
        return _show(row)

    async def change(self, call: Call, label: UUID, body: NewLabel) -> LabelView:
        async with self._store.begin(call.tenant_id) as tx:
            if await tx.labels.get(label) is None:
                raise NotFound("There is no such label.", field="label")
            row = await tx.labels.change(label, body.name, body.color)
        if row is None:
            raise Conflict(f"There is a label '{body.name}' already.", field="name")
        return _show(row)

    async def remove(self, call: Call, label: UUID) -> None:
        async with self._store.begin(call.tenant_id) as tx:
            if not await tx.labels.remove(label):
                raise NotFound("There is no such label.", field="label")

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base, tags = "/api/v1/tenants/{tenant}/labels", ("inbox",)
        reads, writes = tenant(Permission.CONVERSATIONS_READ_ASSIGNED), tenant(Permission.LABELS_MANAGE)
        return [
            Route(method="GET", path=base, handler=self.all, summary="Labels", name="list_labels", tags=tags,
                  access=reads),
            Route(method="POST", path=base, handler=self.add, summary="A new label", name="add_label", tags=tags,
                  access=writes, status=201, idempotent=True, problems=(409,)),
            Route(method="PUT", path=f"{base}/{{label}}", handler=self.change, summary="Change a label",
                  name="change_label", tags=tags, access=writes, problems=(409,)),
            Route(method="DELETE", path=f"{base}/{{label}}", handler=self.remove,
                  summary="Remove a label from everywhere", name="remove_label", tags=tags, access=writes),
        ]  # fmt: skip


def _show(row: LabelRow) -> LabelView:
    return LabelView(id=row.id, name=row.name, color=row.color, created_at=row.created_at)
