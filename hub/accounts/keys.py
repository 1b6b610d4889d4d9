"""API keys: who holds one, making one, taking one back."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from hub.accounts.principals import Principal, PrincipalKind, Scope
from hub.accounts.recent import Recent
from hub.core.errors import Invalid, NotFound, Unauthenticated
from hub.core.ids import ApiKeyId, TenantId, uuid7
from hub.core.ports import Clock
from hub.security.tokens import hash_api_key, new_api_key, same_secret
from hub.store.directory import ApiKeyRow
from hub.store.session import Store

_FRESH_SECONDS = 1.0
_MOST_REMEMBERED = 5000


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A key just made. ``text`` is shown this once; the hub keeps only its hash."""

    row: ApiKeyRow
    text: str


class ApiKeys:
    """Authenticates bearer keys and manages them. A key taken back is refused everywhere within a second.

    ``platform_key`` is the operator's key from the environment, where one is set.
    """

    def __init__(self, *, store: Store, clock: Clock, platform_key: str | None = None) -> None:
        self._store = store
        self._clock = clock
        self._platform = None if platform_key is None else hashlib.sha256(platform_key.encode()).digest()
        self._recent: Recent[bytes, Principal] = Recent(seconds=_FRESH_SECONDS, size=_MOST_REMEMBERED)

    async def authenticate(self, key: str) -> Principal:
        """Whose key this is. Raises ``Unauthenticated``."""
        if self._platform is not None and same_secret(hashlib.sha256(key.encode()).digest(), self._platform):
            return Principal(PrincipalKind.PLATFORM, name="operator")
        hash_ = hash_api_key(key)
        known = self._recent.get(hash_)
        if known is not None:
            return known
        async with self._store.directory() as directory:
            row = await directory.key_by_hash(hash_)
        if row is None:
            raise Unauthenticated("Nobody issued this key, or it was taken back or has run out.")
        return self._recent.put(hash_, _principal(row))

    async def issue(
        self, tenant: TenantId | None, name: str, scopes: Sequence[Scope], expires_at: datetime | None = None
    ) -> IssuedKey:
        """A new key for a tenant, or for the operator where ``tenant`` is None. Raises ``Invalid``."""
        if expires_at is not None and expires_at <= self._clock.now():
            raise Invalid("This time is already past.", field="expires_at")
        new = new_api_key()
        async with self._store.directory() as directory:
            row = await directory.add_key(
                ApiKeyId(uuid7()), tenant, name, new.hash, new.last4, sorted({str(s) for s in scopes}), expires_at
            )
        return IssuedKey(row, new.text)

    async def page(
        self, tenant: TenantId | None, limit: int, after: tuple[datetime, UUID] | None = None
    ) -> list[ApiKeyRow]:
        """Keys by age."""
        async with self._store.directory() as directory:
            return await directory.keys(tenant, limit, after)

    async def revoke(self, tenant: TenantId | None, id: ApiKeyId) -> None:
        """Take a key back. Idempotent. Raises ``NotFound``."""
        async with self._store.directory() as directory:
            known = await directory.revoke_key(tenant, id)
        if not known:
            raise NotFound("There is no such key.")
        self._recent.clear()


def _principal(row: ApiKeyRow) -> Principal:
    kind = PrincipalKind.PLATFORM if row.tenant_id is None else PrincipalKind.TENANT
    return Principal(kind, frozenset(row.scopes), row.tenant_id, row.id, row.name)
