"""Who may sit at the colleagues' sockets: whoever signed in, or holds a key, and may read conversations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from hub.accounts.permissions import Permission
from hub.accounts.principals import Authenticator, People, Principal, PrincipalKind, Tenant, TenantDirectory
from hub.core.errors import Forbidden, NotFound, TenantDisabled, Unauthenticated
from hub.core.ids import ConversationId
from hub.http.access import missing
from hub.http.cookies import OwnPages, SessionCookie
from hub.realtime.ports import Agent
from hub.store.session import Store

_LONGEST = 4_096


@dataclass(frozen=True, slots=True)
class _Proof:
    """What a colleague showed, kept to be looked at again, and who that made them the last time, and where."""

    tenant: str
    key: str | None = None
    session: str | None = None
    who: Principal | None = None
    within: Tenant | None = None


class SocketDoor:
    """Lets colleagues in by the same proofs as the REST API. A cookie counts on our own pages alone."""

    def __init__(
        self,
        *,
        store: Store,
        keys: Authenticator,
        tenants: TenantDirectory,
        people: People,
        cookie: SessionCookie,
        own: OwnPages,
    ) -> None:
        self._store = store
        self._keys = keys
        self._tenants = tenants
        self._people = people
        self._cookie = cookie
        self._own = own

    def own_page(self, request: web.Request) -> bool:
        """Whether the request comes from a page of ours."""
        try:
            self._own.check(request, must_say=False)
        except Forbidden:
            return False
        return True

    async def admit(self, request: web.Request, auth: Mapping[str, Any]) -> Agent:
        """``auth`` is ``{tenant}`` beside a session's cookie, or ``{tenant, key}``."""
        tenant, key = auth.get("tenant"), auth.get("key")
        if not isinstance(tenant, str) or not 0 < len(tenant) <= 100:
            raise Unauthenticated("Connect with the tenant's id or slug.", field="tenant")
        if key is not None:
            if not isinstance(key, str) or not 0 < len(key) <= _LONGEST:
                raise Unauthenticated("This is not a key.", field="key")
            return await self._let_in(_Proof(tenant, key=key))
        session = self._cookie.read(request)
        if session is None:
            raise Unauthenticated("Sign in, or connect with a key.")
        self._own.check(request, must_say=False)
        return await self._let_in(_Proof(tenant, session=session))

    async def recheck(self, agent: Agent) -> Agent:
        """The same colleague, as they stand now."""
        proof = agent.proof
        if not isinstance(proof, _Proof):
            raise Unauthenticated("Connect again.")
        return await self._let_in(proof)

    def check_writes(self, agent: Agent, *, note: bool) -> None:
        """Raises ``Forbidden`` naming what is missing: who only reads is never shown as writing."""
        proof = agent.proof
        if not isinstance(proof, _Proof) or proof.who is None or proof.within is None:
            raise Unauthenticated("Connect again.")
        permission = Permission.CONVERSATIONS_NOTE if note else Permission.CONVERSATIONS_REPLY
        if not proof.who.allows(permission):
            raise missing(permission, proof.who, proof.within)

    async def open(self, agent: Agent, conversation: ConversationId) -> int:
        """The conversation's newest sequence number."""
        async with self._store.begin(agent.tenant) as tx:
            row = await tx.conversations.get(conversation)
        proof = agent.proof
        who = proof.who if isinstance(proof, _Proof) else None
        seen = not agent.limited or (
            who is not None and await self._people.reaches(who, agent.tenant, conversation=conversation)
        )
        if row is None or not seen:
            raise NotFound("There is no such conversation.", field="conversation_id")
        return row.last_seq

    async def _let_in(self, proof: _Proof) -> Agent:
        found = await self._tenants.find(proof.tenant)
        who: Principal | None
        if proof.session is not None:
            signed_in = await self._people.authenticate(proof.session)
            who = None if found is None else await self._people.within(signed_in, found)
        else:
            who = await self._keys.authenticate(proof.key or "")
            if found is not None and who.kind is PrincipalKind.TENANT and who.tenant_id != found.id:
                who = None
        if found is None or who is None:
            raise NotFound("There is no such tenant.", field="tenant")
        if not found.enabled:
            raise TenantDisabled("This tenant is switched off. The operator can switch it on again.")
        if not who.allows(Permission.CONVERSATIONS_READ_ASSIGNED):
            raise missing(Permission.CONVERSATIONS_READ_ASSIGNED, who, found)
        id = str(who.person_id) if who.person_id is not None else who.actor
        return Agent(found.id, id, who.name or None, replace(proof, who=who, within=found), limited=who.limited)
