"""Chat over Anthropic's Messages API, natively: prompt caching, tools, structured output.

https://docs.anthropic.com/en/docs/build-with-claude/streaming
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Any

from hub.core.errors import ModelError
from hub.llm.anthropic_client import AnthropicAccess
from hub.llm.anthropic_prompt import message_body
from hub.llm.growing import GrowingAnswer
from hub.llm.ports import ChatRequest, Completed, TextDelta
from hub.llm.sdk_access import complained_about
from hub.llm.streaming import read_stream

_OPTIONAL_FIELDS = ("output_config",)
_ENDINGS = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "tool_use": "tool_calls"}


class AnthropicChatModel:
    """A chat model behind Anthropic's API. A refused optional field is left out from then on."""

    def __init__(self, model: str, *, access: AnthropicAccess) -> None:
        self.provider = access.provider
        self.model = model
        self._access = access
        self._dropped: set[str] = set()

    async def stream(self, request: ChatRequest) -> AsyncGenerator[TextDelta | Completed, None]:
        """Yield deltas, then one ``Completed``. Closing the generator closes the connection.

        Raises ``ModelError`` before the first delta and ``AnswerCut`` after it. No try is repeated here.
        """
        started = time.monotonic()
        clock = asyncio.get_running_loop().time()
        answer = GrowingAnswer()
        events = await self._open(request, clock)
        async with aclosing(read_stream(events, partial(_read, answer), answer, self._access, clock)) as texts:
            async for text in texts:
                yield TextDelta(text)
        duration = time.monotonic() - started
        yield answer.completed(request, provider=self.provider, model=self.model, duration=duration)

    async def _open(self, request: ChatRequest, began: float) -> Any:
        client = await self._access.client()
        faults = self._access.faults()
        body = message_body(self.model, request)
        for _ in range(len(_OPTIONAL_FIELDS) + 1):
            try:
                async with asyncio.timeout_at(began + min(self._access.first_token, self._access.total)):
                    return await client.messages.create(**{k: v for k, v in body.items() if k not in self._dropped})
            except faults as error:
                refused = complained_about(error, _OPTIONAL_FIELDS)
                if refused is None or refused in self._dropped:
                    raise self._access.failure(error) from None
                self._dropped.add(refused)
        raise ModelError("The model server refuses every form of the request.", retryable=False)


def _read(answer: GrowingAnswer, event: Any) -> str:
    """The event's text. Events are not validated by the SDK, so nothing is taken for granted."""
    kind = getattr(event, "type", None)
    if kind == "message_start":
        _count(answer, getattr(getattr(event, "message", None), "usage", None))
    elif kind == "content_block_start":
        block: Any = getattr(event, "content_block", None)
        if getattr(block, "type", None) == "tool_use":
            answer.call(event.index, block.id, block.name)
    elif kind == "content_block_delta":
        return _delta(answer, event)
    elif kind == "message_delta":
        _count(answer, getattr(event, "usage", None))
        reason = getattr(getattr(event, "delta", None), "stop_reason", None)
        if isinstance(reason, str):
            answer.finish = _ENDINGS.get(reason, reason)
    return ""


def _delta(answer: GrowingAnswer, event: Any) -> str:
    delta = getattr(event, "delta", None)
    if (arguments := getattr(delta, "partial_json", None)) is not None:
        answer.call(event.index, arguments=arguments)
    if getattr(delta, "thinking", None):
        answer.begun = True
    return answer.say(getattr(delta, "text", None))


def _count(answer: GrowingAnswer, usage: Any) -> None:
    """Anthropic counts what came from its cache, or went there, apart from the rest of the prompt."""
    counted = {name: getattr(usage, name, None) for name in ("input_tokens", "output_tokens")}
    read, written = getattr(usage, "cache_read_input_tokens", None), getattr(usage, "cache_creation_input_tokens", None)
    answer.cached_tokens = read if isinstance(read, int) else answer.cached_tokens
    answer.cache_writes = written if isinstance(written, int) else answer.cache_writes
    if isinstance(fresh := counted["input_tokens"], int) and (fresh or answer.input_tokens is None):
        answer.input_tokens = fresh + answer.cached_tokens + answer.cache_writes
    if isinstance(made := counted["output_tokens"], int):
        answer.output_tokens = made
