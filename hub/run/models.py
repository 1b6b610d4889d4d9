"""The deployment's models, metered per tenant."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from hub.core.ids import ConversationId, TenantId
from hub.core.usage import Usage
from hub.llm.cached import CachedEmbedder, QueryCache
from hub.llm.factory import open_chat_model, open_embedder
from hub.llm.metered import Meter, MeteredChatModel, MeteredEmbedder
from hub.llm.model_reranker import ModelReranker
from hub.llm.ports import ChatModel, Embedder, Reranker
from hub.llm.prices import ListPrices
from hub.metering.spending import Spending
from hub.settings import Settings
from hub.store.session import Store
from hub.telemetry.metrics import Metrics

if TYPE_CHECKING:
    import aiohttp


class Models:
    """The chat model and the embedder of the settings, one of each in a process."""

    def __init__(self, *, settings: Settings, store: Store, metrics: Metrics, session: aiohttp.ClientSession) -> None:
        self._store = store
        self._metrics = metrics
        self._prices = ListPrices()
        self._queries = QueryCache()
        self.chat: ChatModel | None = _open(settings, settings.llm_model, session)
        self.small: ChatModel | None = (
            _open(settings, settings.llm_small_model, session) if settings.llm_small_model else None
        )
        self.embedder: Embedder | None = open_embedder(
            provider=settings.embedding_provider,
            session=session,
            cache_dir=Path(settings.data_dir) / "models",
            model=settings.embedding_model,
            api_key=_text(settings.embedding_api_key),
            base_url=settings.openai_base_url,
            dims=settings.embedding_dimensions,
            model_dir=settings.embedding_model_dir,
        )

    def chat_for(self, tenant: TenantId, conversation: ConversationId) -> ChatModel | None:
        """The chat model, its calls written down for this tenant and conversation."""
        if self.chat is None:
            return None
        return MeteredChatModel(self.chat, meter=self._meter(tenant, conversation))

    def small_for(self, tenant: TenantId, conversation: ConversationId) -> ChatModel | None:
        """The cheaper model for when the tenant's money does not last for the other; None without one."""
        if self.small is None:
            return None
        return MeteredChatModel(self.small, meter=self._meter(tenant, conversation))

    async def embedder_for(self, tenant: TenantId) -> Embedder | None:
        """The embedder, its calls written down for this tenant, its queries remembered for a while."""
        if self.embedder is None:
            return None
        # The local model costs nothing, so that no budget stands in its way.
        metered = MeteredEmbedder(
            self.embedder, meter=self._meter(tenant, None, budget=self.embedder.provider != "local")
        )
        return CachedEmbedder(metered, scope=str(tenant), queries=self._queries)

    async def reranker_for(self, tenant: TenantId) -> Reranker | None:
        """Puts search results in order by the chat model, its calls written down for this tenant; None without one."""
        if self.chat is None:
            return None
        return ModelReranker(MeteredChatModel(self.chat, meter=self._meter(tenant, None)))

    def _meter(self, tenant: TenantId, conversation: ConversationId | None, *, budget: bool = True) -> Meter:
        spending = Spending(self._store, conversation=conversation, count=self._count)
        return Meter(tenant, sink=spending, budget=spending if budget else None, prices=self._prices)

    def _count(self, usage: Usage) -> None:
        self._metrics.model_call(
            provider=usage.provider,
            task=usage.task,
            ok=usage.ok,
            seconds=usage.duration,
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
        )


def _open(settings: Settings, model: str | None, session: aiohttp.ClientSession) -> ChatModel | None:
    return open_chat_model(
        provider=settings.llm_provider,
        model=model,
        session=session,
        api_key=_text(settings.llm_api_key),
        base_url=_chat_url(settings),
    )


def _chat_url(settings: Settings) -> str:
    urls = {"anthropic": settings.anthropic_base_url, "ollama": settings.ollama_base_url}
    return urls.get(settings.llm_provider or "", settings.openai_base_url)


def _text(secret: object) -> str | None:
    reveal = getattr(secret, "get_secret_value", None)
    return None if reveal is None else str(reveal())
