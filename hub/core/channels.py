"""The channel contract: what an adapter is, said once, for all five and for any third party's.

A channel has a pure half (``verify``, ``route``, ``parse``, ``render``), provable without a network, and a half that
talks to the platform (``send`` and what is optional). It holds no state: credentials come with each call.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from hub.core.ids import AccountKey, ChannelKind, PlatformId, ThreadKey
from hub.core.messages import Event, Media, Outbound
from hub.core.templates import ApprovedTemplate

Credentials = Mapping[str, Any]
"""A channel's decrypted, validated settings, as its ``configure`` returned them."""


class Dialect(StrEnum):
    """How a channel writes emphasis."""

    PLAIN = "plain"
    MARKDOWN = "markdown"
    WHATSAPP = "whatsapp"
    MRKDWN = "mrkdwn"
    TELEGRAM_HTML = "telegram_html"


class TextUnit(StrEnum):
    """What a channel's text limit counts."""

    CHARACTERS = "characters"
    UTF16 = "utf16"
    BYTES = "bytes"


class StreamKind(StrEnum):
    """How an answer can appear while it is being written."""

    NONE = "none"
    EDIT = "edit"
    DRAFT = "draft"
    NATIVE = "native"


@dataclass(frozen=True, slots=True)
class MediaLimit:
    """The largest file of one media kind, in bytes, and the content types taken (empty: any)."""

    max_bytes: int
    mimes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a platform lets one send: steadily ``per_second``, and ``burst`` at once after a rest."""

    per_second: float
    burst: int = 1


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a channel can show. Drives rendering, the composer, the send policy and the docs.

    ``text_limit`` counts ``text_unit``. ``reply_window_hours`` is how long after the customer's last message a free
    reply is allowed (None: always), ``person_window_hours`` how long a person may still answer, ``templates`` whether
    approved templates may be sent at any time. ``account_pace`` and ``recipient_pace`` are how fast one account may
    send, to all and to one. ``read_back``: an ambiguous send can be settled; ``repeatable``: the same message sent
    again shows only once; ``shows_queue``: a waiting customer sees the place in line without being written to.
    """

    dialect: Dialect
    text_limit: int
    text_unit: TextUnit = TextUnit.CHARACTERS
    caption_limit: int = 0
    buttons: int = 0
    button_title: int = 0
    button_id: int = 0
    list_rows: int = 0
    media: Mapping[str, MediaLimit] = field(default_factory=dict)
    edit: bool = False
    delete: bool = False
    react: bool = False
    receipts: bool = False
    typing: bool = False
    stream: StreamKind = StreamKind.NONE
    threads: bool = False
    reply_window_hours: int | None = None
    person_window_hours: int | None = None
    templates: bool = False
    account_pace: Pace | None = None
    recipient_pace: Pace | None = None
    read_back: bool = False
    repeatable: bool = False
    shows_queue: bool = False


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A platform's webhook as it arrived. Header names are lower-case; ``raw`` is the untouched body."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    raw: bytes


@dataclass(frozen=True, slots=True)
class Verified:
    """A request that is genuine. ``challenge`` is the body to answer with where the platform asks for one;
    ``secret`` is the index of the credentials that matched. ``silent``: the platform would show the answer's body to
    people, so it must be empty."""

    challenge: bytes | None = None
    secret: int = 0
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """Until when a free reply is allowed; None means always."""

    open_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """Bytes that go along with a request. ``file_id`` names our stored copy; ``field`` the form field."""

    field: str
    file_id: str
    name: str
    mime: str


@dataclass(frozen=True, slots=True)
class Request:
    """One call to a platform: its method's name and parameters, and files to send along."""

    method: str
    payload: Mapping[str, Any]
    uploads: tuple[Upload, ...] = ()


@dataclass(frozen=True, slots=True)
class SendResult:
    """How a call ended.

    ``ok`` with the platform's ``ids``; or not ok and one of: ``retry_after`` seconds (try again then),
    ``permanent`` (never again), ``ambiguous`` (it may have arrived). ``code`` is the platform's, ``error`` a
    plain sentence for the agents.
    """

    ok: bool
    ids: tuple[PlatformId, ...] = ()
    retry_after: float | None = None
    permanent: bool = False
    ambiguous: bool = False
    code: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a channel check: what was looked at, whether it is well, and how to mend it."""

    name: str
    ok: bool
    text: str


class OpenFile(Protocol):
    """Reads one of our stored files for an upload."""

    async def __call__(self, file_id: str) -> bytes: ...


class Channel(Protocol):
    """What every channel does."""

    kind: ChannelKind
    capabilities: Capabilities

    def configure(self, credentials: Mapping[str, Any]) -> Credentials:
        """Validate a tenant's credentials. Raises ``Invalid`` naming the field."""
        ...

    def account(self, credentials: Credentials) -> AccountKey:
        """The account these credentials are for, as the platform names it. What follows a ``#`` is for ``parse``
        alone: a shared app's webhook finds the channel by what stands before it."""
        ...

    def verify(self, credentials: Sequence[Credentials], request: WebhookRequest) -> Verified:
        """Prove that the platform sent these raw bytes. Raises ``Forged``; never parses before proving."""
        ...

    def route(self, raw: bytes) -> Sequence[AccountKey]:
        """The accounts a verified shared webhook is about, in order, each once. Never raises."""
        ...

    def parse(self, raw: bytes, account: AccountKey | None = None) -> Sequence[Event]:
        """Every event in the body (of ``account`` alone, where given). Total: never raises."""
        ...

    def render(self, outbound: Outbound, window: Window | None = None) -> Sequence[Request]:
        """The platform's calls that show this message in its best form. Pure."""
        ...

    async def send(
        self, credentials: Credentials, request: Request, *, key: str, open_file: OpenFile | None = None
    ) -> SendResult:
        """Make one call. Never raises for what the platform answers; never retries by itself."""
        ...


@runtime_checkable
class ShowsTyping(Protocol):
    """Can show that somebody is writing. Best effort."""

    async def show_typing(self, credentials: Credentials, thread: ThreadKey) -> None: ...


@runtime_checkable
class MarksRead(Protocol):
    """Can show a customer's message as read and, in the same call, that somebody is writing. Best effort.

    For platforms whose typing mark hangs on a message; it stays for some 25 seconds, or until the answer.
    """

    async def mark_read(self, credentials: Credentials, message: PlatformId, *, typing: bool = False) -> None: ...


@runtime_checkable
class AnswersTaps(Protocol):
    """Must be told that a tap on a button was received, so that the platform stops its spinner."""

    async def answer_tap(self, credentials: Credentials, callback: str) -> None: ...


@runtime_checkable
class Edits(Protocol):
    """Can replace the text of a message of its own."""

    def render_edit(self, outbound: Outbound, platform_id: PlatformId) -> Sequence[Request]: ...


@runtime_checkable
class Deletes(Protocol):
    """Can take back a message of its own."""

    def render_delete(self, thread: ThreadKey, platform_id: PlatformId) -> Sequence[Request]: ...


@dataclass(frozen=True, slots=True)
class FetchedMedia:
    """Bytes that are arriving: the content type and size the platform claims, and the stream itself."""

    mime: str | None
    size: int | None
    name: str | None
    chunks: AsyncIterator[bytes]


@runtime_checkable
class FetchesMedia(Protocol):
    """Can fetch a customer's file. Raises ``Unavailable`` (try later) or ``Invalid`` (never)."""

    async def fetch_media(self, credentials: Credentials, media: Media) -> FetchedMedia: ...


@runtime_checkable
class ChecksCredentials(Protocol):
    """Can ask the platform whether credentials are good, and say so in plain words."""

    async def check(self, credentials: Credentials) -> Sequence[Check]: ...


@runtime_checkable
class RegistersWebhook(Protocol):
    """Can tell the platform where to send events."""

    async def register_webhook(self, credentials: Credentials, url: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Polled:
    """What asking gave: raw bodies as a webhook would have brought them, and where to go on from."""

    bodies: Sequence[bytes]
    cursor: str | None


@runtime_checkable
class Polls(Protocol):
    """Can be asked for events, for those whom the platform cannot reach. Waits up to some seconds for the first.

    What ``cursor`` names as seen is confirmed to the platform: store it before asking on. Raises ``Unavailable``
    (ask again later) or ``Invalid`` (credentials that are no good).
    """

    async def poll(self, credentials: Credentials, cursor: str | None) -> Polled: ...


@runtime_checkable
class FindsSent(Protocol):
    """Can look whether a call that went unanswered took effect after all."""

    async def find_sent(
        self, credentials: Credentials, request: Request, *, since: datetime
    ) -> Sequence[PlatformId] | None:
        """The ids of what ``request`` made at or after ``since``, or None when it is not there and may be sent
        again. Raises ``Unavailable`` when the platform does not say."""
        ...


@runtime_checkable
class ListsTemplates(Protocol):
    """Can tell its approved messages. Raises ``Invalid`` (set something up first) or ``Unavailable``."""

    async def list_templates(self, credentials: Credentials) -> Sequence[ApprovedTemplate]: ...


@dataclass(frozen=True, slots=True)
class Installed:
    """What the owner of an account agreed to: for which tenant it was asked, and a channel's credentials."""

    tenant: str
    credentials: Credentials
    name: str


@runtime_checkable
class InstallsByConsent(Protocol):
    """Can be installed by an account's owner on the platform's own page. ``app`` is the shared app's credentials;
    ``browser`` a random value that only the browser that began holds."""

    def consent_url(self, app: Credentials, *, tenant: str, browser: str, redirect_url: str) -> str: ...

    async def install(
        self, app: Credentials, query: Mapping[str, str], *, browser: str, redirect_url: str
    ) -> Installed:
        """What the owner came back with. Raises ``Forged``, ``Invalid`` or ``Unavailable``, in words for them."""
        ...

    def app_manifest(self, name: str, public_url: str, redirect_url: str) -> Mapping[str, Any]: ...
