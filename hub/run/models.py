"""The deployment's models, metered per tenant."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hub.core.errors import Invalid
from hub.core.ids import ConversationId, TenantId
from hub.core.usage import Usage
from hub.llm.breaker import Circuit
from hub.llm.cached import CachedEmbedder, QueryCache
from hub.llm.factory import open_chat_model, open_embedder
from hub.llm.fallback import FallbackChatModel
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


@dataclass(frozen=True, slots=True)
class OpenModel:
    """A chat model of this process, what it is for (``answers``, ``fallback``, ``small``), and how its server does."""

    use: str
    chat: ChatModel
    circuit: Circuit


class Models:
    """The chat models and the embedder of the settings, one of each in a process."""

    def __init__(self, *, settings: Settings, store: Store, metrics: Metrics, session: aiohttp.ClientSession) -> None:
        self._store = store
        self._metrics = metrics
        self._prices = ListPrices()
        self._queries = QueryCache()
        self.open = open_all(settings, session)
        self._embedders = open_embedders(settings, session)
        self.embedder: Embedder | None = next(iter(self._embedders.values()), None)

    def chat_for(self, tenant: TenantId, conversation: ConversationId | None) -> ChatModel | None:
        """What answers: the chat model, and those that step in when it fails; None without one. Their calls are
        written down for this tenant and conversation."""
        return self._chain(tenant, conversation, "answers", "fallback")

    def small_for(self, tenant: TenantId, conversation: ConversationId | None) -> ChatModel | None:
        """The cheaper model, for small tasks and when the tenant's money does not last for the other; None without."""
        return self._chain(tenant, conversation, "small")

    def task_for(self, tenant: TenantId, conversation: ConversationId | None) -> ChatModel | None:
        """What does small tasks beside answering: the cheaper model where there is one, else the chat model."""
        return self.small_for(tenant, conversation) or self._chain(tenant, conversation, "answers")

    def _chain(self, tenant: TenantId, conversation: ConversationId | None, *uses: str) -> ChatModel | None:
        # Each is metered by itself, so that what is put aside is at the price of the model that is asked.
        meter = self._meter(tenant, conversation)
        chain = [MeteredChatModel(one.chat, meter=meter) for one in self.open if one.use in uses]
        return FallbackChatModel(chain) if len(chain) > 1 else next(iter(chain), None)

    def health(self) -> list[dict[str, str | int | None]]:
        """How each chat model's server does, as this process has seen it."""
        return [
            {
                "use": one.use,
                "model": f"{one.chat.provider}/{one.chat.model}",
                "circuit": one.circuit.state,
                "failures": one.circuit.failures,
                "error": one.circuit.last_error,
            }
            for one in self.open
        ]

    async def embedder_for(self, tenant: TenantId, model: str | None = None) -> Embedder | None:
        """The embedder of this name (default: the deployment's first), its calls written down for this tenant, its
        queries remembered for a while; None where there is none."""
        embedder = self.embedder if model is None else self._embedders.get(model)
        if embedder is None:
            return None
        # The local model costs nothing, so that no budget stands in its way.
        metered = MeteredEmbedder(embedder, meter=self._meter(tenant, None, budget=embedder.provider != "local"))
        return CachedEmbedder(metered, scope=str(tenant), queries=self._queries)

    def embedding_models(self) -> list[str]:
        """The names of the embedders, the deployment's first one first."""
        return list(self._embedders)

    async def reranker_for(self, tenant: TenantId) -> Reranker | None:
        """Puts search results in order by a chat model, its calls written down for this tenant; None without one."""
        chat = self.task_for(tenant, None)
        return None if chat is None else ModelReranker(chat)

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


def open_all(settings: Settings, session: aiohttp.ClientSession) -> list[OpenModel]:
    """Every chat model of the settings: the one that answers, those that step in, the small one. Raises ``Invalid``."""
    first = settings.llm_provider
    wanted: list[tuple[str, str, str | None]] = [("answers", first, settings.llm_model)] if first else []
    wanted += [("fallback", one.provider, one.model) for one in settings.llm_fallbacks]
    if first and settings.llm_small_model:
        wanted.append(("small", first, settings.llm_small_model))
    circuits: dict[tuple[str, str | None], Circuit] = {}
    opened = []
    for use, provider, model in wanted:
        circuit = circuits.setdefault((provider, model), Circuit())
        key = settings.llm_api_key if provider == first else settings.llm_fallback_api_key
        chat = open_chat_model(
            provider=provider,
            model=model,
            session=session,
            api_key=None if key is None else key.get_secret_value(),
            base_url=_url(settings, provider),
            first_token=settings.llm_first_token_seconds,
            circuit=circuit,
        )
        if chat is not None:
            opened.append(OpenModel(use, chat, circuit))
    return opened


def open_embedders(settings: Settings, session: aiohttp.ClientSession) -> dict[str, Embedder]:
    """Every embedder of the settings by its model's name: the one that new tenants get, then the others. Raises
    ``Invalid``."""
    wanted: list[tuple[str | None, str | None, int | None]] = [
        (settings.embedding_provider, settings.embedding_model, settings.embedding_dimensions)
    ]
    wanted += [(one.provider, one.model, one.dims) for one in settings.embedding_others]
    opened: dict[str, Embedder] = {}
    for provider, model, dims in wanted:
        embedder = open_embedder(
            provider=provider,
            session=session,
            cache_dir=Path(settings.data_dir) / "models",
            model=model,
            api_key=_text(settings.embedding_api_key),
            base_url=settings.ollama_base_url if provider == "ollama" else settings.openai_base_url,
            dims=dims,
            model_dir=settings.embedding_model_dir,
        )
        if embedder is not None and embedder.model in opened:
            field = "HUB_EMBEDDING_OTHERS"
            raise Invalid(f"There are two embedding models named '{embedder.model}'. Name each once.", field=field)
        if embedder is not None:
            opened[embedder.model] = embedder
    return opened


def _url(settings: Settings, provider: str) -> str:
    urls = {"anthropic": settings.anthropic_base_url, "ollama": settings.ollama_base_url}
    return urls.get(provider, settings.openai_base_url)


def _text(secret: object) -> str | None:
    reveal = getattr(secret, "get_secret_value", None)
    return None if reveal is None else str(reveal())
