"""Finding passages for what the customer means, which is often more than the last message says."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import chain, zip_longest
from typing import Protocol

from hub.core.ids import ChunkId, TenantId
from hub.core.knowledge import Passage
from hub.core.questions import questions_in
from hub.knowledge.lexemes import query_lexemes

_ENOUGH_WORDS = 3
_REMEMBERED = 2


class Found(Protocol):
    """What a search gave."""

    @property
    def passages(self) -> Sequence[Passage]: ...


class Search(Protocol):
    """``hub.knowledge.retrieval.Retriever``."""

    async def search(self, tenant: TenantId, query: str, *, k: int, also: Sequence[str] = ()) -> Found: ...


def search_query(asked: str, earlier: Sequence[str]) -> str:
    """The words to search for: the question, led by the customer's last ones where it is too short to stand alone.

    ``earlier`` are the customer's earlier messages, newest first.
    """
    if len(query_lexemes(asked)) >= _ENOUGH_WORDS:
        return asked
    context = [text for text in earlier[:_REMEMBERED] if text]
    return "\n".join([*reversed(context), asked])


async def find_passages(
    search: Search, tenant: TenantId, asked: str, earlier: Sequence[str], k: int, wordings: Sequence[str] = ()
) -> list[Passage]:
    """The passages to answer from: the ``k`` best, and where several things are asked the best for each in turn.

    ``wordings`` of the same question, which a model gave, go before the earlier messages' words.
    """
    parts = [part for part in questions_in(asked) if len(query_lexemes(part)) >= _ENOUGH_WORDS]
    if len(parts) > 1:
        queries = [(part, ()) for part in parts] + ([(wordings[0], wordings[1:])] if wordings else [])
    elif wordings:
        queries = [(wordings[0], (*wordings[1:], *([asked] if len(query_lexemes(asked)) >= _ENOUGH_WORDS else [])))]
    else:
        queries = [(search_query(asked, earlier), ())]
    found = await asyncio.gather(*(search.search(tenant, query, k=k, also=also) for query, also in queries))
    kept: dict[ChunkId, Passage] = {}
    for passage in chain.from_iterable(zip_longest(*(f.passages for f in found))):
        if passage is not None:
            kept.setdefault(passage.chunk_id, passage)
    return list(kept.values())[:k]
