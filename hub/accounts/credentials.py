"""Channels with their credentials opened: found by webhook address or account, cached for seconds."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from hub.core.channels import Credentials
from hub.core.ids import AccountKey, AppId, ChannelId, ChannelKind, TenantId
from hub.security.encryption import Vault
from hub.store.cross import ChannelEntry
from hub.store.session import Store

CHANNEL = "channel"
APP = "app"
_TTL = 5.0
_SIZE = 5_000


@dataclass(frozen=True, slots=True)
class OpenChannel:
    """A channel ready for use. ``enabled``: the channel and its tenant both are."""

    id: ChannelId
    tenant_id: TenantId
    kind: ChannelKind
    account: AccountKey
    enabled: bool
    credentials: Credentials
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OpenApp:
    """A platform app shared by many accounts, its secrets opened."""

    id: AppId
    kind: ChannelKind
    account: str
    credentials: Credentials


class ChannelAccounts:
    """Looks channels up and opens their credentials. A change shows after five seconds at the latest, in the
    process that made it at once."""

    def __init__(self, *, store: Store, vault: Vault) -> None:
        self._store = store
        self._vault = vault
        self._cache: OrderedDict[tuple[str, Hashable], tuple[float, Any]] = OrderedDict()
        self._changes = 0
        """Counts up at every change here, so that what was read before one is not kept after it."""

    async def by_id(self, id: ChannelId) -> OpenChannel | None:
        """The channel of this id, or None."""
        cached, changes = self._cached("id", id), self._changes
        if cached is not None:
            return cached[0]  # type: ignore[no-any-return]  # one cache for three kinds of value
        async with self._store.cross() as cross:
            entry = await cross.channel(id)
        found = self._open(entry) if entry else None
        return self._keep("id", id, found, changes)  # type: ignore[no-any-return]  # as above

    async def by_account(self, kind: ChannelKind, account: AccountKey) -> Sequence[OpenChannel]:
        """The channels a platform's account belongs to; usually one."""
        key = f"{kind}\0{account}"
        cached, changes = self._cached("account", key), self._changes
        if cached is not None:
            return cached[0]  # type: ignore[no-any-return]  # as above
        async with self._store.cross() as cross:
            entries = await cross.channels_of_account(kind, account)
        return self._keep("account", key, [self._open(e) for e in entries], changes)  # type: ignore[no-any-return]  # as above

    async def apps(self, kind: ChannelKind) -> Sequence[OpenApp]:
        """The deployment's apps of a kind, oldest first."""
        cached, changes = self._cached("apps", kind), self._changes
        if cached is not None:
            return cached[0]  # type: ignore[no-any-return]  # as above
        async with self._store.cross() as cross:
            rows = await cross.apps(kind)
        apps = [
            OpenApp(r.id, r.kind, r.account, self._vault.decrypt_json(r.secret, tenant=None, purpose=APP)) for r in rows
        ]
        return self._keep("apps", kind, apps, changes)  # type: ignore[no-any-return]  # as above

    def seal(self, tenant: TenantId, credentials: Mapping[str, Any]) -> bytes:
        """A channel's credentials, encrypted for its tenant."""
        return self._vault.encrypt_json(credentials, tenant=tenant, purpose=CHANNEL)

    def seal_app(self, credentials: Mapping[str, Any]) -> bytes:
        """A platform app's credentials, encrypted."""
        return self._vault.encrypt_json(credentials, tenant=None, purpose=APP)

    def unseal(self, tenant: TenantId, secret: bytes) -> Credentials:
        """A channel's credentials, opened. Raises where they belong to another tenant."""
        return self._vault.decrypt_json(secret, tenant=tenant, purpose=CHANNEL)

    def forget(self) -> None:
        """Look everything up anew, after a change."""
        self._changes += 1
        self._cache.clear()

    async def rotate(self) -> int:
        """Encrypt every stored secret under the first key. Idempotent; how many were changed."""
        async with self._store.cross() as cross:
            entries = await cross.secrets()
        changed = 0
        for entry in entries:
            if not self._vault.needs_rotation(entry.secret):
                continue
            fresh = self._vault.rotate(entry.secret)
            async with self._store.cross() as cross:
                changed += await cross.replace_secret(entry.owner, UUID(str(entry.id)), entry.secret, fresh)
        self.forget()
        return changed

    def _open(self, entry: ChannelEntry) -> OpenChannel:
        return OpenChannel(
            id=entry.id,
            tenant_id=entry.tenant_id,
            kind=entry.kind,
            account=entry.account,
            enabled=entry.enabled,
            credentials=self.unseal(entry.tenant_id, entry.secret),
            settings=entry.settings,
        )

    def _cached(self, space: str, key: Hashable) -> tuple[Any] | None:
        found = self._cache.get((space, key))
        if found is None or found[0] < time.monotonic():
            return None
        return (found[1],)

    def _keep(self, space: str, key: Hashable, value: Any, changes: int) -> Any:
        if changes != self._changes:
            return value
        self._cache[(space, key)] = (time.monotonic() + _TTL, value)
        while len(self._cache) > _SIZE:
            self._cache.popitem(last=False)
        return value
