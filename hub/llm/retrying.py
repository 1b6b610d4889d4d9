"""Tries again what may succeed later: exponential backoff with full jitter, never after the first delta.

Full jitter: each wait is uniform between zero and the ceiling, so that callers who failed together do not
come back together (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

import structlog

from hub.core.errors import ModelError
from hub.llm.errors import CircuitOpen
from hub.llm.ports import ChatModel, ChatRequest, Completed, Embedder, Embeddings, TextDelta

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """``attempts`` in all, within ``total`` seconds from the first; waits grow from ``base`` to ``ceiling``."""

    attempts: int = 3
    base: float = 0.5
    ceiling: float = 8.0
    total: float = 30.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    now: Callable[[], float] = time.monotonic
    jitter: Callable[[float, float], float] = random.uniform

    def wait(self, error: ModelError, attempt: int, started: float) -> float | None:
        """Seconds until the next try after ``attempt`` tries, or None to give up.

        Never earlier than the server asked; and when that is too late to be of use, not at all.
        """
        if not error.retryable or isinstance(error, CircuitOpen) or attempt >= self.attempts:
            return None
        pause = self.jitter(0.0, min(self.ceiling, self.base * 2.0 ** (attempt - 1)))
        if error.retry_after is not None:
            pause += error.retry_after
        return pause if self.now() - started + pause < self.total else None


class RetryingChatModel:
    """A chat model that is asked again when it fails before its first delta."""

    def __init__(self, inner: ChatModel, *, policy: RetryPolicy | None = None) -> None:
        self.provider = inner.provider
        self.model = inner.model
        self._inner = inner
        self._policy = policy or RetryPolicy()

    async def stream(self, request: ChatRequest) -> AsyncGenerator[TextDelta | Completed, None]:
        """As the port says. A failure after the first delta passes through at once."""
        policy, started, attempt = self._policy, self._policy.now(), 0
        while True:
            attempt += 1
            begun = False
            try:
                async with aclosing(self._inner.stream(request)) as deltas:
                    async for delta in deltas:
                        begun = True
                        yield delta
                return
            except ModelError as error:
                pause = None if begun else policy.wait(error, attempt, started)
                if pause is None:
                    raise
                log.info("model.asked_again", model=self.model, attempt=attempt, error=str(error))
            await policy.sleep(pause)


class RetryingEmbedder:
    """An embedder that is asked again when it fails."""

    def __init__(self, inner: Embedder, *, policy: RetryPolicy | None = None) -> None:
        self.provider = inner.provider
        self.model = inner.model
        self.dims = inner.dims
        self.languages = inner.languages
        self.max_batch = inner.max_batch
        self._inner = inner
        self._policy = policy or RetryPolicy()

    async def embed(self, texts: Sequence[str], *, task: str = "document") -> Embeddings:
        """As the port says."""
        policy, started, attempt = self._policy, self._policy.now(), 0
        while True:
            attempt += 1
            try:
                return await self._inner.embed(texts, task=task)
            except ModelError as error:
                pause = policy.wait(error, attempt, started)
                if pause is None:
                    raise
                log.info("model.asked_again", model=self.model, attempt=attempt, error=str(error))
            await policy.sleep(pause)
