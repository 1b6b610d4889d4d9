"""What the model remembers: the last messages under a token budget, with who spoke made plain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hub.core.messages import AuthorKind, part_from_json, plain_text
from hub.knowledge.tokens import estimate_tokens
from hub.llm.ports import ChatMessage
from hub.store.messages import MessageRow

_BACK = (
    "[You answer again from here on. The colleague's part is over, and so is the customer's earlier wish for a person: "
    "hand over again only if the customer asks anew.]"
)
_UNSAID = frozenset({"cancelled", "interrupted", "failed"})


def text_of(row: MessageRow) -> str:
    """A stored message's words."""
    return plain_text([part_from_json(p) for p in row.parts])


@dataclass(frozen=True, slots=True)
class Recalled:
    """What fits, oldest first; ``begins`` is the first message that is read word by word, None where none is."""

    messages: list[ChatMessage]
    begins: int | None


def recall(newest_first: Sequence[MessageRow], budget: int) -> Recalled:
    """As many of the last messages as fit into ``budget`` tokens.

    Colleagues' notes, deleted messages and bot answers that were never shown are left out. A colleague's words stand
    as the assistant's, marked, so that the model knows that a person spoke.
    """
    kept: list[ChatMessage] = []
    begins: int | None = None
    for row in newest_first:
        if row.kind == "activity":
            kept.append(ChatMessage("system", marker(row)))
            continue
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
        begins = row.seq
    kept.reverse()
    return Recalled(kept, begins)


def marker(row: MessageRow) -> str:
    """What the model is told at a change of who answers: when a person had the floor, and that it has it now."""
    change = row.parts[0] if row.parts else {}
    match change.get("to"):
        case "bot":
            return _BACK
        case "resolved":
            return "[The conversation was closed here.]"
        case "agent":
            return "[A colleague has the conversation from here on; you are silent.]"
        case _:
            return "[The customer was handed over to a colleague here.]"


def _as_chat(row: MessageRow, text: str) -> ChatMessage:
    match row.author_kind:
        case AuthorKind.CONTACT:
            return ChatMessage("user", text)
        case AuthorKind.AGENT:
            return ChatMessage("assistant", f"[A colleague, {row.author_name or 'a person'}, wrote:] {text}")
        case AuthorKind.SYSTEM:
            return ChatMessage("system", text)
        case _ if row.metadata.get("thought") == "handoff":
            return ChatMessage("assistant", "[You passed the customer on to a colleague.]")
        case _:
            return ChatMessage("assistant", text)
