"""The wrappers around the model ports: limits, retries, fallback, metering, caching, prices."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from hub.core.errors import BudgetSpent, ModelError
from hub.core.ids import TenantId
from hub.core.usage import Usage
from hub.llm.cached import CachedEmbedder, QueryCache
from hub.llm.errors import AnswerCut
from hub.llm.fallback import FallbackChatModel
from hub.llm.limited import CallLimit, LimitedChatModel
from hub.llm.metered import Meter, MeteredChatModel, MeteredEmbedder
from hub.llm.ports import ChatMessage, ChatModel, ChatRequest, Completed, Embeddings, TextDelta
from hub.llm.prices import ListPrices
from hub.llm.retrying import RetryingChatModel, RetryingEmbedder, RetryPolicy

ASK = ChatRequest([ChatMessage("user", "Where is my parcel?")], task="answer")
TENANT = TenantId(uuid4())
Step = str | ModelError | float


class Scripted:
    """Plays one script a call: a text is a delta, a number a pause in seconds, an error is raised."""

    def __init__(self, *scripts: Sequence[Step], provider: str = "scripted", model: str = "m") -> None:
        self.provider = provider
        self.model = model
        self.calls = 0
        self.closed = 0
        self._scripts = scripts

    async def stream(self, request: ChatRequest) -> AsyncGenerator[TextDelta | Completed, None]:
        script = self._scripts[min(self.calls, len(self._scripts) - 1)]
        self.calls += 1
        text = ""
        try:
            for step in script:
                if isinstance(step, ModelError):
                    raise step
                if isinstance(step, float):
                    await asyncio.sleep(step)
                    continue
                text += step
                yield TextDelta(step)
            yield Completed(text, Usage(request.task, self.provider, self.model, 7, 3))
        finally:
            self.closed += 1


class Lengths:
    """An embedder whose vector says how long the text is."""

    provider = "scripted"
    model = "lengths"
    dims = 2
    languages: frozenset[str] = frozenset()
    max_batch = 8

    def __init__(self, *failures: ModelError) -> None:
        self.asked: list[list[str]] = []
        self._failures = list(failures)

    async def embed(self, texts: Sequence[str], *, task: str = "document") -> Embeddings:
        self.asked.append(list(texts))
        if self._failures:
            raise self._failures.pop(0)
        vectors = [[float(len(text)), 0.0] for text in texts]
        return Embeddings(vectors, Usage(task, self.provider, self.model, input_tokens=len(texts)))


class Ledger:
    def __init__(self) -> None:
        self.rows: list[tuple[TenantId, Usage]] = []

    async def record(self, tenant: TenantId, usage: Usage, hold: UUID | None = None) -> None:
        await asyncio.sleep(0)
        self.rows.append((tenant, usage))


class Broke:
    async def reserve(self, tenant: TenantId, estimate: Usage) -> UUID | None:
        raise BudgetSpent("This month's budget is used up.")


class Shelf:
    def __init__(self) -> None:
        self.kept: dict[tuple[str, bytes], Sequence[float]] = {}

    async def get_many(self, model: str, hashes: Sequence[bytes]) -> Mapping[bytes, Sequence[float]]:
        return {digest: self.kept[model, digest] for digest in hashes if (model, digest) in self.kept}

    async def put_many(self, model: str, vectors: Mapping[bytes, Sequence[float]]) -> None:
        self.kept |= {(model, digest): vector for digest, vector in vectors.items()}


async def read(model: ChatModel) -> tuple[str, Completed]:
    text, end = "", None
    async for delta in model.stream(ASK):
        if isinstance(delta, TextDelta):
            text += delta.text
        else:
            end = delta
    assert end is not None
    return text, end


class Sleeper:
    """A clock that jumps as far as it is told to sleep."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def policy(self, jitter: Callable[[float, float], float] = lambda low, high: high, **more: Any) -> RetryPolicy:
        return RetryPolicy(sleep=self.sleep, now=lambda: self.time, jitter=jitter, **more)


async def test_retry_asks_again_before_the_first_delta_with_growing_waits() -> None:
    clock, inner = Sleeper(), Scripted([ModelError("down")], [ModelError("down")], ["fine"])
    text, _ = await read(RetryingChatModel(inner, policy=clock.policy(base=0.5)))
    assert (text, inner.calls, clock.slept) == ("fine", 3, [0.5, 1.0])


async def test_retry_never_repeats_after_the_first_delta() -> None:
    clock, inner = Sleeper(), Scripted(["Hello", ModelError("cut")], ["again"])
    with pytest.raises(ModelError, match="cut"):
        await read(RetryingChatModel(inner, policy=clock.policy()))
    assert (inner.calls, clock.slept) == (1, [])


async def test_retry_leaves_final_errors_alone() -> None:
    clock, inner = Sleeper(), Scripted([ModelError("no such model", retryable=False)])
    with pytest.raises(ModelError):
        await read(RetryingChatModel(inner, policy=clock.policy()))
    assert inner.calls == 1


async def test_retry_is_never_earlier_than_asked_and_gives_up_when_that_is_too_late() -> None:
    clock = Sleeper()
    inner = Scripted([ModelError("busy", retry_after=5.0)], [ModelError("busy", retry_after=60.0)], ["late"])
    with pytest.raises(ModelError) as raised:
        await read(RetryingChatModel(inner, policy=clock.policy(jitter=lambda low, high: low)))
    assert clock.slept == [5.0]
    assert inner.calls == 2
    assert raised.value.retry_after == 60.0


async def test_retry_is_bounded_in_attempts_for_embedders_too() -> None:
    clock, inner = Sleeper(), Lengths(*[ModelError("down")] * 9)
    with pytest.raises(ModelError):
        await RetryingEmbedder(inner, policy=clock.policy(attempts=4)).embed(["a"])
    assert len(inner.asked) == 4


async def test_fallback_goes_to_the_next_model_and_says_who_answered() -> None:
    first = Scripted([ModelError("refused", retryable=False)], provider="first")
    second = Scripted(["It is on its way."], provider="second")
    chain = FallbackChatModel([first, second])
    text, end = await read(chain)
    assert (text, end.usage.provider, chain.provider) == ("It is on its way.", "second", "first")


async def test_fallback_surfaces_a_break_with_what_was_shown() -> None:
    second = Scripted(["never"])
    chain = FallbackChatModel([Scripted(["It is ", "on", ModelError("cut", retry_after=2.0)]), second])
    with pytest.raises(AnswerCut) as raised:
        await read(chain)
    assert raised.value.partial == "It is on"
    assert raised.value.retry_after == 2.0
    assert second.calls == 0


async def test_fallback_that_runs_out_keeps_the_best_hope() -> None:
    chain = FallbackChatModel(
        [
            Scripted([ModelError("busy", retry_after=3.0)]),
            Scripted([ModelError("refused", retryable=False)]),
        ]
    )
    with pytest.raises(ModelError, match="refused") as raised:
        await read(chain)
    assert (raised.value.retryable, raised.value.retry_after) == (True, 3.0)


async def test_leaving_early_closes_every_layer() -> None:
    inner, limit = Scripted(["one", "two"]), CallLimit(1)
    model = FallbackChatModel([RetryingChatModel(LimitedChatModel(inner, limit=limit))])
    async with aclosing(model.stream(ASK)) as deltas:
        await anext(deltas)
    assert inner.closed == 1
    text, _ = await asyncio.wait_for(read(model), 60)
    assert text == "onetwo"


async def test_limit_lets_few_run_refuses_a_flood_and_times_out_the_patient() -> None:
    running = most = 0

    class Counting(Scripted):
        async def stream(self, request: ChatRequest) -> AsyncGenerator[TextDelta | Completed, None]:
            nonlocal running, most
            running += 1
            most = max(most, running)
            async for delta in super().stream(request):
                yield delta
            running -= 1

    model = LimitedChatModel(Counting([0.02, "ok"]), limit=CallLimit(2, max_waiting=3))
    results = await asyncio.gather(*(read(model) for _ in range(8)), return_exceptions=True)
    refused = [result for result in results if isinstance(result, ModelError)]
    assert most == 2
    assert len(refused) == 3
    assert all(error.retryable for error in refused)

    slow = LimitedChatModel(Scripted([0.2, "ok"]), limit=CallLimit(1, max_wait=0.02))
    _, second = await asyncio.gather(read(slow), read(slow), return_exceptions=True)
    assert isinstance(second, ModelError)
    assert "busy" in str(second)


async def test_meter_writes_down_a_call_under_its_task_and_tenant() -> None:
    ledger = Ledger()
    await read(MeteredChatModel(Scripted(["hi"]), meter=Meter(TENANT, sink=ledger)))
    ((tenant, usage),) = ledger.rows
    assert (tenant, usage.task, usage.input_tokens, usage.output_tokens, usage.ok) == (TENANT, "answer", 7, 3, True)


async def test_meter_writes_down_failures_and_abandoned_answers() -> None:
    ledger = Ledger()
    meter = Meter(TENANT, sink=ledger)
    with pytest.raises(ModelError):
        await read(MeteredChatModel(Scripted([ModelError("down")]), meter=meter))
    with pytest.raises(ModelError):
        await read(MeteredChatModel(Scripted(["some words of it", ModelError("cut")]), meter=meter))
    task = asyncio.create_task(read(MeteredChatModel(Scripted(["half", 5.0]), meter=meter)))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    down, cut, left = [usage for _, usage in ledger.rows]
    assert (down.ok, down.input_tokens, down.output_tokens) == (False, 0, 0)
    assert (cut.ok, cut.output_tokens) == (False, 4)
    assert cut.input_tokens > 0
    assert (left.ok, left.output_tokens) == (True, 1)


async def test_a_spent_budget_stops_the_call_before_the_model() -> None:
    ledger, chat, embedder = Ledger(), Scripted(["hi"]), Lengths()
    meter = Meter(TENANT, sink=ledger, budget=Broke())
    with pytest.raises(BudgetSpent):
        await read(MeteredChatModel(chat, meter=meter))
    with pytest.raises(BudgetSpent):
        await MeteredEmbedder(embedder, meter=meter).embed(["a"])
    assert (chat.calls, embedder.asked, ledger.rows) == (0, [], [])


async def test_a_failing_ledger_costs_no_answer() -> None:
    class Full:
        async def record(self, tenant: TenantId, usage: Usage, hold: UUID | None = None) -> None:
            raise OSError("disk full")

    text, _ = await read(MeteredChatModel(Scripted(["hi"]), meter=Meter(TENANT, sink=Full())))
    assert text == "hi"


async def test_prices_are_exact_for_known_models_and_absent_for_others() -> None:
    prices = ListPrices()
    known = await prices.priced(Usage("answer", "openai", "gpt-4o-mini", 1000, 100))
    assert known.cost is not None
    assert known.cost.amount == Decimal("0.00021")
    assert (await prices.priced(Usage("answer", "openai", "no-such-model", 1000))).cost is None
    assert (await prices.priced(Usage("answer", "compatible", "gpt-4o-mini", 1000))).cost is None


async def test_metered_answers_carry_their_price() -> None:
    ledger = Ledger()
    model = Scripted(["hi"], provider="openai", model="gpt-4o-mini")
    _, end = await read(MeteredChatModel(model, meter=Meter(TENANT, sink=ledger, prices=ListPrices())))
    assert end.usage.cost is not None
    assert ledger.rows[0][1].cost == end.usage.cost


async def test_cache_embeds_each_document_once_and_keeps_the_order() -> None:
    inner, shelf = Lengths(), Shelf()
    embedder = CachedEmbedder(inner, scope="a", documents=shelf, queries=QueryCache())
    await embedder.embed(["bb"])
    found = await embedder.embed(["ccc", "bb", "a", "ccc"])
    assert [vector[0] for vector in found.vectors] == [3.0, 2.0, 1.0, 3.0]
    assert inner.asked == [["bb"], ["ccc", "a"]]
    assert found.usage.input_tokens == 2
    again = await embedder.embed(["a", "bb"])
    assert again.usage.input_tokens == 0


async def test_queries_stay_in_memory_apart_by_tenant() -> None:
    inner, shelf, queries = Lengths(), Shelf(), QueryCache()
    mine = CachedEmbedder(inner, scope="mine", documents=shelf, queries=queries)
    theirs = CachedEmbedder(inner, scope="theirs", documents=shelf, queries=queries)
    await mine.embed(["where?"], task="query")
    await mine.embed(["where?"], task="query")
    assert len(inner.asked) == 1
    await theirs.embed(["where?"], task="query")
    assert len(inner.asked) == 2
    assert shelf.kept == {}
    queries.forget("mine")
    assert len(queries) == 1


def test_query_cache_is_bounded_and_forgets_with_time() -> None:
    now = 0.0
    cache = QueryCache(size=2, ttl=10.0, now=lambda: now)
    cache.put("t", "m", b"1", [1.0])
    cache.put("t", "m", b"2", [2.0])
    assert cache.get("t", "m", b"1") == [1.0]
    cache.put("t", "m", b"3", [3.0])
    assert cache.get("t", "m", b"2") is None
    assert cache.get("t", "m", b"1") == [1.0]
    now = 10.0
    assert cache.get("t", "m", b"1") is None
    assert len(cache) == 1
