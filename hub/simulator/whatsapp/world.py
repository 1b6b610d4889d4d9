"""The simulated WhatsApp's state: a business's numbers, the chats with people, files and templates."""

from __future__ import annotations

import base64
import hashlib
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.simulator.chat_log import ChatLog
from hub.simulator.whatsapp.graph import GraphError, Json, invalid

CHATS_A_NUMBER = 20_000
FILE_BYTES = 256 << 20
TYPING_SECONDS = 25.0
WINDOW_SECONDS = 24 * 3600.0

_MB = 1 << 20
LIMITS: Mapping[str, tuple[int, frozenset[str]]] = {
    "image": (5 * _MB, frozenset({"image/jpeg", "image/png"})),
    "audio": (16 * _MB, frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"})),
    "video": (16 * _MB, frozenset({"video/mp4", "video/3gpp"})),
    "sticker": (500 << 10, frozenset({"image/webp"})),
    "document": (100 * _MB, frozenset()),
}


@dataclass(slots=True)
class Held:
    """A message in a chat. ``mine`` is the customer's; ``status`` is how far the business's came."""

    id: str
    mine: bool
    content: Json
    at: int
    version: int = 0
    status: str = ""
    key: str | None = None
    reply_to: str | None = None
    read: bool = False
    edited: bool = False
    deleted: bool = False
    reactions: dict[str, str] = field(default_factory=dict)


class Chat(ChatLog[str, Held]):
    """One customer's chat with one number. ``version`` rises with every change, for those who watch."""

    def __init__(self, user_id: str, phone: str | None, name: str) -> None:
        super().__init__()
        self.user_id = user_id
        self.phone = phone
        self.name = name
        self.blocked = False
        self.wrote_at: float | None = None
        self.typing_until = 0.0

    @property
    def typing(self) -> bool:
        return time.monotonic() < self.typing_until

    @property
    def open(self) -> bool:
        """Whether the customer wrote within 24 hours."""
        return self.wrote_at is not None and time.time() - self.wrote_at < WINDOW_SECONDS

    @property
    def contact(self) -> Json:
        """The customer as a webhook names them; the number may be missing."""
        told: Json = {"profile": {"name": self.name}, "user_id": self.user_id}
        return told | ({"wa_id": self.phone} if self.phone else {})

    @property
    def key(self) -> str:
        """The number where there is one, else the user id."""
        return self.phone or self.user_id

    def add(self, held: Held) -> Held:
        """Put a message at the end."""
        self.keep(held.id, held)
        return held

    def find(self, id: str) -> Held | None:
        """A message that is still there."""
        held = self.held.get(id)
        return held if held and not held.deleted else None


@dataclass(slots=True)
class StoredFile:
    """A file that somebody sent or uploaded. ``data`` is empty for one that was named by a link."""

    id: str
    name: str
    mime: str
    data: bytes

    @property
    def sha256(self) -> str:
        return base64.b64encode(hashlib.sha256(self.data).digest()).decode()


@dataclass(slots=True)
class Webhook:
    """Where a number's webhooks go."""

    url: str
    last_error: str | None = None


@dataclass(frozen=True, slots=True)
class ApprovedTemplate:
    """A template of the business account. ``placeholders`` is how many values its body takes; ``header``, ``footer``
    and ``buttons`` are as the API writes them. Only one whose ``status`` is APPROVED can be sent."""

    name: str
    language: str
    body: str
    placeholders: int = 0
    category: str = "UTILITY"
    status: str = "APPROVED"
    header: Json | None = None
    footer: str = ""
    buttons: tuple[Json, ...] = ()

    @property
    def components(self) -> list[Json]:
        """The template as the API lists it."""
        told: list[Json] = [{"type": "HEADER", **self.header}] if self.header else []
        told.append({"type": "BODY", "text": self.body})
        if self.footer:
            told.append({"type": "FOOTER", "text": self.footer})
        return [*told, {"type": "BUTTONS", "buttons": list(self.buttons)}] if self.buttons else told


class Number:
    """One business number: its secrets, chats, files and templates."""

    def __init__(
        self, id: str, *, token: str, app_secret: str, account: str, display: str, name: str, first_id: int
    ) -> None:
        self.id = id
        self.token = token
        self.app_secret = app_secret
        self.account = account
        self.display = display
        self.name = name
        self.webhook: Webhook | None = None
        self.subscribed = False
        self.chats: OrderedDict[str, Chat] = OrderedDict()
        self.files: OrderedDict[str, StoredFile] = OrderedDict()
        self.templates: dict[tuple[str, str], ApprovedTemplate] = {}
        self._file_bytes = 0
        self._first = first_id
        self._last = 0

    @property
    def metadata(self) -> Json:
        """The number as a webhook names it."""
        return {"display_phone_number": self.display, "phone_number_id": self.id}

    def message_id(self) -> str:
        """A new message's id."""
        self._last += 1
        told = base64.urlsafe_b64encode(f"{self.id}/{self._first}/{self._last}".encode()).decode().rstrip("=")
        return f"wamid.SIM{told}"

    def chat(self, user_id: str, phone: str | None, name: str) -> Chat:
        """The chat with a person, made where it is new. The stalest goes when there are too many."""
        chat = self.chats.get(user_id)
        if chat is None:
            chat = self.chats[user_id] = Chat(user_id, phone, name)
            if len(self.chats) > CHATS_A_NUMBER:
                self.chats.popitem(last=False)
        self.chats.move_to_end(user_id)
        return chat

    def find_chat(self, to: str | None, recipient: str | None) -> Chat | None:
        """The chat that ``to`` (a number, formatted or not) or ``recipient`` (a user id) names."""
        if to is not None:  # where both are given, the number counts
            digits = "".join(c for c in to if c.isdigit())
            if not 5 <= len(digits) <= 20:
                raise invalid("to: this is not a phone number.")
            return next((chat for chat in self.chats.values() if chat.phone == digits), None)
        return self.chats.get(recipient or "")

    def message(self, id: str) -> tuple[Chat, Held]:
        """A message of any chat. Raises 100."""
        for chat in reversed(self.chats.values()):
            if held := chat.find(id):
                return chat, held
        raise invalid("message_id: there is no such message.")

    def keep(self, data: bytes, *, name: str, mime: str) -> StoredFile:
        """Store a file and give it an id. The oldest files go when they take too much memory."""
        self._last += 1
        digest = hashlib.sha256(f"{self.id}/{self._first}/{self._last}".encode()).digest()
        stored = StoredFile(str(int.from_bytes(digest[:7])), name, mime, data)
        self.files[stored.id] = stored
        self._file_bytes += len(data)
        while self._file_bytes > FILE_BYTES and len(self.files) > 1:
            self._file_bytes -= len(self.files.popitem(last=False)[1].data)
        return stored

    def upload(self, data: bytes, *, name: str, mime: str) -> StoredFile:
        """Store a file as ``POST /media`` does. Raises 100 or 131053 for one it does not take."""
        if not data:
            raise invalid("file: the file is empty.")
        kinds = [kind for kind, (_, mimes) in LIMITS.items() if mime in mimes] or ["document"]
        if all(len(data) > LIMITS[kind][0] for kind in [*kinds, "document"]):
            raise GraphError(
                131053, "Media upload error", details=f"The file has {len(data)} bytes, which is too many."
            )
        return self.keep(data, name=name, mime=mime)

    def check_media(self, kind: str, value: Mapping[str, Any]) -> StoredFile | None:
        """The uploaded file that a message names; None for a link. Raises 100 or 131053."""
        if "id" not in value:
            return None
        stored = self.files.get(value["id"])
        if stored is None:
            raise invalid(f"{kind}.id: there is no such media.")
        most, mimes = LIMITS[kind]
        if mimes and stored.mime not in mimes:
            raise GraphError(131053, "Media upload error", details=f"{stored.mime} is not supported as {kind}.")
        if len(stored.data) > most:
            raise GraphError(131053, "Media upload error", details=f"This {kind} has {len(stored.data)} bytes.")
        return stored

    def add_template(self, template: ApprovedTemplate) -> None:
        """Have a template approved."""
        self.templates[template.name, template.language] = template


def without_empty(values: Mapping[str, Any]) -> Json:
    """The values that are there."""
    return {key: value for key, value in values.items() if value is not None and value != ""}
