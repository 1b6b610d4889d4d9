"""The model ports. A vendor's file implements one; a wrapper is one around another."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from hub.core.usage import Usage


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A model's wish to call a tool; ``arguments`` is the JSON it wrote, unchecked."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool offered to a model; ``parameters`` is a JSON Schema object."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One message of a model conversation. ``stable``: the prompt up to its end is the same from call to call, so a
    provider may keep it and charge less for it."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    stable: bool = False


@dataclass(frozen=True, slots=True)
class TextDelta:
    """More of the answer."""

    text: str


@dataclass(frozen=True, slots=True)
class Completed:
    """The end of an answer: the whole text, tool calls wished for, why it stopped, what it used."""

    text: str
    usage: Usage
    tool_calls: tuple[ToolCall, ...] = ()
    finish: str = "stop"


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What to ask a model. ``schema``: the answer must be JSON of this JSON Schema, an object whose properties are all
    required and that allows no others (what every vendor can hold a model to)."""

    messages: Sequence[ChatMessage]
    tools: Sequence[Tool] = ()
    temperature: float = 0.2
    max_tokens: int = 800
    task: str = "answer"
    schema: Mapping[str, Any] | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)


class ChatModel(Protocol):
    """A chat model. ``stream`` yields deltas and ends with one ``Completed``; raises ``ModelError``."""

    provider: str
    model: str

    def stream(self, request: ChatRequest) -> AsyncGenerator[TextDelta | Completed, None]: ...


@dataclass(frozen=True, slots=True)
class Embeddings:
    """Unit-length vectors in the order of the texts, and what they used."""

    vectors: Sequence[Sequence[float]]
    usage: Usage


class Embedder(Protocol):
    """Turns texts into unit vectors of ``dims`` numbers. ``languages`` are those it knows (empty: all).

    ``model`` names the model and everything that changes its vectors. ``embed`` raises ``ModelError``.
    """

    provider: str
    model: str
    dims: int
    languages: frozenset[str]
    max_batch: int

    async def embed(self, texts: Sequence[str], *, task: str = "document") -> Embeddings: ...


class Reranker(Protocol):
    """Scores passages against a query, higher is better, in the order of the texts."""

    model: str

    async def rerank(self, query: str, texts: Sequence[str]) -> Sequence[float]: ...
