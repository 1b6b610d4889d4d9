"""The global tables: tenants, API key hashes, routes. Identity and ids only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from hub.core.ids import ApiKeyId, ChannelId, TenantId
from hub.core.plans import OPEN
from hub.store.account_tokens import AccountTokens
from hub.store.audit import AuditEntry, add_entry
from hub.store.external_logins import ExternalLogins
from hub.store.invitations import Invitations
from hub.store.letters import Letters
from hub.store.memberships import Memberships
from hub.store.organisations import Organisations
from hub.store.people import People
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, run
from hub.store.sessions import Sessions


@dataclass(frozen=True, slots=True)
class TenantRow:
    """``weight``: how many places it has in a round of claims, of turns as of sends; 1 to 100."""

    id: TenantId
    slug: str
    name: str
    enabled: bool
    weight: int
    created_at: datetime
    plan: str
    hourly_limit: int | None
    organisation_id: UUID | None


@dataclass(frozen=True, slots=True)
class ApiKeyRow:
    """``tenant_id`` is None for a platform admin's key."""

    id: ApiKeyId
    tenant_id: TenantId | None
    name: str
    last4: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyHolder(ApiKeyRow):
    """A key with its tenant's plan; None for a platform admin's key."""

    plan: str | None
    hourly_limit: int | None


@dataclass(frozen=True, slots=True)
class RouteRow:
    kind: str
    account: str
    tenant_id: TenantId
    channel_id: ChannelId


class Directory:
    """Queries on the global tables, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @cached_property
    def people(self) -> People:
        return People(self._connection)

    @cached_property
    def sessions(self) -> Sessions:
        return Sessions(self._connection)

    @cached_property
    def memberships(self) -> Memberships:
        return Memberships(self._connection)

    @cached_property
    def invitations(self) -> Invitations:
        return Invitations(self._connection)

    @cached_property
    def organisations(self) -> Organisations:
        return Organisations(self._connection)

    @cached_property
    def external_logins(self) -> ExternalLogins:
        return ExternalLogins(self._connection)

    @cached_property
    def letters(self) -> Letters:
        return Letters(self._connection)

    @cached_property
    def account_tokens(self) -> AccountTokens:
        return AccountTokens(self._connection)

    async def note(self, tenant: TenantId, entry: AuditEntry) -> None:
        """Write an act into a tenant's audit log (``PLATFORM``'s for what is no tenant's), with the act."""
        await run(self._connection, "select set_config('app.tenant_id', :t, true)", t=str(tenant))
        await add_entry(self._connection, tenant, entry)
        await run(self._connection, "select set_config('app.tenant_id', '', true)")

    async def add_tenant(self, id: TenantId, slug: str, name: str, plan: str = OPEN) -> TenantRow | None:
        """The new tenant, or None when the slug is taken."""
        row = await fetch_one(
            self._connection,
            TenantRow,
            """insert into hub.tenant(id, slug, name, plan) values (:id, :slug, :name, :plan)
               on conflict do nothing returning *""",
            id=id,
            slug=slug,
            name=name,
            plan=plan,
        )
        if row is not None:
            await run(self._connection, "select set_config('app.tenant_id', :t, true)", t=str(id))
            await run(self._connection, "insert into hub.tenant_settings(tenant_id) values (:id)", id=id)
        return row

    async def tenant(self, id_or_slug: str) -> TenantRow | None:
        """The tenant with this id or slug."""
        return await fetch_one(
            self._connection,
            TenantRow,
            "select * from hub.tenant where slug = :key or id::text = lower(:key) limit 1",
            key=id_or_slug,
        )

    async def tenants(self, limit: int, after: tuple[datetime, UUID] | None = None) -> list[TenantRow]:
        """Tenants by age, from after a (created_at, id) on."""
        return await fetch_all(
            self._connection,
            TenantRow,
            """select * from hub.tenant
                where cast(:at as timestamptz) is null
                       or (created_at, id) > (cast(:at as timestamptz), cast(:id as uuid))
                order by created_at, id limit :limit""",
            at=after[0] if after else None,
            id=after[1] if after else None,
            limit=limit,
        )

    async def change_tenant(
        self,
        id: TenantId,
        *,
        name: str | None = None,
        slug: str | None = None,
        enabled: bool | None = None,
        weight: int | None = None,
    ) -> TenantRow | None:
        """The tenant as changed; what is None stays."""
        return await fetch_one(
            self._connection,
            TenantRow,
            """update hub.tenant set name = coalesce(:name, name), slug = coalesce(:slug, slug),
                      enabled = coalesce(:enabled, enabled), weight = coalesce(:weight, weight)
                where id = :id returning *""",
            id=id,
            name=name,
            slug=slug,
            enabled=enabled,
            weight=weight,
        )

    async def put_plan(self, id: TenantId, plan: str, hourly_limit: int | None) -> TenantRow | None:
        """The tenant under another plan; ``hourly_limit`` None: the plan's own."""
        return await fetch_one(
            self._connection,
            TenantRow,
            "update hub.tenant set plan = :plan, hourly_limit = :limit where id = :id returning *",
            id=id,
            plan=plan,
            limit=hourly_limit,
        )

    async def remove_tenant(self, id: TenantId) -> bool:
        """Delete the tenant and everything it owns."""
        await run(self._connection, "select set_config('app.tenant_id', :t, true)", t=str(id))
        await run(self._connection, "delete from hub.audit where tenant_id = :id", id=id)
        return await run(self._connection, "delete from hub.tenant where id = :id", id=id) > 0

    async def add_key(
        self,
        id: ApiKeyId,
        tenant: TenantId | None,
        name: str,
        hash: bytes,
        last4: str,
        scopes: list[str],
        expires_at: datetime | None,
    ) -> ApiKeyRow:
        """Keep a key's hash. The key itself is shown once and never stored."""
        row = await fetch_one(
            self._connection,
            ApiKeyRow,
            """insert into hub.api_key(id, tenant_id, name, hash, last4, scopes, expires_at)
               values (:id, :tenant, :name, :hash, :last4, :scopes__texts, :expires_at) returning *""",
            id=id,
            tenant=tenant,
            name=name,
            hash=hash,
            last4=last4,
            scopes__texts=scopes,
            expires_at=expires_at,
        )
        if row is None:
            raise RuntimeError("insert returned no row")
        return row

    async def key_by_hash(self, hash: bytes) -> KeyHolder | None:
        """A key that is neither revoked nor expired."""
        return await fetch_one(
            self._connection,
            KeyHolder,
            """select k.*, t.plan, t.hourly_limit from hub.api_key k left join hub.tenant t on t.id = k.tenant_id
                where k.hash = :hash and k.revoked_at is null and (k.expires_at is null or k.expires_at > now())""",
            hash=hash,
        )

    async def keys(self, tenant: TenantId | None, limit: int, after: tuple[datetime, UUID] | None) -> list[ApiKeyRow]:
        """A tenant's keys by age (the platform's where ``tenant`` is None)."""
        return await fetch_all(
            self._connection,
            ApiKeyRow,
            """select * from hub.api_key where tenant_id is not distinct from cast(:tenant as uuid)
                and (cast(:at as timestamptz) is null
                       or (created_at, id) > (cast(:at as timestamptz), cast(:id as uuid)))
                order by created_at, id limit :limit""",
            tenant=tenant,
            at=after[0] if after else None,
            id=after[1] if after else None,
            limit=limit,
        )

    async def revoke_key(self, tenant: TenantId | None, id: ApiKeyId) -> bool:
        """Make a key useless at once. True the first time and again."""
        return (
            await run(
                self._connection,
                """update hub.api_key set revoked_at = coalesce(revoked_at, now())
                    where id = :id and tenant_id is not distinct from cast(:tenant as uuid)""",
                id=id,
                tenant=tenant,
            )
            > 0
        )

    async def routes(self, kind: str, account: str) -> list[RouteRow]:
        """Which tenants' channels an account belongs to."""
        return await fetch_all(
            self._connection,
            RouteRow,
            "select * from hub.route where kind = :kind and account = :account",
            kind=kind,
            account=account,
        )
