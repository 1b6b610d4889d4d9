"""Asks the tenant's budget before a model call and writes down what the call used, failures included."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any
from uuid import UUID

from hub.core.errors import ModelError
from hub.core.ids import TenantId
from hub.core.ports import Budget, UsageSink
from hub.core.usage import Usage
from hub.llm.ports import ChatModel, ChatRequest, Completed, Embedder, Embeddings, TextDelta
from hub.llm.prices import Prices
from hub.llm.token_guess import guess_prompt_tokens, guess_tokens, most_prompt_tokens, most_tokens

_log = logging.getLogger(__name__)


class Meter:
    """One tenant's meter: its budget, where usage goes, and the prices if any are wanted."""

    def __init__(
        self,
        tenant: TenantId,
        *,
        sink: UsageSink,
        budget: Budget | None = None,
        prices: Prices | None = None,
    ) -> None:
        self._tenant = tenant
        self._sink = sink
        self._budget = budget
        self._prices = prices

    async def reserve(self, most: Usage) -> UUID | None:
        """Put aside what the call takes at most. Raises ``BudgetSpent`` when the tenant may not make it."""
        if self._budget is None:
            return None
        priced = most if self._prices is None else await self._prices.priced(most)
        return await self._budget.reserve(self._tenant, priced)

    async def record(self, usage: Usage, hold: UUID | None) -> Usage:
        """Price and keep it, even while the caller is being cancelled. A failing sink costs no answer."""
        return await _unhurried(self._record(usage, hold))

    async def _record(self, usage: Usage, hold: UUID | None) -> Usage:
        try:
            if self._prices is not None:
                usage = await self._prices.priced(usage)
            await self._sink.record(self._tenant, usage, hold)
        except Exception:
            _log.exception("llm.usage_lost task=%s provider=%s model=%s", usage.task, usage.provider, usage.model)
        return usage


class MeteredChatModel:
    """A chat model whose calls are paid for by one tenant. Cheap to make: one a call will do."""

    def __init__(self, inner: ChatModel, *, meter: Meter) -> None:
        self.provider = inner.provider
        self.model = inner.model
        self._inner = inner
        self._meter = meter

    async def stream(self, request: ChatRequest) -> AsyncGenerator[TextDelta | Completed, None]:
        """As the port says; raises ``BudgetSpent`` before the call when the budget is spent.

        A call that breaks off or is abandoned is written down with the tokens guessed from what was streamed.
        """
        prompt = most_prompt_tokens(request)
        most = Usage(request.task, self.provider, self.model, prompt, request.max_tokens)
        hold = await self._meter.reserve(most)
        started = time.monotonic()
        shown: list[str] = []
        recorded, ok = False, True
        try:
            async with aclosing(self._inner.stream(request)) as deltas:
                async for delta in deltas:
                    if isinstance(delta, Completed):
                        recorded = True
                        usage = replace(delta.usage, task=request.task)
                        delta = replace(delta, usage=await self._meter.record(usage, hold))
                    else:
                        shown.append(delta.text)
                    yield delta
        except ModelError:
            ok = False
            raise
        finally:
            if not recorded:
                await self._meter.record(self._broken(request, "".join(shown), started, ok=ok), hold)

    def _broken(self, request: ChatRequest, shown: str, started: float, *, ok: bool) -> Usage:
        began = bool(shown) or ok
        return Usage(
            task=request.task,
            provider=self.provider,
            model=self.model,
            input_tokens=guess_prompt_tokens(request.messages) if began else 0,
            output_tokens=guess_tokens(shown),
            duration=time.monotonic() - started,
            ok=ok,
        )


class MeteredEmbedder:
    """An embedder whose calls are paid for by one tenant. Put the cache outside it: a hit costs nothing."""

    def __init__(self, inner: Embedder, *, meter: Meter) -> None:
        self.provider = inner.provider
        self.model = inner.model
        self.dims = inner.dims
        self.languages = inner.languages
        self.max_batch = inner.max_batch
        self._inner = inner
        self._meter = meter

    async def embed(self, texts: Sequence[str], *, task: str = "document") -> Embeddings:
        """As the port says; raises ``BudgetSpent`` before the call when the budget is spent."""
        name = f"embed.{task}"
        most = sum(most_tokens(text) for text in texts)
        hold = await self._meter.reserve(Usage(name, self.provider, self.model, most))
        started = time.monotonic()
        came = False
        try:
            result = await self._inner.embed(texts, task=task)
            came = True
        finally:
            if not came:  # failed or given up: what was put aside for it is free again
                duration = time.monotonic() - started
                await self._meter.record(Usage(name, self.provider, self.model, duration=duration, ok=False), hold)
        usage = await self._meter.record(replace(result.usage, task=name), hold)
        return Embeddings(result.vectors, usage)


async def _unhurried(work: Coroutine[Any, Any, Usage]) -> Usage:
    """Finish the work even when the waiting task is cancelled meanwhile; then let the cancellation go on."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise
