"""Finding passages for what the customer means, which is often more than the last message says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from hub.core.ids import TenantId
from hub.core.knowledge import Passage
from hub.knowledge.lexemes import query_lexemes

_ENOUGH_WORDS = 3
_REMEMBERED = 2


class Found(Protocol):
    """What a search gave."""

    @property
    def passages(self) -> Sequence[Passage]: ...


class Search(Protocol):
    """``hub.knowledge.retrieval.Retriever``."""

    async def search(self, tenant: TenantId, query: str, *, k: int) -> Found: ...


def search_query(asked: str, earlier: Sequence[str]) -> str:
    """The words to search for: the question, led by the customer's last ones where it is too short to stand alone.

    ``earlier`` are the customer's earlier messages, newest first.
    """
    if len(query_lexemes(asked)) >= _ENOUGH_WORDS:
        return asked
    context = [text for text in earlier[:_REMEMBERED] if text]
    return "\n".join([*reversed(context), asked])
