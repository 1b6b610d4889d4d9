"""How hints and growing answers reach the sockets: directly in one process, over Redis between processes.

Socket.IO's own Redis manager hands finished events to browsers and makes each process pay for all of them; here
a hint must reach the *server*, which reads the store. So this is plain publish and subscribe, JSON alone, on one
Redis channel. While Redis is away nothing is lost: clients ask for what they lack.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Annotated, Any, Literal, Protocol
from uuid import UUID, uuid4

import structlog
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from hub.core.ids import ConversationId, MessageId, TenantId
from hub.core.ports import Announcer, DeltaFeed

log = structlog.get_logger(__name__)

CHANNEL = "hub:realtime"
_WHEN_USED = ConfigDict(defer_build=True)
_PUBLISH_SECONDS = 0.05
_REST_SECONDS = 1.0
_LONGEST_REST = 10.0


class Feed(Announcer, DeltaFeed, Protocol):
    """Both ports in one. ``Rooms`` is one, and is all that a single process needs."""


class _Note(BaseModel):
    model_config = _WHEN_USED

    origin: str
    tenant: UUID
    conversation: UUID


class _Moved(_Note):
    type: Literal["moved"] = "moved"
    seq: int


class _Grew(_Note):
    type: Literal["grew"] = "grew"
    message: UUID
    floor_epoch: int
    n: int
    text: str


class _Withdrawn(_Note):
    type: Literal["withdrawn"] = "withdrawn"
    message: UUID


class _Typing(_Note):
    type: Literal["typing"] = "typing"
    active: bool


_NOTES: TypeAdapter[_Moved | _Grew | _Withdrawn | _Typing] = TypeAdapter(
    Annotated[_Moved | _Grew | _Withdrawn | _Typing, Field(discriminator="type")], config=_WHEN_USED
)


def open_redis(url: str) -> Any:
    """A client for hints: short timeouts, for nobody may wait for a hint. The caller closes it by ``aclose``."""
    from redis.asyncio import Redis

    return Redis.from_url(url, socket_connect_timeout=2, health_check_interval=15)


class RedisFeed:
    """Tells every process. ``here`` are this process's own rooms, which are told without the detour.

    Best effort: a publish that takes longer than 50 ms is given up, and for a second no other is tried.
    """

    def __init__(self, *, client: Any, here: Feed | None = None, channel: str = CHANNEL) -> None:
        self.origin = uuid4().hex
        self._client = client
        self._here = here
        self._channel = channel
        self._rest_until = 0.0

    async def announce(self, tenant: TenantId, conversation: ConversationId, seq: int) -> None:
        if self._here is not None:
            await self._here.announce(tenant, conversation, seq)
        await self._publish(_Moved(origin=self.origin, tenant=tenant, conversation=conversation, seq=seq))

    async def delta(
        self, tenant: TenantId, conversation: ConversationId, message: MessageId, floor_epoch: int, n: int, text: str
    ) -> None:
        if self._here is not None:
            await self._here.delta(tenant, conversation, message, floor_epoch, n, text)
        await self._publish(
            _Grew(
                origin=self.origin,
                tenant=tenant,
                conversation=conversation,
                message=message,
                floor_epoch=floor_epoch,
                n=n,
                text=text,
            )
        )

    async def withdrawn(self, tenant: TenantId, conversation: ConversationId, message: MessageId) -> None:
        if self._here is not None:
            await self._here.withdrawn(tenant, conversation, message)
        await self._publish(_Withdrawn(origin=self.origin, tenant=tenant, conversation=conversation, message=message))

    async def typing(self, tenant: TenantId, conversation: ConversationId, active: bool) -> None:
        if self._here is not None:
            await self._here.typing(tenant, conversation, active)
        await self._publish(_Typing(origin=self.origin, tenant=tenant, conversation=conversation, active=active))

    async def _publish(self, note: _Note) -> None:
        if time.monotonic() < self._rest_until:
            return
        try:
            async with asyncio.timeout(_PUBLISH_SECONDS):
                await self._client.publish(self._channel, note.model_dump_json())
        except Exception as error:
            self._rest_until = time.monotonic() + _REST_SECONDS
            log.warning("realtime.publish_failed", error=type(error).__name__)


class RedisListener:
    """Hears what other processes tell, and passes it to the rooms here. Comes back by itself after an outage."""

    def __init__(self, *, client: Any, rooms: Feed, own_origin: str = "", channel: str = CHANNEL) -> None:
        self._client = client
        self._rooms = rooms
        self._own = own_origin
        self._channel = channel
        self.listening = asyncio.Event()

    async def run(self) -> None:
        """Listen until cancelled."""
        rest = _REST_SECONDS
        while True:
            try:
                async with self._client.pubsub(ignore_subscribe_messages=True) as pubsub:
                    await pubsub.subscribe(self._channel)
                    self.listening.set()
                    rest = _REST_SECONDS
                    async for heard in pubsub.listen():
                        await self._hear(heard.get("data"))
            except Exception as error:
                log.warning("realtime.listen_failed", error=type(error).__name__, retry_in=rest)
            self.listening.clear()
            await asyncio.sleep(rest)
            rest = min(rest * 2, _LONGEST_REST)

    async def _hear(self, data: Any) -> None:
        try:
            note = _NOTES.validate_json(data)
        except (ValidationError, TypeError):
            log.warning("realtime.unreadable_note")
            return
        if note.origin == self._own:
            return
        tenant, conversation = TenantId(note.tenant), ConversationId(note.conversation)
        with contextlib.suppress(ConnectionError):
            match note:
                case _Moved():
                    await self._rooms.announce(tenant, conversation, note.seq)
                case _Grew():
                    message = MessageId(note.message)
                    await self._rooms.delta(tenant, conversation, message, note.floor_epoch, note.n, note.text)
                case _Withdrawn():
                    await self._rooms.withdrawn(tenant, conversation, MessageId(note.message))
                case _Typing():
                    await self._rooms.typing(tenant, conversation, note.active)
