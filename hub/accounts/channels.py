"""Channels with their credentials opened: found by address or by account, remembered for a second."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.accounts.recent import Recent
from hub.core.channels import Channel, Credentials
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.ids import AccountKey, AppId, ChannelId, ChannelKind, TenantId, uuid7
from hub.security.encryption import Vault
from hub.store.channels import ChannelRow
from hub.store.cross import AppRow, ChannelEntry
from hub.store.session import Store

CHANNEL_PURPOSE = "channel-credentials"
APP_PURPOSE = "app-credentials"
_FRESH_SECONDS = 1.0
_MOST_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class OpenChannel:
    """A channel ready for use. ``enabled``: the channel and its tenant both are."""

    id: ChannelId
    tenant_id: TenantId
    channel: Channel
    account: AccountKey
    enabled: bool
    credentials: Credentials
    settings: Mapping[str, Any]
    sealed: bytes


@dataclass(frozen=True, slots=True)
class OpenApp:
    """A shared platform app ready to verify webhooks."""

    id: AppId
    kind: ChannelKind
    credentials: Credentials


class ChannelBook:
    """Opens and manages channels. ``channels`` are the adapters by kind. Secrets leave it only as ``Credentials``."""

    def __init__(self, *, store: Store, vault: Vault, channels: Mapping[ChannelKind, Channel]) -> None:
        self._store = store
        self._vault = vault
        self._channels = channels
        self._by_id: Recent[ChannelId, OpenChannel] = Recent(seconds=_FRESH_SECONDS, size=_MOST_REMEMBERED)
        self._by_account: Recent[tuple[str, str], tuple[ChannelId, ...]] = Recent(
            seconds=_FRESH_SECONDS, size=_MOST_REMEMBERED
        )
        self._apps: Recent[str, tuple[OpenApp, ...]] = Recent(seconds=_FRESH_SECONDS, size=100)

    def adapter(self, kind: str) -> Channel:
        """The adapter of a kind. Raises ``NotFound``."""
        channel = self._channels.get(ChannelKind(kind))
        if channel is None:
            raise NotFound("This hub knows no such kind of channel.", field="kind")
        return channel

    async def open(self, id: ChannelId) -> OpenChannel | None:
        """The channel with this id, whoever's it is; None when there is none."""
        known = self._by_id.get(id)
        if known is not None:
            return known
        async with self._store.cross() as cross:
            entry = await cross.channel(id)
        return None if entry is None else self._opened(entry)

    async def of_account(self, kind: str, account: AccountKey) -> list[OpenChannel]:
        """The channels that a platform's account belongs to."""
        ids = self._by_account.get((kind, account))
        if ids is None:
            async with self._store.cross() as cross:
                entries = await cross.channels_of_account(kind, account)
            ids = self._by_account.put((kind, account), tuple(self._opened(e).id for e in entries))
        found = [await self.open(id) for id in ids]
        return [channel for channel in found if channel is not None]

    async def apps(self, kind: str) -> tuple[OpenApp, ...]:
        """The deployment's shared apps of a kind."""
        known = self._apps.get(kind)
        if known is not None:
            return known
        async with self._store.cross() as cross:
            rows = await cross.apps(kind)
        opened = tuple(OpenApp(row.id, row.kind, self.app_credentials(row)) for row in rows)
        return self._apps.put(kind, opened)

    def app_credentials(self, row: AppRow) -> Credentials:
        """An app's secrets, opened."""
        return self._vault.decrypt_json(row.secret, tenant=None, purpose=APP_PURPOSE)

    def seal_app(self, credentials: Mapping[str, Any]) -> bytes:
        """An app's secrets, sealed for the store."""
        return self._vault.encrypt_json(credentials, tenant=None, purpose=APP_PURPOSE)

    def forget(self) -> None:
        """Look everything up anew from now on, as after a change of a tenant or a channel."""
        self._by_id.clear()
        self._by_account.clear()
        self._apps.clear()

    async def create(
        self,
        tenant: TenantId,
        kind: str,
        name: str,
        credentials: Mapping[str, Any],
        settings: Mapping[str, Any] | None = None,
    ) -> ChannelRow:
        """A new channel. Raises ``Invalid`` (naming the credential), ``NotFound``, or ``Conflict`` for an account
        that another channel of this tenant has."""
        adapter = self._known_kind(kind)
        checked = configured(adapter, credentials)
        account = adapter.account(checked)
        async with self._store.directory() as directory:
            taken = await directory.routes(kind, account) if account else []
        if taken:
            raise Conflict("This account is connected already, here or elsewhere.", field="credentials")
        id = ChannelId(uuid7())
        secret = self._vault.encrypt_json(dict(checked), tenant=tenant, purpose=CHANNEL_PURPOSE)
        async with self._store.begin(tenant) as tx:
            row = await tx.channels.add(id, adapter.kind, name, account, secret, dict(settings or {}))
        self.forget()
        return row

    async def change(
        self,
        tenant: TenantId,
        id: ChannelId,
        *,
        name: str | None = None,
        enabled: bool | None = None,
        credentials: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> ChannelRow:
        """The channel as changed; what is None stays. Raises ``NotFound`` and ``Invalid``."""
        async with self._store.begin(tenant) as tx:
            row = await tx.channels.get(id)
            if row is None:
                raise NotFound("There is no such channel.", field="channel")
            secret, account = None, None
            if credentials is not None:
                adapter = self.adapter(row.kind)
                checked = configured(adapter, credentials)
                account = adapter.account(checked)
                secret = self._vault.encrypt_json(dict(checked), tenant=tenant, purpose=CHANNEL_PURPOSE)
            changed = await tx.channels.change(
                id,
                name=name,
                enabled=enabled,
                secret=secret,
                account=account,
                settings=None if settings is None else dict(settings),
            )
        self.forget()
        if changed is None:
            raise NotFound("There is no such channel.", field="channel")
        return changed

    async def remove(self, tenant: TenantId, id: ChannelId) -> None:
        """Delete a channel with its conversations. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            gone = await tx.channels.remove(id)
        self.forget()
        if not gone:
            raise NotFound("There is no such channel.", field="channel")

    def _known_kind(self, kind: str) -> Channel:
        channel = self._channels.get(ChannelKind(kind))
        if channel is None:
            raise Invalid(f"The kind must be one of {', '.join(sorted(self._channels))}.", field="kind")
        return channel

    def _opened(self, entry: ChannelEntry) -> OpenChannel:
        """The entry with its credentials; opened anew only when the sealed secret changed."""
        before = self._by_id.stale(entry.id)
        if before is not None and before.sealed == entry.secret:
            credentials = before.credentials
        else:
            credentials = self._vault.decrypt_json(entry.secret, tenant=entry.tenant_id, purpose=CHANNEL_PURPOSE)
        channel = OpenChannel(
            entry.id,
            entry.tenant_id,
            self.adapter(entry.kind),
            entry.account,
            entry.enabled,
            credentials,
            entry.settings,
            entry.secret,
        )
        return self._by_id.put(entry.id, channel)


def configured(adapter: Channel, credentials: Mapping[str, Any]) -> Credentials:
    """Credentials as the adapter accepts them. Raises ``Invalid`` with the path below ``credentials``."""
    try:
        return adapter.configure(credentials)
    except Invalid as error:
        field = f"credentials.{error.field}" if error.field else "credentials"
        raise Invalid(str(error), field=field) from None
