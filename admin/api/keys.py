"""API keys over REST: a key's text is shown once, when it is made."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field

from hub.accounts.keys import ApiKeys
from hub.accounts.permissions import Permission, Scope, of_key
from hub.core.errors import Forbidden, Invalid, NotFound
from hub.core.ids import ApiKeyId
from hub.core.ports import Clock
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.pages import Page, PageQuery, decode_cursor, page_of
from hub.http.routes import Route
from hub.store.directory import ApiKeyRow
from hub.store.session import Store


class NewKey(Model):
    name: Annotated[str, Field(min_length=1, max_length=200, examples=["Web shop"])]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=20, examples=[["chat"]])]
    expires_at: AwareDatetime | None = None


class KeyView(View):
    id: UUID
    name: str
    last4: str
    """The key's last four characters."""
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class IssuedKeyView(KeyView):
    key: str
    """The key itself. It is shown this once."""


class KeysApi:
    """The routes of a tenant's keys."""

    def __init__(self, *, keys: ApiKeys, store: Store, clock: Clock) -> None:
        self._keys = keys
        self._store = store
        self._clock = clock

    async def create(self, call: Call, body: NewKey) -> IssuedKeyView:
        if body.expires_at is not None and body.expires_at <= self._clock.now():
            raise Invalid("This time is already past.", field="expires_at")
        who = call.principal
        if who is None or not (who.operator or of_key(body.scopes) <= who.permissions):
            raise Forbidden("One can give away only what one may do oneself.", field="scopes")
        scopes = sorted({scope.value for scope in body.scopes})
        issued = await self._keys.issue(call.tenant_id, body.name, scopes, body.expires_at)
        return IssuedKeyView(**_view(issued.row).model_dump(), key=issued.text)

    async def page(self, call: Call, query: PageQuery) -> Page[KeyView]:
        async with self._store.directory() as directory:
            rows = await directory.keys(call.tenant_id, query.limit + 1, decode_cursor(query.cursor))
        return page_of(rows, query.limit, lambda row: (row.created_at, row.id), _view)

    async def revoke(self, call: Call, key: UUID) -> None:
        async with self._store.directory() as directory:
            if not await directory.revoke_key(call.tenant_id, ApiKeyId(key)):
                raise NotFound("There is no such key.", field="key")

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base, access, tags = "/api/v1/tenants/{tenant}/api-keys", tenant(Permission.KEYS_WRITE), ("people",)
        return [
            Route(method="POST", path=base, handler=self.create, access=access, name="create_api_key", status=201,
                  summary="Make a key", tags=tags, idempotent=True),
            Route(method="GET", path=base, handler=self.page, access=access, name="list_api_keys",
                  summary="A tenant's keys", tags=tags),
            Route(method="DELETE", path=f"{base}/{{key}}", handler=self.revoke, access=access, name="revoke_api_key",
                  summary="Take a key back", tags=tags),
        ]  # fmt: skip


def _view(row: ApiKeyRow) -> KeyView:
    return KeyView(
        id=row.id,
        name=row.name,
        last4=row.last4,
        scopes=list(row.scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )
