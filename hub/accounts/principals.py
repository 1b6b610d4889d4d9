"""Who is calling: the operator, a tenant's key, or a person, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from hub.accounts.permissions import Permission, Role
from hub.core.ids import ApiKeyId, ContactId, ConversationId, PersonId, SessionId, TenantId


class PrincipalKind(StrEnum):
    """The operator's key, a tenant's key, or a person who signed in."""

    PLATFORM = "platform"
    TENANT = "tenant"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller.

    ``permissions`` and ``tenant_id`` are a key's own; a person's depend on the tenant that is called and are filled
    in at its door. ``key_id`` is None for the operator's key of the environment.
    """

    kind: PrincipalKind
    permissions: frozenset[str] = frozenset()
    tenant_id: TenantId | None = None
    key_id: ApiKeyId | None = None
    name: str = ""
    person_id: PersonId | None = None
    session_id: SessionId | None = None
    role: Role | None = None
    platform_admin: bool = False
    impersonator_id: PersonId | None = None
    """Who runs the hub and acts as this person, within ``only_tenant`` alone."""
    impersonator_name: str | None = None
    only_tenant: TenantId | None = None
    plan: str | None = None
    """Of a tenant's key: the plan its calls count under, with ``hourly_limit`` in place of the plan's own."""
    hourly_limit: int | None = None

    @property
    def operator(self) -> bool:
        """Whether this caller runs the deployment and may do everything for every tenant."""
        return self.kind is PrincipalKind.PLATFORM or self.platform_admin

    @property
    def actor(self) -> str:
        """What this caller is called in records: ``person:ID``, ``key:ID`` or ``operator``."""
        if self.person_id is not None:
            return f"person:{self.person_id}"
        return f"key:{self.key_id}" if self.key_id is not None else "operator"

    @property
    def limited(self) -> bool:
        """Whether this caller is a person who sees but a part of the conversations, by their reach."""
        return (
            self.kind is PrincipalKind.PERSON
            and not self.operator
            and Permission.CONVERSATIONS_READ_ALL not in self.permissions
        )

    def allows(self, permission: Permission | None) -> bool:
        """Whether this caller holds ``permission`` (None: anyone who is known)."""
        return self.operator or permission is None or permission in self.permissions


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


class People(Protocol):
    """Finds the person behind a session's cookie, and what they are to a tenant."""

    async def authenticate(self, token: str) -> Principal:
        """Who signed in. Raises ``Unauthenticated`` for a session that ended or never was."""
        ...

    def csrf_token(self, token: str) -> str:
        """The token that a page of ours sends along with every change made under this session."""
        ...

    async def within(self, who: Principal, tenant: Tenant) -> Principal | None:
        """The person as a member of a tenant, with what they may do there; None for a stranger."""
        ...

    async def reaches(
        self,
        who: Principal,
        tenant: TenantId,
        *,
        conversation: ConversationId | None = None,
        contact: ContactId | None = None,
    ) -> bool:
        """Whether a limited person sees this conversation, or any of this contact's."""
        ...


class TenantDirectory(Protocol):
    """Finds a tenant by id or slug; None where there is no such tenant."""

    async def find(self, ref: str) -> Tenant | None: ...
