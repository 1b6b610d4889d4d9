"""Vectors over OpenAI's embeddings API, which most embedding servers speak.

https://platform.openai.com/docs/api-reference/embeddings (at most 2,048 texts and 300,000 tokens a request)
"""

from __future__ import annotations

import asyncio
import base64
import math
import sys
import time
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from hub.core.errors import ModelError
from hub.core.usage import Usage
from hub.llm.openai_client import OpenAIAccess
from hub.llm.ports import Embeddings
from hub.llm.sdk_access import complained_about
from hub.llm.token_guess import guess_tokens

MAX_BATCH = 2048

_BATCH_BYTES = 300_000
"""A token has at least one byte, so a batch of this many bytes cannot exceed the limit of 300,000 tokens."""

_TEXT_BYTES = 24_000
"""About 8,000 tokens, the most one text may have. Chunks are far smaller; what is longer is cut there."""

_KNOWN_DIMS = {"text-embedding-3-small": 1536, "text-embedding-3-large": 3072, "text-embedding-ada-002": 1536}
_FORMAT = "encoding_format"


def known_dims(model: str) -> int | None:
    """How many numbers a vector of this model has by default, where that is published."""
    return _KNOWN_DIMS.get(model)


class OpenAIEmbedder:
    """An embedder behind OpenAI's API or a server like it.

    ``dims`` is what the vectors must have; with ``shorten`` the server is asked for just so many. A server
    that answers with another number is a ``ModelError``: such vectors would not fit their set.
    """

    def __init__(
        self,
        model: str,
        *,
        access: OpenAIAccess,
        dims: int,
        shorten: bool = False,
        languages: frozenset[str] = frozenset(),
        max_batch: int = MAX_BATCH,
    ) -> None:
        self.provider = access.provider
        self.model = f"{model}@{dims}" if shorten else model
        self.dims = dims
        self.languages = languages
        self.max_batch = min(max_batch, MAX_BATCH)
        self._name = model
        self._access = access
        self._shorten = shorten
        self._format = "base64"

    async def embed(self, texts: Sequence[str], *, task: str = "document") -> Embeddings:
        """Vectors in the order of the texts, any number of them, in as many requests as it takes."""
        started = time.monotonic()
        vectors: list[list[float]] = []
        tokens = 0
        for batch in batches([_fit(text) for text in texts], self.max_batch):
            found, used = await self._request(batch)
            vectors += found
            tokens += used
        usage = Usage(task, self.provider, self._name, input_tokens=tokens, duration=time.monotonic() - started)
        return Embeddings(vectors, usage)

    async def _request(self, texts: list[str]) -> tuple[list[list[float]], int]:
        client = await self._access.client()
        faults = self._access.faults()
        for _ in range(2):
            try:
                async with asyncio.timeout(self._access.total):
                    answer = await client.embeddings.with_raw_response.create(**self._body(texts))
                    # A big batch takes a while to decode; the loop has better things to do.
                    return await asyncio.to_thread(_decode, answer.content, texts, self.dims)
            except faults as error:
                if self._format == "float" or not complained_about(error, (_FORMAT,)):
                    raise self._access.failure(error) from None
                self._format = "float"
        raise ModelError("The embedding server refuses every form of the request.", retryable=False)

    def _body(self, texts: list[str]) -> dict[str, Any]:
        # base64 is a fifth of the work to read; the rare server that refuses it is asked for plain numbers.
        body: dict[str, Any] = {"model": self._name, "input": texts, _FORMAT: self._format}
        if self._shorten:
            body["dimensions"] = self.dims
        return body


def batches(texts: Sequence[str], max_texts: int) -> Iterator[list[str]]:
    """Split in order, each part within the API's limits of texts and tokens."""
    batch: list[str] = []
    size = 0
    for text in texts:
        length = len(text.encode("utf-8", "replace"))
        if batch and (len(batch) >= max_texts or size + length > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(text)
        size += length
    if batch:
        yield batch


def _fit(text: str) -> str:
    # The API refuses an empty text; a blank has a vector too, and keeps the order.
    if not text.strip():
        return " "
    raw = text.encode("utf-8", "replace")
    return raw[:_TEXT_BYTES].decode("utf-8", "ignore")


def _decode(raw: bytes, texts: list[str], dims: int) -> tuple[list[list[float]], int]:
    body = orjson.loads(raw)
    items = sorted(body["data"], key=lambda item: item["index"])
    if [item["index"] for item in items] != list(range(len(texts))):
        raise ModelError("The embedding server did not answer for every text.")
    vectors = [unit_vector(_numbers(item["embedding"])) for item in items]
    wrong = next((len(vector) for vector in vectors if len(vector) != dims), None)
    if wrong is not None:
        raise ModelError(
            f"The embedding server sends vectors of {wrong} numbers, not {dims}. Check HUB_EMBEDDING_DIMENSIONS.",
            retryable=False,
        )
    usage = body.get("usage")
    used = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    return vectors, used if isinstance(used, int) else sum(guess_tokens(text) for text in texts)


def _numbers(value: Any) -> list[float]:
    if isinstance(value, str):
        numbers = array("f")
        numbers.frombytes(base64.b64decode(value, validate=True))
        if sys.byteorder == "big":
            numbers.byteswap()
        return numbers.tolist()
    return [float(number) for number in value]


def unit_vector(vector: list[float]) -> list[float]:
    """The vector at length 1. Raises ``ModelError`` for one that has none."""
    length = math.hypot(*vector)
    if not math.isfinite(length) or length == 0.0:
        raise ModelError("The embedding server sent a vector without a length.")
    return vector if abs(length - 1.0) < 1e-6 else [number / length for number in vector]
