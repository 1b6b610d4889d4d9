"""Chat over OpenAI's chat completions API, which most model servers speak.

https://platform.openai.com/docs/api-reference/chat-streaming
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Any

from hub.core.errors import ModelError
from hub.llm.functions import function_of
from hub.llm.growing import GrowingAnswer
from hub.llm.openai_client import OpenAIAccess
from hub.llm.ports import ChatMessage, ChatRequest, Completed, TextDelta
from hub.llm.sdk_access import complained_about
from hub.llm.streaming import read_stream

_TOKEN_FIELDS = ("max_completion_tokens", "max_tokens")
_OPTIONAL_FIELDS = ("temperature", "stream_options", "response_format", *_TOKEN_FIELDS)


class OpenAIChatModel:
    """A chat model behind OpenAI's API or a server like it.

    Servers differ in which optional fields they take: reasoning models refuse a temperature, older servers
    know only ``max_tokens``. A 400 that names such a field is answered by asking once more without it, and
    remembered, so that nobody has to configure it.
    """

    def __init__(self, model: str, *, access: OpenAIAccess) -> None:
        self.provider = access.provider
        self.model = model
        self._access = access
        self._token_field: str | None = _TOKEN_FIELDS[0] if access.provider == "openai" else _TOKEN_FIELDS[1]
        self._dropped: set[str] = set()

    async def stream(self, request: ChatRequest) -> AsyncGenerator[TextDelta | Completed, None]:
        """Yield deltas, then one ``Completed``. Closing the generator closes the connection.

        Raises ``ModelError`` before the first delta and ``AnswerCut`` after it. No try is repeated here.
        """
        started = time.monotonic()
        clock = asyncio.get_running_loop().time()
        answer = GrowingAnswer()
        chunks = await self._open(request, clock)
        async with aclosing(read_stream(chunks, partial(_read, answer), answer, self._access, clock)) as texts:
            async for text in texts:
                yield TextDelta(text)
        duration = time.monotonic() - started
        yield answer.completed(request, provider=self.provider, model=self.model, duration=duration)

    async def _open(self, request: ChatRequest, began: float) -> Any:
        client = await self._access.client()
        faults = self._access.faults()
        for _ in range(len(_OPTIONAL_FIELDS) + 1):
            try:
                async with asyncio.timeout_at(began + min(self._access.first_token, self._access.total)):
                    return await client.chat.completions.create(**self._body(request))
            except faults as error:
                if not self._adapt(error):
                    raise self._access.failure(error) from None
        raise ModelError("The model server refuses every form of the request.", retryable=False)

    def _body(self, request: ChatRequest) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self.model,
            "messages": [_message(message) for message in request.messages],
            "stream": True,
        }
        if "stream_options" not in self._dropped:
            body["stream_options"] = {"include_usage": True}
        if "temperature" not in self._dropped:
            body["temperature"] = request.temperature
        if self._token_field is not None:
            body[self._token_field] = request.max_tokens
        if request.schema is not None and "response_format" not in self._dropped:
            schema = {"name": request.task, "schema": dict(request.schema), "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        if request.tools:
            body["tools"] = [function_of(tool) for tool in request.tools]
        return body

    def _adapt(self, error: Exception) -> bool:
        """Leave out, from now on, the field the server does not take. False when it was about another matter."""
        name = complained_about(error, _OPTIONAL_FIELDS)
        if name is None:
            return False
        if name in _TOKEN_FIELDS:
            # The complaint about one spelling often names the other one as the cure, so only our own counts.
            if self._token_field is None:
                return False
            untried = [spelling for spelling in _TOKEN_FIELDS if spelling not in self._dropped | {self._token_field}]
            self._dropped.add(self._token_field)
            self._token_field = untried[0] if untried else None
            return True
        if name in self._dropped:
            return False
        self._dropped.add(name)
        return True


def _read(answer: GrowingAnswer, chunk: Any) -> str:
    """The chunk's text. Chunks are not validated by the SDK, so nothing is taken for granted."""
    _count(answer, getattr(chunk, "usage", None))
    choices = getattr(chunk, "choices", None) or []
    if not choices:
        return ""
    choice = choices[0]
    if isinstance(finish := getattr(choice, "finish_reason", None), str):
        answer.finish = finish
    delta = getattr(choice, "delta", None)
    for part in getattr(delta, "tool_calls", None) or []:
        index = part.index if isinstance(getattr(part, "index", None), int) else None
        function = getattr(part, "function", None)
        name, arguments = getattr(function, "name", None), getattr(function, "arguments", None)
        answer.call(index, getattr(part, "id", None), name, arguments)
    # Reasoning models think aloud before they answer; that is a sign of life, not text for the reader.
    if getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None):
        answer.begun = True
    return answer.say(getattr(delta, "content", None))


def _count(answer: GrowingAnswer, usage: Any) -> None:
    if isinstance(tokens := getattr(usage, "prompt_tokens", None), int):
        answer.input_tokens = tokens
    if isinstance(tokens := getattr(usage, "completion_tokens", None), int):
        answer.output_tokens = tokens
    details = getattr(usage, "prompt_tokens_details", None)
    if isinstance(tokens := getattr(details, "cached_tokens", None), int):
        answer.cached_tokens = tokens


def _message(message: ChatMessage) -> dict[str, Any]:
    body: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_call_id is not None:
        body["tool_call_id"] = message.tool_call_id
    if message.tool_calls:
        body["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.tool_calls
        ]
    return body
