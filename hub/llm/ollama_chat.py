"""Chat over Ollama's own API.

https://docs.ollama.com/api/chat
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Any

import orjson

from hub.llm.functions import function_of
from hub.llm.growing import GrowingAnswer
from hub.llm.ollama_client import OllamaAccess
from hub.llm.ports import ChatMessage, ChatRequest, Completed, TextDelta
from hub.llm.streaming import read_stream


class OllamaChatModel:
    """A chat model that an Ollama server runs."""

    def __init__(self, model: str, *, access: OllamaAccess) -> None:
        self.provider = access.provider
        self.model = model
        self._access = access

    async def stream(self, request: ChatRequest) -> AsyncGenerator[TextDelta | Completed, None]:
        """Yield deltas, then one ``Completed``. Closing the generator closes the connection.

        Raises ``ModelError`` before the first delta and ``AnswerCut`` after it. No try is repeated here.
        """
        started = time.monotonic()
        clock = asyncio.get_running_loop().time()
        answer = GrowingAnswer()
        parts = _Closing(await self._open(request))
        async with aclosing(read_stream(parts, partial(_read, answer), answer, self._access, clock)) as texts:
            async for text in texts:
                yield TextDelta(text)
        duration = time.monotonic() - started
        yield answer.completed(request, provider=self.provider, model=self.model, duration=duration)

    async def _open(self, request: ChatRequest) -> Any:
        client = await self._access.client()
        faults = self._access.faults()
        try:
            return await client.chat(
                model=self.model,
                messages=[_message(message) for message in request.messages],
                tools=[function_of(tool) for tool in request.tools] or None,
                format=None if request.schema is None else dict(request.schema),
                options={"temperature": request.temperature, "num_predict": request.max_tokens},
                stream=True,
            )
        except faults as error:
            raise self._access.failure(error) from None


class _Closing:
    """The library's generator under the name by which streams are closed."""

    def __init__(self, parts: Any) -> None:
        self._parts = parts

    async def __anext__(self) -> Any:
        return await self._parts.__anext__()

    async def close(self) -> None:
        await self._parts.aclose()


def _read(answer: GrowingAnswer, part: Any) -> str:
    message = part.message
    for call in message.tool_calls or ():
        answer.call(
            answer.calls, name=call.function.name, arguments=orjson.dumps(dict(call.function.arguments)).decode()
        )
    if getattr(message, "thinking", None):
        answer.begun = True
    if part.done:
        answer.finish = part.done_reason or "stop"
        answer.input_tokens, answer.output_tokens = part.prompt_eval_count, part.eval_count
    return answer.say(message.content)


def _message(message: ChatMessage) -> dict[str, Any]:
    body: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        body["tool_calls"] = [
            {"function": {"name": call.name, "arguments": orjson.loads(call.arguments)}} for call in message.tool_calls
        ]
    return body
