"""Which accounts at providers belong to whom: found at sign-in, connected and disconnected by their person."""

from __future__ import annotations

from hub.accounts.attempts import TOKENS, Attempts
from hub.accounts.audit import Trace
from hub.accounts.links import Purpose
from hub.accounts.post import Post
from hub.accounts.principals import Principal
from hub.accounts.providers import Identity, Provider, SignInRefused, Trouble
from hub.core.errors import Conflict, Invalid, NotFound, Unauthenticated
from hub.core.ids import PersonId, uuid7
from hub.security.passwords import LONGEST, Passwords
from hub.store.directory import Directory
from hub.store.external_logins import ExternalLoginRow
from hub.store.invitations import InvitationRow
from hub.store.people import PersonRow, email_key
from hub.store.session import PLATFORM, Store


class LoginDesk:
    """What is done with logins at providers. Every change is written down with it."""

    def __init__(self, *, store: Store, passwords: Passwords, post: Post) -> None:
        self._store = store
        self._passwords = passwords
        self._post = post
        self._attempts = Attempts(store=store, kind="connect", allowances=TOKENS)

    async def of(self, who: Principal) -> list[ExternalLoginRow]:
        """The caller's logins."""
        async with self._store.directory() as directory:
            return await directory.external_logins.of_person(_person(who))

    async def check_password(self, who: Principal, password: str, trace: Trace) -> None:
        """Raise ``Invalid`` unless it is the caller's password, where they have one: a login that somebody at an open
        screen connects would let them in for good. Raises ``TooMany``."""
        id = _person(who)
        await self._attempts.count(str(id), trace.address)
        async with self._store.directory() as directory:
            person = await directory.people.get(id)
        if person is None:
            raise NotFound("There is no such person.", field="person")
        hashed = person.password_hash
        if hashed is not None and not await self._passwords.verify(hashed, password[:LONGEST]):
            raise Invalid("This is not your present password.", field="password")

    async def disconnect(self, who: Principal, provider: str, trace: Trace) -> None:
        """Take a login off the caller's account. Raises ``NotFound``, and ``Conflict`` for the only way in."""
        id = _person(who)
        async with self._store.directory() as directory:
            person = await directory.people.get(id)
            rows = await directory.external_logins.of_person(id)
            if person is None or all(row.provider != provider for row in rows):
                raise NotFound("Your account is not connected there.", field="provider")
            if person.password_hash is None and all(row.provider == provider for row in rows):
                raise Conflict("This is your only way to sign in. Choose a password first.", field="provider")
            await directory.external_logins.remove(id, provider)
            await directory.note(PLATFORM, trace.entry("person.login_disconnected", str(id), provider=provider))

    async def person_of(self, directory: Directory, provider: Provider, identity: Identity, trace: Trace) -> PersonRow:
        """Who signs in as ``identity``: whose account it is connected to, else whose address the provider vouches for.

        Raises ``SignInRefused``.
        """
        person = await self._connected(directory, identity)
        if person is None:
            person = await self._by_address(directory, provider, identity, trace)
        if person is None or person.disabled_at is not None:
            raise SignInRefused(Trouble.UNKNOWN, "There is no account for whom the provider named.")
        return person

    async def invited(
        self, directory: Directory, row: InvitationRow, provider: Provider, identity: Identity, trace: Trace
    ) -> PersonRow:
        """Who accepts an invitation as ``identity``: the one invited, who is made where they are new.

        The invitation's link lets in, as it does for somebody who chooses a password. Raises ``SignInRefused``.
        """
        there = await directory.people.by_email(row.email)
        known = await self._connected(directory, identity)
        if known is None and there is not None:
            known = await self._by_address(directory, provider, identity, trace)
        elif known is None and identity.email_verified:
            known = await directory.people.by_email(identity.email or "")
        if known is not None or there is not None:
            if known is None or there is None or known.id != there.id or known.disabled_at is not None:
                raise SignInRefused(Trouble.OTHER_PERSON, f"The invitation is for {row.email}.")
            return known
        proven = row.mailed or (identity.email_verified and email_key(identity.email or "") == email_key(row.email))
        name = identity.name or row.email.partition("@")[0]
        made = await directory.people.add(PersonId(uuid7()), row.email, name, verified=proven)
        if made is None:
            raise SignInRefused(Trouble.OTHER_PERSON, "Somebody with this address has just come.")
        await self.connect(directory, made.id, provider.id, identity, trace)
        return made

    async def connect(
        self,
        directory: Directory,
        person: PersonId,
        provider: str,
        identity: Identity,
        trace: Trace,
        *,
        called: str | None = None,
    ) -> None:
        """Connect an account at a provider to a person, who is told by mail where the provider is ``called`` something.
        Idempotent. Raises ``SignInRefused`` where it is somebody else's, or the person has another there."""
        row = await directory.external_logins.use(identity.issuer, identity.subject, identity.email)
        if row is not None:
            if row.person_id != person:
                raise SignInRefused(Trouble.TAKEN, "This account at the provider belongs to somebody else here.")
            return
        earlier = [row for row in await directory.external_logins.of_person(person) if row.provider == provider]
        if any(row.issuer == identity.issuer for row in earlier):
            raise SignInRefused(Trouble.ANOTHER, "Another account of this provider is connected.")
        if earlier:  # the provider of this name is another issuer now, at which those accounts are worth nothing
            await directory.external_logins.remove(person, provider)
        if not await directory.external_logins.add(person, provider, identity.issuer, identity.subject, identity.email):
            raise SignInRefused(Trouble.TAKEN, "This account at the provider belongs to somebody else here.")
        await directory.note(PLATFORM, trace.entry("person.login_connected", str(person), provider=provider))
        told = None if called is None else await directory.people.get(person)
        if called is not None and told is not None:
            values = {"email": told.email, "provider": called, "account": identity.email or identity.name}
            await self._post.put(directory, told.email, "login_connected", told.locale, page="", **values)

    async def _connected(self, directory: Directory, identity: Identity) -> PersonRow | None:
        row = await directory.external_logins.use(identity.issuer, identity.subject, identity.email)
        return None if row is None else await directory.people.get(row.person_id)

    async def _by_address(
        self, directory: Directory, provider: Provider, identity: Identity, trace: Trace
    ) -> PersonRow | None:
        if identity.email is None or not identity.email_verified:
            raise SignInRefused(Trouble.UNVERIFIED, "The provider does not vouch for an address.")
        person = await directory.people.by_email(identity.email)
        if person is None or person.disabled_at is not None:
            return None
        if person.email_verified_at is None:
            # Somebody else may have made this account under an address that is not theirs, and wait for its owner.
            if person.password_hash is not None or await directory.external_logins.of_person(person.id):
                raise SignInRefused(Trouble.CONNECT_FIRST, "The account's address was never proven.")
            await directory.people.prove_email(person.id, person.email)
        await self.connect(directory, person.id, provider.id, identity, trace, called=provider.name)
        await directory.account_tokens.void(person.id, Purpose.SETUP)
        return person


def _person(who: Principal) -> PersonId:
    if who.person_id is None:
        raise Unauthenticated("Sign in first.")
    return who.person_id
