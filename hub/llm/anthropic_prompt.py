"""A request in the shape of Anthropic's Messages API. Pure.

https://docs.anthropic.com/en/api/messages
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from hub.llm.ports import ChatMessage, ChatRequest

_CACHED = {"type": "ephemeral"}


def message_body(model: str, request: ChatRequest) -> dict[str, Any]:
    """The body of a streaming call. System messages go into ``system``; what is ``stable`` is marked for caching.

    The request's temperature is not sent: current models take none, and the SDK knows it no more.
    """
    body: dict[str, Any] = {
        "model": model,
        "max_tokens": request.max_tokens,
        "messages": _turns([m for m in request.messages if m.role != "system"]),
        "stream": True,
    }
    system = [_block(m) for m in request.messages if m.role == "system" and m.content.strip()]
    if system:
        body["system"] = system
    if request.tools:
        body["tools"] = [
            {"name": tool.name, "description": tool.description, "input_schema": dict(tool.parameters)}
            for tool in request.tools
        ]
    if request.schema is not None:
        body["output_config"] = {"format": {"type": "json_schema", "schema": dict(request.schema)}}
    return body


def _turns(messages: Sequence[ChatMessage]) -> list[dict[str, Any]]:
    """Turns that alternate and begin with the user, as the API wants them; nothing empty."""
    turns: list[dict[str, Any]] = []
    for message in messages:
        blocks = _blocks(message)
        role = "assistant" if message.role == "assistant" else "user"
        if not blocks:
            continue
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += blocks
        else:
            turns.append({"role": role, "content": blocks})
    if turns and turns[0]["role"] == "assistant":
        turns.insert(0, {"role": "user", "content": [{"type": "text", "text": "(The conversation begins.)"}]})
    return turns


def _blocks(message: ChatMessage) -> list[dict[str, Any]]:
    if message.role == "tool":
        result = {"type": "tool_result", "tool_use_id": message.tool_call_id or "", "content": message.content}
        return [result]
    blocks = [_block(message)] if message.content.strip() else []
    return blocks + [
        {"type": "tool_use", "id": call.id, "name": call.name, "input": _arguments(call.arguments)}
        for call in message.tool_calls
    ]


def _block(message: ChatMessage) -> dict[str, Any]:
    block: dict[str, Any] = {"type": "text", "text": message.content}
    if message.stable:
        block["cache_control"] = _CACHED
    return block


def _arguments(text: str) -> dict[str, Any]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}
