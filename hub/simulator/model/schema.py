"""The bodies the model server takes, by OpenAI's, Anthropic's and Ollama's references. Other fields are ignored."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Loose(BaseModel):
    # Hubs send sampling settings that change nothing here; a refusal would test nothing of theirs.
    model_config = ConfigDict(extra="allow", strict=True)


class Message(_Loose):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[dict[str, Any]] | None = None
    tool_calls: list[dict[str, Any]] | None = None
    tool_call_id: str | None = None


class StreamOptions(_Loose):
    include_usage: bool = False


class Completion(_Loose):
    """A request for a chat completion."""

    model: str = Field(min_length=1)
    messages: list[Message] = Field(min_length=1, max_length=2048)
    stream: bool = False
    stream_options: StreamOptions | None = None
    tools: list[dict[str, Any]] = Field(default=[], max_length=128)
    tool_choice: str | dict[str, Any] | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    n: Literal[1] | None = None


class Embedding(_Loose):
    """A request for embeddings."""

    model: str = Field(min_length=1)
    input: str | list[str] = Field()
    dimensions: int = Field(default=384, ge=1, le=4096)
    encoding_format: Literal["float", "base64"] = "float"


class Turn(_Loose):
    """One of Anthropic's messages."""

    role: Literal["user", "assistant"]
    content: str | list[dict[str, Any]]


class Messages(_Loose):
    """A request to Anthropic's Messages API."""

    model: str = Field(min_length=1)
    max_tokens: int = Field(ge=1)
    messages: list[Turn] = Field(min_length=1, max_length=2048)
    system: str | list[dict[str, Any]] | None = None
    tools: list[dict[str, Any]] = Field(default=[], max_length=128)
    tool_choice: dict[str, Any] | None = None
    stream: bool = False
    temperature: float | None = Field(default=None, ge=0, le=1)


class OllamaMessage(_Loose):
    role: Literal["system", "user", "assistant", "tool"]
    content: str = ""
    tool_calls: list[dict[str, Any]] | None = None


class OllamaChat(_Loose):
    """A request to Ollama's ``/api/chat``; it streams unless told not to."""

    model: str = Field(min_length=1)
    messages: list[OllamaMessage] = Field(default=[], max_length=2048)
    tools: list[dict[str, Any]] | None = None
    stream: bool = True
    options: dict[str, Any] | None = None


class OllamaEmbed(_Loose):
    """A request to Ollama's ``/api/embed``."""

    model: str = Field(min_length=1)
    input: str | list[str]
