"""Sessions of people: rows on the server, found by the hash of a random cookie."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from hub.accounts.audit import Trace
from hub.accounts.permissions import Reach, Role, of_member
from hub.accounts.principals import Principal, PrincipalKind, Tenant
from hub.accounts.reach import reach_of
from hub.core.errors import Unauthenticated
from hub.core.ids import ContactId, ConversationId, PersonId, SessionId, TenantId, uuid7
from hub.security.keys import decode_secret_keys, derive
from hub.store.directory import Directory
from hub.store.people import PersonRow
from hub.store.session import Store
from hub.store.sessions import SessionRow

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_AGENT = 400


@dataclass(frozen=True, slots=True)
class Lifetime:
    """When a session ends: after so long without use, and after so long in any case."""

    idle: timedelta = timedelta(hours=24)
    whole: timedelta = timedelta(days=14)


class Sessions:
    """Begins, finds and ends sessions: the ``People`` of the deployment."""

    def __init__(self, *, store: Store, secret_keys: Sequence[str], lifetime: Lifetime | None = None) -> None:
        self._store = store
        self._csrf_key = derive(decode_secret_keys(secret_keys)[0], "csrf")
        self.lifetime = lifetime or Lifetime()

    async def begin(
        self,
        directory: Directory,
        person: PersonRow,
        method: str,
        trace: Trace,
        *,
        lasting: timedelta | None = None,
        by: PersonId | None = None,
        only: TenantId | None = None,
    ) -> str:
        """A new session's cookie, in the caller's transaction. Nothing of an earlier cookie lives on in it.

        ``by`` acts as the person, within the tenant ``only``.
        """
        token = secrets.token_urlsafe(32)
        await directory.sessions.add(
            SessionId(uuid7()),
            _hash(token),
            person.id,
            method=method,
            address=trace.address,
            user_agent=trace.user_agent[:_AGENT],
            seconds=(lasting or self.lifetime.whole).total_seconds(),
            impersonator=by,
            only_tenant=only,
        )
        await directory.sessions.clear()
        return token

    async def authenticate(self, token: str) -> Principal:
        """Who signed in under this cookie. Raises ``Unauthenticated``."""
        if _TOKEN.fullmatch(token) is None:
            raise Unauthenticated("You are signed out. Sign in again.")
        async with self._store.directory() as directory:
            caller = await directory.sessions.caller(_hash(token), self.lifetime.idle.total_seconds())
            if caller is None:
                raise Unauthenticated("Your session has ended. Sign in again.")
            if caller.stale:
                await directory.sessions.seen(caller.session_id)
        return Principal(
            PrincipalKind.PERSON,
            name=caller.name,
            person_id=caller.person_id,
            session_id=caller.session_id,
            platform_admin=caller.platform_admin and caller.impersonator_id is None,
            impersonator_id=caller.impersonator_id,
            impersonator_name=caller.impersonator_name,
            only_tenant=caller.only_tenant_id,
        )

    async def within(self, who: Principal, tenant: Tenant) -> Principal | None:
        """The person as a member of ``tenant``; a platform admin is let in everywhere; None for a stranger."""
        if who.person_id is None or who.only_tenant not in (None, tenant.id):
            return None
        async with self._store.directory() as directory:
            member = await directory.memberships.get(tenant.id, who.person_id)
        if member is None:
            return replace(who, tenant_id=tenant.id) if who.platform_admin else None
        role = Role(member.role)
        return replace(who, tenant_id=tenant.id, role=role, permissions=of_member(role, Reach(member.reach)))

    async def reaches(
        self,
        who: Principal,
        tenant: TenantId,
        *,
        conversation: ConversationId | None = None,
        contact: ContactId | None = None,
    ) -> bool:
        """Whether a limited person sees this conversation, or any of this contact's."""
        async with self._store.begin(tenant) as tx:
            reach = await reach_of(tx, who)
            if reach is None:
                return True
            return await tx.conversation_list.any_of(
                reach, str(who.person_id), conversation=conversation, contact=contact
            )

    def csrf_token(self, token: str) -> str:
        """What a page of ours sends along with every change. Bound to the session, worth nothing with another."""
        digest = hmac.new(self._csrf_key, _hash(token), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    async def renew(self, directory: Directory, session: SessionId) -> str:
        """A new cookie for a session whose rights changed; the old cookie is worth nothing any more."""
        token = secrets.token_urlsafe(32)
        if not await directory.sessions.rename(session, _hash(token)):
            raise Unauthenticated("Your session has ended. Sign in again.")
        return token

    async def end(self, who: Principal) -> None:
        """Sign out. Idempotent."""
        if who.person_id is None or who.session_id is None:
            return
        async with self._store.directory() as directory:
            await directory.sessions.revoke(who.person_id, who.session_id)

    async def listed(self, who: Principal) -> list[SessionRow]:
        """The caller's living sessions, the last used first."""
        if who.person_id is None:
            return []
        async with self._store.directory() as directory:
            return await directory.sessions.of_person(who.person_id, self.lifetime.idle.total_seconds())


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
