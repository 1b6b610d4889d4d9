"""A tenant's channels. Credentials lie here encrypted; hub.accounts opens them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from hub.core.ids import AccountKey, ChannelId, ChannelKind, TenantId
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, fetch_value, run


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """``secret`` is the encrypted credentials."""

    id: ChannelId
    tenant_id: TenantId
    kind: ChannelKind
    name: str
    account: AccountKey
    enabled: bool
    secret: bytes
    settings: dict[str, Any]
    created_at: datetime
    updated_at: datetime


class Channels:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def add(
        self,
        id: ChannelId,
        kind: ChannelKind,
        name: str,
        account: AccountKey,
        secret: bytes,
        settings: dict[str, Any],
    ) -> ChannelRow:
        """A new channel and the route that finds it by its account."""
        await self.ensure(id, kind, name, account, secret, settings)
        row = await self.get(id)
        if row is None:
            raise RuntimeError("a channel just made is not there")
        return row

    async def ensure(
        self,
        id: ChannelId,
        kind: ChannelKind,
        name: str,
        account: AccountKey,
        secret: bytes,
        settings: dict[str, Any],
    ) -> None:
        """Make the channel unless it is there. Idempotent, also for many at the same moment."""
        made = await run(
            self._connection,
            """insert into hub.channel(id, tenant_id, kind, name, account, secret, settings)
               values (:id, :t, :kind, :name, :account, :secret, :settings__jsonb) on conflict do nothing""",
            id=id,
            t=self.tenant,
            kind=kind,
            name=name,
            account=account,
            secret=secret,
            settings__jsonb=settings,
        )
        if made:
            await run(
                self._connection,
                "insert into hub.route(kind, account, tenant_id, channel_id) values (:kind, :account, :t, :id)",
                kind=kind,
                account=_routed(account),
                t=self.tenant,
                id=id,
            )

    async def may_have(self, id: ChannelId, kind: ChannelKind, account: AccountKey) -> bool:
        """Whether no other channel, of whatever tenant, is found by this account; none will be until this transaction
        ends. Ask before ``add`` or ``change``."""
        routed = _routed(account)
        key = f"route {kind} {routed}"
        await run(self._connection, "select pg_advisory_xact_lock(hashtextextended(:key, 0))", key=key)
        taken = await fetch_value(
            self._connection,
            "select 1 from hub.route where kind = :kind and account = :account and channel_id <> :id limit 1",
            kind=kind,
            account=routed,
            id=id,
        )
        return taken is None

    async def get(self, id: ChannelId) -> ChannelRow | None:
        return await fetch_one(self._connection, ChannelRow, "select * from hub.channel where id = :id", id=id)

    async def page(self, limit: int, after: tuple[datetime, UUID] | None = None) -> list[ChannelRow]:
        """Channels by age."""
        return await fetch_all(
            self._connection,
            ChannelRow,
            """select * from hub.channel
                where cast(:at as timestamptz) is null
                       or (created_at, id) > (cast(:at as timestamptz), cast(:id as uuid))
                order by created_at, id limit :limit""",
            at=after[0] if after else None,
            id=after[1] if after else None,
            limit=limit,
        )

    async def change(
        self,
        id: ChannelId,
        *,
        name: str | None = None,
        enabled: bool | None = None,
        settings: dict[str, Any] | None = None,
        secret: bytes | None = None,
        account: AccountKey | None = None,
    ) -> ChannelRow | None:
        """The channel as changed; what is None stays. A new account moves the route."""
        row = await fetch_one(
            self._connection,
            ChannelRow,
            """update hub.channel set name = coalesce(:name, name), enabled = coalesce(:enabled, enabled),
                      settings = coalesce(nullif(:settings__jsonb, 'null'::jsonb), settings),
                      secret = coalesce(:secret, secret),
                      account = coalesce(:account, account), updated_at = now()
                where id = :id returning *""",
            id=id,
            name=name,
            enabled=enabled,
            settings__jsonb=settings,
            secret=secret,
            account=account,
        )
        if row is not None and account is not None:
            await run(
                self._connection,
                "update hub.route set account = :a where channel_id = :id",
                a=_routed(account),
                id=id,
            )
        return row

    async def remove(self, id: ChannelId) -> bool:
        """Delete a channel with its conversations."""
        gone = await run(self._connection, "delete from hub.channel where id = :id", id=id) > 0
        if gone:
            await run(self._connection, "delete from hub.route where channel_id = :id", id=id)
        return gone


def _routed(account: AccountKey) -> str:
    """What a shared app's webhook names the account by (see ``Channel.account``)."""
    return account.partition("#")[0]
