"""Visitors of a site's chat: their session, their conversation, what they write. Sockets and REST both use this."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol
from uuid import UUID, uuid5

import orjson

from hub.accounts.credentials import ChannelAccounts, OpenChannel
from hub.core.errors import Forbidden, Invalid, Malformed, NotFound, TenantDisabled, Unauthenticated
from hub.core.ids import AccountKey, ChannelId, ChannelKind, ConversationId, FileId, MessageId, TenantId, uuid7
from hub.core.messages import Alias, AuthorKind, Event, Media
from hub.files.portraits import address
from hub.inbox.accept import Accepted
from hub.inbox.asked_first import asks_first, check_told
from hub.inbox.bursts import TYPING, pause_after
from hub.inbox.origins import origin_matches
from hub.inbox.shown import for_customer
from hub.inbox.site_settings import read_site_settings
from hub.inbox.vouching import SIGNED_IN, Identity, vouched
from hub.security.tokens import Visitor, VisitorTokens
from hub.store.conversations import ConversationRow
from hub.store.session import Store, Tx

VISITOR_ALIAS = "webchat.visitor"
_PAUSE = 0.3
"""Seconds at most to wait for more: a visitor who writes on is seen typing, which prolongs it."""


@dataclass(frozen=True, slots=True)
class Guest:
    """A visitor of one site. ``site_key`` is public; ``id`` is opaque and unique within the channel."""

    tenant: TenantId
    channel: ChannelId
    site_key: str
    id: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A visitor's message that is committed."""

    id: MessageId
    seq: int
    conversation_id: ConversationId
    duplicate: bool


@dataclass(frozen=True, slots=True)
class Thread:
    """Messages a customer may see, oldest first. ``seq`` is how far this tells; ``more``: the thread goes on."""

    conversation: ConversationRow
    messages: Sequence[Mapping[str, Any]]
    seq: int
    more: bool


FileLink = Callable[[TenantId, FileId], str]
"""A signed address, relative to the hub's, from which a file can be fetched for a while."""


class AcceptEvents(Protocol):
    """``hub.inbox.accept.Accept``."""

    def __call__(
        self, tenant: TenantId, channel: ChannelId, events: Sequence[Event], *, pause: float | None = None
    ) -> Awaitable[list[Accepted]]: ...

    def within(self, tx: Tx, channel: ChannelId, event: Event, *, pause: float) -> Awaitable[Accepted]: ...

    def told(self, tenant: TenantId, accepted: Accepted, *, pause: float) -> None: ...


class ReadsVisitors(Protocol):
    """The web chat channel: reads one visitor's event strictly. Raises ``Malformed`` or ``Invalid``."""

    kind: ChannelKind

    def read_event(self, raw: bytes, account: AccountKey | None = None) -> Event: ...


class Guests:
    """Everything a visitor may do. A site key is the web chat channel's id."""

    def __init__(
        self,
        *,
        store: Store,
        accounts: ChannelAccounts,
        tokens: VisitorTokens,
        accept: AcceptEvents,
        webchat: ReadsVisitors,
        link: FileLink | None = None,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._tokens = tokens
        self._accept = accept
        self._webchat = webchat
        self._link = link

    async def site(self, site_key: str) -> OpenChannel:
        """The site's channel. Raises ``NotFound``, or ``TenantDisabled`` when it is switched off."""
        found = await self._find(site_key)
        if found is None:
            raise NotFound("There is no site with this key.", field="site_key")
        if not found.enabled:
            raise TenantDisabled("This site's chat is switched off.")
        return found

    async def origin_allowed(self, site_key: str, origin: str) -> bool:
        """Whether pages of ``origin`` may use this site's chat. An unknown key allows none."""
        found = await self._find(site_key)
        return found is not None and origin_matches(origin, found.credentials.get("allowed_origins") or ())

    async def framers(self, site_key: str) -> Sequence[str]:
        """The sites that may show this site's chat in a frame, as the channel allows them."""
        found = await self._find(site_key)
        return () if found is None else tuple(found.credentials.get("allowed_origins") or ())

    async def check_origin(self, site_key: str, origin: str | None) -> None:
        """Raise ``Forbidden`` for a page of a foreign site. Calls from no page at all carry no origin."""
        if origin is not None and not await self.origin_allowed(site_key, origin):
            raise Forbidden("This site's address is not among the chat's allowed origins.")

    async def open_session(self, site_key: str, identity: Identity | None = None) -> tuple[str, Guest]:
        """A token for a new visitor, or for a signed-in one the shop vouches for. Raises ``Forbidden``."""
        site = await self.site(site_key)
        if identity is not None:
            visitor = vouched(site, identity)
        elif read_site_settings(site.settings).require_identity:
            raise Forbidden("This site's chat is for signed-in visitors.", field="identity")
        else:
            visitor = str(uuid7())
        guest = Guest(site.tenant_id, site.id, str(site.id), visitor)
        return self._tokens.issue(Visitor(guest.tenant, guest.channel, guest.id)), guest

    async def verify(self, token: str) -> Guest:
        """The visitor a token was issued to. Raises ``Unauthenticated`` or ``TenantDisabled``."""
        visitor = self._tokens.read(token)
        site = await self._accounts.by_id(visitor.channel)
        if site is None or site.tenant_id != visitor.tenant or site.kind != self._webchat.kind:
            raise Unauthenticated("The site this token was for is gone.")
        if not site.enabled:
            raise TenantDisabled("This site's chat is switched off.")
        if read_site_settings(site.settings).require_identity and not visitor.visitor.startswith(SIGNED_IN):
            raise Unauthenticated("This site's chat is for signed-in visitors.")
        return Guest(visitor.tenant, visitor.channel, str(visitor.channel), visitor.visitor)

    def renewed(self, token: str) -> str | None:
        """Another token for the same visitor, where this one, proven before, is older than a day."""
        return self._tokens.renewed(token)

    async def take(self, guest: Guest, raw: bytes) -> Taken:
        """Store what a visitor wrote: JSON ``{client_id, parts, ...}``. Idempotent by client id.

        Raises ``Malformed``, ``Invalid`` naming the field, ``NotFound`` for a conversation of somebody else,
        ``ProfileNeeded`` before the visitor told what the site asks first.
        """
        site = await self.site(guest.site_key)
        async with self._store.begin(guest.tenant) as tx:
            if asks_first(site):
                await check_told(tx, Alias(VISITOR_ALIAS, guest.id), site)
            event, pause = await self._event(tx, guest, raw)
        (accepted,) = await self._accept(guest.tenant, guest.channel, [event], pause=pause)
        return _taken(accepted)

    async def take_within(self, tx: Tx, guest: Guest, raw: bytes) -> tuple[Taken, Callable[[], None]]:
        """The same as part of a transaction; the second is to be called once that was committed."""
        event, pause = await self._event(tx, guest, raw)
        accepted = await self._accept.within(tx, guest.channel, event, pause=pause)
        return _taken(accepted), partial(self._accept.told, guest.tenant, accepted, pause=pause)

    async def _event(self, tx: Tx, guest: Guest, raw: bytes) -> tuple[Event, float]:
        data = _object(raw)
        fresh = data.pop("fresh", None)
        data["conversation"] = await self._thread_for(tx, guest, data.get("conversation"), fresh)
        event = self._webchat.read_event(orjson.dumps(_signed(data, guest)))
        await _check_files(tx, guest, event)
        return event, min(pause_after(event), _PAUSE)

    async def is_writing(self, guest: Guest, conversation: ConversationId) -> None:
        """The visitor types: whoever answers waits a little longer for the rest. Whose it is was checked before."""
        async with self._store.begin(guest.tenant) as tx:
            await tx.conversations.prolong_pause(conversation, TYPING)

    async def has_read(self, guest: Guest, conversation: ConversationId, seq: int) -> None:
        """The visitor has seen our messages up to this one. Whose it is was checked before. Idempotent."""
        async with self._store.begin(guest.tenant) as tx:
            await tx.messages.mark_read(conversation, seq)

    async def current(self, guest: Guest) -> ConversationId | None:
        """The visitor's newest conversation on this site, if there is one."""
        async with self._store.begin(guest.tenant) as tx:
            rows = await _conversations(tx, guest, 1)
        return rows[0].id if rows else None

    async def owns(self, guest: Guest, conversation: ConversationId) -> bool:
        """Whether the conversation is this visitor's."""
        async with self._store.begin(guest.tenant) as tx:
            return await _owned(tx, guest, conversation) is not None

    async def thread(
        self, tenant: TenantId, conversation: ConversationId, *, after: int | None, limit: int
    ) -> Thread | None:
        """The first ``limit`` messages after ``after``, the last ones where it is None. None: no such conversation.

        Whose it is was checked before.
        """
        async with self._store.begin(tenant) as tx:
            row = await tx.conversations.get(conversation)
            if row is None:
                return None
            if after is None:
                found = list(reversed(await tx.messages.before(conversation, None, limit)))
                more = False
            else:
                found = await tx.messages.since(conversation, after, limit + 1)
                more = len(found) > limit
                found = found[:limit]
            faces = await tx.portraits.of({m.author_id for m in found if m.author_kind == AuthorKind.AGENT})
        seq = found[-1].seq if found else (after if after is not None else row.last_seq)
        told = (for_customer(m, address(faces.get(m.author_id or ""))) for m in found)
        shown = [self._linked(tenant, m) for m in told if m is not None]
        return Thread(row, shown, seq, more)

    def _linked(self, tenant: TenantId, message: dict[str, Any]) -> dict[str, Any]:
        """The message, its files with links that work for a while."""
        link = self._link
        if link is None:
            return message

        def linked(part: dict[str, Any]) -> dict[str, Any]:
            if part.get("file_id"):
                return {**part, "url": link(tenant, FileId(UUID(part["file_id"])))}
            return {**part, "image": linked(part["image"])} if part.get("image") else part

        return {**message, "parts": [linked(part) for part in message["parts"]]}

    async def forget(self, guest: Guest) -> list[str]:
        """Delete what the visitor wrote and sent on this site, and who they are; the keys of blobs that the caller
        removes. Idempotent.

        A signed-in visitor may be known to the tenant's other sites and channels as well. Each site vouches under a
        secret of its own, so none may delete what was said elsewhere: that stays, and so does the customer then.
        """
        async with self._store.begin(guest.tenant) as tx:
            contact = await tx.contacts.by_alias(Alias(VISITOR_ALIAS, guest.id))
            if contact is not None:
                await tx.guest_threads.remove_all(guest.channel, contact.id)
                await tx.contacts.remove_unless_known(contact.id)
            return await tx.files.remove_under(blob_prefix(guest))

    async def _find(self, site_key: str) -> OpenChannel | None:
        try:
            id = ChannelId(UUID(site_key))
        except ValueError:
            return None
        found = await self._accounts.by_id(id)
        return found if found is not None and found.kind == self._webchat.kind else None

    async def _thread_for(self, tx: Tx, guest: Guest, wanted: object, fresh: object) -> str:
        """The thread a message goes into. A newcomer's two quick messages meet in one, for it follows from the
        visitor's id; so do those of a conversation begun anew, from the client's id of it."""
        if wanted is not None:
            try:
                row = await _owned(tx, guest, ConversationId(UUID(str(wanted))))
            except ValueError:
                row = None
            if row is None:
                raise NotFound("There is no such conversation.", field="conversation")
            return str(row.thread_key)
        if fresh is not None:
            return str(uuid5(guest.channel, f"{guest.id}/{fresh}"))
        rows = await _conversations(tx, guest, 1)
        if rows:
            return str(rows[0].thread_key)
        try:
            return str(UUID(guest.id))
        except ValueError:
            return str(uuid5(guest.channel, guest.id))


def blob_prefix(guest: Guest) -> str:
    """Where a visitor's uploads lie, so that a file is only ever referred to by whoever sent it."""
    return f"{guest.tenant}/guests/{hashlib.sha256(f'{guest.channel}/{guest.id}'.encode()).hexdigest()[:32]}/"


def _taken(accepted: Accepted) -> Taken:
    if accepted.message_id is None or accepted.conversation_id is None or accepted.seq is None:
        raise Invalid("Only something said can be sent this way.", field="event")
    return Taken(accepted.message_id, accepted.seq, accepted.conversation_id, accepted.duplicate)


def _object(raw: bytes) -> dict[str, Any]:
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise Malformed("The message is not JSON.") from None
    if not isinstance(data, dict):
        raise Malformed("The message must be a JSON object.")
    return data


def _signed(data: dict[str, Any], guest: Guest) -> dict[str, Any]:
    """The event with what only the server may say about its sender."""
    ours = {"visitor": guest.id, "user": guest.id.removeprefix(SIGNED_IN) if guest.id.startswith(SIGNED_IN) else None}
    return {**{k: v for k, v in data.items() if k != "at"}, **ours}


async def _check_files(tx: Tx, guest: Guest, event: Event) -> None:
    """A file may be referred to only by the visitor who sent it."""
    for index, part in enumerate(event.parts):
        if not isinstance(part, Media) or part.file_id is None:
            continue
        try:
            row = await tx.files.get(FileId(UUID(part.file_id)))
        except ValueError:
            row = None
        if row is None or not row.blob_key.startswith(blob_prefix(guest)):
            raise Invalid("There is no such file of yours.", field=f"parts.{index}.file_id")


async def _conversations(tx: Tx, guest: Guest, limit: int) -> list[ConversationRow]:
    contact = await tx.contacts.by_alias(Alias(VISITOR_ALIAS, guest.id))
    if contact is None:
        return []
    return await tx.conversations.page(limit, channel=guest.channel, contact=contact.id)


async def _owned(tx: Tx, guest: Guest, conversation: ConversationId) -> ConversationRow | None:
    row = await tx.conversations.get(conversation)
    if row is None or row.channel_id != guest.channel or row.contact_id is None:
        return None
    contact = await tx.contacts.by_alias(Alias(VISITOR_ALIAS, guest.id))
    return row if contact is not None and contact.id == row.contact_id else None
