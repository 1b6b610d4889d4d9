"""At most so many calls to one provider at a time, and at most so many waiting for their turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager

from hub.core.errors import ModelError
from hub.llm.ports import ChatModel, ChatRequest, Completed, Embedder, Embeddings, TextDelta


class CallLimit:
    """``limit`` calls run at once and ``max_waiting`` more wait, each at most ``max_wait`` seconds.

    Share one among all models of a provider. A call beyond the bounds gets a ``ModelError`` that may be
    tried again, so that a flood turns into a visible refusal, never into a growing queue.
    """

    def __init__(self, limit: int, *, max_waiting: int = 256, max_wait: float = 30.0) -> None:
        if limit < 1:
            raise ValueError("limit must be at least 1")
        self._slots = asyncio.Semaphore(limit)
        self._max_waiting = max_waiting
        self._max_wait = max_wait
        self._waiting = 0

    @property
    def waiting(self) -> int:
        """How many calls wait for a slot now."""
        return self._waiting

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Hold one slot. Raises ``ModelError`` when too many wait or the wait was too long."""
        await self._acquire()
        try:
            yield
        finally:
            self._slots.release()

    async def _acquire(self) -> None:
        if self._slots.locked() and self._waiting >= self._max_waiting:
            raise ModelError("Too many requests are waiting for the model. Try again in a moment.", retry_after=1.0)
        self._waiting += 1
        try:
            async with asyncio.timeout(self._max_wait):
                await self._slots.acquire()
        except TimeoutError:
            raise ModelError("The model was busy for too long. Try again in a moment.", retry_after=1.0) from None
        finally:
            self._waiting -= 1


class LimitedChatModel:
    """A chat model that takes a slot for as long as an answer streams."""

    def __init__(self, inner: ChatModel, *, limit: CallLimit) -> None:
        self.provider = inner.provider
        self.model = inner.model
        self._inner = inner
        self._limit = limit

    async def stream(self, request: ChatRequest) -> AsyncGenerator[TextDelta | Completed, None]:
        """As the port says; a full queue raises ``ModelError`` before the first delta."""
        async with self._limit.slot(), aclosing(self._inner.stream(request)) as deltas:
            async for delta in deltas:
                yield delta


class LimitedEmbedder:
    """An embedder that takes a slot a call."""

    def __init__(self, inner: Embedder, *, limit: CallLimit) -> None:
        self.provider = inner.provider
        self.model = inner.model
        self.dims = inner.dims
        self.languages = inner.languages
        self.max_batch = inner.max_batch
        self._inner = inner
        self._limit = limit

    async def embed(self, texts: Sequence[str], *, task: str = "document") -> Embeddings:
        """As the port says; a full queue raises ``ModelError``."""
        async with self._limit.slot():
            return await self._inner.embed(texts, task=task)
