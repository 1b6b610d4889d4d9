"""Who may call a route, and the call as a handler sees it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from aiohttp import web

from hub.accounts.audit import Trace
from hub.accounts.permissions import Permission, roles_of, scopes_of
from hub.accounts.principals import Authenticator, People, Principal, PrincipalKind, Tenant, TenantDirectory
from hub.core.errors import Forbidden, NotFound, PermissionMissing, TenantDisabled, Unauthenticated
from hub.core.ids import ContactId, ConversationId, TenantId
from hub.http.cookies import SAFE, OwnPages, SessionCookie, check_change
from hub.inbox.guests import Guest

_BEARER = re.compile(r"Bearer +([\x21-\x7e]{1,4096})", re.IGNORECASE)


class Who(StrEnum):
    """The classes of callers. Every route names one; there is no default."""

    PUBLIC = "public"
    SIGNED = "signed"
    KEY = "key"
    PLATFORM = "platform"
    TENANT = "tenant"
    PERSON = "person"
    VISITOR = "visitor"


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call: the class, the permission it takes within a tenant, whether a switched-off tenant is let in, and
    whether changes are taken from pages of ours (and from programs) alone, as where people sign in. With
    ``beyond_reach`` the handler itself looks whether a person who sees but a part of the conversations may."""

    who: Who
    permission: Permission | None = None
    even_disabled: bool = False
    own_pages: bool = False
    beyond_reach: bool = False


PUBLIC = Access(Who.PUBLIC)
"""Anybody."""
SIGNED = Access(Who.SIGNED)
"""Whoever signs the raw bytes; the handler itself verifies."""
OWN_PAGES = Access(Who.PUBLIC, own_pages=True)
"""Anybody, but from no other site's page."""
ANY_KEY = Access(Who.KEY)
"""Any valid key, and any person who signed in."""
PERSON = Access(Who.PERSON)
"""A person who signed in, for what is theirs."""
PLATFORM = Access(Who.PLATFORM)
"""The deployment's operator: its key, or a person who is platform admin."""
VISITOR = Access(Who.VISITOR)
"""A visitor of a tenant's site, by visitor token."""


def tenant(permission: Permission, *, even_disabled: bool = False, beyond_reach: bool = False) -> Access:
    """The operator, or a key or member of the tenant named by ``{tenant}`` in the path that holds ``permission``; and
    where the path names a ``{conversation}`` or ``{contact}``, one that they see."""
    return Access(Who.TENANT, permission, even_disabled, beyond_reach=beyond_reach)


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
    door: Doorkeeper | None = None

    async def enter(self, ref: str, permission: Permission) -> Tenant:
        """Let the caller into a tenant that the body names, as ``{tenant}`` in a path would. Only where a key or a
        person calls. Raises ``NotFound`` for a stranger's, ``PermissionMissing`` and ``TenantDisabled``."""
        if self.door is None:
            raise LookupError("this route knows no caller")
        return await self.door.enter(ref, Access(Who.TENANT, permission), self)

    def need(self, permission: Permission) -> None:
        """Raise ``PermissionMissing`` unless the caller holds this too, in the tenant that is called."""
        if self.tenant is None or self.principal is None:
            raise LookupError("this route has no tenant")
        if not self.principal.allows(permission):
            raise missing(permission, self.principal, self.tenant)

    @property
    def tenant_id(self) -> TenantId:
        """The tenant this call is for. Only on routes of a tenant or of a visitor."""
        if self.tenant is not None:
            return self.tenant.id
        return self.guest.tenant

    @property
    def person(self) -> Principal:
        """The person who calls. Only where a person signed in."""
        if self.principal is None or self.principal.person_id is None:
            raise Unauthenticated("Sign in first.")
        return self.principal

    @property
    def trace(self) -> Trace:
        """Where this call comes from, for the audit log."""
        return Trace(self.principal, self.client, self.request.headers.get("User-Agent", ""), self.request_id)

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
    people: People | None = None
    cookie: SessionCookie = field(default_factory=SessionCookie)
    own: OwnPages = field(default_factory=OwnPages)

    async def admit(self, access: Access, call: Call, route: str) -> None:
        """Fill in who calls. Raises ``Unauthenticated``, ``Forbidden``, ``NotFound`` or ``TooMany``."""
        if access.who in (Who.PUBLIC, Who.SIGNED):
            await self.limit(Attempt(route, call.client))
            if access.own_pages:
                await self._our_page(call)
            return
        try:
            await self._identify(access, call)
        except (Unauthenticated, Forbidden):
            await self.limit(Attempt(route, call.client, failed=True))
            raise
        await self.limit(Attempt(route, call.client, call.principal, call.visitor))
        if access.who is Who.TENANT:
            call.tenant = await self.enter(call.request.match_info["tenant"], access, call)
        elif call.principal is not None:
            call.door = self

    async def _identify(self, access: Access, call: Call) -> None:
        if access.who is Who.VISITOR:
            key = bearer(call.request)
            if self.visitors is None:
                raise NotFound("There is no web chat here.")
            call.visitor = await self.visitors.admit(key, call.request.headers.get("Origin"))
            return
        call.principal = await self._key_or_person(call.request)
        if access.who is Who.PERSON and call.principal.person_id is None:
            raise Forbidden("Only a person who signed in may do this; a key is nobody's account.")
        if access.who is Who.PERSON:
            self._check_own(call.principal, call.request)
        if access.who is Who.PLATFORM and not call.principal.operator:
            raise Forbidden("Only the operator may do this: the operator's key, or a platform admin.")

    def _check_own(self, who: Principal, request: web.Request) -> None:
        """Raise ``Forbidden`` for changes to somebody's account by who only acts as them."""
        if who.impersonator_id is None or request.method in SAFE or request.path.startswith("/api/v1/auth/"):
            return
        raise Forbidden(f"You act as {who.name}. Their account is theirs alone: be yourself again first.")

    async def _key_or_person(self, request: web.Request) -> Principal:
        """Who sent the key; without one, who signed in. A key always counts before a cookie."""
        token = self.cookie.read(request)
        if self.people is None or token is None or "Authorization" in request.headers:
            return await self.keys.authenticate(bearer(request))
        who = await self.people.authenticate(token)
        if request.method not in SAFE:
            check_change(request, token, self.people, self.own)
        return who

    async def _our_page(self, call: Call) -> None:
        """Refuse other sites' changes. Who signed in already is known, and need not be anybody."""
        if call.request.method not in SAFE:
            self.own.check(call.request, must_say=False)
        token = self.cookie.read(call.request)
        if self.people is not None and token is not None:
            with contextlib.suppress(Unauthenticated):
                call.principal = await self.people.authenticate(token)

    async def enter(self, ref: str, access: Access, call: Call) -> Tenant:
        """The tenant of this id or slug; one that belongs to somebody else looks like one that is not there."""
        who = call.principal
        found = await self.tenants.find(ref)
        if found is not None and who is not None and who.kind is PrincipalKind.PERSON and self.people is not None:
            who = call.principal = await self.people.within(who, found)
        foreign = who is None or (who.kind is PrincipalKind.TENANT and (found is None or who.tenant_id != found.id))
        if found is None or who is None or foreign:
            raise NotFound("There is no such tenant.", field="tenant")
        if not found.enabled and not access.even_disabled:
            raise TenantDisabled("This tenant is switched off. The operator can switch it on again.")
        if not who.allows(access.permission):
            raise missing(access.permission, who, found)
        if who.limited and not access.beyond_reach:
            await self._check_reach(who, found, call.request.match_info)
        return found

    async def _check_reach(self, who: Principal, within: Tenant, path: Mapping[str, str]) -> None:
        """Raise ``NotFound`` where the path names a conversation or contact that this person does not see."""
        if self.people is None:
            return
        conversation, contact = _id_in(path, "conversation"), _id_in(path, "contact")
        if conversation is not None and not await self.people.reaches(
            who, within.id, conversation=ConversationId(conversation)
        ):
            raise NotFound("There is no such conversation.", field="conversation")
        if contact is not None and not await self.people.reaches(who, within.id, contact=ContactId(contact)):
            raise NotFound("There is no such contact.", field="contact")


def _id_in(path: Mapping[str, str], name: str) -> UUID | None:
    """The id in the path; None where there is none, or nothing that could be one, which no handler is ever given."""
    try:
        return UUID(path[name]) if name in path else None
    except ValueError:
        return None


def missing(permission: Permission | None, who: Principal, within: Tenant) -> PermissionMissing:
    """Why a caller may not do this, and who can help."""
    needed = str(permission)
    if who.kind is PrincipalKind.PERSON:
        roles = [role.value for role in roles_of(Permission(needed))]
        text = f"You need the permission {needed} at {within.name}, which {_either(roles)} has. "
        return PermissionMissing(f"{text}An owner or admin can change your role under Members.", needed)
    scopes = [scope.value for scope in scopes_of(Permission(needed))]
    given = f"a key with the scope {_either(scopes)}" if scopes else "no key; it is for people who sign in"
    text = f"This key lacks the permission {needed}, which is given by {given}. "
    return PermissionMissing(f"{text}An owner or admin of the tenant can make keys.", needed)


def _either(names: list[str]) -> str:
    return " or ".join(names)


def bearer(request: web.Request) -> str:
    """The bearer key of a request. Raises ``Unauthenticated`` when there is none."""
    header = request.headers.get("Authorization")
    if header is None:
        raise Unauthenticated("Sign in, or send your key in the header Authorization: Bearer <key>.")
    match = _BEARER.fullmatch(header.strip())
    if match is None:
        raise Unauthenticated("The header Authorization must be: Bearer <key>.")
    return match.group(1)


async def unlimited(attempt: Attempt) -> None:
    """The limiter that limits nothing, for deployments that limit in front of the hub."""


__all__ = [
    "ANY_KEY",
    "OWN_PAGES",
    "PERSON",
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
    "missing",
    "tenant",
    "unlimited",
]
