"""What every wrapper around a stream of deltas needs: closing it for sure, and guessing at tokens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from hub.llm.ports import ChatMessage, ChatModel, ChatRequest, Completed, TextDelta

_BYTES_PER_TOKEN = 4


@asynccontextmanager
async def opened(model: ChatModel, request: ChatRequest) -> AsyncIterator[AsyncIterator[TextDelta | Completed]]:
    """Start a stream and close it on the way out, so that a reader who leaves early frees the connection."""
    stream = model.stream(request)
    try:
        yield stream
    finally:
        close = getattr(stream, "aclose", None)
        if close is not None:
            await close()


def guess_tokens(text: str) -> int:
    """About how many tokens a text has, for servers that do not say and calls that broke off."""
    return -(-len(text.encode("utf-8", "replace")) // _BYTES_PER_TOKEN)


def guess_prompt_tokens(messages: Sequence[ChatMessage]) -> int:
    """About how many tokens a prompt has; four more a message for its frame."""
    return sum(guess_tokens(message.content) + 4 for message in messages)
