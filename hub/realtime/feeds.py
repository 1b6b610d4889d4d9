"""How hints and growing answers reach the sockets: directly in one process, over Redis between processes.

Socket.IO's own Redis manager hands finished events to browsers and makes each process pay for all of them; here
a hint must reach the *server*, which reads the store. So this is plain publish and subscribe, JSON alone, on one
Redis channel a tenant: a process hears of those tenants alone that somebody watches there. While Redis is away nothing
is lost: once a channel is heard again, its rooms catch up from the store, and clients ask for what they lack.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Coroutine, Mapping
from typing import Annotated, Any, Literal, Protocol
from uuid import UUID, uuid4

import structlog
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from hub.core.ids import ConversationId, MessageId, TenantId
from hub.core.ports import Announcer, DeltaFeed, PresenceFeed
from hub.realtime.interest import Interest

log = structlog.get_logger(__name__)

CHANNEL = "hub:realtime:"
"""What a tenant's channel begins with; its id follows."""
_WHEN_USED = ConfigDict(defer_build=True)
_PUBLISH_SECONDS = 0.25
"""Hints and deltas are told beside the work, so a busy Redis gets more time than the wake that stands before a 200."""
_REST_SECONDS = 1.0
_LONGEST_REST = 10.0
_CHANNELS_AT_ONCE = 500


class Feed(Announcer, DeltaFeed, PresenceFeed, Protocol):
    """Every port in one. ``Rooms`` is one, and is all that a single process needs."""


class Watched(Feed, Protocol):
    """A feed that knows whose notes it wants, and can read from the store what it did not hear."""

    interest: Interest

    def catch_up(self, tenant: TenantId) -> None:
        """Notes of this tenant may have been missed. Returns at once."""
        ...


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


class _Present(_Note):
    type: Literal["present"] = "present"
    who: str
    name: str | None
    state: str


class _Notified(BaseModel):
    model_config = _WHEN_USED

    type: Literal["notified"] = "notified"
    origin: str
    tenant: UUID
    person: str
    notification: dict[str, Any]


_AnyNote = _Moved | _Grew | _Withdrawn | _Typing | _Present | _Notified
_NOTES: TypeAdapter[_AnyNote] = TypeAdapter(Annotated[_AnyNote, Field(discriminator="type")], config=_WHEN_USED)


def open_redis(url: str) -> Any:
    """A client for hints: short timeouts, for nobody may wait for a hint. The caller closes it by ``aclose``."""
    from redis.asyncio import Redis

    return Redis.from_url(url, socket_connect_timeout=2, health_check_interval=15)


class RedisFeed:
    """Tells every process. ``here`` are this process's own rooms, which are told without the detour.

    Best effort: a publish that takes longer than 50 ms is given up, and for a second no other is tried.
    """

    def __init__(self, *, client: Any, here: Feed | None = None, prefix: str = CHANNEL) -> None:
        self.origin = uuid4().hex
        self._client = client
        self._here = here
        self._prefix = prefix
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

    async def present(
        self, tenant: TenantId, conversation: ConversationId, who: str, name: str | None, state: str
    ) -> None:
        if self._here is not None:
            await self._here.present(tenant, conversation, who, name, state)
        await self._publish(
            _Present(origin=self.origin, tenant=tenant, conversation=conversation, who=who, name=name, state=state)
        )

    async def notified(self, tenant: TenantId, person: str, notification: Mapping[str, Any]) -> None:
        if self._here is not None:
            await self._here.notified(tenant, person, notification)
        await self._publish(
            _Notified(origin=self.origin, tenant=tenant, person=person, notification=dict(notification))
        )

    async def _publish(self, note: _AnyNote) -> None:
        if time.monotonic() < self._rest_until:
            return
        try:
            async with asyncio.timeout(_PUBLISH_SECONDS):
                await self._client.publish(f"{self._prefix}{note.tenant}", note.model_dump_json())
        except Exception as error:
            self._rest_until = time.monotonic() + _REST_SECONDS
            log.warning("realtime.publish_failed", error=type(error).__name__)


class RedisListener:
    """Hears what other processes tell of the tenants watched here. Comes back by itself after an outage.

    A hint that was published before a channel was heard is lost, so whenever one begins to be heard, the rooms of its
    tenant catch up from the store.
    """

    def __init__(self, *, client: Any, rooms: Watched, own_origin: str = "", prefix: str = CHANNEL) -> None:
        self._client = client
        self._rooms = rooms
        self._own = own_origin
        self._prefix = prefix
        self._heard: set[TenantId] = set()
        self.listening = asyncio.Event()

    async def run(self) -> None:
        """Listen until cancelled."""
        rest = _REST_SECONDS
        while True:
            try:
                async with self._client.pubsub() as pubsub:
                    await pubsub.subscribe(self._prefix)  # of no tenant: keeps the connection while nobody watches
                    rest = _REST_SECONDS
                    await self._both(self._follow(pubsub), self._read(pubsub))
            except Exception as error:
                log.warning("realtime.listen_failed", error=type(error).__name__, retry_in=rest)
            self.listening.clear()
            await asyncio.sleep(rest)
            rest = min(rest * 2, _LONGEST_REST)

    async def _both(self, *works: Coroutine[Any, Any, None]) -> None:
        """Until one of them fails."""
        tasks = [asyncio.create_task(work) for work in works]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow(self, pubsub: Any) -> None:
        """Keep the subscriptions to what is watched."""
        interest, self._heard = self._rooms.interest, set()
        while True:
            interest.changed.clear()
            wanted = interest.tenants
            for tenants, act in (
                (wanted - self._heard, pubsub.subscribe),
                (self._heard - wanted, pubsub.unsubscribe),
            ):
                names = [f"{self._prefix}{tenant}" for tenant in tenants]
                for first in range(0, len(names), _CHANNELS_AT_ONCE):
                    await act(*names[first : first + _CHANNELS_AT_ONCE])
            self._heard = set(wanted)
            await interest.changed.wait()

    async def _read(self, pubsub: Any) -> None:
        async for heard in pubsub.listen():
            name = heard["channel"].decode().removeprefix(self._prefix)
            if heard["type"] == "message":
                await self._hear(heard["data"])
            elif heard["type"] == "subscribe":
                self.listening.set()
                if name:
                    self._rooms.catch_up(TenantId(UUID(name)))

    async def _hear(self, data: Any) -> None:
        try:
            note = _NOTES.validate_json(data)
        except (ValidationError, TypeError):
            log.warning("realtime.unreadable_note")
            return
        if note.origin == self._own:
            return
        tenant = TenantId(note.tenant)
        if isinstance(note, _Notified):
            await self._rooms.notified(tenant, note.person, note.notification)
            return
        conversation = ConversationId(note.conversation)
        with contextlib.suppress(ConnectionError):
            match note:
                case _Present():
                    await self._rooms.present(tenant, conversation, note.who, note.name, note.state)
                case _Moved():
                    await self._rooms.announce(tenant, conversation, note.seq)
                case _Grew():
                    message = MessageId(note.message)
                    await self._rooms.delta(tenant, conversation, message, note.floor_epoch, note.n, note.text)
                case _Withdrawn():
                    await self._rooms.withdrawn(tenant, conversation, MessageId(note.message))
                case _Typing():
                    await self._rooms.typing(tenant, conversation, note.active)
