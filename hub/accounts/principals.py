"""Who is calling: platform and tenant keys, and what a key may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from hub.core.ids import ApiKeyId, TenantId


class Scope(StrEnum):
    """What a tenant's key can be allowed to do. The platform's key may do all of it for every tenant."""

    TENANT_READ = "tenant:read"
    TENANT_WRITE = "tenant:write"
    CHANNELS_READ = "channels:read"
    CHANNELS_WRITE = "channels:write"
    KNOWLEDGE_READ = "knowledge:read"
    KNOWLEDGE_WRITE = "knowledge:write"
    CONVERSATIONS_READ = "conversations:read"
    CONVERSATIONS_WRITE = "conversations:write"
    EVENTS_READ = "events:read"
    EVENTS_WRITE = "events:write"
    CHAT = "chat"
    KEYS_WRITE = "keys:write"


class PrincipalKind(StrEnum):
    """The operator of the deployment, or one tenant of it."""

    PLATFORM = "platform"
    TENANT = "tenant"


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller. ``key_id`` and ``tenant_id`` are None for the operator's key of the environment."""

    kind: PrincipalKind
    scopes: frozenset[str] = frozenset()
    tenant_id: TenantId | None = None
    key_id: ApiKeyId | None = None
    name: str = ""

    def allows(self, scope: str | None) -> bool:
        """Whether this caller holds ``scope`` (None: anyone who is known)."""
        return self.kind is PrincipalKind.PLATFORM or scope is None or scope in self.scopes


@dataclass(frozen=True, slots=True)
class Tenant:
    """What every request needs to know about a tenant: its id, its slug, whether it is switched on."""

    id: TenantId
    slug: str
    name: str
    enabled: bool = True


class Authenticator(Protocol):
    """Finds who holds a bearer key, in constant time. Raises ``Unauthenticated`` for a key nobody issued."""

    async def authenticate(self, key: str) -> Principal: ...


class TenantDirectory(Protocol):
    """Finds a tenant by id or slug; None where there is no such tenant."""

    async def find(self, ref: str) -> Tenant | None: ...
