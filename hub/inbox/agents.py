"""What a colleague does in a conversation: take over, write, note, give back, resolve, assign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import structlog

from hub.core.channels import Channel
from hub.core.conversations import State
from hub.core.errors import Conflict, HubError, Invalid, NotFound
from hub.core.ids import ChannelKind, ConversationId, FileId, MessageId, PlatformId, TenantId, uuid7
from hub.core.media_limits import refusal_of
from hub.core.messages import AuthorKind, Card, Media, MessageStatus, Part, Template
from hub.core.policy import Decision, Verdict, may_send
from hub.core.ports import Announcer, Clock, DeltaFeed, PresenceFeed, Waker
from hub.core.templates import APPROVED, ApprovedTemplate, filled, fitting, template_from_json
from hub.inbox import floor
from hub.inbox.colleagues import check_colleague
from hub.inbox.floor import Floor
from hub.inbox.send import Draft, standing_of, write
from hub.inbox.shown import message_json, notification_json
from hub.store.conversations import ConversationRow
from hub.store.messages import MessageRow, NewMessage
from hub.store.notifications import NotificationRow
from hub.store.session import Store, Tx

_MOST_TEMPLATES = 200

log = structlog.get_logger(__name__)


class NotAllowedNow(Conflict):
    """The channel's rules do not let this message go out now."""

    code = "not_allowed_now"


class Stale(Conflict):
    """Somebody wrote meanwhile what the sender has not seen. ``details`` holds it, so that both can be merged."""

    code = "stale"

    def __init__(self, text: str, newer: Sequence[MessageRow]) -> None:
        super().__init__(text, field="last_seen_seq")
        self.details = {"newer": [message_json(row) for row in newer], "last_seq": newer[-1].seq}


@dataclass(frozen=True, slots=True)
class Colleague:
    """Who acts: a person's id or a key's, and the name customers may see."""

    id: str
    name: str | None = None


class AgentDesk:
    """Acts on conversations and tells workers and browsers. Every act that speaks raises the floor first."""

    def __init__(
        self,
        *,
        store: Store,
        channels: Mapping[ChannelKind, Channel],
        announcer: Announcer,
        feed: DeltaFeed,
        waker: Waker,
        clock: Clock,
        bell: PresenceFeed | None = None,
    ) -> None:
        self._bell = bell
        self._store = store
        self._channels = channels
        self._announcer = announcer
        self._feed = feed
        self._waker = waker
        self._clock = clock

    async def take_over(
        self, tenant: TenantId, conversation: ConversationId, by: Colleague, *, unless_held: bool = False
    ) -> Floor:
        """The floor is theirs; the answer lists what was on the wire. Raises ``NotFound``, ``Held`` if asked to."""
        async with self._store.begin(tenant) as tx:
            taken = await floor.take_over(tx, conversation, by=by.id, unless_held=unless_held)
            seq = await _seq(tx, conversation)
        await self._tell(tenant, conversation, seq, taken)
        return taken

    async def give_back(self, tenant: TenantId, conversation: ConversationId, by: Colleague) -> None:
        """The bot answers again from the next message on. Raises ``NotFound`` and ``Conflict``."""
        async with self._store.begin(tenant) as tx:
            await floor.return_to_bot(tx, conversation, by=by.id)
            seq = await _seq(tx, conversation)
        await self._tell(tenant, conversation, seq)

    async def resolve(self, tenant: TenantId, conversation: ConversationId, by: Colleague) -> Floor:
        """The conversation is closed. Raises ``NotFound`` and ``Conflict``."""
        async with self._store.begin(tenant) as tx:
            closed = await floor.resolve(tx, conversation, by=by.id)
            seq = await _seq(tx, conversation)
        await self._tell(tenant, conversation, seq, closed)
        return closed

    async def assign(self, tenant: TenantId, conversation: ConversationId, to: str | None, by: Colleague) -> Floor:
        """Give the conversation to a colleague (to nobody: back into the queue). The bot keeps quiet either way.

        Raises ``Invalid`` for who cannot answer here.
        """
        if to is not None and to != by.id:
            await check_colleague(self._store, tenant, to, by.id, field="assignee", answers=True)
        async with self._store.begin(tenant) as tx:
            row = await _locked(tx, conversation)
            if row.state == State.RESOLVED:
                raise Conflict("A resolved conversation cannot be assigned; take it over first.", field="state")
            state = State.AGENT if to is not None else State.WAITING
            moved = await floor.yield_to_human(tx, conversation, by=to or by.id, reason="assigned", state=state)
            await tx.conversations.set_state(conversation, state, reason="assigned", assignee=to)
            others = [] if to is None or to == by.id else [to]
            mark = self._clock.now().isoformat()
            rung = await tx.notifications.add(
                others, "assigned", conversation, mark, "A conversation was given to you."
            )
            seq = await _seq(tx, conversation)
        await self._tell(tenant, conversation, seq, moved)
        await self._ring(tenant, rung)
        return moved

    async def write(
        self,
        tenant: TenantId,
        conversation: ConversationId,
        parts: Sequence[Part],
        by: Colleague,
        *,
        last_seen: int | None = None,
        reply_to: MessageId | None = None,
    ) -> MessageRow:
        """Send a colleague's message; it takes the floor from the bot. ``last_seen`` is how far the sender had read.

        Raises ``NotFound``, ``NotAllowedNow``, and ``Stale`` when somebody wrote something they have not seen.
        """
        async with self._store.begin(tenant) as tx:
            row = await _locked(tx, conversation)
            await _check_seen(tx, row, by, last_seen)
            answered = await _answered(tx, row, reply_to)
            template = any(isinstance(part, Template) for part in parts)
            decision = await self._may_send(tx, row, template=template)
            if not decision.verdict.sends:
                raise NotAllowedNow(decision.text)
            parts = [await self._checked(tx, row, part) for part in parts]
            taken = await floor.yield_to_human(tx, conversation, by=by.id, reason="person_acted")
            row = await _locked(tx, conversation)
            draft = Draft(parts=parts, author=AuthorKind.AGENT, author_id=by.id, author_name=by.name, reply_to=answered)
            id, seq = await write(tx, row, draft, at=self._clock.now())
            written = await _message(tx, id)
            await tx.drafts.forget(conversation, by.id, note=False)
            await tx.readings.mark(conversation, by.id, seq)
        await self._tell(tenant, conversation, seq, taken)
        await self._wake("delivery")
        return written

    async def note(
        self,
        tenant: TenantId,
        conversation: ConversationId,
        parts: Sequence[Part],
        by: Colleague,
        mentions: Sequence[str] = (),
    ) -> MessageRow:
        """Leave a note that only colleagues see; those it mentions find it in their list. Raises ``NotFound``."""
        for person in dict.fromkeys(mentions):
            await check_colleague(self._store, tenant, person, by.id, field="mentions", answers=False)
        id = MessageId(uuid7())
        async with self._store.begin(tenant) as tx:
            row = await _locked(tx, conversation)
            seq = await tx.messages.add(
                NewMessage(
                    id=id,
                    conversation=conversation,
                    author=AuthorKind.AGENT,
                    author_id=by.id,
                    author_name=by.name,
                    parts=parts,
                    at=self._clock.now(),
                    kind="note",
                    status=MessageStatus.SENT,
                    floor_epoch=row.floor_epoch,
                    metadata={"mentions": list(dict.fromkeys(mentions))} if mentions else {},
                )
            )
            await tx.readings.mention(id, conversation, mentions)
            others = [person for person in dict.fromkeys(mentions) if person != by.id]
            text = f"{by.name or 'A colleague'} mentioned you in a note."
            rung = await tx.notifications.add(others, "mention", conversation, str(id), text)
            await tx.drafts.forget(conversation, by.id, note=True)
            await tx.readings.mark(conversation, by.id, seq)
            written = await _message(tx, id)
        await self._tell(tenant, conversation, seq)
        await self._ring(tenant, rung)
        return written

    async def policy(self, tenant: TenantId, conversation: ConversationId) -> Decision:
        """May a colleague write freely now? Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            row = await tx.conversations.get(conversation)
            if row is None:
                raise NotFound("There is no such conversation.", field="conversation")
            return await self._may_send(tx, row)

    async def templates(self, tenant: TenantId, conversation: ConversationId) -> list[ApprovedTemplate]:
        """The templates that may be sent here, those in the customer's language first. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            row = await tx.conversations.get(conversation)
            if row is None:
                raise NotFound("There is no such conversation.", field="conversation")
            kept = await tx.templates.page(row.channel_id, _MOST_TEMPLATES, status=APPROVED)
            contact = await tx.contacts.get(row.contact_id) if row.contact_id else None
        locale = contact.locale if contact is not None else None
        return fitting([template_from_json(t.content) for t in kept], locale)

    async def _may_send(self, tx: Tx, row: ConversationRow, *, template: bool = False) -> Decision:
        channel = await tx.channels.get(row.channel_id)
        adapter = None if channel is None else self._channels.get(channel.kind)
        if channel is None or adapter is None or not channel.enabled:
            return Decision(Verdict.REFUSE, "This conversation's channel is switched off.")
        contact = await tx.contacts.get(row.contact_id) if row.contact_id else None
        return may_send(
            adapter.capabilities,
            AuthorKind.AGENT,
            standing_of(row, contact),
            now=self._clock.now(),
            template=template,
        )

    async def _checked(self, tx: Tx, row: ConversationRow, part: Part) -> Part:
        """A file as we stored it, a template with what it says, if the channel takes it. Raises ``Invalid`` with
        advice, before anything is sent."""
        if isinstance(part, Template):
            return await _filled(tx, row, part)
        if isinstance(part, Card) and part.image is not None:
            return replace(part, image=await self._checked_media(tx, row, part.image))
        return await self._checked_media(tx, row, part) if isinstance(part, Media) else part

    async def _checked_media(self, tx: Tx, row: ConversationRow, part: Media) -> Media:
        if part.file_id is not None:
            file = await tx.files.get(_file_id(part.file_id))
            if file is None:
                raise Invalid("There is no such file. Upload it first.", field="parts")
            part = replace(part, mime=file.mime, size=file.size, name=part.name or file.name)
        channel = await tx.channels.get(row.channel_id)
        adapter = None if channel is None else self._channels.get(channel.kind)
        refused = None if adapter is None else refusal_of(adapter.capabilities, part)
        if refused is not None:
            raise Invalid(refused, field="parts")
        return part

    async def announce(self, tenant: TenantId, conversation: ConversationId) -> None:
        """Tell whoever watches that something about the conversation changed."""
        async with self._store.begin(tenant) as tx:
            seq = await _seq(tx, conversation)
        await self._tell(tenant, conversation, seq)

    async def _tell(self, tenant: TenantId, conversation: ConversationId, seq: int, taken: Floor | None = None) -> None:
        """Hints only: what was done is committed, and whoever misses a hint asks by itself."""
        try:
            if taken is not None and taken.withdrawn is not None:
                await self._feed.withdrawn(tenant, conversation, taken.withdrawn)
            await self._announcer.announce(tenant, conversation, seq)
        except (HubError, OSError) as error:
            log.info("agents.hint_lost", error=type(error).__name__)

    async def _ring(self, tenant: TenantId, rung: Sequence[NotificationRow]) -> None:
        """Ring at colleagues' windows; whoever is away finds it in their list."""
        if self._bell is None:
            return
        try:
            for note in rung:
                await self._bell.notified(tenant, note.person, notification_json(note))
        except (HubError, OSError) as error:
            log.info("agents.hint_lost", error=type(error).__name__)

    async def _wake(self, topic: str) -> None:
        try:
            await self._waker.wake(topic)
        except (HubError, OSError) as error:
            log.info("agents.hint_lost", error=type(error).__name__)


async def _check_seen(tx: Tx, row: ConversationRow, by: Colleague, last_seen: int | None) -> None:
    """The conversation is locked: of two who send at once, one is first and the other sees the first one's words."""
    if last_seen is None or last_seen >= row.last_seq:
        return
    newer = [
        message
        for message in await tx.messages.since(row.id, last_seen)
        if message.kind not in ("note", "activity")
        and message.author_id != by.id
        and message.status not in (MessageStatus.CANCELLED, MessageStatus.INTERRUPTED)
    ]
    if newer:
        who = {AuthorKind.CONTACT: "The customer", AuthorKind.BOT: "The bot"}.get(AuthorKind(newer[-1].author_kind))
        name = who or newer[-1].author_name or "A colleague"
        raise Stale(f"{name} wrote meanwhile. Read it, then send again.", newer)


async def _answered(tx: Tx, row: ConversationRow, message: MessageId | None) -> PlatformId | None:
    """The platform's id of the message that is replied to."""
    if message is None:
        return None
    target = await tx.messages.get(message)
    if target is None or target.conversation_id != row.id:
        raise Invalid("There is no such message in this conversation.", field="reply_to")
    return PlatformId(target.platform_ids[0]) if target.platform_ids else None


async def _filled(tx: Tx, row: ConversationRow, part: Template) -> Template:
    kept = await tx.templates.get(row.channel_id, part.name, part.language)
    if kept is None:
        some = await tx.templates.page(row.channel_id, 1)
        told = "There is no such template in this language." if some else "This channel's templates are not here yet."
        raise Invalid(f"{told} Fetch the channel's templates, then choose one of them.", field="parts")
    return replace(part, text=filled(template_from_json(kept.content), part.values))


def _file_id(text: str) -> FileId:
    try:
        return FileId(UUID(text))
    except ValueError:
        raise Invalid("A file's id is a UUID.", field="parts") from None


async def _locked(tx: Tx, conversation: ConversationId) -> ConversationRow:
    row = await tx.conversations.get(conversation, lock=True)
    if row is None:
        raise NotFound("There is no such conversation.", field="conversation")
    return row


async def _seq(tx: Tx, conversation: ConversationId) -> int:
    row = await tx.conversations.get(conversation)
    return 0 if row is None else row.last_seq


async def _message(tx: Tx, id: MessageId) -> MessageRow:
    row = await tx.messages.get(id)
    if row is None:
        raise RuntimeError("a message just written is not there")
    return row
