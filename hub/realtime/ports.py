"""What the sockets need from the rest of the house. ``hub.run`` fills these in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from aiohttp import web

from hub.core.conversations import State
from hub.core.ids import ConversationId, MessageId, TenantId
from hub.inbox.guests import Guest, Taken
from hub.inbox.revisions import Replaced, Shown
from hub.realtime.schemas import Frame


class BadFrame(Exception):
    """A frame that no client of ours sends."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a conversation stands, as its customer may know it. ``wait`` is in seconds; ``seen`` is how far the
    colleague who answers has read, ``picture`` the address of how they look, below the hub's."""

    id: ConversationId
    state: State
    floor_epoch: int
    agent: str | None = None
    picture: str | None = None
    seen: int = 0
    place: int | None = None
    wait: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Messages a customer may see, oldest first, in the contract's JSON form (each with ``id`` and ``seq``).

    ``seq`` is how far this page tells, messages a customer may not see included; ``more`` is whether the
    conversation goes on after it.
    """

    standing: Standing
    messages: Sequence[Mapping[str, Any]]
    seq: int
    more: bool


class Conversations(Protocol):
    """Reads what is stored. May raise ``HubError`` when the store is away."""

    async def current(self, guest: Guest) -> ConversationId | None:
        """The visitor's open conversation, else the last one, else None."""
        ...

    async def owns(self, guest: Guest, conversation: ConversationId) -> bool:
        """Whether the conversation is this visitor's."""
        ...

    async def page(
        self, tenant: TenantId, conversation: ConversationId, *, after: int | None, limit: int
    ) -> Page | None:
        """The first ``limit`` messages after ``after``; the last ones where it is None. None: no such conversation."""
        ...


VerifyVisitor = Callable[[str], Awaitable[Guest]]
"""The visitor a token was issued to. Raises ``Unauthenticated`` or ``TenantDisabled``."""

OriginAllowed = Callable[[str, str], Awaitable[bool]]
"""Whether pages of this origin may talk for this site key. An unknown site key allows none."""

AcceptMessage = Callable[[Guest, bytes], Awaitable[Taken]]
"""Commits what a visitor said, as JSON ``{event, client_id, parts, target?}``; idempotent by client id."""


class Revises(Protocol):
    """``hub.inbox.revisions.Revisions``: a visitor's second thoughts, in a conversation that is his."""

    async def stop(self, tenant: TenantId, conversation: ConversationId, shown: Shown | None) -> bool: ...

    async def regenerate(self, tenant: TenantId, conversation: ConversationId, message: MessageId) -> Replaced: ...

    async def edit(
        self, guest: Guest, conversation: ConversationId, message: MessageId, text: str
    ) -> tuple[Taken, Replaced]: ...

    async def press(self, guest: Guest, conversation: ConversationId, message: MessageId, action: str) -> Taken: ...


Act = Callable[[Guest, ConversationId, Frame], Awaitable[Mapping[str, Any] | None]]
"""Does what a visitor asked for in a conversation that is his; what it returns joins the acknowledgement."""


@dataclass(frozen=True, slots=True)
class Agent:
    """A colleague at a socket. ``id`` is what assignments name; ``proof`` is the door's own. A ``limited`` one sees but
    a part of the conversations, and is told of no other."""

    tenant: TenantId
    id: str
    name: str | None
    proof: Any = None
    limited: bool = False


class AgentDoor(Protocol):
    """Who may sit at the colleagues' sockets."""

    def own_page(self, request: web.Request) -> bool:
        """Whether the request comes from a page of ours."""
        ...

    async def admit(self, request: web.Request, auth: Mapping[str, Any]) -> Agent:
        """The colleague behind a session's cookie, or a key in ``auth``; ``auth`` names the tenant. Raises
        ``Unauthenticated``, ``Forbidden`` and ``NotFound``."""
        ...

    async def recheck(self, agent: Agent) -> Agent:
        """The same colleague, still allowed. Raises as ``admit`` does."""
        ...

    def check_writes(self, agent: Agent, *, note: bool) -> None:
        """Raises ``Forbidden`` where this colleague may not write replies, or notes."""
        ...

    async def open(self, agent: Agent, conversation: ConversationId) -> int:
        """The conversation's newest sequence number. Raises ``NotFound`` where this colleague may not see it."""
        ...


ClientAddress = Callable[[web.Request], str]
"""The address behind trusted proxies."""


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """How much one process takes. ``frames_per_second`` and ``burst`` are for one socket."""

    max_bytes: int = 64 * 1024
    sockets: int = 5_000
    sockets_per_address: int = 60
    sockets_per_visitor: int = 12
    frames_per_second: float = 20.0
    burst: int = 60
    queued_packets: int = 1_000


@dataclass(frozen=True, slots=True)
class VisitorDesk:
    """Everything the visitors' namespace calls. ``acts`` is by event name; a missing one is answered in words, and so
    are second thoughts without ``revisions``."""

    verify: VerifyVisitor
    origin_allowed: OriginAllowed
    accept: AcceptMessage
    conversations: Conversations
    acts: Mapping[str, Act] = field(default_factory=dict)
    revisions: Revises | None = None
    renew: Callable[[str], str | None] = lambda token: None
    """Another token for one, proven before, that is getting old."""
