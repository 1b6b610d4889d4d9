"""Vectors of texts, each paid for once: batch by batch into the tenant's cache, from which sets are filled."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from hub.core.ids import TenantId
from hub.llm.ports import Embedder
from hub.store.session import Store


async def embed_missing(
    store: Store,
    tenant: TenantId,
    embedder: Embedder,
    texts: Mapping[bytes, str],
    told: Callable[[float], Awaitable[None]] | None = None,
) -> None:
    """See to it that the cache holds the vectors of ``texts``, which go by their hashes. ``told`` hears the share that
    is done after each batch. Raises ``ModelError`` and ``BudgetSpent``; what was embedded before is kept."""
    async with store.begin(tenant) as tx:
        missing = await tx.embeddings.uncached(embedder.model, list(texts))
    # Texts of like length share a batch, which spares local models padding.
    waiting = sorted(missing, key=lambda digest: len(texts[digest]))
    size = max(1, embedder.max_batch)
    for start in range(0, len(waiting), size):
        batch = waiting[start : start + size]
        answer = await embedder.embed([texts[digest] for digest in batch], task="document")
        async with store.begin(tenant) as tx:
            await tx.embeddings.remember(embedder.model, dict(zip(batch, answer.vectors, strict=True)))
        if told is not None:
            await told((start + len(batch)) / len(waiting))


def embedded_text(title: str, heading: Sequence[str], text: str) -> str:
    """A chunk as it is embedded and its words counted: under its title and headings, without which "It costs 5 euros"
    says little.
    """
    path = [title, *(part for part in heading if part != title)]
    lead = " › ".join(part for part in path if part and not text.startswith(part))
    return f"{lead}\n{text}" if lead else text
