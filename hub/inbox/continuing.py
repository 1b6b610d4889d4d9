"""Going on elsewhere: a visitor takes a conversation from the website to WhatsApp or Telegram, by a one-time code.

The visitor agrees to it; who sends the code from there is the same person then, and the two are linked, never merged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from hub.accounts.credentials import ChannelAccounts, OpenChannel
from hub.core.channels import Channel
from hub.core.conversations import State
from hub.core.errors import Invalid, NotFound
from hub.core.ids import ChannelId, ChannelKind, ConversationId, MessageId, TenantId, uuid7
from hub.core.messages import AuthorKind, MessageStatus, Text
from hub.core.start_links import StartsByLink
from hub.inbox import floor
from hub.inbox.guests import Guest, Guests
from hub.inbox.site_settings import Elsewhere, read_site_settings
from hub.security.resume_codes import ResumeCodes, hash_of
from hub.store.conversations import ConversationRow
from hub.store.messages import NewMessage
from hub.store.session import Store, Tx

CODE_LIFE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Way:
    """A channel on which visitors of a site may go on."""

    channel: ChannelId
    kind: ChannelKind


@dataclass(frozen=True, slots=True)
class Offer:
    """``link`` opens the other channel with the code along; the code may also be sent there by hand."""

    link: str
    code: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Arrived:
    """A conversation that goes on here: which, and who had it when it left."""

    origin: ConversationId
    state: State
    assignee: str | None


class Ways:
    """Where a site's conversations may go on, and the links that lead there."""

    def __init__(self, *, accounts: ChannelAccounts, channels: Mapping[ChannelKind, Channel]) -> None:
        self._accounts = accounts
        self._channels = channels

    async def of(self, site: OpenChannel) -> list[Way]:
        """Where a site's visitors may go on now; a channel that is gone or switched off is left out."""
        found = []
        for elsewhere in read_site_settings(site.settings).continue_on:
            target = await self._accounts.by_id(ChannelId(elsewhere.channel))
            if target is not None and target.enabled and target.tenant_id == site.tenant_id:
                found.append(Way(target.id, target.kind))
        return found

    async def check(self, tenant: TenantId, wanted: Sequence[Elsewhere]) -> None:
        """Raise ``Invalid`` for a channel on which nobody can go on, or whose public name is missing."""
        for place, elsewhere in enumerate(wanted):
            field = f"continue_on.{place}"
            target = await self._accounts.by_id(ChannelId(elsewhere.channel))
            if target is None or target.tenant_id != tenant:
                raise Invalid("There is no such channel.", field=f"{field}.channel")
            try:
                self.link(target, elsewhere, "resume", "")
            except Invalid as problem:
                raise Invalid(str(problem), field=f"{field}.{problem.field}") from None

    async def target(self, site: OpenChannel, channel: UUID) -> tuple[OpenChannel, Elsewhere]:
        """One of the site's channels, with its public name. Raises ``Invalid``."""
        wanted = {e.channel: e for e in read_site_settings(site.settings).continue_on}.get(channel)
        target = await self._accounts.by_id(ChannelId(channel)) if wanted is not None else None
        if wanted is None or target is None or not target.enabled or target.tenant_id != site.tenant_id:
            raise Invalid("This site's conversations cannot go on there.", field="channel")
        return target, wanted

    def link(self, target: OpenChannel, elsewhere: Elsewhere, code: str, words: str) -> str:
        adapter = self._channels.get(target.kind)
        if not isinstance(adapter, StartsByLink):
            raise Invalid("Conversations can go on on WhatsApp and Telegram alone.", field="channel")
        return adapter.start_link(target.credentials, elsewhere.address, code, words)


class Continuing:
    """What the website's side asks for."""

    def __init__(self, *, store: Store, ways: Ways, guests: Guests, codes: ResumeCodes) -> None:
        self._store = store
        self.ways = ways
        self._guests = guests
        self._codes = codes

    async def offer(self, guest: Guest, conversation: UUID, channel: UUID, *, consent: str, words: str) -> Offer:
        """A code for this conversation, to be sent from that channel; the one before works no more.

        ``consent`` is what the visitor agreed to, ``words`` what is written beside the code. Raises ``NotFound`` and
        ``Invalid``.
        """
        if not await self._guests.owns(guest, ConversationId(conversation)):
            raise NotFound("There is no such conversation.", field="conversation")
        site = await self._guests.site(guest.site_key)
        target, wanted = await self.ways.target(site, channel)
        code = self._codes.issue(target.id)
        link = self.ways.link(target, wanted, code, words)
        async with self._store.begin(guest.tenant) as tx:
            until = await tx.continuations.add(
                hash_of(code), ConversationId(conversation), target.id, consent, seconds=CODE_LIFE.total_seconds()
            )
        return Offer(link, code, until)


async def arrive(tx: Tx, here: ConversationRow, code: bytes, *, told: str, at: datetime) -> Arrived | None:
    """Take up, in ``here``, the conversation that a code is for: the customers are linked, and on the website it says
    so in the words ``told``. Who had it leaves it there; the caller asks for them here. ``code`` is its hash. None for
    one that is used up, has expired, or is of a conversation since deleted.
    """
    used = await tx.continuations.use(code, here.channel_id, here.id)
    origin = None if used is None else await tx.conversations.get(used.conversation_id, lock=True)
    if origin is None or origin.id == here.id:
        return None
    if here.contact_id is not None and origin.contact_id not in (None, here.contact_id):
        await tx.contacts.link(origin.contact_id, here.contact_id)
    await tx.conversations.goes_on_from(here.id, origin.id)
    state = State(origin.state)
    if state in (State.WAITING, State.AGENT):
        await floor.move_on(tx, origin)
    await tx.messages.add(
        NewMessage(
            id=MessageId(uuid7()),
            conversation=origin.id,
            author=AuthorKind.SYSTEM,
            parts=(Text(told),),
            at=at,
            status=MessageStatus.SENT,
            metadata={"goes_on_in": str(here.id)},
        )
    )
    return Arrived(origin.id, state, origin.assignee if state is State.AGENT else None)
