"""People and their accounts: making them, setting them up, changing what is theirs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from hub.accounts import links
from hub.accounts.attempts import TOKENS, Attempts
from hub.accounts.audit import COMMAND, Trace
from hub.accounts.links import Purpose
from hub.accounts.permissions import Role
from hub.accounts.post import Post
from hub.accounts.principals import Principal
from hub.accounts.sessions import Sessions
from hub.accounts.sign_in import SignedIn
from hub.core.errors import Conflict, Invalid, NotFound, Unauthenticated
from hub.core.ids import PersonId, TenantId, uuid7
from hub.security.passwords import LONGEST, Passwords, check_password
from hub.store.directory import Directory
from hub.store.memberships import BelongsTo
from hub.store.people import PersonRow
from hub.store.session import PLATFORM, Store

_EMAIL = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x1f\x7f]{1,64}@(?:[^\s@.<>]{1,63}\.)*[^\s@.<>]{1,63}")
_LONGEST_EMAIL = 254


@dataclass(frozen=True, slots=True)
class Me:
    """A person and where they belong."""

    person: PersonRow
    memberships: list[BelongsTo]


@dataclass(frozen=True, slots=True)
class Made:
    """A new person. ``setup`` is the token of the one-time link by which they choose a password, where they need it."""

    person: PersonRow
    setup: str | None


class PeopleDesk:
    """What people do with their own accounts, and the operator with everybody's."""

    def __init__(self, *, store: Store, passwords: Passwords, sessions: Sessions, post: Post) -> None:
        self._store = store
        self._post = post
        self._passwords = passwords
        self._sessions = sessions
        self._attempts = Attempts(store=store, kind="setup", allowances=TOKENS)

    async def me(self, id: PersonId) -> Me:
        """The person with their memberships. Raises ``NotFound``."""
        async with self._store.directory() as directory:
            person = _there(await directory.people.get(id))
            return Me(person, await directory.memberships.of_person(id))

    async def create(
        self,
        email: str,
        name: str,
        *,
        password: str | None = None,
        tenant: TenantId | None = None,
        role: Role | None = None,
        platform_admin: bool = False,
        verified: bool = False,
        trace: Trace = COMMAND,
    ) -> Made:
        """A new person, vouched for by whoever runs the deployment. Without a password a set-up link is made.
        ``verified``: the address is known to be theirs, so that a provider's word about it lets them in.

        In a tenant without an owner they become it unless ``role`` says otherwise. Raises ``Invalid`` and ``Conflict``.
        """
        check_email(email)
        if password is not None:
            await check_password(password, about=(email, name))
        hashed = await self._passwords.hash(password) if password is not None else None
        async with self._store.directory() as directory:
            person = await directory.people.add(
                PersonId(uuid7()), email, name, password_hash=hashed, verified=verified, platform_admin=platform_admin
            )
            if person is None:
                raise Conflict("Somebody with this e-mail address is here already.", field="email")
            if tenant is not None:
                await _join(directory, tenant, person, role, trace)
            setup = None
            if hashed is None:
                setup = await links.issue(directory, Purpose.SETUP, person.id, mailed=False)
            act = trace.entry("person.created", str(person.id), email=email, platform_admin=platform_admin)
            await directory.note(PLATFORM, act)
        return Made(person, setup)

    async def first_link(self) -> str | None:
        """The token of a one-time link that makes the first person of a deployment; None once there is one.

        A link that was made earlier and not used is worth nothing then.
        """
        async with self._store.directory() as directory:
            if await directory.people.any():
                return None
            return await links.issue(directory, Purpose.SETUP, None, mailed=False)

    async def setup_link(self, email: str, trace: Trace = COMMAND) -> str:
        """The token of a one-time link by which somebody chooses a new password. Raises ``NotFound``."""
        async with self._store.directory() as directory:
            person = _there(await directory.people.by_email(email))
            await directory.note(PLATFORM, trace.entry("person.setup_link_made", str(person.id)))
            return await links.issue(directory, Purpose.SETUP, person.id, mailed=False)

    async def setup_of(self, token: str, address: str) -> PersonRow | None:
        """Whose account a set-up link is for; None where it makes the deployment's first person. Raises ``Invalid``."""
        await self._attempts.count(address, address)
        async with self._store.directory() as directory:
            row = await links.look(directory, Purpose.SETUP, token)
            return None if row.person_id is None else _there(await directory.people.get(row.person_id))

    async def set_up(self, token: str, password: str, trace: Trace, *, email: str = "", name: str = "") -> SignedIn:
        """Choose the password of an account that was made for one, and sign in. A deployment's first person gives
        name and address too, and becomes platform admin. Raises ``Invalid``."""
        person = await self.setup_of(token, trace.address)
        if person is None:
            check_email(email)
            if not name.strip():
                raise Invalid("Say what you are called.", field="name")
        await check_password(password, about=(email or (person.email if person else ""), name))
        hashed = await self._passwords.hash(password)
        async with self._store.directory() as directory:
            row = await links.use(directory, Purpose.SETUP, token)
            if row.person_id is None:
                person = await directory.people.add(
                    PersonId(uuid7()), email, name.strip(), password_hash=hashed, platform_admin=True
                )
                if person is None:
                    raise Conflict("Somebody with this e-mail address is here already.", field="email")
            else:
                person = _there(await directory.people.get(row.person_id))
                await directory.people.set_password(person.id, hashed)
                await directory.sessions.revoke_all(person.id)
            cookie = await self._sessions.begin(directory, person, "password", trace)
            act = trace.entry("person.set_up", str(person.id), person=(person.id, person.name))
            await directory.note(PLATFORM, act)
        return SignedIn(person.id, cookie)

    async def change(
        self, who: Principal, trace: Trace, *, name: str | None, locale: str | None, preferences: dict[str, Any] | None
    ) -> Me:
        """The caller's own profile, changed; what is None stays."""
        id = _person(who)
        async with self._store.directory() as directory:
            _there(await directory.people.change(id, name=name, locale=locale, preferences=preferences))
            await directory.note(PLATFORM, trace.entry("person.changed", str(id), name=name, locale=locale))
        return await self.me(id)

    async def change_password(self, who: Principal, current: str, new: str, trace: Trace) -> str:
        """Change the caller's password; every other session ends, and this one gets the new cookie that is returned.

        Raises ``Invalid`` naming the field.
        """
        id = _person(who)
        await self._attempts.count(str(id), trace.address)
        person = (await self.me(id)).person
        if person.password_hash is not None and not await self._passwords.verify(
            person.password_hash, current[:LONGEST]
        ):
            raise Invalid("This is not your present password.", field="current")
        await check_password(new, about=(person.email, person.name), field="new")
        hashed = await self._passwords.hash(new)
        async with self._store.directory() as directory:
            await directory.people.set_password(id, hashed)
            await directory.sessions.revoke_all(id, but=who.session_id)
            await directory.account_tokens.void(id, Purpose.RESET)
            await self._post.put(directory, person.email, "password_changed", person.locale, email=person.email)
            await directory.note(PLATFORM, trace.entry("person.password_changed", str(id)))
            if who.session_id is None:
                raise Unauthenticated("Sign in first.")
            cookie = await self._sessions.renew(directory, who.session_id)
        await self._post.wake()
        return cookie

    async def end_session(self, who: Principal, session: Any, trace: Trace) -> None:
        """End one of the caller's sessions. Raises ``NotFound``."""
        id = _person(who)
        async with self._store.directory() as directory:
            if not await directory.sessions.revoke(id, session):
                raise NotFound("You have no such session.", field="session")
            await directory.note(PLATFORM, trace.entry("session.revoked", str(session)))

    async def end_other_sessions(self, who: Principal, trace: Trace) -> None:
        """End every session of the caller but this one."""
        id = _person(who)
        async with self._store.directory() as directory:
            ended = await directory.sessions.revoke_all(id, but=who.session_id)
            await directory.note(PLATFORM, trace.entry("session.others_revoked", str(id), ended=ended))


def check_email(email: str, field: str = "email") -> None:
    """Raise ``Invalid`` for what cannot be an e-mail address."""
    if len(email) > _LONGEST_EMAIL or _EMAIL.fullmatch(email.strip()) is None:
        raise Invalid("This is not an e-mail address.", field=field)


async def _join(directory: Directory, tenant: TenantId, person: PersonRow, role: Role | None, trace: Trace) -> None:
    owned = await directory.memberships.owner(tenant) is not None
    wanted = role or (Role.AGENT if owned else Role.OWNER)
    if not await directory.memberships.add(tenant, person.id, wanted):
        raise Conflict("This tenant has an owner already. Ownership is handed on by its owner.", field="role")
    await directory.note(tenant, trace.entry("member.added", str(person.id), role=wanted.value, email=person.email))


def _person(who: Principal) -> PersonId:
    if who.person_id is None:
        raise Unauthenticated("Sign in first.")
    return who.person_id


def _there(row: PersonRow | None) -> PersonRow:
    if row is None:
        raise NotFound("There is no such person.", field="person")
    return row
