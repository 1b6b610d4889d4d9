"""Inviting people into a tenant, and what they do with the link."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from hub.accounts.attempts import TOKENS, Attempts
from hub.accounts.audit import Trace
from hub.accounts.links import hash_token, new_token
from hub.accounts.people import check_email
from hub.accounts.permissions import Role
from hub.accounts.post import Post
from hub.accounts.principals import Tenant
from hub.accounts.sessions import Sessions
from hub.accounts.sign_in import SignedIn
from hub.core.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from hub.core.ids import InvitationId, PersonId, TenantId, uuid7
from hub.security.passwords import Passwords, check_password
from hub.store.directory import Directory, TenantRow
from hub.store.invitations import InvitationRow
from hub.store.people import PersonRow, email_key
from hub.store.session import Store

LIFETIME = timedelta(days=7)
_OVER = "This invitation has been used, was taken back, or has expired. Ask for a new one."
DOMAINS = "email_domains"
"""The tenant's setting that names the only domains whose addresses may join."""

FindPerson = Callable[[Directory, InvitationRow], Awaitable[PersonRow]]
"""Finds or makes the person who accepts, in the transaction that uses the invitation up."""


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation. ``token`` is its link's, where somebody has to hand it over because no mail went out."""

    row: InvitationRow
    token: str | None


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an invitation says to whoever opens its link. ``known``: the address has an account already."""

    tenant: TenantRow
    email: str
    role: str
    known: bool
    inviter: str | None


class InvitationDesk:
    """Invites, and lets the invited in."""

    def __init__(self, *, store: Store, passwords: Passwords, sessions: Sessions, post: Post) -> None:
        self._store = store
        self._post = post
        self._passwords = passwords
        self._sessions = sessions
        self._attempts = Attempts(store=store, kind="invitation", allowances=TOKENS)

    async def page(
        self, tenant: TenantId, limit: int, after: tuple[datetime, UUID] | None = None
    ) -> list[InvitationRow]:
        """Open invitations by age."""
        async with self._store.directory() as directory:
            return await directory.invitations.page(tenant, limit, after)

    async def invite(self, tenant: Tenant, email: str, role: Role, teams: Sequence[UUID], trace: Trace) -> Invited:
        """Ask somebody to join. Raises ``Invalid`` for an address that may not, ``Conflict`` for a member."""
        check_email(email)
        if role is Role.OWNER:
            raise Invalid("A tenant is handed on to a member, not to somebody who is still to come.", field="role")
        await self._check_domain(tenant.id, email)
        async with self._store.begin(tenant.id) as tx:
            if set(teams) - await tx.teams.known(list(teams)):
                raise Invalid("There is no such team.", field="teams")
        token = new_token()
        async with self._store.directory() as directory:
            person = await directory.people.by_email(email)
            if person is not None and await directory.memberships.get(tenant.id, person.id) is not None:
                raise Conflict("They are a member already.", field="email")
            row = await directory.invitations.add(
                InvitationId(uuid7()),
                tenant.id,
                email,
                role.value,
                list(teams),
                trace.who.person_id if trace.who else None,
                token.hash,
                mailed=self._post.sends,
                seconds=LIFETIME.total_seconds(),
            )
            act = trace.entry("invitation.sent", str(row.id), email=email, role=role.value)
            await directory.note(tenant.id, act)
            await self._post.put(
                directory,
                row.email,
                "invitation",
                person.locale if person else await _locale(directory, trace),
                token=token.text,
                inviter=trace.who.name if trace.who and trace.who.person_id else tenant.name,
                tenant=tenant.name,
            )
        await self._post.wake()
        return Invited(row, None if self._post.sends else token.text)

    async def again(self, tenant: Tenant, id: InvitationId, trace: Trace) -> Invited:
        """The same invitation with a new link; the old link is worth nothing any more. Raises ``NotFound``."""
        async with self._store.directory() as directory:
            row = await directory.invitations.get(tenant.id, id)
        if row is None:
            raise NotFound("There is no such invitation.", field="invitation")
        return await self.invite(tenant, row.email, Role(row.role), row.teams, trace)

    async def revoke(self, tenant: TenantId, id: InvitationId, trace: Trace) -> None:
        """Take an invitation back. Raises ``NotFound``."""
        async with self._store.directory() as directory:
            if not await directory.invitations.revoke(tenant, id):
                raise NotFound("There is no such invitation.", field="invitation")
            await directory.note(tenant, trace.entry("invitation.revoked", str(id)))

    async def look(self, token: str, address: str) -> Invitation:
        """What a link invites to. Raises ``Invalid``."""
        await self._attempts.count(address, address)
        async with self._store.directory() as directory:
            row = _living(await directory.invitations.by_hash(hash_token(token)))
            return await _described(directory, row)

    async def accept(self, token: str, name: str | None, password: str | None, trace: Trace) -> SignedIn:
        """Join. A newcomer gives a name and a password; who has an account signs in first, as the one invited.

        Raises ``Invalid``, ``Unauthenticated`` (sign in first) and ``Forbidden`` (signed in as somebody else).
        """
        invitation = await self.look(token, trace.address)
        await self._check_domain(invitation.tenant.id, invitation.email)
        hashed = None
        if not invitation.known:
            if not (name or "").strip():
                raise Invalid("Say what you are called.", field="name")
            await check_password(password or "", about=(invitation.email, name or "", invitation.tenant.name))
            hashed = await self._passwords.hash(password or "")
        return await self._join(
            token, lambda directory, row: self._person(directory, row, (name or "").strip(), hashed, trace),
            "invitation", trace,
        )  # fmt: skip

    async def accept_by(self, token: str, find: FindPerson, method: str, trace: Trace) -> SignedIn:
        """Join as whom ``find`` makes out, having signed in by ``method``. What ``find`` raises leaves the invitation
        as it was. Raises ``Invalid``."""
        invitation = await self.look(token, trace.address)
        await self._check_domain(invitation.tenant.id, invitation.email)
        return await self._join(token, find, method, trace)

    async def _join(self, token: str, find: FindPerson, method: str, trace: Trace) -> SignedIn:
        async with self._store.directory() as directory:
            row = _living(await directory.invitations.accept(hash_token(token)))
            person = await find(directory, row)
            await directory.memberships.add(row.tenant_id, person.id, row.role)
            cookie = await self._sessions.begin(directory, person, method, trace)
            if trace.who is not None and trace.who.person_id is not None and trace.who.session_id is not None:
                await directory.sessions.revoke(trace.who.person_id, trace.who.session_id)
            act = trace.entry("member.joined", str(person.id), person=(person.id, person.name), role=row.role)
            await directory.note(row.tenant_id, act)
        await self._into_teams(row, person.id)
        return SignedIn(person.id, cookie)

    async def _person(
        self, directory: Directory, row: InvitationRow, name: str, hashed: str | None, trace: Trace
    ) -> PersonRow:
        there = await directory.people.by_email(row.email)
        if there is None and hashed is not None:
            made = await directory.people.add(
                PersonId(uuid7()), row.email, name, password_hash=hashed, verified=row.mailed
            )
            if made is not None:
                return made
        if there is None:
            raise Conflict("Somebody with this e-mail address has just come. Sign in and open the link again.")
        who = trace.who.person_id if trace.who else None
        if who is None:
            raise Unauthenticated(f"{row.email} has an account here. Sign in, then open the link again.")
        if who != there.id:
            raise Forbidden(f"This invitation is for {row.email}. Sign in as them, or ask for one of your own.")
        return there

    async def _check_domain(self, tenant: TenantId, email: str) -> None:
        """Raise ``Invalid`` when the tenant lets only certain domains in and this is another."""
        async with self._store.begin(tenant) as tx:
            allowed = (await tx.settings.get()).get(DOMAINS)
        domains = [str(d).strip().lstrip("@").casefold() for d in allowed] if isinstance(allowed, list) else []
        if domains and email_key(email).rpartition("@")[2] not in domains:
            raise Invalid(f"Only addresses at {' or '.join(domains)} may join this tenant.", field="email")

    async def _into_teams(self, row: InvitationRow, person: PersonId) -> None:
        if not row.teams:
            return
        async with self._store.begin(row.tenant_id) as tx:
            for team in await tx.teams.known(row.teams):
                await tx.teams.put(team, person)


async def _locale(directory: Directory, trace: Trace) -> str:
    """The inviter's language, for somebody whose own is not known yet."""
    inviter = await directory.people.get(trace.who.person_id) if trace.who and trace.who.person_id else None
    return inviter.locale if inviter else "en"


async def _described(directory: Directory, row: InvitationRow) -> Invitation:
    tenant = await directory.tenant(str(row.tenant_id))
    if tenant is None:
        raise Invalid(_OVER, field="token")
    inviter = await directory.people.get(row.invited_by) if row.invited_by else None
    known = await directory.people.by_email(row.email) is not None
    return Invitation(tenant, row.email, row.role, known, inviter.name if inviter else None)


def _living(row: InvitationRow | None) -> InvitationRow:
    if row is None:
        raise Invalid(_OVER, field="token")
    return row
