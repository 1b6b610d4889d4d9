"""Vectors over Ollama's own API.

https://docs.ollama.com/api/embed
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from hub.core.errors import ModelError
from hub.core.usage import Usage
from hub.llm.ollama_client import OllamaAccess
from hub.llm.openai_embeddings import batches, unit_vector
from hub.llm.ports import Embeddings
from hub.llm.token_guess import guess_tokens

KNOWN_DIMS = {
    "nomic-embed-text": 768,
    "mxbai-embed-large": 1024,
    "bge-m3": 1024,
    "all-minilm": 384,
    "snowflake-arctic-embed2": 1024,
    "embeddinggemma": 768,
}
"""How many numbers a vector has, by the model's name without its tag; from the models' pages at ollama.com."""


class OllamaEmbedder:
    """An embedder that an Ollama server runs.

    ``dims`` is what the vectors must have: a server that answers with another number is a ``ModelError``, since such
    vectors would not fit their set. Texts longer than the model reads are cut by the server.
    """

    def __init__(
        self,
        model: str,
        *,
        access: OllamaAccess,
        dims: int,
        languages: frozenset[str] = frozenset(),
        max_batch: int = 64,
    ) -> None:
        self.provider = access.provider
        self.model = model
        self.dims = dims
        self.languages = languages
        self.max_batch = max_batch
        self._access = access

    async def embed(self, texts: Sequence[str], *, task: str = "document") -> Embeddings:
        """Vectors in the order of the texts, any number of them, in as many requests as it takes."""
        started = time.monotonic()
        vectors: list[list[float]] = []
        tokens = 0
        for batch in batches([text if text.strip() else " " for text in texts], self.max_batch):
            found, used = await self._request(batch)
            vectors += found
            tokens += used
        usage = Usage(task, self.provider, self.model, input_tokens=tokens, duration=time.monotonic() - started)
        return Embeddings(vectors, usage)

    async def _request(self, texts: list[str]) -> tuple[list[list[float]], int]:
        client = await self._access.client()
        try:
            async with asyncio.timeout(self._access.total):
                answer = await client.embed(model=self.model, input=texts, truncate=True)
                vectors = [unit_vector([float(number) for number in vector]) for vector in answer.embeddings]
        except self._access.faults() as error:
            raise self._access.failure(error) from None
        if len(vectors) != len(texts):
            raise ModelError("Ollama did not answer for every text.")
        wrong = next((len(vector) for vector in vectors if len(vector) != self.dims), None)
        if wrong is not None:
            raise ModelError(
                f"Ollama sends vectors of {wrong} numbers, not {self.dims}. Check HUB_EMBEDDING_DIMENSIONS.",
                retryable=False,
            )
        used = answer.prompt_eval_count
        return vectors, used if isinstance(used, int) else sum(guess_tokens(text) for text in texts)
