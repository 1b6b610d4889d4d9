"""What the simulated Messenger holds: pages, chats, messages and files, all bounded."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from hub.simulator.chat_log import ChatLog

CHATS_A_PAGE = 20_000
FILE_BYTES = 128 << 20
TYPING_SECONDS = 20.0
WINDOW, PERSON_WINDOW = 24 * 3600.0, 7 * 24 * 3600.0
INBOX_APP = 263902037430900
"""The app id that Meta's own inbox for pages writes with."""

Json = dict[str, Any]


class GraphError(Exception):
    """An answer that is not a success, in the Graph API's shape."""

    def __init__(
        self, text: str, *, code: int = 100, subcode: int | None = None, status: int = 400, retry: int | None = None
    ) -> None:
        super().__init__(text)
        self.text = text
        self.code = code
        self.subcode = subcode
        self.status = status
        self.retry = retry

    @property
    def body(self) -> Json:
        """The ``error`` object."""
        error: Json = {"message": f"(#{self.code}) {self.text}", "type": "OAuthException", "code": self.code}
        if self.subcode:
            error["error_subcode"] = self.subcode
        if self.code in (1, 2):
            error["is_transient"] = True
        return {"error": {**error, "fbtrace_id": "SIMULATED"}}


@dataclass(slots=True)
class Held:
    """A message as a chat holds it; ``version`` is the chat's at its last change."""

    message: Json
    version: int = 0
    reaction: str = ""


class Chat(ChatLog[str, Held]):
    """One person's chat with a page. ``version`` rises with every change that somebody looking at it would see."""

    def __init__(self, person: str, name: str) -> None:
        super().__init__()
        self.person = person
        self.name = name
        self.blocked = False
        self.typing_until = 0.0
        self.seen_at = 0
        self.last_inbound = 0.0

    @property
    def typing(self) -> bool:
        return time.monotonic() < self.typing_until

    def add(self, message: Json) -> None:
        """Put a message at the end."""
        self.keep(message["mid"], Held(message))


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that somebody sent."""

    id: str
    name: str
    mime: str
    data: bytes


@dataclass(slots=True)
class Page:
    """A page, the app that answers for it, and everybody who writes to it.

    ``webhook`` is the app's callback address; ``fields`` what the page's subscription asked for (empty: nothing is
    delivered).
    """

    id: str
    token: str
    name: str
    app_id: str
    app_secret: str
    verify_token: str
    first_id: int
    webhook: str = ""
    webhook_error: str = ""
    fields: frozenset[str] = frozenset()
    chats: OrderedDict[str, Chat] = field(default_factory=OrderedDict)
    files: OrderedDict[str, StoredFile] = field(default_factory=OrderedDict)
    _last: int = 0
    _bytes: int = 0

    def mid(self) -> str:
        """A new message id, above those of earlier runs."""
        self._last += 1
        return f"m_SIM{self.id}-{self.first_id + self._last}"

    def open_chat(self, name: str) -> Chat:
        """The chat with the person of this name, made where it is new. The stalest goes when there are too many."""
        # Derived from page and name, so that a restarted simulator knows the same people, and no two pages do.
        person = str(6_000_000_000_000_000 + crc32(f"{self.id}/{name}".encode()) * 100_000 + len(name))
        chat = self.chats.get(person)
        if chat is None:
            chat = self.chats[person] = Chat(person, name)
            if len(self.chats) > CHATS_A_PAGE:
                self.chats.popitem(last=False)
        self.chats.move_to_end(person)
        return chat

    def keep(self, data: bytes, *, name: str, mime: str) -> StoredFile:
        """Store a file. The oldest go when they take too much memory."""
        self._last += 1
        digest = hashlib.sha256(f"{self.id}/{self.first_id}/{self._last}".encode()).hexdigest()[:32]
        stored = StoredFile(str(int(digest[:15], 16)), name, mime, data)
        self.files[stored.id] = stored
        self._bytes += len(data)
        while self._bytes > FILE_BYTES and len(self.files) > 1:
            self._bytes -= len(self.files.popitem(last=False)[1].data)
        return stored


def now_ms() -> int:
    """Messenger's time: milliseconds since 1970."""
    return int(time.time() * 1000)
