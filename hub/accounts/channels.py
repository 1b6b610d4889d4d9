"""Managing channels: connecting one, changing one, with credentials checked, sealed and never read back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.accounts.credentials import ChannelAccounts
from hub.core.channels import Channel, Credentials
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.ids import AccountKey, ChannelId, ChannelKind, TenantId, uuid7
from hub.store.channels import ChannelRow
from hub.store.session import Store, Tx


class ChannelDesk:
    """What a tenant does with its channels. ``channels`` are the adapters by kind."""

    def __init__(self, *, store: Store, accounts: ChannelAccounts, channels: Mapping[ChannelKind, Channel]) -> None:
        self._store = store
        self._accounts = accounts
        self._channels = channels

    def adapter(self, kind: str) -> Channel:
        """The adapter of a kind. Raises ``NotFound``."""
        channel = self._channels.get(ChannelKind(kind))
        if channel is None:
            raise NotFound("This hub knows no such kind of channel.", field="kind")
        return channel

    async def page(self, tenant: TenantId, limit: int, after: tuple[datetime, UUID] | None = None) -> list[ChannelRow]:
        """Channels by age."""
        async with self._store.begin(tenant) as tx:
            return await tx.channels.page(limit, after)

    async def get(self, tenant: TenantId, id: ChannelId) -> ChannelRow:
        """One channel. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            return _there(await tx.channels.get(id))

    def credentials(self, row: ChannelRow) -> Credentials:
        """A channel's credentials, opened, for checks against the platform. They are never shown."""
        return self._accounts.unseal(row.tenant_id, row.secret)

    async def create(
        self,
        tenant: TenantId,
        kind: str,
        name: str,
        credentials: Mapping[str, Any],
        settings: Mapping[str, Any] | None = None,
    ) -> ChannelRow:
        """A new channel. Raises ``Invalid`` naming the kind or the credential, ``Conflict`` for an account that
        is connected already."""
        adapter = self._channels.get(ChannelKind(kind))
        if adapter is None:
            raise Invalid(f"The kind must be one of {', '.join(sorted(self._channels))}.", field="kind")
        checked = configured(adapter, credentials)
        account = adapter.account(checked)
        secret = self._accounts.seal(tenant, checked)
        id = ChannelId(uuid7())
        async with self._store.begin(tenant) as tx:
            await _check_free(tx, id, adapter.kind, account)
            row = await tx.channels.add(id, adapter.kind, name, account, secret, dict(settings or {}))
        self._accounts.forget()
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
        """The channel as changed; what is None stays. Raises ``NotFound``, ``Invalid`` and ``Conflict``."""
        row = await self.get(tenant, id)
        secret: bytes | None = None
        account: AccountKey | None = None
        if credentials is not None:
            adapter = self.adapter(row.kind)
            checked = configured(adapter, credentials)
            account = adapter.account(checked)
            secret = self._accounts.seal(tenant, checked)
        async with self._store.begin(tenant) as tx:
            if account is not None and account != row.account:
                await _check_free(tx, id, row.kind, account)
            changed = await tx.channels.change(
                id,
                name=name,
                enabled=enabled,
                settings=None if settings is None else dict(settings),
                secret=secret,
                account=account,
            )
        self._accounts.forget()
        return _there(changed)

    async def remove(self, tenant: TenantId, id: ChannelId) -> None:
        """Delete a channel with its conversations. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            gone = await tx.channels.remove(id)
        self._accounts.forget()
        if not gone:
            raise NotFound("There is no such channel.", field="channel")


async def _check_free(tx: Tx, id: ChannelId, kind: ChannelKind, account: AccountKey) -> None:
    """One account has one channel: else two tenants would read the same customers' messages."""
    if account and not await tx.channels.may_have(id, kind, account):
        raise Conflict("This account is connected to a channel already.", field="credentials")


def configured(adapter: Channel, credentials: Mapping[str, Any]) -> Credentials:
    """Credentials as the adapter accepts them. Raises ``Invalid`` with the path below ``credentials``."""
    try:
        return adapter.configure(credentials)
    except Invalid as error:
        field = f"credentials.{error.field}" if error.field else "credentials"
        raise Invalid(str(error), field=field) from None


def _there(row: ChannelRow | None) -> ChannelRow:
    if row is None:
        raise NotFound("There is no such channel.", field="channel")
    return row
