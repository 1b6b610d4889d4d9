"""Who may call a route, and the call as a handler sees it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from aiohttp import web

from hub.accounts.principals import Authenticator, Principal, PrincipalKind, Scope, Tenant, TenantDirectory
from hub.core.errors import Forbidden, NotFound, TenantDisabled, Unauthenticated
from hub.core.ids import TenantId
from hub.inbox.guests import Guest

_BEARER = re.compile(r"Bearer +([\x21-\x7e]{1,4096})", re.IGNORECASE)


class Who(StrEnum):
    """The classes of callers. Every route names one; there is no default."""

    PUBLIC = "public"
    SIGNED = "signed"
    KEY = "key"
    PLATFORM = "platform"
    TENANT = "tenant"
    VISITOR = "visitor"


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call: the class, the scope a tenant's key needs, and whether a switched-off tenant is let in."""

    who: Who
    scope: Scope | None = None
    even_disabled: bool = False


PUBLIC = Access(Who.PUBLIC)
"""Anybody."""
SIGNED = Access(Who.SIGNED)
"""Whoever signs the raw bytes; the handler itself verifies."""
ANY_KEY = Access(Who.KEY)
"""Any valid key."""
PLATFORM = Access(Who.PLATFORM)
"""The deployment's operator."""
VISITOR = Access(Who.VISITOR)
"""A visitor of a tenant's site, by visitor token."""


def tenant(scope: Scope, *, even_disabled: bool = False) -> Access:
    """The operator, or a key of the tenant named by ``{tenant}`` in the path that holds ``scope``."""
    return Access(Who.TENANT, scope, even_disabled)


class VisitorDoor(Protocol):
    """Proves visitor tokens. Raises ``Unauthenticated`` or ``Forbidden`` (an origin that is not allowed)."""

    async def admit(self, token: str, origin: str | None) -> Guest: ...


@dataclass(frozen=True, slots=True)
class Attempt:
    """What the rate limiter is asked about. ``failed`` marks credentials that were refused."""

    route: str
    client: str
    principal: Principal | None = None
    visitor: Guest | None = None
    failed: bool = False


RateLimit = Callable[[Attempt], Awaitable[None]]
"""Raises ``TooMany`` when the caller has to wait."""


@dataclass(slots=True)
class Call:
    """One request as a handler sees it. What is put into ``headers`` goes out with the answer."""

    request: web.Request
    request_id: str
    client: str
    principal: Principal | None = None
    tenant: Tenant | None = None
    visitor: Guest | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def tenant_id(self) -> TenantId:
        """The tenant this call is for. Only on routes of a tenant or of a visitor."""
        if self.tenant is not None:
            return self.tenant.id
        return self.guest.tenant

    @property
    def guest(self) -> Guest:
        """The visitor who calls. Only on visitors' routes."""
        if self.visitor is None:
            raise LookupError("this route has no visitor")
        return self.visitor


@dataclass(frozen=True, slots=True, kw_only=True)
class Doorkeeper:
    """Lets callers in by a route's access class and says in problem documents why not."""

    keys: Authenticator
    tenants: TenantDirectory
    limit: RateLimit
    visitors: VisitorDoor | None = None

    async def admit(self, access: Access, call: Call, route: str) -> None:
        """Fill in who calls. Raises ``Unauthenticated``, ``Forbidden``, ``NotFound`` or ``TooMany``."""
        if access.who in (Who.PUBLIC, Who.SIGNED):
            await self.limit(Attempt(route, call.client))
            return
        try:
            await self._identify(access, call)
        except (Unauthenticated, Forbidden):
            await self.limit(Attempt(route, call.client, failed=True))
            raise
        await self.limit(Attempt(route, call.client, call.principal, call.visitor))
        if access.who is Who.TENANT:
            call.tenant = await self._tenant(access, call)

    async def _identify(self, access: Access, call: Call) -> None:
        key = bearer(call.request)
        if access.who is Who.VISITOR:
            if self.visitors is None:
                raise NotFound("There is no web chat here.")
            call.visitor = await self.visitors.admit(key, call.request.headers.get("Origin"))
            return
        call.principal = await self.keys.authenticate(key)
        if access.who is Who.PLATFORM and call.principal.kind is not PrincipalKind.PLATFORM:
            raise Forbidden("Only the operator's key may do this.")

    async def _tenant(self, access: Access, call: Call) -> Tenant:
        """The tenant in the path; one that belongs to somebody else looks like one that is not there."""
        who = call.principal
        found = await self.tenants.find(call.request.match_info["tenant"])
        foreign = who is None or (who.kind is PrincipalKind.TENANT and (found is None or who.tenant_id != found.id))
        if found is None or who is None or foreign:
            raise NotFound("There is no such tenant.", field="tenant")
        if not found.enabled and not access.even_disabled:
            raise TenantDisabled("This tenant is switched off. The operator can switch it on again.")
        if not who.allows(access.scope):
            raise Forbidden(f"This key lacks the scope {access.scope}.")
        return found


def bearer(request: web.Request) -> str:
    """The bearer key of a request. Raises ``Unauthenticated`` when there is none."""
    header = request.headers.get("Authorization")
    if header is None:
        raise Unauthenticated("Send your key in the header Authorization: Bearer <key>.")
    match = _BEARER.fullmatch(header.strip())
    if match is None:
        raise Unauthenticated("The header Authorization must be: Bearer <key>.")
    return match.group(1)


async def unlimited(attempt: Attempt) -> None:
    """The limiter that limits nothing, for deployments that limit in front of the hub."""


__all__ = [
    "ANY_KEY",
    "PLATFORM",
    "PUBLIC",
    "SIGNED",
    "VISITOR",
    "Access",
    "Attempt",
    "Call",
    "Doorkeeper",
    "RateLimit",
    "VisitorDoor",
    "Who",
    "bearer",
    "tenant",
    "unlimited",
]
