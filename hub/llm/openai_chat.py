"""Chat over OpenAI's chat completions API, which most model servers speak.

https://platform.openai.com/docs/api-reference/chat-streaming
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

from hub.core.errors import ModelError
from hub.core.usage import Usage
from hub.llm.errors import AnswerCut, cut_short
from hub.llm.openai_client import OpenAIAccess, complained_about, vendor_faults
from hub.llm.ports import ChatMessage, ChatRequest, Completed, TextDelta, Tool, ToolCall
from hub.llm.token_guess import guess_prompt_tokens, guess_tokens

MAX_ANSWER_CHARS = 400_000
"""A server that streams more than this has lost its way."""

_MAX_TOOL_CALLS = 64
_TOKEN_FIELDS = ("max_completion_tokens", "max_tokens")
_OPTIONAL_FIELDS = ("temperature", "stream_options", *_TOKEN_FIELDS)


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
        answer = _Answer()
        chunks = await self._open(request, clock)
        try:
            while True:
                text = await self._next(chunks, answer, clock)
                if text is None:
                    break
                if text:
                    yield TextDelta(text)
        finally:
            await chunks.close()
        yield answer.completed(request, self, time.monotonic() - started)

    async def _open(self, request: ChatRequest, began: float) -> Any:
        client = await self._access.client()
        faults = vendor_faults()
        for _ in range(len(_OPTIONAL_FIELDS) + 1):
            try:
                async with asyncio.timeout_at(began + min(self._access.first_token, self._access.total)):
                    return await client.chat.completions.create(**self._body(request))
            except faults as error:
                if not self._adapt(error):
                    raise self._access.failure(error) from None
        raise ModelError("The model server refuses every form of the request.", retryable=False)

    async def _next(self, chunks: Any, answer: _Answer, began: float) -> str | None:
        """The next text (empty for a chunk without any), or None at the end."""
        access, loop = self._access, asyncio.get_running_loop()
        begins = began if not answer.begun else loop.time()
        deadline = min(begins + access.first_token, began + access.total)
        try:
            async with asyncio.timeout_at(deadline):
                chunk = await anext(chunks, None)
            if chunk is not None:
                return answer.add(chunk)
            answer.check_whole(self.provider)
        except vendor_faults() as error:
            failure = access.failure(error)
            if answer.text:
                failure = cut_short(failure, "".join(answer.text))
            raise failure from None
        return None

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
        if request.tools:
            body["tools"] = [_tool(tool) for tool in request.tools]
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


@dataclass(slots=True)
class _PartialCall:
    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Answer:
    """An answer as it grows out of chunks. Chunks are not validated by the SDK, so nothing is taken for granted."""

    text: list[str] = field(default_factory=list)
    length: int = 0
    begun: bool = False
    finish: str | None = None
    calls: dict[int, _PartialCall] = field(default_factory=dict)
    input_tokens: int | None = None
    output_tokens: int | None = None

    def add(self, chunk: Any) -> str:
        self._count(getattr(chunk, "usage", None))
        choices = getattr(chunk, "choices", None) or []
        if not choices:
            return ""
        choice = choices[0]
        if isinstance(finish := getattr(choice, "finish_reason", None), str):
            self.finish = finish
        delta = getattr(choice, "delta", None)
        text = getattr(delta, "content", None)
        for part in getattr(delta, "tool_calls", None) or []:
            self._add_call(part)
        # Reasoning models think aloud before they answer; that is a sign of life, not text for the reader.
        thinking = getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None)
        self.begun = self.begun or bool(text or thinking or self.calls)
        if not isinstance(text, str) or not text:
            return ""
        self._grow(len(text))
        self.text.append(text)
        return text

    def _grow(self, chars: int) -> None:
        self.length += chars
        if self.length > MAX_ANSWER_CHARS:
            raise ModelError("The model's answer is too long.", retryable=False)

    def _add_call(self, part: Any) -> None:
        index = part.index if isinstance(getattr(part, "index", None), int) else max(len(self.calls) - 1, 0)
        call = self.calls.setdefault(index, _PartialCall())
        if len(self.calls) > _MAX_TOOL_CALLS:
            raise ModelError("The model asks for too many tools at once.", retryable=False)
        if isinstance(getattr(part, "id", None), str):
            call.id = call.id or part.id
        function = getattr(part, "function", None)
        if isinstance(name := getattr(function, "name", None), str):
            call.name = call.name or name
        if isinstance(arguments := getattr(function, "arguments", None), str):
            self._grow(len(arguments))
            call.arguments.append(arguments)

    def _count(self, usage: Any) -> None:
        if isinstance(tokens := getattr(usage, "prompt_tokens", None), int):
            self.input_tokens = tokens
        if isinstance(tokens := getattr(usage, "completion_tokens", None), int):
            self.output_tokens = tokens

    def check_whole(self, provider: str) -> None:
        """Raise when the stream ended without saying why: a connection that closed early looks just so."""
        if self.finish is None:
            text = f"The model server of {provider} stopped in the middle of its answer."
            raise AnswerCut(text, partial="".join(self.text)) if self.text else ModelError(text)

    def completed(self, request: ChatRequest, model: OpenAIChatModel, duration: float) -> Completed:
        text = "".join(self.text)
        calls = tuple(
            ToolCall(call.id or f"call_{index}", call.name, "".join(call.arguments) or "{}")
            for index, call in sorted(self.calls.items())
            if call.name
        )
        usage = Usage(
            task=request.task,
            provider=model.provider,
            model=model.model,
            input_tokens=guess_prompt_tokens(request.messages) if self.input_tokens is None else self.input_tokens,
            output_tokens=guess_tokens(text) if self.output_tokens is None else self.output_tokens,
            duration=duration,
        )
        return Completed(text, usage, calls, self.finish or "stop")


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


def _tool(tool: Tool) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
    return {"type": "function", "function": function}
