"""Wakers: hints that work is due, within one process or through Redis between many."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import structlog

from hub.jobs.arq_queue import QUEUE, ArqQueue

if TYPE_CHECKING:
    from redis.asyncio import Redis

log = structlog.get_logger(__name__)

TOPICS = ("turn", "delivery", "job", "webhook", "desk", "mail")
_PUBLISH_SECONDS = 0.05
"""A hint is worth no longer wait; sweeps find what it would have told."""

_REST_SECONDS = 1.0
"""After a hint that failed: trying to connect for each message would cost more than the message itself."""


class LocalWaker:
    """Wakes the loops of this process."""

    def __init__(self) -> None:
        self._events = {topic: asyncio.Event() for topic in TOPICS}

    async def wake(self, topic: str) -> None:
        """Let whoever waits for the topic look at once. Idempotent."""
        self._events[topic].set()

    async def wait(self, topic: str, seconds: float) -> None:
        """Return at the next hint, or after ``seconds``. A hint given since the last wait counts."""
        event = self._events[topic]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()
        event.clear()


class RedisWaker(LocalWaker):
    """Publishes hints to every process and listens for theirs. With Redis away, sweeps carry on alone."""

    def __init__(self, redis: Redis, *, long_work: ArqQueue, prefix: str = "hub:wake:") -> None:
        super().__init__()
        self._redis = redis
        self.long_work = long_work
        self._prefix = prefix
        self._untold: set[str] = set()
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to listen and to tell."""
        self._tasks = [
            asyncio.create_task(self._listen(), name="redis-waker"),
            asyncio.create_task(self._tell(), name="redis-wake-others"),
        ]

    async def stop(self) -> None:
        """Stop listening and telling."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def wake(self, topic: str) -> None:
        """Wake this process at once, and the others through Redis soon after. Waits for Redis only for long work."""
        await super().wake(topic)
        if topic == "job":
            await self.long_work.nudge()
            return
        self._untold.add(topic)
        self._news.set()

    async def facts(self) -> dict[str, Any]:
        """What Redis tells of itself: `version`, `used_bytes`, `queued` (nudges for long work). Raises when it is
        away."""
        server, memory = await self._redis.info("server"), await self._redis.info("memory")
        return {
            "version": str(server["redis_version"]),
            "used_bytes": int(memory["used_memory"]),
            "queued": int(await self._redis.zcard(QUEUE)),
        }

    async def _tell(self) -> None:
        """One hint stands for all that came while the one before was under way: a webhook never waits for it."""
        while True:
            await self._news.wait()
            self._news.clear()
            topics, self._untold = self._untold, set()
            try:
                async with asyncio.timeout(_PUBLISH_SECONDS):
                    for topic in topics:
                        await self._redis.publish(self._prefix + topic, b"1")
            except Exception as error:
                log.debug("waker.publish_failed", error=type(error).__name__)
                await asyncio.sleep(_REST_SECONDS)

    async def _listen(self) -> None:
        delay = 0.2
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as pubsub:
                    await pubsub.subscribe(*(self._prefix + t for t in TOPICS))
                    delay = 0.2
                    async for message in pubsub.listen():
                        topic = message["channel"].decode().removeprefix(self._prefix)
                        if topic in self._events:
                            self._events[topic].set()
            except asyncio.CancelledError:
                raise
            except Exception as error:
                log.warning("waker.redis_away", error=type(error).__name__, retry_in=delay)
                await asyncio.sleep(delay)
                delay = min(delay * 2, 5.0)
