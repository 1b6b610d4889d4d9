"""The visitors' desk over the inbox: what sockets and REST have in common stands in ``hub.inbox.guests``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from hub.core.conversations import State
from hub.core.errors import NotFound
from hub.core.ids import ConversationId, MessageId, TenantId
from hub.core.ports import PresenceFeed
from hub.inbox.answering import Answering
from hub.inbox.guests import Guest, Guests
from hub.inbox.opinions import Opinions
from hub.realtime.ports import Act, Page, Revises, Standing, VisitorDesk
from hub.realtime.schemas import FeedbackFrame, Frame, ReadFrame, TypingFrame
from hub.store.conversations import ConversationRow

WhoAnswers = Callable[[ConversationRow], Awaitable[Answering]]
"""The colleague who answers, as customers may know them; without a name it is "a person"."""

Queue = Callable[[TenantId, ConversationId], Awaitable[tuple[int | None, int | None]]]
"""A waiting conversation's place in line, counted from 1, and the wait in seconds; None where nobody can say."""


async def _unknown(tenant: TenantId, conversation: ConversationId) -> tuple[int | None, int | None]:
    return None, None


async def _unnamed(row: ConversationRow) -> Answering:
    return Answering()


class StoredConversations:
    """``Conversations`` as the inbox reads them."""

    def __init__(self, *, guests: Guests, who_answers: WhoAnswers, queue: Queue) -> None:
        self._guests = guests
        self._who_answers = who_answers
        self._queue = queue

    async def current(self, guest: Guest) -> ConversationId | None:
        return await self._guests.current(guest)

    async def owns(self, guest: Guest, conversation: ConversationId) -> bool:
        return await self._guests.owns(guest, conversation)

    async def page(
        self, tenant: TenantId, conversation: ConversationId, *, after: int | None, limit: int
    ) -> Page | None:
        thread = await self._guests.thread(tenant, conversation, after=after, limit=limit)
        if thread is None:
            return None
        row, state = thread.conversation, State(thread.conversation.state)
        place, wait = await self._queue(tenant, conversation) if state is State.WAITING else (None, None)
        who = await self._who_answers(row) if state is State.AGENT else Answering()
        standing = Standing(
            row.id, state, row.floor_epoch, agent=who.name, picture=who.picture, seen=who.seen, place=place, wait=wait
        )
        return Page(standing, thread.messages, thread.seq, thread.more)


def _typing(guests: Guests, presence: PresenceFeed | None) -> Act:
    async def typing(guest: Guest, conversation: ConversationId, frame: Frame) -> None:
        if not isinstance(frame, TypingFrame):
            return
        if frame.active:
            await guests.is_writing(guest, conversation)
        if presence is not None:
            state = "typing" if frame.active else "gone"
            await presence.present(guest.tenant, conversation, "contact", None, state)

    return typing


def _read(guests: Guests) -> Act:
    async def read(guest: Guest, conversation: ConversationId, frame: Frame) -> None:
        if isinstance(frame, ReadFrame):
            await guests.has_read(guest, conversation, frame.seq)

    return read


def _feedback(opinions: Opinions) -> Act:
    async def feedback(guest: Guest, conversation: ConversationId, frame: Frame) -> None:
        if not isinstance(frame, FeedbackFrame):
            return
        try:
            message = MessageId(UUID(frame.message_id))
        except ValueError:
            raise NotFound("There is no such answer in this conversation.", field="message_id") from None
        await opinions.give(guest.tenant, conversation, message, frame.value, frame.comment)

    return feedback


def guest_desk(
    guests: Guests,
    *,
    acts: Mapping[str, Act] | None = None,
    who_answers: WhoAnswers = _unnamed,
    queue: Queue = _unknown,
    presence: PresenceFeed | None = None,
    opinions: Opinions | None = None,
    revisions: Revises | None = None,
) -> VisitorDesk:
    """The desk of one deployment. ``acts`` are what else visitors may do, by event name; ``presence`` lets colleagues
    see that the customer is writing; ``opinions`` takes what they think of answers, ``revisions`` their second
    thoughts."""
    own = {} if opinions is None else {"feedback": _feedback(opinions)}
    return VisitorDesk(
        verify=guests.verify,
        origin_allowed=guests.origin_allowed,
        accept=guests.take,
        conversations=StoredConversations(guests=guests, who_answers=who_answers, queue=queue),
        acts={"typing": _typing(guests, presence), "read": _read(guests), **own, **(acts or {})},
        revisions=revisions,
        renew=guests.renewed,
    )
