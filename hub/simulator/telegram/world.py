"""What the simulated Telegram holds: bots, chats, messages and files, all bounded."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.simulator.chat_log import ChatLog
from hub.simulator.telegram.schema import BotError, bad

CHATS_A_BOT = 20_000
TAPS_A_BOT = 10_000
FILE_BYTES = 256 << 20
TYPING_SECONDS = 5.0

Json = dict[str, Any]


@dataclass(slots=True)
class Held:
    """A message as a chat holds it; ``version`` is the chat's at its last change."""

    message: Json
    version: int = 0
    deleted: bool = False
    reactions: dict[str, list[Json]] = field(default_factory=dict)
    typed_keys: list[list[Json]] = field(default_factory=list)
    """The rows that take the place of the phone's keyboard: shown to the person, never told to the bot again."""


class Chat(ChatLog[int, Held]):
    """One chat with a bot. ``version`` rises with every change that somebody looking at it would see."""

    def __init__(self, facts: Json, people: Iterable[Json] = ()) -> None:
        super().__init__()
        self.facts = facts
        self.people: dict[int, Json] = {person["id"]: person for person in people}
        self.blocked = False
        self.typing_until = 0.0
        self.toasts: deque[Json] = deque(maxlen=20)

    @property
    def id(self) -> int:
        return int(self.facts["id"])

    @property
    def private(self) -> bool:
        return bool(self.facts["type"] == "private")

    @property
    def typing(self) -> bool:
        return time.monotonic() < self.typing_until

    def add(self, message: Json) -> None:
        """Put a message at the end."""
        self.keep(message["message_id"], Held(message))

    def find(self, message_id: int) -> Held | None:
        """A message that is still there."""
        held = self.held.get(message_id)
        return held if held and not held.deleted else None


@dataclass(slots=True)
class Webhook:
    """Where a bot's updates go."""

    url: str
    secret: str = ""
    max_connections: int = 40
    allowed: frozenset[str] | None = None
    last_error_date: int | None = None
    last_error_message: str | None = None


@dataclass(slots=True)
class StoredFile:
    """A file that somebody sent. ``data`` is empty for one that was named by a link and never fetched."""

    file_id: str
    unique_id: str
    name: str
    mime: str
    data: bytes
    size: int
    path: str


@dataclass(slots=True)
class Tap:
    """A tap on a button that waits for its answer."""

    chat: Chat
    message_id: int
    data: str
    answered: Json | None = None


class Bot:
    """One bot account: its chats, files, commands and the counters that Telegram keeps for it."""

    def __init__(self, token: str, name: str, username: str, first_id: int) -> None:
        self.token = token
        self.user: Json = {"id": int(token.split(":")[0]), "is_bot": True, "first_name": name, "username": username}
        self.webhook: Webhook | None = None
        self.polled: frozenset[str] | None = None
        self.chats: OrderedDict[int, Chat] = OrderedDict()
        self.taps: OrderedDict[str, Tap] = OrderedDict()
        self.files: OrderedDict[str, StoredFile] = OrderedDict()
        self.commands: dict[str, list[Json]] = {}
        self.texts: dict[str, str] = {}
        self._file_bytes = 0
        self._last_message = first_id % 1_000_000_000
        self._last_update = first_id
        self._last_file = 0
        self._last_tap = 0

    @property
    def id(self) -> int:
        return int(self.user["id"])

    def message_id(self) -> int:
        self._last_message += 1
        return self._last_message

    def update_id(self) -> int:
        self._last_update += 1
        return self._last_update

    def open_chat(self, facts: Json, people: Iterable[Json] = ()) -> Chat:
        """The chat with these facts, made where it is new. The stalest goes when there are too many."""
        chat = self.chats.get(facts["id"])
        if chat is None:
            chat = self.chats[facts["id"]] = Chat(facts, people)
            if len(self.chats) > CHATS_A_BOT:
                self.chats.popitem(last=False)
        self.chats.move_to_end(facts["id"])
        return chat

    def chat(self, named: int | str) -> Chat:
        """The chat a parameter names. Raises 400 for one the bot has never met."""
        if isinstance(named, str) and not named.removeprefix("-").isdecimal():
            wanted = named.removeprefix("@").lower()
            for chat in self.chats.values():
                if not chat.private and str(chat.facts.get("username", "")).lower() == wanted:
                    return chat
            raise bad("chat not found")
        found = self.chats.get(int(named))
        if found is None:
            raise bad("chat not found")
        return found

    def writable(self, named: int | str) -> Chat:
        """The chat a parameter names, if the bot may write there. Raises 400 or 403."""
        chat = self.chat(named)
        if chat.blocked:
            text = "bot was blocked by the user" if chat.private else "bot was kicked from the group chat"
            raise BotError(403, f"Forbidden: {text}")
        return chat

    def keep(self, data: bytes, *, name: str, mime: str, folder: str, size: int | None = None) -> StoredFile:
        """Store a file and give it its ids. The oldest files go when they take too much memory."""
        self._last_file += 1
        digest = hashlib.sha256(f"{self.id}/{self._last_file}/".encode() + data[:4096]).hexdigest()
        suffix = name.rpartition(".")[2] if "." in name else "bin"
        stored = StoredFile(
            file_id=f"SIM{digest[:40]}",
            unique_id=digest[40:56],
            name=name,
            mime=mime,
            data=data,
            size=len(data) if size is None else size,
            path=f"{folder}/file_{self._last_file}.{suffix}",
        )
        self.files[stored.file_id] = stored
        self._file_bytes += len(data)
        while self._file_bytes > FILE_BYTES and len(self.files) > 1:
            self._file_bytes -= len(self.files.popitem(last=False)[1].data)
        return stored

    def tap(self, chat: Chat, message_id: int, data: str) -> str:
        """Note a tap on a button; gives the id under which the bot must answer it."""
        self._last_tap += 1
        name = str(self.id * 10_000_000 + self._last_tap)
        self.taps[name] = Tap(chat, message_id, data)
        if len(self.taps) > TAPS_A_BOT:
            self.taps.popitem(last=False)
        return name

    def wants(self, kind: str) -> bool:
        """Whether the bot subscribed to this kind of update."""
        allowed = self.webhook.allowed if self.webhook else self.polled
        if not allowed:
            return kind not in ("chat_member", "message_reaction", "message_reaction_count")
        return kind in allowed


def now() -> int:
    """Telegram's time: whole seconds since 1970."""
    return int(time.time())


def without_empty(values: Mapping[str, Any]) -> Json:
    """The values that are there; Telegram leaves out what is absent or empty."""
    return {key: value for key, value in values.items() if value is not None and value != [] and value != ""}
