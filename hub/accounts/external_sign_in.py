"""Signing in by a provider: the way there, the way back, and what comes of it here."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit, urlunsplit
from uuid import UUID

from hub.accounts.attempts import TOKENS, Attempts
from hub.accounts.audit import Trace
from hub.accounts.invitations import InvitationDesk
from hub.accounts.logins import LoginDesk
from hub.accounts.post import Post
from hub.accounts.providers import Ask, Identity, Provider, SignInRefused, Trouble
from hub.accounts.sessions import Sessions
from hub.accounts.sign_in import SignedIn
from hub.core.errors import Forbidden, HubError, NotFound, Unauthenticated
from hub.core.ids import PersonId, SessionId
from hub.security.encryption import Undecryptable, Vault
from hub.security.tokens import same_secret
from hub.store.session import PLATFORM, Store

LIFETIME = timedelta(minutes=15)
"""How long somebody may stay at a provider's page."""
_PURPOSE = "provider-sign-in"
_HOME = "/admin/"
_PAGE = re.compile(r"/admin/[\x21-\x5b\x5d-\x7e]*")
"""A page of the desk: no other host, no backslash, no control characters."""
_LONGEST_PAGE = 2_000


@dataclass(frozen=True, slots=True)
class Wish:
    """What signing in is for: to get to a page, to accept an invitation, or (``link``) to connect the provider to
    the account of the person who is signed in."""

    page: str = _HOME
    invitation: str | None = None
    link: bool = False


@dataclass(frozen=True, slots=True)
class Away:
    """Where to send the browser, and the sealed value it keeps until it comes back."""

    url: str
    kept: str


@dataclass(frozen=True, slots=True)
class Back:
    """Where in the desk the browser goes on, and the new session, if one began."""

    page: str
    signed: SignedIn | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Journey:
    """What the browser keeps, sealed, while it is away. Nobody but us can read or change it."""

    provider: str
    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    until: float
    wish: dict[str, Any]
    person: str | None = None
    session: str | None = None

    def ask(self) -> Ask:
        return Ask(self.state, self.nonce, self.verifier, self.redirect_uri)


@dataclass(slots=True, kw_only=True)
class ExternalSignIn:
    """Signs people in by what providers say of them."""

    store: Store
    sessions: Sessions
    vault: Vault
    invitations: InvitationDesk
    logins: LoginDesk
    post: Post
    providers: Sequence[Provider]
    _attempts: Attempts = field(init=False)

    def __post_init__(self) -> None:
        self._attempts = Attempts(store=self.store, kind="provider", allowances=TOKENS)

    def provider(self, id: str) -> Provider:
        """One of the ways there are. Raises ``NotFound``."""
        found = next((provider for provider in self.providers if provider.id == id), None)
        if found is None:
            raise NotFound("There is no such way to sign in here.", field="provider")
        return found

    async def begin(self, id: str, redirect_uri: str, wish: Wish, trace: Trace) -> Away:
        """The way to a provider's page. Raises ``NotFound``, ``TooMany``, and ``SignInRefused`` where the provider
        cannot be asked."""
        provider = self.provider(id)
        await self._attempts.count(trace.address, trace.address)
        who = trace.who
        journey = _Journey(
            provider=id,
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            redirect_uri=redirect_uri,
            until=(datetime.now(UTC) + LIFETIME).timestamp(),
            wish=asdict(Wish(own_page(wish.page), wish.invitation, wish.link)),
            person=str(who.person_id) if who and who.person_id else None,
            session=str(who.session_id) if who and who.session_id else None,
        )
        url = await provider.address(journey.ask())
        return Away(url, self.vault.encrypt_json(asdict(journey), tenant=None, purpose=_PURPOSE).decode())

    async def finish(self, id: str, answer: Mapping[str, str], kept: str, trace: Trace) -> Back:
        """What comes of the browser's return. Never raises: whatever went wrong, some page of ours says so."""
        journey: _Journey | None = None
        try:
            provider = self.provider(id)
            journey = await self._own(id, answer.get("state", ""), kept)
            identity = await provider.identity(answer, journey.ask())
            return await self._arrived(provider, identity, journey, trace)
        except SignInRefused as error:
            return await self._refused(id, error.trouble, str(error), journey, trace)
        except HubError as error:
            trouble = Trouble.UNAVAILABLE if error.status >= 500 else Trouble.EXPIRED
            return await self._refused(id, trouble, str(error), journey, trace)

    async def _own(self, id: str, state: str, kept: str) -> _Journey:
        """The journey that this browser began here, once. Raises ``SignInRefused``."""
        try:
            journey = _Journey(
                **self.vault.decrypt_json(kept.encode("utf-8", "replace"), tenant=None, purpose=_PURPOSE)
            )
        except (Undecryptable, TypeError, ValueError):
            raise SignInRefused(Trouble.EXPIRED, "The browser did not begin this here, or not lately.") from None
        if journey.provider != id or not same_secret(state, journey.state):
            raise SignInRefused(Trouble.EXPIRED, "The answer belongs to another request.")
        if datetime.now(UTC).timestamp() > journey.until:
            raise SignInRefused(Trouble.EXPIRED, "The answer came too late.")
        used = hashlib.sha256(f"{_PURPOSE}\0{state}".encode()).digest()
        async with self.store.directory() as directory:
            times = await directory.sessions.count_attempt(used, LIFETIME.total_seconds())
        if times > 1:
            raise SignInRefused(Trouble.EXPIRED, "The answer was used already.")
        return journey

    async def _arrived(self, provider: Provider, identity: Identity, journey: _Journey, trace: Trace) -> Back:
        wish = Wish(**journey.wish)
        if wish.link:
            await self._link(provider, identity, journey, trace)
            return Back(_with(wish.page, connected=provider.id))
        if wish.invitation is not None:
            return await self._join(provider, identity, wish.invitation, journey, trace)
        async with self.store.directory() as directory:
            person = await self.logins.person_of(directory, provider, identity, trace)
            await _end_earlier(directory, journey)
            cookie = await self.sessions.begin(directory, person, provider.id, trace)
            act = trace.entry("person.signed_in", str(person.id), person=(person.id, person.name), method=provider.id)
            await directory.note(PLATFORM, act)
        await self.post.wake()
        return Back(wish.page, SignedIn(person.id, cookie))

    async def _link(self, provider: Provider, identity: Identity, journey: _Journey, trace: Trace) -> None:
        person, session = journey.person, journey.session
        if person is None or session is None:
            raise SignInRefused(Trouble.EXPIRED, "Nobody was signed in.")
        id, idle = PersonId(UUID(person)), self.sessions.lifetime.idle.total_seconds()
        async with self.store.directory() as directory:
            if not await directory.sessions.lives(id, SessionId(UUID(session)), idle):
                raise SignInRefused(Trouble.EXPIRED, "The session ended meanwhile.")
            await self.logins.connect(directory, id, provider.id, identity, trace, called=provider.name)
        await self.post.wake()

    async def _join(self, provider: Provider, identity: Identity, token: str, journey: _Journey, trace: Trace) -> Back:
        try:
            signed = await self.invitations.accept_by(
                token,
                lambda directory, row: self.logins.invited(directory, row, provider, identity, trace),
                provider.id,
                trace,
            )
        except SignInRefused:
            raise
        except (Unauthenticated, Forbidden) as error:
            raise SignInRefused(Trouble.OTHER_PERSON, str(error)) from error
        except HubError as error:
            trouble = Trouble.UNAVAILABLE if error.status >= 500 else Trouble.INVITATION
            raise SignInRefused(trouble, str(error)) from error
        async with self.store.directory() as directory:
            await _end_earlier(directory, journey)
        return Back(_HOME, signed)

    async def _refused(self, id: str, trouble: Trouble, text: str, journey: _Journey | None, trace: Trace) -> Back:
        if journey is not None:  # anybody may call without having begun here, and as often as they like
            async with self.store.directory() as directory:
                entry = trace.entry("person.sign_in_refused", None, method=id, trouble=trouble.value, reason=text)
                await directory.note(PLATFORM, entry)
        wish = Wish(**journey.wish) if journey is not None else Wish()
        if wish.link:
            return Back(_with(wish.page, error=trouble.value))
        if wish.invitation is not None:
            return Back(f"/admin/invitation?error={trouble.value}#token={quote(wish.invitation)}")
        within = wish.page.removeprefix("/admin")  # as the desk writes its own addresses
        return Back(f"/admin/sign-in?{urlencode({'error': trouble.value, 'next': within})}")


async def _end_earlier(directory: Any, journey: _Journey) -> None:
    if journey.person is not None and journey.session is not None:
        await directory.sessions.revoke(PersonId(UUID(journey.person)), SessionId(UUID(journey.session)))


def own_page(page: str) -> str:
    """The page if it is one of the desk, else the desk's first."""
    if len(page) > _LONGEST_PAGE or _PAGE.fullmatch(page) is None or "/../" in page or page.startswith("/admin//"):
        return _HOME
    return page


def _with(page: str, **more: str) -> str:
    parts = urlsplit(page)
    query = "&".join(filter(None, (parts.query, urlencode(more))))
    return urlunsplit(("", "", parts.path, query, ""))
