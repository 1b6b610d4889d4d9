"""Embeds no text twice: documents through a lasting cache, queries through a small one in memory.

Queries never go to the lasting cache: what visitors type is theirs, and must not outlive its conversation.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256

from hub.core.ports import EmbeddingCache
from hub.core.usage import Usage
from hub.llm.ports import Embedder, Embeddings


class QueryCache:
    """Remembers the vectors of recent queries: at most ``size``, each ``ttl`` seconds, oldest use goes first.

    One a process. The key holds a scope (the tenant), so that no tenant can time another's questions.
    """

    def __init__(self, *, size: int = 2048, ttl: float = 600.0, now: Callable[[], float] = time.monotonic) -> None:
        self._size = size
        self._ttl = ttl
        self._now = now
        self._entries: OrderedDict[tuple[str, str, bytes], tuple[float, Sequence[float]]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, scope: str, model: str, digest: bytes) -> Sequence[float] | None:
        """The vector, or None when it is unknown or too old."""
        key = (scope, model, digest)
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry[0] <= self._now():
            del self._entries[key]
            return None
        self._entries.move_to_end(key)
        return entry[1]

    def put(self, scope: str, model: str, digest: bytes, vector: Sequence[float]) -> None:
        """Remember it, forgetting the least recently used when full."""
        self._entries[scope, model, digest] = (self._now() + self._ttl, vector)
        self._entries.move_to_end((scope, model, digest))
        while len(self._entries) > self._size:
            self._entries.popitem(last=False)

    def forget(self, scope: str) -> None:
        """Drop everything of one scope, for erasure."""
        for key in [key for key in self._entries if key[0] == scope]:
            del self._entries[key]


class CachedEmbedder:
    """An embedder that asks the inner one only for texts it has not seen, and for each of them once.

    ``scope`` names the tenant. Pass ``documents`` for the lasting cache and ``queries`` for the one in memory.
    """

    def __init__(
        self,
        inner: Embedder,
        *,
        scope: str,
        documents: EmbeddingCache | None = None,
        queries: QueryCache | None = None,
    ) -> None:
        self.provider = inner.provider
        self.model = inner.model
        self.dims = inner.dims
        self.languages = inner.languages
        self.max_batch = inner.max_batch
        self._inner = inner
        self._scope = scope
        self._documents = documents
        self._queries = queries

    async def embed(self, texts: Sequence[str], *, task: str = "document") -> Embeddings:
        """As the port says. The usage counts only what the inner embedder had to do."""
        digests = [sha256(text.encode("utf-8", "surrogatepass")).digest() for text in texts]
        wanted = dict(zip(digests, texts, strict=True))
        known = dict(await self._find(list(wanted), task))
        missing = [digest for digest in wanted if digest not in known]
        usage = Usage(task, self.provider, self.model)
        if missing:
            fresh = await self._inner.embed([wanted[digest] for digest in missing], task=task)
            found = dict(zip(missing, fresh.vectors, strict=True))
            await self._keep(found, task)
            known |= found
            usage = fresh.usage
        return Embeddings([known[digest] for digest in digests], usage)

    async def _find(self, digests: Sequence[bytes], task: str) -> Mapping[bytes, Sequence[float]]:
        if task != "query":
            return await self._documents.get_many(self.model, digests) if self._documents else {}
        if self._queries is None:
            return {}
        found = {digest: self._queries.get(self._scope, self.model, digest) for digest in digests}
        return {digest: vector for digest, vector in found.items() if vector is not None}

    async def _keep(self, vectors: Mapping[bytes, Sequence[float]], task: str) -> None:
        if task != "query":
            if self._documents is not None:
                await self._documents.put_many(self.model, vectors)
        elif self._queries is not None:
            for digest, vector in vectors.items():
                self._queries.put(self._scope, self.model, digest, vector)
