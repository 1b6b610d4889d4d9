"""What the model remembers: the last messages under a token budget, with who spoke made plain."""

from __future__ import annotations

from collections.abc import Sequence

from hub.core.messages import AuthorKind, part_from_json, plain_text
from hub.knowledge.tokens import estimate_tokens
from hub.llm.ports import ChatMessage
from hub.store.messages import MessageRow

_UNSAID = frozenset({"cancelled", "interrupted", "failed"})


def text_of(row: MessageRow) -> str:
    """A stored message's words."""
    return plain_text([part_from_json(p) for p in row.parts])


def remember(newest_first: Sequence[MessageRow], budget: int) -> list[ChatMessage]:
    """As many of the last messages as fit into ``budget`` tokens, oldest first.

    Colleagues' notes, deleted messages and bot answers that were never shown are left out. A colleague's words stand
    as the assistant's, marked, so that the model knows that a person spoke.
    """
    kept: list[ChatMessage] = []
    for row in newest_first:
        if row.kind == "note" or row.deleted_at is not None or row.status in _UNSAID:
            continue
        text = text_of(row).strip()
        if not text:
            continue
        message = _as_chat(row, text)
        cost = estimate_tokens(message.content) + 4
        if cost > budget:
            break
        budget -= cost
        kept.append(message)
    kept.reverse()
    return kept


def _as_chat(row: MessageRow, text: str) -> ChatMessage:
    match row.author_kind:
        case AuthorKind.CONTACT:
            return ChatMessage("user", text)
        case AuthorKind.AGENT:
            return ChatMessage("assistant", f"[A colleague, {row.author_name or 'a person'}, wrote:] {text}")
        case AuthorKind.SYSTEM:
            return ChatMessage("system", text)
        case _:
            return ChatMessage("assistant", text)
