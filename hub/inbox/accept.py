"""Accept: verified events become stored messages, once each, before anybody answers 200."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from hub.core.ids import ChannelId, ChannelKind, ConversationId, MessageId, TenantId, uuid7_texts
from hub.core.messages import SPEAKING, Event, EventType, Media, event_to_json
from hub.core.ports import Announcer, Waker
from hub.inbox.batches import Answers, Batches
from hub.inbox.bursts import pause_after
from hub.inbox.depth import Depth
from hub.inbox.hints import Hints
from hub.inbox.taps import Taps
from hub.store.session import Store, Tx
from hub.store.written import written

MAX_EVENTS = 1000
_AFTER_PAUSE = 0.01
_WEB = ChannelKind("webchat")
_CLASSES = {
    EventType.EDIT: "edit",
    EventType.DELETE: "delete",
    EventType.REACTION: "reaction",
    EventType.STATUS: "receipt",
    EventType.READ: "receipt",
}


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of one event, read off the database's answer: a webhook asks for none of it."""

    told: Mapping[str, Any]

    @property
    def key(self) -> str:
        """The event's own key."""
        key: str = self.told["key"]
        return key

    @property
    def duplicate(self) -> bool:
        """Whether it was here before; the ids are its first ones then."""
        duplicate: bool = self.told["duplicate"]
        return duplicate

    @property
    def conversation_id(self) -> ConversationId | None:
        id = self.told.get("conversation_id")
        return None if id is None else ConversationId(UUID(id))

    @property
    def message_id(self) -> MessageId | None:
        id = self.told.get("message_id")
        return None if id is None else MessageId(UUID(id))

    @property
    def seq(self) -> int | None:
        """The message's place in its conversation."""
        return self.told.get("seq")

    @property
    def outcome(self) -> str | None:
        """None while a turn has yet to read it."""
        return self.told.get("outcome")

    @property
    def reason(self) -> str | None:
        return self.told.get("reason")


def _class_of(event: Event) -> tuple[str, str | None]:
    if event.type in SPEAKING:
        return ("other", "bot") if event.sender.is_bot else ("speech", None)
    if event.type is EventType.ECHO:
        return ("own_echo", None) if event.ours or event.row_key else ("echo", None)
    known = _CLASSES.get(event.type)
    if known == "receipt" and event.status is None:
        return "other", event.type.value
    return (known, None) if known else ("other", event.type.value)


def prepare(event: Event, *, pause: float = 0.0, ignored: str | None = None) -> dict[str, Any]:
    """One event as ``hub.accept`` (SQL) takes it. ``ignored`` stores it with that reason and does nothing else."""
    kind, reason = ("other", ignored) if ignored else _class_of(event)
    sender, told = event.sender, event_to_json(event)
    id, contact, conversation, message, job, opened, moved, received = uuid7_texts(8)
    fetches = any(isinstance(p, Media) and p.ref and not p.file_id for p in event.parts)
    return {
        "id": id,
        "key": event.platform_id,
        "type": event.type.value,
        "class": kind,
        "reason": reason,
        "ord": event.order,
        "event": told,
        "thread": event.thread,
        "direct": event.direct,
        "ids": told["sender"]["ids"] if kind == "speech" else [],
        "name": sender.name,
        "locale": sender.locale,
        "author_id": sender.ids[0].value if sender.ids else None,
        "contact_id": contact,
        "conversation_id": _own_thread(event) or conversation,
        "message_id": message,
        "platform_message_id": event.message_id or event.platform_id,
        "parts": told["parts"],
        "kind": event.type.value,
        "at": told["at"],
        "reply_to": event.reply_to,
        "target": event.target,
        "status": event.status.value if event.status else None,
        "error": event.error,
        "row_key": event.row_key,
        "pause": pause,
        "job_id": job if kind == "speech" and fetches else "",
        "opened_event": opened,
        "moved_event": moved,
        "received_event": received,
    }


def _own_thread(event: Event) -> UUID | None:
    """A thread of the web's is itself its conversation's id, so that both sides can name it: the hub gave it out. On
    other platforms a thread may be named like anything, another conversation included."""
    if event.channel != _WEB:
        return None
    with contextlib.suppress(ValueError):
        return UUID(event.thread)
    return None


class Accept:
    """Stores events and wakes a worker. Nothing slow stands between the call and its return."""

    def __init__(
        self, *, store: Store, waker: Waker, announcer: Announcer, taps: Taps | None = None, depth: Depth | None = None
    ) -> None:
        self._hints = Hints(waker=waker, announcer=announcer)
        self._batches = Batches(send=store.accept, told=self._stored)
        self._taps = taps
        self._depth = depth

    async def __call__(
        self,
        tenant: TenantId,
        channel: ChannelId,
        events: Sequence[Event],
        *,
        pause: float | None = None,
        ignored: str | None = None,
    ) -> list[Accepted]:
        """Store the events in one transaction; idempotent by (channel, platform id). ``pause`` is how many seconds to
        wait for the rest of a burst (None: as each message's words suggest).

        Raises ``Unavailable`` when they could not be stored, or may not because the tenant's inbox is full: answer 503,
        and the platform sends them again.
        """
        if not events:
            return []
        if self._depth is not None and ignored is None:
            self._depth.admit(tenant)
        pauses = [pause_after(e) if pause is None else pause for e in events[:MAX_EVENTS]]
        prepared = [prepare(e, pause=p, ignored=ignored) for e, p in zip(events, pauses, strict=False)]
        accepted = [Accepted(a) for a in await self._batches.store(tenant, channel, prepared)]
        self._due_after(max(pauses))
        if self._taps is not None:
            self._taps.heard(channel, events)
        return accepted

    async def within(self, tx: Tx, channel: ChannelId, event: Event, *, pause: float) -> Accepted:
        """Store one event as part of a transaction; ``told`` once that was committed. Raises as a call does."""
        if self._depth is not None:
            self._depth.admit(tx.tenant)
        (answer,) = orjson.loads(await tx.inbox.accept(channel, written([prepare(event, pause=pause)]).decode()))
        return Accepted(answer)

    def told(self, tenant: TenantId, accepted: Accepted, *, pause: float) -> None:
        """Tell workers and browsers of what ``within`` stored."""
        if accepted.duplicate:
            return
        self._hints.due()
        self._due_after(pause)
        if accepted.seq is not None and accepted.conversation_id is not None:
            self._hints.moved(tenant, accepted.conversation_id, accepted.seq)

    def _due_after(self, pause: float) -> None:
        """Without this hint the sweep would find the conversation within a second after the pause."""
        if pause:
            asyncio.get_running_loop().call_later(pause + _AFTER_PAUSE, self._hints.due)

    def _stored(self, tenant: TenantId, answers: Answers) -> None:
        """Tell workers and browsers what is new."""
        for answer in answers:
            if answer["duplicate"]:
                continue
            if answer.get("outcome") is None:
                self._hints.due()
            seq, conversation = answer.get("seq"), answer.get("conversation_id")
            if seq is not None and conversation is not None:
                self._hints.moved(tenant, ConversationId(UUID(conversation)), seq)
