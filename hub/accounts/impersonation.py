"""Acting as one of a tenant's people, to see what they see: for an hour, written down and shown."""

from __future__ import annotations

from datetime import timedelta

from hub.accounts.audit import Trace
from hub.accounts.principals import Principal
from hub.accounts.sessions import Sessions
from hub.core.errors import Conflict, Forbidden, NotFound, Unauthenticated
from hub.core.ids import PersonId, TenantId
from hub.store.session import Store

LONGEST = timedelta(hours=1)


class Impersonation:
    """What a platform admin who signed in does with it."""

    def __init__(self, *, store: Store, sessions: Sessions) -> None:
        self._store = store
        self._sessions = sessions

    async def begin(self, tenant: TenantId, person: PersonId, who: Principal, reason: str, trace: Trace) -> str:
        """The cookie under which the caller is this person; the caller's own session ends.

        Raises ``Forbidden`` unless a platform admin signed in, ``NotFound`` for nobody of the tenant, ``Conflict``
        for one who runs the hub too.
        """
        if who.person_id is None or not who.platform_admin or who.impersonator_id is not None:
            raise Forbidden("Only a platform admin who signed in as themselves may act as somebody.")
        async with self._store.directory() as directory:
            member = await directory.memberships.get(tenant, person)
            target = await directory.people.get(person)
            if member is None or target is None:
                raise NotFound("There is no such member.", field="member")
            if target.platform_admin or target.disabled_at is not None:
                raise Conflict("Nobody can act as one who runs the hub, or whose account is off.", field="member")
            token = await self._sessions.begin(
                directory, target, "impersonation", trace, lasting=LONGEST, by=who.person_id, only=tenant
            )
            if who.session_id is not None:
                await directory.sessions.revoke(who.person_id, who.session_id)
            await directory.note(tenant, trace.entry("member.impersonated", str(person), reason=reason))
        return token

    async def end(self, who: Principal, trace: Trace) -> tuple[PersonId, str]:
        """Be oneself again, under a new cookie. Raises ``Forbidden`` for somebody who acts as nobody."""
        if who.impersonator_id is None or who.session_id is None or who.person_id is None or who.only_tenant is None:
            raise Forbidden("You are yourself already.")
        async with self._store.directory() as directory:
            myself = await directory.people.get(who.impersonator_id)
            if myself is None or myself.disabled_at is not None:
                raise Unauthenticated("Your account is off. Ask another platform admin.")
            await directory.sessions.revoke(who.person_id, who.session_id)
            token = await self._sessions.begin(directory, myself, "impersonation ended", trace)
            act = trace.entry("member.impersonation_ended", str(who.person_id))
            await directory.note(who.only_tenant, act)
        return myself.id, token
