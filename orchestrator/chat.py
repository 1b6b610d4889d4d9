"""Asking directly: a question in, the answer as it grows, in the process that was asked.

The question takes the same way as every message: accepted, claimed by the lane, answered by the turn. Only the
claim is made here, so that the caller reads along without a detour; should this process die, a worker answers.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Literal
from uuid import UUID, uuid5

from hub.core.conversations import State
from hub.core.errors import Conflict, NotFound, Unavailable
from hub.core.ids import (
    AccountKey,
    ChannelId,
    ChannelKind,
    ConversationId,
    MessageId,
    PlatformId,
    TenantId,
    ThreadKey,
    uuid7,
)
from hub.core.messages import Alias, AuthorKind, Event, EventType, Sender, Text
from hub.core.ports import Clock, DeltaFeed
from hub.inbox.accept import Accept
from hub.inbox.lane import LEASE_SECONDS, Lane
from hub.inbox.lane import Turn as LaneTurn
from hub.store.messages import MessageRow
from hub.store.session import Store

ASKER = "api.key"
"""The kind of identity that whoever asks by API has."""
_PAUSE = 5.0
_POLL = 0.2
_PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Earlier:
    """A message of a talk that the asker keeps, before the question."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and in which conversation (None: a new one). ``context`` holds the search to one context;
    ``asker`` is who asks, opaque and stable, so that conversations of one key belong together; ``earlier`` is the talk
    so far where the asker keeps it."""

    text: str
    asker: str
    conversation: ConversationId | None = None
    context: str | None = None
    earlier: tuple[Earlier, ...] = ()


@dataclass(frozen=True, slots=True)
class Grew:
    """More of the answer; ``n`` counts from 0 within a message."""

    message: MessageId
    n: int
    text: str


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What was shown of this message counts no more: a person has the floor."""

    message: MessageId


@dataclass(frozen=True, slots=True)
class Answered:
    """A finished message of ours. ``message`` is None where nobody answers now, as while a person is awaited."""

    conversation: ConversationId
    state: State
    reason: str | None
    message: MessageRow | None


Happened = Grew | TakenBack | Answered


class _Ear:
    """Listens to a turn while it passes everything on to the feed that everybody else reads."""

    def __init__(self, feed: DeltaFeed) -> None:
        self._feed = feed
        self.heard: asyncio.Queue[Grew | TakenBack] = asyncio.Queue(maxsize=4096)

    async def delta(
        self,
        tenant: TenantId,
        conversation: ConversationId,
        message: MessageId,
        floor_epoch: int,
        n: int,
        text: str,
    ) -> None:
        with contextlib.suppress(asyncio.QueueFull):  # the final message holds the whole text
            self.heard.put_nowait(Grew(message, n, text))
        await self._feed.delta(tenant, conversation, message, floor_epoch, n, text)

    async def withdrawn(self, tenant: TenantId, conversation: ConversationId, message: MessageId) -> None:
        with contextlib.suppress(asyncio.QueueFull):
            self.heard.put_nowait(TakenBack(message))
        await self._feed.withdrawn(tenant, conversation, message)

    async def typing(self, tenant: TenantId, conversation: ConversationId, active: bool) -> None:
        await self._feed.typing(tenant, conversation, active)


class ChatEngine:
    """Answers questions of the chat API. ``turn_with(feed, question)`` makes a turn that speaks into ``feed``."""

    def __init__(
        self,
        *,
        store: Store,
        accept: Accept,
        feed: DeltaFeed,
        turn_with: Callable[[DeltaFeed, Question], LaneTurn],
        kind: ChannelKind,
        seal: Callable[[TenantId], bytes],
        owner: UUID,
        clock: Clock,
    ) -> None:
        self._store = store
        self._accept = accept
        self._feed = feed
        self._turn_with = turn_with
        self._kind = kind
        self._seal = seal
        self._owner = owner
        self._clock = clock

    async def __call__(self, tenant: TenantId, question: Question) -> AsyncGenerator[Happened, None]:
        """Run one turn and tell how it goes; ends with one ``Answered``.

        Raises ``NotFound`` for a conversation of somebody else, ``Conflict`` while another question of the same
        conversation is being answered, ``Unavailable`` when no answer came.
        """
        channel = await self._channel(tenant)
        conversation = question.conversation or ConversationId(uuid7())
        if question.conversation is not None:
            await self._check_owner(tenant, channel, conversation, question.asker)
        (accepted,) = await self._accept(tenant, channel, [self._event(channel, conversation, question)], pause=_PAUSE)
        after = accepted.seq or 0
        ear = _Ear(self._feed)
        work = asyncio.create_task(self._work(tenant, conversation, question, ear))
        try:
            async for heard in _until(work, ear.heard):
                yield heard
            yield await self._answer(tenant, conversation, after)
        finally:
            if not work.done():  # the reader left: the answer is still written down for the next question
                await asyncio.shield(asyncio.wait([work], timeout=LEASE_SECONDS))

    async def _work(self, tenant: TenantId, conversation: ConversationId, question: Question, ear: _Ear) -> None:
        async with self._store.begin(tenant) as tx:
            claim = await tx.conversations.claim_one(conversation, self._owner, LEASE_SECONDS)
        if claim is None and question.conversation is None:
            return  # this process was so slow that a worker took it: the answer comes from there
        if claim is None:
            raise Conflict("The previous question of this conversation is still being answered.")
        turn = self._turn_with(ear, question)
        await Lane(store=self._store, turn=turn, owner=self._owner).run(claim)

    async def _answer(self, tenant: TenantId, conversation: ConversationId, after: int) -> Answered:
        async with asyncio.timeout(_PATIENCE):
            while True:
                async with self._store.begin(tenant) as tx:
                    row = await tx.conversations.get(conversation)
                    rows = await tx.messages.since(conversation, after)
                if row is None:
                    raise NotFound("The conversation is gone.")
                said = [m for m in rows if m.author_kind == AuthorKind.BOT]
                if said or row.pending == 0:
                    return Answered(conversation, State(row.state), row.state_reason, said[-1] if said else None)
                if row.lease_owner is None and row.attempts:
                    raise Unavailable("The answer did not come to an end. It will appear in the conversation.")
                await asyncio.sleep(_POLL)

    def _event(self, channel: ChannelId, conversation: ConversationId, question: Question) -> Event:
        return Event(
            type=EventType.MESSAGE,
            channel=self._kind,
            account=AccountKey(str(channel)),
            platform_id=PlatformId(f"api:{uuid7()}"),
            at=self._clock.now(),
            sender=Sender(ids=(Alias(ASKER, question.asker),)),
            thread=ThreadKey(str(conversation)),
            parts=(Text(question.text),),
        )

    async def _channel(self, tenant: TenantId) -> ChannelId:
        """The tenant's channel for questions by API, made at the first one. No web page may use it."""
        channel = ChannelId(uuid5(tenant, "chat-api"))
        async with self._store.begin(tenant) as tx:
            if await tx.channels.get(channel) is None:
                await tx.channels.ensure(
                    channel, self._kind, "Chat API", AccountKey(str(channel)), self._seal(tenant), {"chat_api": True}
                )
        return channel

    async def _check_owner(
        self, tenant: TenantId, channel: ChannelId, conversation: ConversationId, asker: str
    ) -> None:
        async with self._store.begin(tenant) as tx:
            row = await tx.conversations.get(conversation)
            known = await tx.contacts.by_alias(Alias(ASKER, asker))
        if row is None or row.channel_id != channel or known is None or row.contact_id != known.id:
            raise NotFound("There is no such conversation.", field="conversation_id")


async def _until(work: asyncio.Task[None], heard: asyncio.Queue[Grew | TakenBack]) -> AsyncGenerator[Happened, None]:
    """What is heard until the work is done; raises what the work raised."""
    while not (work.done() and heard.empty()):
        listening = asyncio.create_task(heard.get())
        await asyncio.wait([listening, work], return_when=asyncio.FIRST_COMPLETED)
        if listening.done():
            yield listening.result()
        else:
            listening.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await listening
    work.result()
