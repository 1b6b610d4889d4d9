"""API keys: issued once in the clear, kept as hashes, looked up at each request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.accounts.permissions import Scope, of_key
from hub.accounts.principals import Principal, PrincipalKind, Tenant
from hub.core.errors import Invalid, Unauthenticated
from hub.core.ids import ApiKeyId, TenantId, uuid7
from hub.security.tokens import hash_api_key, new_api_key, same_secret
from hub.store.directory import ApiKeyRow, TenantRow
from hub.store.session import Store


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key. ``text`` is shown this once."""

    row: ApiKeyRow
    text: str


class ApiKeys:
    """Issues keys and finds their holders: the ``Authenticator`` of the deployment."""

    def __init__(self, *, store: Store, admin_key: str | None) -> None:
        self._store = store
        self._admin_key = admin_key

    async def issue(
        self, tenant: TenantId | None, name: str, scopes: Sequence[str], expires_at: datetime | None = None
    ) -> IssuedKey:
        """Make a key (for the platform where ``tenant`` is None). Raises ``Invalid`` for a scope there is not."""
        known = [s.value for s in Scope]
        unknown = [s for s in scopes if s not in known]
        if unknown:
            raise Invalid(f"There is no scope '{unknown[0]}'. Scopes are {', '.join(known)}.", field="scopes")
        new = new_api_key()
        async with self._store.directory() as directory:
            row = await directory.add_key(
                ApiKeyId(uuid7()), tenant, name, new.hash, new.last4, list(scopes), expires_at
            )
        return IssuedKey(row, new.text)

    async def authenticate(self, key: str) -> Principal:
        """Who holds this key. Raises ``Unauthenticated`` when nobody does, or it was revoked or has expired."""
        if self._admin_key and same_secret(key, self._admin_key):
            return Principal(PrincipalKind.PLATFORM, name="platform")
        async with self._store.directory() as directory:
            row = await directory.key_by_hash(hash_api_key(key))
        if row is None:
            raise Unauthenticated("This API key does not exist, has expired or was revoked.")
        kind = PrincipalKind.PLATFORM if row.tenant_id is None else PrincipalKind.TENANT
        return Principal(
            kind,
            of_key(row.scopes),
            row.tenant_id,
            row.id,
            row.name,
            plan=row.plan,
            hourly_limit=row.hourly_limit,
        )


class Tenants:
    """Finds tenants by id or slug: the ``TenantDirectory`` of the deployment."""

    def __init__(self, *, store: Store) -> None:
        self._store = store

    async def find(self, ref: str) -> Tenant | None:
        """The tenant, or None."""
        async with self._store.directory() as directory:
            row = await directory.tenant(ref)
        return None if row is None else as_tenant(row)


def as_tenant(row: TenantRow) -> Tenant:
    """A tenant's row as a caller's tenant."""
    return Tenant(row.id, row.slug, row.name, row.enabled)
