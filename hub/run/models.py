"""The deployment's models, metered per tenant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from hub.core.contests import place_of
from hub.core.errors import Invalid
from hub.core.ids import ConversationId, TenantId
from hub.core.usage import Usage
from hub.llm.breaker import Circuit
from hub.llm.cached import CachedEmbedder, QueryCache
from hub.llm.choosing import TASKS, Plans, choose
from hub.llm.factory import load_sdk, open_chat_model, open_embedder
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
    """A chat model of this process, what it is for (``answers``, ``fallback``, ``small``, ``plan``), and how its server
    does."""

    use: str
    chat: ChatModel
    circuit: Circuit
    name: str = ""
    """As the settings name it, ``provider/model``."""


class Models:
    """The chat models and the embedder of the settings, one of each in a process."""

    def __init__(self, *, settings: Settings, store: Store, metrics: Metrics, session: aiohttp.ClientSession) -> None:
        self._store = store
        self._metrics = metrics
        self._prices = ListPrices()
        self._queries = QueryCache()
        self.plans: Plans = {
            plan: {task: [f"{one.provider}/{one.model}" for one in models] for task, models in tasks.items()}
            for plan, tasks in settings.llm_plans.items()
        }
        self.open = open_all(settings, session)
        self._embedders = open_embedders(settings, session)
        self.embedder: Embedder | None = next(iter(self._embedders.values()), None)

    async def chat_for(self, tenant: TenantId, conversation: ConversationId | None) -> ChatModel | None:
        """What answers: the tenant's model, or the one that is tried beside it where the conversation falls to that,
        and those that step in when it fails; None without one. Their calls are written down for this tenant and
        conversation."""
        chosen = await self._chosen(tenant, "answer", conversation)
        first = [chosen] if chosen is not None else self._used_for("answers")
        return self._chain(tenant, conversation, [*first, *self._used_for("fallback")])

    async def small_for(self, tenant: TenantId, conversation: ConversationId | None) -> ChatModel | None:
        """The cheaper model, when the tenant's money does not last for the other; None without."""
        chosen = await self._chosen(tenant, "small")
        return self._chain(tenant, conversation, [chosen] if chosen is not None else self._used_for("small"))

    async def task_for(self, tenant: TenantId, conversation: ConversationId | None, task: str) -> ChatModel | None:
        """What does a task beside answering: the tenant's model for it, else the cheaper one, else the chat model."""
        chosen = await self._chosen(tenant, task)
        usual = self._used_for("small") or self._used_for("answers")
        return self._chain(tenant, conversation, [chosen] if chosen is not None else usual)

    def usual(self) -> dict[str, str | None]:
        """The deployment's own model of each task, as ``provider/model``."""
        answers, small = (next(iter(map(_name, self._used_for(use))), None) for use in ("answers", "small"))
        return {task: answers if task == "answer" else small if task == "small" else small or answers for task in TASKS}

    async def _chosen(
        self, tenant: TenantId, task: str, conversation: ConversationId | None = None
    ) -> OpenModel | None:
        if not self.plans:
            return None
        async with self._store.begin(tenant) as tx:
            row = await tx.model_choices.get(None if conversation is None else place_of(conversation))
        tasks = row.tasks if row.tried is None else {**row.tasks, "answer": row.tried}
        name = choose(self.plans, row.plan, tasks, task)
        return next((one for one in self.open if _name(one) == name), None)

    def _used_for(self, use: str) -> list[OpenModel]:
        return [one for one in self.open if one.use == use]

    def _chain(
        self, tenant: TenantId, conversation: ConversationId | None, models: Sequence[OpenModel]
    ) -> ChatModel | None:
        # Each is metered by itself, so that what is put aside is at the price of the model that is asked.
        meter = self._meter(tenant, conversation)
        chain = [MeteredChatModel(one.chat, meter=meter) for one in models]
        return FallbackChatModel(chain) if len(chain) > 1 else next(iter(chain), None)

    def load_sdks(self) -> None:
        """Load what the first call of each chat model would load, up to a second: call it in a thread."""
        for provider in {one.chat.provider for one in self.open}:
            load_sdk(provider)

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
        chat = await self.task_for(tenant, None, "rerank")
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
    """Every chat model of the settings: the one that answers, those that step in, the small one, those of plans.
    Raises ``Invalid``."""
    first = settings.llm_provider
    wanted: list[tuple[str, str, str | None]] = [("answers", first, settings.llm_model)] if first else []
    wanted += [("fallback", one.provider, one.model) for one in settings.llm_fallbacks]
    if first and settings.llm_small_model:
        wanted.append(("small", first, settings.llm_small_model))
    named = [one for tasks in settings.llm_plans.values() for models in tasks.values() for one in models]
    wanted += [("plan", one.provider, one.model) for one in dict.fromkeys(named)]
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
            opened.append(OpenModel(use, chat, circuit, f"{provider}/{model}"))
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


def _name(one: OpenModel) -> str:
    return one.name or f"{one.chat.provider}/{one.chat.model}"


def _url(settings: Settings, provider: str) -> str:
    urls = {"anthropic": settings.anthropic_base_url, "ollama": settings.ollama_base_url}
    return urls.get(provider, settings.openai_base_url)


def _text(secret: object) -> str | None:
    reveal = getattr(secret, "get_secret_value", None)
    return None if reveal is None else str(reveal())
