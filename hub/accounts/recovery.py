"""A forgotten password, an address that is proven or changed: by links in mails, each good for one use."""

from __future__ import annotations

from hub.accounts import links
from hub.accounts.attempts import LINKS, TOKENS, Attempts
from hub.accounts.audit import Trace
from hub.accounts.links import Purpose
from hub.accounts.people import check_email
from hub.accounts.post import Post
from hub.accounts.principals import Principal
from hub.accounts.sessions import Sessions
from hub.accounts.sign_in import SignedIn
from hub.core.errors import Conflict, Invalid, NotFound, Unauthenticated
from hub.security.passwords import LONGEST, Passwords, check_password
from hub.store.people import PersonRow, email_key
from hub.store.session import PLATFORM, Store


class Recovery:
    """What mails with links do for people."""

    def __init__(self, *, store: Store, passwords: Passwords, sessions: Sessions, post: Post) -> None:
        self._store = store
        self._passwords = passwords
        self._sessions = sessions
        self._post = post
        self._asked = Attempts(store=store, kind="link", allowances=LINKS)
        self._tried = Attempts(store=store, kind="token", allowances=TOKENS)

    async def forgot(self, email: str, trace: Trace) -> None:
        """Mail a link for a new password, if there is such a person; nobody is told whether there is.

        Raises ``Conflict`` where this hub sends no mail, and ``TooMany``.
        """
        if not self._post.sends:
            raise Conflict(
                "This hub sends no mail. Whoever runs it can make a link for you: hub user link YOUR-ADDRESS"
            )
        await self._asked.count(email, trace.address)
        async with self._store.directory() as directory:
            person = await directory.people.by_email(email)
            if person is not None and person.disabled_at is None:
                token = await links.issue(directory, Purpose.RESET, person.id, email=person.email, mailed=True)
                await self._post.put(directory, person.email, "reset", person.locale, token=token, email=person.email)
            target = str(person.id) if person else None
            await directory.note(PLATFORM, trace.entry("person.reset_asked", target, email=email))
        await self._post.wake()

    async def reset(self, token: str, password: str, trace: Trace) -> SignedIn:
        """Choose a new password by a mailed link and sign in; every session so far ends, and logins at providers
        are disconnected. Raises ``Invalid``."""
        await self._tried.count(trace.address, trace.address)
        async with self._store.directory() as directory:
            row = await links.look(directory, Purpose.RESET, token)
            person = await directory.people.get(row.person_id) if row.person_id else None
        if person is None:
            raise Invalid("This link is for somebody who is here no longer.", field="token")
        await check_password(password, about=(person.email, person.name))
        hashed = await self._passwords.hash(password)
        async with self._store.directory() as directory:
            used = await links.use(directory, Purpose.RESET, token)
            await directory.people.set_password(person.id, hashed)
            await directory.sessions.revoke_all(person.id)
            # Whoever was in this account may have left a way back; an own login is connected again in a moment.
            await directory.external_logins.remove_all(person.id)
            if used.mailed and used.email is not None and email_key(used.email) == email_key(person.email):
                await directory.people.prove_email(person.id, person.email)
            for purpose in (Purpose.SETUP, Purpose.VERIFY):
                await directory.account_tokens.void(person.id, purpose)
            cookie = await self._sessions.begin(directory, person, "password", trace)
            await self._post.put(directory, person.email, "password_reset", person.locale, email=person.email)
            act = trace.entry("person.password_reset", str(person.id), person=(person.id, person.name))
            await directory.note(PLATFORM, act)
        await self._post.wake()
        return SignedIn(person.id, cookie)

    async def change_email(self, who: Principal, email: str, password: str, trace: Trace) -> None:
        """Mail a link to a new address; the address changes when the link is used, and the old one is told.

        The present address may be given, to have it proven. Raises ``Invalid`` naming the field.
        """
        check_email(email)
        if not self._post.sends:
            raise Conflict("This hub sends no mail, so an address cannot be proven. Ask whoever runs it.")
        person = await self._present(who)
        await self._asked.count(str(person.id), trace.address)
        if person.password_hash is not None and not await self._passwords.verify(
            person.password_hash, password[:LONGEST]
        ):
            raise Invalid("This is not your present password.", field="password")
        async with self._store.directory() as directory:
            token = await links.issue(directory, Purpose.VERIFY, person.id, email=email.strip(), mailed=True)
            await self._post.put(directory, email.strip(), "verify", person.locale, token=token, email=email.strip())
            if email_key(email) != email_key(person.email):
                await self._post.put(
                    directory, person.email, "address_changes", person.locale, email=person.email, new=email.strip()
                )
            await directory.note(PLATFORM, trace.entry("person.email_change_asked", str(person.id), email=email))
        await self._post.wake()

    async def verify(self, token: str, trace: Trace) -> None:
        """Take the address that a mailed link proves. Raises ``Invalid``, and ``Conflict`` when another has it."""
        await self._tried.count(trace.address, trace.address)
        async with self._store.directory() as directory:
            row = await links.use(directory, Purpose.VERIFY, token)
            if row.person_id is None or row.email is None:
                raise Invalid("This link is for somebody who is here no longer.", field="token")
            if not await directory.people.prove_email(row.person_id, row.email):
                raise Conflict("Somebody else has this e-mail address here.", field="token")
            await directory.account_tokens.void(row.person_id, Purpose.RESET)
            await directory.note(PLATFORM, trace.entry("person.email_proven", str(row.person_id), email=row.email))

    async def _present(self, who: Principal) -> PersonRow:
        if who.person_id is None:
            raise Unauthenticated("Sign in first.")
        async with self._store.directory() as directory:
            person = await directory.people.get(who.person_id)
        if person is None:
            raise NotFound("There is no such person.", field="person")
        return person
