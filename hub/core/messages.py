"""What is said: parts, events that come in, messages that go out.

One normalised shape both ways; every channel translates to and from it and nothing else crosses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, get_args
from uuid import UUID

from hub.core.ids import AccountKey, ChannelKind, MessageId, PlatformId, ThreadKey


class EventType(StrEnum):
    """The kinds of thing a platform can tell us."""

    MESSAGE = "message"
    EDIT = "edit"
    DELETE = "delete"
    REACTION = "reaction"
    CHOICE = "choice"
    STATUS = "status"
    READ = "read"
    ECHO = "echo"
    TYPING = "typing"
    REFERRAL = "referral"
    MEMBER = "member"
    COMMAND = "command"
    UNKNOWN = "unknown"


SPEAKING = frozenset({EventType.MESSAGE, EventType.CHOICE, EventType.COMMAND})
"""Events that are something a customer said and that a turn may answer."""


class AuthorKind(StrEnum):
    """Who speaks. The same four everywhere, with the same colours."""

    CONTACT = "contact"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"


class Direction(StrEnum):
    IN = "in"
    OUT = "out"


class MessageStatus(StrEnum):
    """How far a message has come. Later never goes back to earlier (see ``outranks``)."""

    RECEIVED = "received"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"

    def outranks(self, other: MessageStatus) -> bool:
        """Whether a receipt of this status may replace ``other``: receipts arrive in any order."""
        return _RANK[self] > _RANK[other]


_RANK: dict[MessageStatus, int] = {
    MessageStatus.RECEIVED: 0,
    MessageStatus.QUEUED: 0,
    MessageStatus.SENDING: 1,
    MessageStatus.UNKNOWN: 2,
    MessageStatus.SENT: 3,
    MessageStatus.DELIVERED: 4,
    MessageStatus.READ: 5,
    MessageStatus.FAILED: 6,
    MessageStatus.CANCELLED: 7,
    MessageStatus.INTERRUPTED: 7,
}


@dataclass(frozen=True, slots=True)
class Text:
    """Words. Inbound: as written. Outbound: Markdown (CommonMark without raw HTML or images)."""

    type: ClassVar[str] = "text"
    text: str


@dataclass(frozen=True, slots=True)
class Media:
    """A file. ``ref`` is the platform's handle (inbound), ``file_id`` our stored copy, ``url`` a public link.

    ``kind`` is image, audio, voice, video, animation, document or sticker; ``size`` is in bytes.
    """

    type: ClassVar[str] = "media"
    kind: str
    ref: str | None = None
    file_id: str | None = None
    url: str | None = None
    mime: str | None = None
    name: str | None = None
    size: int | None = None
    caption: str | None = None
    duration: float | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose. ``url`` makes it a link instead of an answer."""

    id: str
    title: str
    description: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """Options offered under a text."""

    type: ClassVar[str] = "choices"
    text: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """An option taken. ``id`` is the option's id as offered."""

    type: ClassVar[str] = "choice"
    id: str
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Location:
    """A place, in degrees (WGS 84)."""

    type: ClassVar[str] = "location"
    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class ContactCard:
    """A person's details that were shared."""

    type: ClassVar[str] = "contact"
    name: str
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """A title, a few words, perhaps a picture and options."""

    type: ClassVar[str] = "card"
    title: str
    text: str | None = None
    image: Media | None = None
    options: tuple[Option, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
    """A message the platform approved beforehand. ``text`` is what the customer reads, filled in."""

    type: ClassVar[str] = "template"
    name: str
    language: str
    values: Mapping[str, Any] = field(default_factory=dict)
    text: str | None = None


@dataclass(frozen=True, slots=True)
class LocationRequest:
    """A question for a place."""

    type: ClassVar[str] = "location_request"
    text: str


@dataclass(frozen=True, slots=True)
class Form:
    """Fields to fill in. ``listed`` names them, a line each, where a channel has no form of its own for them."""

    type: ClassVar[str] = "form"
    id: str
    title: str
    fields: tuple[Mapping[str, Any], ...] = ()

    @property
    def listed(self) -> str:
        labels = [str(f.get("label") or f.get("name") or "") for f in self.fields]
        return "".join(f"\n\u2022 {label}" for label in labels if label)


@dataclass(frozen=True, slots=True)
class FormReply:
    """Fields filled in. ``listed`` says them, a line each."""

    type: ClassVar[str] = "form_reply"
    values: Mapping[str, Any]
    id: str | None = None

    @property
    def listed(self) -> str:
        return "\n".join(f"{name}: {value}" for name, value in self.values.items())


@dataclass(frozen=True, slots=True)
class Reaction:
    """An emoji on a message; ``removed`` when it was taken back."""

    type: ClassVar[str] = "reaction"
    emoji: str
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something the hub does not know yet, kept as it came."""

    type: ClassVar[str] = "unknown"
    kind: str
    raw: Mapping[str, Any] = field(default_factory=dict)


Part = (
    Text
    | Media
    | Choices
    | Choice
    | Location
    | ContactCard
    | Card
    | Template
    | LocationRequest
    | Form
    | FormReply
    | Reaction
    | Unknown
)

_PARTS: dict[str, type[Any]] = {cls.type: cls for cls in get_args(Part)}
_FIELDS: dict[type[Any], tuple[str, ...]] = {cls: tuple(f.name for f in fields(cls)) for cls in get_args(Part)}


def part_to_json(part: Part) -> dict[str, Any]:
    """A part as plain JSON with its ``type``; absent fields are left out."""
    data: dict[str, Any] = {"type": part.type}
    for name in _FIELDS[type(part)]:
        value = getattr(part, name)
        if value is not None:
            data[name] = _plain(value)
    return data


def _plain(value: Any) -> Any:
    if type(value) is str:
        return value
    if isinstance(value, Option):
        return {f.name: getattr(value, f.name) for f in fields(value) if getattr(value, f.name) is not None}
    if isinstance(value, Media):
        return part_to_json(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return dict(value)
    return value


def part_from_json(data: Mapping[str, Any]) -> Part:
    """The part that ``part_to_json`` wrote. What has an unknown type or shape comes back as ``Unknown``."""
    cls = _PARTS.get(str(data.get("type")))
    if cls is None:
        return Unknown(kind=str(data.get("type")), raw=dict(data))
    known = {f.name for f in fields(cls)}
    values: dict[str, Any] = {k: v for k, v in data.items() if k in known}
    try:
        if "options" in values:
            values["options"] = tuple(Option(**o) for o in values["options"])
        if isinstance(values.get("image"), Mapping):
            values["image"] = part_from_json(values["image"])
        for name in ("phones", "emails", "fields"):
            if name in values and cls in (ContactCard, Form):
                values[name] = tuple(values[name])
        part: Part = cls(**values)
    except TypeError:
        return Unknown(kind=str(data.get("type")), raw=dict(data))
    return part


def parts_to_json(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """All parts as plain JSON."""
    return [part_to_json(p) for p in parts]


def parts_from_json(data: Sequence[Mapping[str, Any]]) -> tuple[Part, ...]:
    """All parts back from plain JSON."""
    return tuple(part_from_json(p) for p in data)


def plain_text(parts: Sequence[Part]) -> str:
    """What a reader of words alone would see of these parts."""
    lines: list[str] = []
    for part in parts:
        match part:
            case Text(text=text) | LocationRequest(text=text):
                lines.append(text)
            case Media(caption=caption) if caption:
                lines.append(caption)
            case Choices(text=text, options=options):
                lines.append(text)
                lines.extend(o.title for o in options)
            case Choice(id=id_, title=title):
                lines.append(title or id_)
            case Card(title=title, text=body):
                lines.append(title if body is None else f"{title}\n{body}")
            case Form(title=title, listed=listed):
                lines.append(title + listed)
            case FormReply(listed=listed):
                lines.append(listed)
            case _:
                pass
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Alias:
    """One identity of a contact. ``kind`` says whose id it is (``telegram.user``), ``value`` is opaque."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Who caused an event: every alias the platform gave, the one to reply to first."""

    ids: tuple[Alias, ...] = ()
    name: str | None = None
    is_bot: bool = False
    locale: str | None = None


_NO_THREAD = ThreadKey("")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened on a platform, normalised.

    ``platform_id`` is the deduplication key, unique within the channel. ``order`` sorts events that wait
    together in the platform's own order (ties keep arrival order). ``target`` is the platform id of the
    message an edit, deletion, reaction, status or choice is about; a status without one is about all of ours in
    the thread up to ``at``. ``mentioned`` is whether a group message is meant for us; ``direct`` is a one-to-one
    chat, ``threaded`` a group's thread: once the bot has answered in it, nobody need name the bot there again.
    ``ours`` marks an echo of what we sent ourselves; ``row_key`` is our delivery's key where the platform
    gave it back. ``raw`` is kept when nothing better could be said.
    """

    type: EventType
    channel: ChannelKind
    account: AccountKey
    platform_id: PlatformId
    at: datetime
    sender: Sender = Sender()
    thread: ThreadKey = _NO_THREAD
    order: float = 0.0
    reply_to: PlatformId | None = None
    target: PlatformId | None = None
    message_id: PlatformId | None = None
    parts: tuple[Part, ...] = ()
    status: MessageStatus | None = None
    error: str | None = None
    mentioned: bool = False
    direct: bool = True
    threaded: bool = False
    ours: bool = False
    row_key: str | None = None
    callback: str | None = None
    raw: Mapping[str, Any] | None = None


def event_to_json(event: Event) -> dict[str, Any]:
    """An event in the form ``hub channel parse`` prints and the inbox stores."""
    sender = event.sender
    data: dict[str, Any] = {
        "type": event.type.value,
        "channel": event.channel,
        "account": event.account,
        "platform_id": event.platform_id,
        "at": event.at.isoformat(),
        "sender": {
            "ids": [{"kind": a.kind, "value": a.value} for a in sender.ids],
            "name": sender.name,
        },
        "thread": event.thread,
        "reply_to": event.reply_to,
        "target": event.target,
        "parts": parts_to_json(event.parts),
    }
    if sender.is_bot:
        data["sender"]["is_bot"] = True
    if sender.locale:
        data["sender"]["locale"] = sender.locale
    if event.message_id and event.message_id != event.platform_id:
        data["message_id"] = event.message_id
    if event.status is not None:
        data["status"] = event.status.value
    for name in ("error", "row_key", "callback"):
        if getattr(event, name) is not None:
            data[name] = getattr(event, name)
    for name in ("order", "mentioned", "threaded", "ours"):
        if value := getattr(event, name):
            data[name] = value
    if not event.direct:
        data["direct"] = False
    if event.raw is not None:
        data["raw"] = dict(event.raw)
    return data


def event_from_json(data: Mapping[str, Any]) -> Event:
    """The event that ``event_to_json`` wrote."""
    sender = data.get("sender") or {}
    return Event(
        type=EventType(data["type"]),
        channel=ChannelKind(data["channel"]),
        account=AccountKey(data["account"]),
        platform_id=PlatformId(data["platform_id"]),
        at=datetime.fromisoformat(data["at"]),
        sender=Sender(
            ids=tuple(Alias(a["kind"], a["value"]) for a in sender.get("ids", ())),
            name=sender.get("name"),
            is_bot=bool(sender.get("is_bot")),
            locale=sender.get("locale"),
        ),
        thread=ThreadKey(data.get("thread") or ""),
        order=float(data.get("order") or 0.0),
        reply_to=data.get("reply_to"),
        target=data.get("target"),
        message_id=data.get("message_id"),
        parts=parts_from_json(data.get("parts") or ()),
        status=MessageStatus(data["status"]) if data.get("status") else None,
        error=data.get("error"),
        mentioned=bool(data.get("mentioned")),
        direct=data.get("direct", True),
        threaded=bool(data.get("threaded")),
        ours=bool(data.get("ours")),
        row_key=data.get("row_key"),
        callback=data.get("callback"),
        raw=data.get("raw"),
    )


@dataclass(frozen=True, slots=True)
class Outbound:
    """One message to be shown to a customer, whoever wrote it.

    ``key`` is our delivery's key, written where the platform can give it back so that an ambiguous send can
    be settled. ``sources`` is a list of the answer's sources in words, shown under the text by channels that have no
    place of their own for citations. ``to`` holds the aliases of the identity that wrote; replies never leave to
    another one. A media part's ``file_id`` names the stored copy that the channel uploads.
    """

    id: MessageId
    key: str
    thread: ThreadKey
    parts: tuple[Part, ...]
    author: AuthorKind = AuthorKind.BOT
    author_name: str | None = None
    to: tuple[Alias, ...] = ()
    reply_to: PlatformId | None = None
    sources: str | None = None


def outbound_to_json(outbound: Outbound) -> dict[str, Any]:
    """An outbound message as the outbox keeps it."""
    return {
        "id": str(outbound.id),
        "key": outbound.key,
        "thread": outbound.thread,
        "parts": parts_to_json(outbound.parts),
        "author": outbound.author.value,
        "author_name": outbound.author_name,
        "to": [{"kind": a.kind, "value": a.value} for a in outbound.to],
        "reply_to": outbound.reply_to,
        "sources": outbound.sources,
    }


def outbound_from_json(data: Mapping[str, Any]) -> Outbound:
    """The message that ``outbound_to_json`` wrote."""
    return Outbound(
        id=MessageId(UUID(data["id"])),
        key=data["key"],
        thread=ThreadKey(data["thread"]),
        parts=parts_from_json(data["parts"]),
        author=AuthorKind(data["author"]),
        author_name=data.get("author_name"),
        to=tuple(Alias(a["kind"], a["value"]) for a in data.get("to", ())),
        reply_to=data.get("reply_to"),
        sources=data.get("sources"),
    )
