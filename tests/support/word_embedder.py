"""A small honest embedder for tests: texts that share words get near vectors. Counts what it is asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from math import sqrt

from hub.core.errors import ModelError
from hub.core.usage import Usage
from hub.llm.ports import Embeddings


class WordEmbedder:
    """Hashes words into ``dims`` places. ``fail_after`` texts it raises ``ModelError``, until that is set to None."""

    provider = "test"

    def __init__(self, *, model: str = "words", dims: int = 384, languages: frozenset[str] = frozenset()) -> None:
        self.model = model
        self.dims = dims
        self.languages = languages
        self.max_batch = 16
        self.embedded: list[str] = []
        self.fail_after: int | None = None
        self.retryable = True

    async def embed(self, texts: Sequence[str], *, task: str = "document") -> Embeddings:
        if task == "document":
            if self.fail_after is not None and len(self.embedded) + len(texts) > self.fail_after:
                raise ModelError("the test's model is away", retryable=self.retryable)
            self.embedded.extend(texts)
        return Embeddings([self.vector(text) for text in texts], Usage(task, self.provider, self.model))

    def vector(self, text: str) -> list[float]:
        numbers = [0.0] * self.dims
        for word in re.findall(r"\w+", text.casefold()) or [text]:
            digest = sha256(word.encode()).digest()
            numbers[int.from_bytes(digest[:4], "big") % self.dims] += 1.0 if digest[4] % 2 else -1.0
        length = sqrt(sum(n * n for n in numbers)) or 1.0
        return [n / length for n in numbers]
