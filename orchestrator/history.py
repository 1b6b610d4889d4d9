"""What was said before, as a model reads it: the rolling summary where it is long, then the last messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hub.core.ids import ConversationId
from hub.llm.ports import ChatMessage
from hub.store.messages import MessageRow
from hub.store.session import Tx
from orchestrator.digest import as_history, lines, plain_summary
from orchestrator.memory import recall

HISTORY_ROWS: Final = 40
"""So many of the last messages are looked at."""


@dataclass(frozen=True, slots=True)
class Before:
    """``messages`` begin with the summary, ``summary`` is it by itself; ``lag`` messages are in neither yet."""

    messages: list[ChatMessage]
    summary: str
    lag: int


async def history_of(
    tx: Tx, conversation: ConversationId, before: Sequence[MessageRow], tokens: int, *, more: bool
) -> Before:
    """What the messages ``before``, newest first, say within ``tokens``. ``more``: there may be older ones still."""
    recalled = recall(before, tokens)
    left = [m for m in reversed(before) if recalled.begins is None or m.seq < recalled.begins]
    if not left and not more:
        return Before(recalled.messages, "", 0)
    kept = await tx.summaries.get(conversation)
    upto = kept.upto_seq if kept else 0
    fresh = [m for m in left if m.seq > upto]
    lag = max(len(fresh), before[-1].seq - 1 - upto if before else 0)
    summary = plain_summary(kept.text if kept else "", lines(fresh))
    return Before([*([as_history(summary)] if summary else []), *recalled.messages], summary, lag)
