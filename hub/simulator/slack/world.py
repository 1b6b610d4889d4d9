"""What the simulated Slack holds: an app in a workspace, conversations, messages and files, all bounded."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from hub.simulator.chat_log import ChatLog

CONVERSATIONS = 20_000
FILE_BYTES = 256 << 20
STATUS_SECONDS = 120.0

Json = dict[str, Any]


class SlackError(Exception):
    """An answer that is not ok: Slack's name of the error, and what else it says."""

    def __init__(self, code: str, *, status: int = 200, retry_after: int | None = None, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.retry_after = retry_after
        self.more = more


@dataclass(slots=True)
class Held:
    """A message as a conversation holds it; ``version`` is the conversation's at its last change."""

    message: Json
    version: int = 0
    deleted: bool = False
    reactions: dict[str, set[str]] = field(default_factory=dict)


class Conversation(ChatLog[str, Held]):
    """A direct chat or a channel. ``version`` rises with every change that somebody looking at it would see."""

    def __init__(self, channel: str, name: str, kind: str) -> None:
        super().__init__()
        self.id = channel
        self.name = name
        self.kind = kind
        self.members: set[str] = set()
        self.archived = False
        self.status = ""
        self.status_until = 0.0
        self.posted_at = 0.0

    @property
    def direct(self) -> bool:
        return self.kind == "im"

    @property
    def typing(self) -> str:
        """What the bot says it is doing; empty when it says nothing."""
        return self.status if time.monotonic() < self.status_until else ""

    def add(self, message: Json) -> None:
        """Put a message at the end."""
        self.keep(message["ts"], Held(message))

    def find(self, ts: str) -> Held | None:
        """A message that is still there."""
        held = self.held.get(ts)
        return held if held and not held.deleted else None


@dataclass(slots=True)
class StoredFile:
    """A file that was sent, or one whose bytes are still to come (``data`` is None)."""

    id: str
    name: str
    mime: str
    data: bytes | None
    size: int
    shared: bool = False


class App:
    """An app installed in a workspace: its credentials, conversations and files.

    ``webhook`` is where its events and interactions go; ``scopes`` is what its token may do.
    """

    def __init__(
        self, *, token: str, app_id: str, team_id: str, signing_secret: str, name: str, scopes: frozenset[str]
    ) -> None:
        self.token = token
        self.app_id = app_id
        self.team_id = team_id
        self.signing_secret = signing_secret
        self.name = name
        self.scopes = scopes
        digest = hashlib.sha256(f"{app_id}/{team_id}".encode()).hexdigest().upper()
        self.bot_user, self.bot_id = f"U0{digest[:9]}", f"B0{digest[9:18]}"
        self.webhook: str | None = None
        self.webhook_error: str | None = None
        self.people: dict[str, str] = {}
        self.conversations: OrderedDict[str, Conversation] = OrderedDict()
        self.files: OrderedDict[str, StoredFile] = OrderedDict()
        self._file_bytes = 0
        self._last_ts = 0
        self._last_file = 0

    def ts(self) -> str:
        """A timestamp that no message had before, in any run."""
        self._last_ts = max(self._last_ts + 1, time.time_ns() // 1000)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def open(self, channel: str, name: str, kind: str) -> Conversation:
        """The conversation with this id, made where it is new. The stalest goes when there are too many."""
        found = self.conversations.get(channel)
        if found is None:
            found = self.conversations[channel] = Conversation(channel, name, kind)
            if len(self.conversations) > CONVERSATIONS:
                self.conversations.popitem(last=False)
        self.conversations.move_to_end(channel)
        return found

    def conversation(self, named: str) -> Conversation:
        """The conversation a parameter names; a person's id means the direct chat with them. Raises ``SlackError``."""
        found = self.conversations.get(named)
        if found is None and named in self.people:
            found = self.open(f"D{named[1:]}", self.people[named], "im")
        if found is None:
            raise SlackError("channel_not_found")
        return found

    def writable(self, named: str) -> Conversation:
        """The conversation a parameter names, if the bot may post there. Raises ``SlackError``."""
        found = self.conversation(named)
        if found.archived:
            raise SlackError("is_archived")
        if not found.direct and self.bot_user not in found.members:
            raise SlackError("not_in_channel")
        return found

    def keep(self, data: bytes | None, *, name: str, mime: str, size: int) -> StoredFile:
        """Store a file, or a place for one. The oldest go when they take too much memory."""
        self._last_file += 1
        digest = hashlib.sha256(f"{self.token}/{self._last_file}/{name}".encode()).hexdigest().upper()
        stored = StoredFile(f"F0{digest[:9]}", name, mime, data, size)
        self.files[stored.id] = stored
        self._file_bytes += size
        while self._file_bytes > FILE_BYTES and len(self.files) > 1:
            self._file_bytes -= self.files.popitem(last=False)[1].size
        return stored

    def needs(self, scope: str) -> None:
        """Raise ``missing_scope`` unless the token has this one."""
        if scope not in self.scopes:
            raise SlackError("missing_scope", needed=scope, provided=",".join(sorted(self.scopes)))
