"""A tenant's own attributes of contacts and conversations: which there are, and what they may hold."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from hub.accounts.permissions import Permission
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.ids import uuid7
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.routes import Route
from hub.store.attributes import AttributeRow
from hub.store.session import Store

MOST_ATTRIBUTES = 200
Value = str | float | bool
Name = Annotated[str, Field(min_length=1, max_length=80)]
Options = Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=200)]


class AttributeChange(Model):
    name: Name
    options: Options = Field(default_factory=list)
    """What a list may hold."""


class NewAttribute(AttributeChange):
    target: Literal["contact", "conversation"]
    key: Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,59}$", examples=["order_number"])]
    type: Literal["text", "number", "boolean", "date", "link", "list"]


class AttributeView(View):
    id: UUID
    target: str
    key: str
    name: str
    type: str
    options: list[str]
    created_at: datetime


class AttributeList(View):
    items: list[AttributeView]


class AttributesApi:
    """The routes of attribute definitions."""

    def __init__(self, *, store: Store) -> None:
        self._store = store

    async def all(self, call: Call) -> AttributeList:
        async with self._store.begin(call.tenant_id) as tx:
            rows = await tx.attributes.all()
        return AttributeList(items=[_show(row) for row in rows])

    async def add(self, call: Call, body: NewAttribute) -> AttributeView:
        if (body.type == "list") != bool(body.options):
            raise Invalid("A list needs its options, and nothing else has any.", field="options")
        async with self._store.begin(call.tenant_id) as tx:
            if len(await tx.attributes.all()) >= MOST_ATTRIBUTES:
                raise Conflict(f"There may be {MOST_ATTRIBUTES} attributes.")
            row = await tx.attributes.add(uuid7(), body.target, body.key, body.name, body.type, body.options)
        if row is None:
            raise Conflict(f"There is an attribute '{body.key}' already.", field="key")
        return _show(row)

    async def change(self, call: Call, attribute: UUID, body: AttributeChange) -> AttributeView:
        async with self._store.begin(call.tenant_id) as tx:
            row = await tx.attributes.change(attribute, body.name, body.options)
        if row is None:
            raise NotFound("There is no such attribute.", field="attribute")
        return _show(row)

    async def remove(self, call: Call, attribute: UUID) -> None:
        async with self._store.begin(call.tenant_id) as tx:
            if not await tx.attributes.remove(attribute):
                raise NotFound("There is no such attribute.", field="attribute")

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base, tags = "/api/v1/tenants/{tenant}/attributes", ("inbox",)
        reads, writes = tenant(Permission.CONVERSATIONS_READ_ASSIGNED), tenant(Permission.ATTRIBUTES_MANAGE)
        return [
            Route(method="GET", path=base, handler=self.all, summary="The tenant's own attributes",
                  name="list_attributes", tags=tags, access=reads),
            Route(method="POST", path=base, handler=self.add, summary="A new attribute", name="add_attribute",
                  tags=tags, access=writes, status=201, idempotent=True, problems=(409,)),
            Route(method="PUT", path=f"{base}/{{attribute}}", handler=self.change, summary="Change an attribute",
                  name="change_attribute", tags=tags, access=writes),
            Route(method="DELETE", path=f"{base}/{{attribute}}", handler=self.remove,
                  summary="Remove an attribute", name="remove_attribute", tags=tags, access=writes),
        ]  # fmt: skip


def checked_values(
    given: Mapping[str, Value | None], defined: Sequence[AttributeRow], held: Mapping[str, Any]
) -> dict[str, Any]:
    """What is held, with the given values put in and nulls taken away. Raises ``Invalid`` naming the key."""
    known = {row.key: row for row in defined}
    values = dict(held)
    for key, value in given.items():
        at = f"attributes.{key}"
        if value is None:
            values.pop(key, None)
            continue
        if key not in known:
            raise Invalid("There is no such attribute. Define it first.", field=at)
        wrong = _wrong(value, known[key])
        if wrong is not None:
            raise Invalid(wrong, field=at)
        values[key] = value
    return values


def _wrong(value: Value, row: AttributeRow) -> str | None:
    match row.type:
        case "number":
            fits = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
            return None if fits else "A number is needed here."
        case "boolean":
            return None if isinstance(value, bool) else "This is true or false."
    if not isinstance(value, str) or len(value) > 2_000:
        return "Text of at most 2000 characters is needed here."
    match row.type:
        case "date":
            try:
                date.fromisoformat(value)
            except ValueError:
                return "A date is needed here, such as 2026-11-21."
        case "link":
            if not value.lower().startswith(("https://", "http://")):
                return "A web address is needed here, such as https://example.com/page."
        case "list":
            if value not in row.options:
                return f"This must be one of {', '.join(row.options)}."
    return None


def _show(row: AttributeRow) -> AttributeView:
    return AttributeView(
        id=row.id,
        target=row.target,
        key=row.key,
        name=row.name,
        type=row.type,
        options=row.options,
        created_at=row.created_at,
    )
