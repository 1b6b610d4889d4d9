"""Answers that are growing, per conversation: who may still speak, and what a late watcher has missed."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from hub.core.ids import ConversationId, MessageId

MAX_CONVERSATIONS = 4_096
MAX_PIECES = 2_000
MAX_CHARACTERS = 64_000
MAX_CLOSED = 8


@dataclass(frozen=True, slots=True)
class Delta:
    """One more piece of an answer. ``n`` counts from 0 within the message."""

    message: MessageId
    floor_epoch: int
    n: int
    text: str


@dataclass(slots=True)
class _Live:
    floor: int = 0
    message: MessageId | None = None
    pieces: list[Delta] = field(default_factory=list)
    characters: int = 0
    closed: list[MessageId] = field(default_factory=list)

    def close(self) -> MessageId | None:
        ended, self.message = self.message, None
        self.pieces, self.characters = [], 0
        if ended is not None:
            self.shut(ended)
        return ended

    def shut(self, message: MessageId) -> None:
        self.closed = [*self.closed[-MAX_CLOSED + 1 :], message]


class Streams:
    """Remembers the newest floor and the answer under way. Bounded: the longest unused conversation is forgotten."""

    def __init__(self) -> None:
        self._live: OrderedDict[ConversationId, _Live] = OrderedDict()

    def take(self, conversation: ConversationId, delta: Delta) -> tuple[bool, MessageId | None]:
        """Whether the piece may be shown, and the older answer that it puts an end to, if one was under way."""
        live = self._of(conversation)
        if delta.floor_epoch < live.floor or delta.message in live.closed:
            return False, None
        live.floor = delta.floor_epoch
        ended = live.close() if live.message not in (None, delta.message) else None
        live.message = delta.message
        live.characters += len(delta.text)
        if live.characters > MAX_CHARACTERS or len(live.pieces) >= MAX_PIECES:
            return False, ended
        live.pieces.append(delta)
        return True, ended

    def raise_floor(self, conversation: ConversationId, floor: int) -> MessageId | None:
        """A newer floor is known. Returns the answer of the older one that must be withdrawn, if any."""
        live = self._of(conversation)
        if floor <= live.floor:
            return None
        live.floor = floor
        return live.close()

    def finish(self, conversation: ConversationId, message: MessageId) -> bool:
        """The answer is told in full, or withdrawn: nothing of it may follow. False where that was known."""
        live = self._of(conversation)
        if live.message == message:
            live.close()
        elif message not in live.closed:
            live.shut(message)
        else:
            return False
        return True

    def so_far(self, conversation: ConversationId) -> Sequence[Delta]:
        """The pieces of the answer under way, for somebody who joins late."""
        live = self._live.get(conversation)
        return tuple(live.pieces) if live else ()

    def _of(self, conversation: ConversationId) -> _Live:
        live = self._live.setdefault(conversation, _Live())
        self._live.move_to_end(conversation)
        if len(self._live) > MAX_CONVERSATIONS:
            self._live.popitem(last=False)
        return live
