"""Second thoughts of a visitor: stop an answer, have it again, say a thing differently, press a button.

What is replaced stays stored, marked as superseded: colleagues see it, the visitor's log and the model's memory do not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson

from hub.core.conversations import State
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.events import HubEvent
from hub.core.ids import ConversationId, MessageId, TenantId
from hub.core.messages import AuthorKind, MessageStatus, Text
from hub.core.ports import Announcer, Clock, Waker
from hub.inbox.guests import Guest, Guests, Taken
from hub.store.conversations import ConversationRow
from hub.store.messages import MessageRow, NewMessage
from hub.store.session import Store, Tx

SUPERSEDED = "superseded"
"""The key in a message's metadata that says it was replaced, and by which act."""
_LOOK_BACK = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """As much of the answer under way as the visitor has seen."""

    message: MessageId
    text: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """What an act replaced: the messages' ids, and from where on the thread must be read again."""

    messages: tuple[MessageId, ...]
    after: int


class Revisions:
    """Acts of a visitor on what was said. Whose the conversation is was checked before."""

    def __init__(self, *, store: Store, guests: Guests, announcer: Announcer, waker: Waker, clock: Clock) -> None:
        self._store = store
        self._guests = guests
        self._announcer = announcer
        self._waker = waker
        self._clock = clock

    async def stop(self, tenant: TenantId, conversation: ConversationId, shown: Shown | None) -> bool:
        """End the answer under way; what was shown of it stays, as an answer that was stopped. False: there was none.
        Idempotent."""
        async with self._store.begin(tenant) as tx:
            row = await _locked(tx, conversation)
            stopped = await self._stop(tx, row, shown)
        await self._announcer.announce(tenant, conversation, row.last_seq)
        return stopped

    async def regenerate(self, tenant: TenantId, conversation: ConversationId, message: MessageId) -> Replaced:
        """Answer the same question once more. Idempotent while the new answer is on its way. Raises ``NotFound`` for
        what is no answer of the bot's here, ``Conflict`` where it cannot be had again."""
        async with self._store.begin(tenant) as tx:
            row = await _locked(tx, conversation)
            answer = await _message(tx, conversation, message)
            if answer.author_kind != AuthorKind.BOT:
                raise NotFound("There is no such answer in this conversation.", field="message_id")
            if SUPERSEDED in answer.metadata:
                return Replaced((message,), answer.seq - 1)
            _bot_speaks(row)
            later = await tx.messages.since(conversation, answer.seq)
            if any(m.author_kind in (AuthorKind.CONTACT, AuthorKind.AGENT) and _said(m) for m in later):
                raise Conflict("Only the last answer can be had again.", field="message_id")
            before = await tx.messages.before(conversation, answer.seq, _LOOK_BACK)
            first = _first_of(answer, before)
            asked = _asked([m for m in before if m.seq < first.seq])
            if not await tx.inbox.put_back(conversation, asked):
                raise Conflict("There is no question that belongs to this answer.", field="message_id")
            replaced = await self._supersede(tx, conversation, first.seq, "regenerated")
        await self._waker.wake("turn")
        await self._announcer.announce(tenant, conversation, row.last_seq)
        return Replaced(tuple(replaced), first.seq - 1)

    async def edit(
        self, guest: Guest, conversation: ConversationId, message: MessageId, text: str
    ) -> tuple[Taken, Replaced]:
        """Say a message differently: it and what followed give way to the new wording, which gets an answer of its own.
        Both or neither.

        Idempotent by message and wording. Raises ``NotFound``, ``Conflict``, and ``Invalid`` for empty words.
        """
        if not text.strip():
            raise Invalid("Write what the message shall say.", field="text")
        async with self._store.begin(guest.tenant) as tx:
            row = await _locked(tx, conversation)
            old = await _message(tx, conversation, message)
            if old.author_kind != AuthorKind.CONTACT:
                raise NotFound("There is no such message of yours in this conversation.", field="message_id")
            replaced: Sequence[MessageId] = ()
            if SUPERSEDED not in old.metadata:
                _bot_speaks(row)
                later = await tx.messages.since(conversation, old.seq)
                if any(m.author_kind == AuthorKind.AGENT and _said(m) for m in later):
                    raise Conflict("A colleague has answered since. Write a new message instead.", field="message_id")
                await self._stop(tx, row, None)
                replaced = await self._supersede(tx, conversation, old.seq, "edited")
            parts = [{"type": "text", "text": text}, *(part for part in old.parts if part.get("type") == "media")]
            said = {"client_id": _key("edit", message, text), "parts": parts, "conversation": str(conversation)}
            taken, tell = await self._guests.take_within(tx, guest, orjson.dumps(said))
            if SUPERSEDED in old.metadata and not taken.duplicate:
                raise Conflict("This was said differently already. Change the newest wording.", field="message_id")
        tell()
        return taken, Replaced(tuple(replaced), old.seq - 1)

    async def press(self, guest: Guest, conversation: ConversationId, message: MessageId, action: str) -> Taken:
        """Take an option that a message of ours offers. Idempotent. Raises ``NotFound`` where it offers no such one."""
        async with self._store.begin(guest.tenant) as tx:
            offer = await _message(tx, conversation, message)
        options = [o for part in offer.parts for o in part.get("options") or part.get("buttons") or ()]
        option = next((o for o in options if o.get("id") == action and not o.get("url")), None)
        if offer.direction != "out" or option is None:
            raise NotFound("This message offers no such choice.", field="action")
        said = {
            "event": "choice",
            "client_id": _key("action", message, action),
            "parts": [{"type": "choice", "id": action, "title": option.get("title")}],
            "target": str(message),
            "conversation": str(conversation),
        }
        return await self._guests.take(guest, orjson.dumps(said))

    async def _stop(self, tx: Tx, row: ConversationRow, shown: Shown | None) -> bool:
        """Take the floor from the turn that is being thought, and finish what it was reading."""
        turn = await tx.turns.live(row.id)
        waits = await tx.inbox.waiting_ids(row.id)
        if row.state != State.BOT or (turn is None and not waits):
            return False
        await tx.conversations.raise_floor(row.id)
        await tx.inbox.close_waiting(row.id, "ignored", "stopped")
        if turn is None:
            return True
        await tx.turns.finish(turn.id, "interrupted")
        if shown is not None and shown.message == turn.message_id and shown.text.strip():
            await tx.messages.add(
                NewMessage(
                    id=turn.message_id,
                    conversation=row.id,
                    author=AuthorKind.BOT,
                    parts=(Text(shown.text.strip()),),
                    at=self._clock.now(),
                    status=MessageStatus.SENT,
                    turn=turn.id,
                    floor_epoch=row.floor_epoch + 1,
                    metadata={"thought": "stopped"},
                )
            )
            data = {"conversation_id": str(row.id), "message_id": str(turn.message_id), "change": "stopped"}
            await tx.events.add(HubEvent.MESSAGE_UPDATED, data, row.id)
        return True

    async def _supersede(self, tx: Tx, conversation: ConversationId, first: int, by: str) -> Sequence[MessageId]:
        replaced = await tx.messages.supersede(conversation, first, by)
        for id in replaced:
            data = {"conversation_id": str(conversation), "message_id": str(id), "change": SUPERSEDED}
            await tx.events.add(HubEvent.MESSAGE_UPDATED, data, conversation)
        return replaced


def message_id(text: str) -> MessageId:
    """The id a client names. Raises ``NotFound`` for what cannot be one."""
    try:
        return MessageId(UUID(text))
    except ValueError:
        raise NotFound("There is no such message in this conversation.", field="message_id") from None


async def _locked(tx: Tx, conversation: ConversationId) -> ConversationRow:
    row = await tx.conversations.get(conversation, lock=True)
    if row is None:
        raise NotFound("There is no such conversation.")
    return row


async def _message(tx: Tx, conversation: ConversationId, id: MessageId) -> MessageRow:
    row = await tx.messages.get(id)
    if row is None or row.conversation_id != conversation or row.deleted_at is not None:
        raise NotFound("There is no such message in this conversation.", field="message_id")
    return row


def _bot_speaks(row: ConversationRow) -> None:
    if row.state != State.BOT:
        raise Conflict("The bot does not answer in this conversation now. Write a new message instead.", field="state")


def _said(message: MessageRow) -> bool:
    return message.kind not in ("note", "activity") and SUPERSEDED not in message.metadata


def _first_of(answer: MessageRow, newest_first: Sequence[MessageRow]) -> MessageRow:
    """Where an answer of several messages begins."""
    own = [m for m in newest_first if m.turn_id is not None and m.turn_id == answer.turn_id and _said(m)]
    return min((answer, *own), key=lambda m: m.seq)


def _asked(newest_first: Sequence[MessageRow]) -> list[MessageId]:
    """The messages before an answer that it answered: back to what our side said before."""
    asked = []
    for message in newest_first:
        if not _said(message) or message.deleted_at is not None:
            continue
        if message.author_kind != AuthorKind.CONTACT:
            break
        asked.append(message.id)
    return asked


def _key(act: str, message: MessageId, what: str) -> str:
    """A client id that follows from the act, so that a repeated one is stored once."""
    if not what:
        raise Invalid("Say what it is.", field="text")
    return f"{act}-{message.hex}-{hashlib.sha256(what.encode()).hexdigest()[:24]}"
