"""Signing in by password: limited, with the same work for people there are and people there are not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from hub.accounts.attempts import SIGN_IN, Attempts
from hub.accounts.audit import Trace
from hub.accounts.sessions import Sessions
from hub.core.errors import Unauthenticated
from hub.core.ids import PersonId
from hub.security.passwords import LONGEST, Passwords
from hub.store.people import PersonRow
from hub.store.session import PLATFORM, Store


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person who signed in, and the cookie of the new session."""

    person: PersonId
    token: str


class PasswordSignIn:
    """Signs people in by e-mail and password."""

    def __init__(self, *, store: Store, passwords: Passwords, sessions: Sessions) -> None:
        self._store = store
        self._passwords = passwords
        self._sessions = sessions
        self._attempts = Attempts(store=store, kind="sign-in", allowances=SIGN_IN)

    async def sign_in(self, email: str, password: str, trace: Trace) -> SignedIn:
        """Begin a session. Raises ``Unauthenticated``, the same for a wrong password and an unknown address, and
        ``TooMany``. A caller who already has a session loses that one."""
        await self._attempts.count(email, trace.address)
        async with self._store.directory() as directory:
            person = await directory.people.by_email(email)
        right = await self._passwords.verify(person.password_hash if person else None, password[:LONGEST])
        if person is None or not right or person.disabled_at is not None:
            await self._refuse(email, person, trace)
        stronger = await self._stronger(person, password)
        async with self._store.directory() as directory:
            if stronger and person.password_hash:
                await directory.people.rehash(person.id, person.password_hash, stronger)
            if trace.who is not None and trace.who.person_id is not None and trace.who.session_id is not None:
                await directory.sessions.revoke(trace.who.person_id, trace.who.session_id)
            token = await self._sessions.begin(directory, person, "password", trace)
            act = trace.entry("person.signed_in", str(person.id), person=(person.id, person.name), method="password")
            await directory.note(PLATFORM, act)
        await self._attempts.clear(email, trace.address)
        return SignedIn(person.id, token)

    async def _stronger(self, person: PersonRow, password: str) -> str | None:
        kept = person.password_hash
        return await self._passwords.hash(password) if kept and self._passwords.outdated(kept) else None

    async def _refuse(self, email: str, person: PersonRow | None, trace: Trace) -> NoReturn:
        target = str(person.id) if person else None
        async with self._store.directory() as directory:
            await directory.note(PLATFORM, trace.entry("person.sign_in_refused", target, email=email))
        raise Unauthenticated("This e-mail address and password do not belong together.")
