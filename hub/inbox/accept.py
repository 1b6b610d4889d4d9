"""Accept: verified events become stored messages, once each, before anybody answers 200."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import structlog

from hub.core.errors import Unavailable
from hub.core.ids import ChannelId, ConversationId, MessageId, TenantId, uuid7
from hub.core.messages import SPEAKING, Event, EventType, Media, event_to_json, parts_to_json
from hub.core.ports import Announcer, Waker
from hub.inbox.bursts import pause_after
from hub.inbox.taps import Taps
from hub.store.errors import StoreBusy, StoreError
from hub.store.session import Store

log = structlog.get_logger(__name__)

MAX_EVENTS = 1000
_WAKE_SECONDS = 0.05
_AFTER_PAUSE = 0.01
_CLASSES = {
    EventType.EDIT: "edit",
    EventType.DELETE: "delete",
    EventType.REACTION: "reaction",
    EventType.STATUS: "receipt",
    EventType.READ: "receipt",
}


@dataclass(frozen=True, slots=True)
class Accepted:
    """What became of one event. ``duplicate``: it was here before, and these are its first ids.

    ``outcome`` is None while a turn has yet to read it; ``seq`` is the message's place in its conversation.
    """

    key: str
    duplicate: bool
    conversation_id: ConversationId | None
    message_id: MessageId | None
    seq: int | None
    outcome: str | None
    reason: str | None


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
    sender = event.sender
    fetches = any(isinstance(p, Media) and p.ref and not p.file_id for p in event.parts)
    return {
        "id": uuid7(),
        "key": event.platform_id,
        "type": event.type.value,
        "class": kind,
        "reason": reason,
        "ord": event.order,
        "event": event_to_json(event),
        "thread": event.thread,
        "direct": event.direct,
        "ids": [{"kind": a.kind, "value": a.value} for a in sender.ids] if kind == "speech" else [],
        "name": sender.name,
        "locale": sender.locale,
        "author_id": sender.ids[0].value if sender.ids else None,
        "contact_id": uuid7(),
        "conversation_id": _own_thread(event) or uuid7(),
        "message_id": uuid7(),
        "platform_message_id": event.message_id or event.platform_id,
        "parts": parts_to_json(event.parts),
        "kind": event.type.value,
        "at": event.at.isoformat(),
        "reply_to": event.reply_to,
        "target": event.target,
        "status": event.status.value if event.status else None,
        "error": event.error,
        "row_key": event.row_key,
        "pause": pause,
        "job_id": uuid7() if kind == "speech" and fetches else "",
        "opened_event": uuid7(),
        "moved_event": uuid7(),
        "received_event": uuid7(),
    }


def _own_thread(event: Event) -> UUID | None:
    """A thread that is itself a conversation's id (the web's) keeps that id, so both sides can name it."""
    with contextlib.suppress(ValueError):
        return UUID(event.thread)
    return None


class Accept:
    """Stores events and wakes a worker. Nothing slow stands between the call and its return."""

    def __init__(self, *, store: Store, waker: Waker, announcer: Announcer, taps: Taps | None = None) -> None:
        self._store = store
        self._waker = waker
        self._announcer = announcer
        self._taps = taps
        self._waking: set[asyncio.Future[None]] = set()

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

        Raises ``Unavailable`` when they could not be stored: answer 503, and the platform sends them again.
        """
        if not events:
            return []
        pauses = [pause_after(e) if pause is None else pause for e in events[:MAX_EVENTS]]
        prepared = [prepare(e, pause=p, ignored=ignored) for e, p in zip(events, pauses, strict=False)]
        batch = orjson.dumps(prepared).decode()
        answers = orjson.loads(await self._stored(tenant, channel, batch))
        accepted = [
            Accepted(
                key=a["key"],
                duplicate=a["duplicate"],
                conversation_id=_uuid(a.get("conversation_id"), ConversationId),
                message_id=_uuid(a.get("message_id"), MessageId),
                seq=a.get("seq"),
                outcome=a.get("outcome"),
                reason=a.get("reason"),
            )
            for a in answers
        ]
        await self._hint(tenant, accepted)
        if longest := max(pauses):
            asyncio.get_running_loop().call_later(longest + _AFTER_PAUSE, self._wake_later)
        if self._taps is not None:
            self._taps.heard(channel, events)
        return accepted

    async def _stored(self, tenant: TenantId, channel: ChannelId, batch: str) -> str:
        for attempt in range(3):
            try:
                return await self._store.accept(tenant, channel, batch)
            except StoreBusy:
                # Two batches wanted the same rows in opposite order; the database ended one. Nothing was written.
                await asyncio.sleep(0.01 * (attempt + 1))
            except StoreError as error:
                log.warning("inbox.not_stored", channel_id=str(channel), error=type(error.__cause__).__name__)
                raise Unavailable("The message could not be stored just now. Send it again.") from error
        raise Unavailable("The message could not be stored just now. Send it again.")

    def _wake_later(self) -> None:
        """The pause is over: without this hint the sweep would find the conversation within a second."""
        task = asyncio.ensure_future(self._waker.wake("turn"))
        self._waking.add(task)
        task.add_done_callback(self._waking.discard)

    async def _hint(self, tenant: TenantId, accepted: Sequence[Accepted]) -> None:
        """Tell workers and browsers. Lost hints cost a second at most, so errors are only counted."""
        fresh = [a for a in accepted if not a.duplicate]
        if not fresh:
            return
        try:
            async with asyncio.timeout(_WAKE_SECONDS):
                if any(a.outcome is None for a in fresh):
                    await self._waker.wake("turn")
                newest = {a.conversation_id: a.seq for a in fresh}
                for conversation, seq in newest.items():
                    if conversation is not None and seq is not None:
                        await self._announcer.announce(tenant, conversation, seq)
        except Exception as error:
            log.info("inbox.hint_lost", error=type(error).__name__)


def _uuid(value: str | None, kind: Any) -> Any:
    return None if value is None else kind(UUID(value))
