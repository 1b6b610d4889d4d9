"""Guesses at tokens, for servers that do not count and calls that broke off."""

from __future__ import annotations

from collections.abc import Sequence

from hub.llm.ports import ChatMessage

_BYTES_PER_TOKEN = 4


def guess_tokens(text: str) -> int:
    """About how many tokens a text has."""
    return -(-len(text.encode("utf-8", "replace")) // _BYTES_PER_TOKEN)


def guess_prompt_tokens(messages: Sequence[ChatMessage]) -> int:
    """About how many tokens a prompt has; four more a message for its frame."""
    return sum(guess_tokens(message.content) + 4 for message in messages)
