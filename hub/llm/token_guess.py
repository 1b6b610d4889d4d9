"""Guesses at tokens: about how many, for servers that do not count and calls that broke off; at most how many, for
what is put aside before a call."""

from __future__ import annotations

import json
from collections.abc import Sequence

from hub.llm.ports import ChatMessage, ChatRequest

_BYTES_PER_TOKEN = 4
_BYTES_OF_THE_SHORTEST = 2
_FRAME = 8


def guess_tokens(text: str) -> int:
    """About how many tokens a text has."""
    return -(-len(text.encode("utf-8", "replace")) // _BYTES_PER_TOKEN)


def guess_prompt_tokens(messages: Sequence[ChatMessage]) -> int:
    """About how many tokens a prompt has; four more a message for its frame."""
    return sum(guess_tokens(message.content) + 4 for message in messages)


def most_tokens(text: str) -> int:
    """More tokens than a text has, short of text that is hardly language."""
    return -(-len(text.encode("utf-8", "replace")) // _BYTES_OF_THE_SHORTEST)


def most_prompt_tokens(request: ChatRequest) -> int:
    """More tokens than a prompt has, its tools and the shape of its answer included."""
    shapes = [json.dumps(dict(tool.parameters)) + tool.name + tool.description for tool in request.tools]
    if request.schema is not None:
        shapes.append(json.dumps(dict(request.schema)))
    calls = [call.arguments + call.name for message in request.messages for call in message.tool_calls]
    texts = [message.content for message in request.messages]
    return sum(most_tokens(text) + _FRAME for text in (*texts, *shapes, *calls))
