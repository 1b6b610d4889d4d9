"""Budgets on real PostgreSQL: put aside before each call, settled after it, never overspent; and what happens then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from hub.core.errors import BudgetSpent, ModelError
from hub.core.ids import TenantId
from hub.core.usage import Usage
from hub.jobs.retention import Retention
from hub.llm.metered import Meter, MeteredChatModel
from hub.llm.ports import ChatMessage, ChatRequest, Completed, TextDelta
from hub.llm.prices import ListPrices
from hub.metering.budgets import BudgetDesk
from hub.metering.spending import Spending
from hub.store.directory import TenantRow
from hub.store.rows import fetch_value, run
from hub.store.session import Store
from orchestrator.phrases import PHRASES
from support.database import Database
from support.running_hub import Site, eventually, hub_in_process
from support.store import MakeTenant

ASK = ChatRequest([ChatMessage("user", "Where is my parcel?")], max_tokens=1000)
DOCUMENT = {"title": "Returns", "text": "Articles may be sent back within thirty days of delivery."}
QUESTION = "Within how many days may articles be sent back?"


class Answering:
    """A model of a known price that takes its time. ``most`` is how many calls ran at once."""

    provider, model = "openai", "gpt-4o-mini"

    def __init__(self, *, fails: bool = False) -> None:
        self.running = self.most = self.calls = 0
        self._fails = fails

    async def stream(self, request: ChatRequest) -> AsyncGenerator[TextDelta | Completed, None]:
        self.calls += 1
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(0.05)
            if self._fails:
                raise ModelError("down")
            yield TextDelta("On its way.")
            yield Completed("On its way.", Usage("answer", self.provider, self.model, 20, 400, cached_tokens=5))
        finally:
            self.running -= 1


async def ask(model: MeteredChatModel) -> bool:
    try:
        async for _ in model.stream(ASK):
            pass
    except BudgetSpent:
        return False
    return True


async def state(store: Store, tenant: TenantId) -> tuple[Decimal, Decimal]:
    async with store.begin(tenant) as tx:
        (budget,) = await tx.budgets.all()
        (use,) = await tx.budgets.uses(budget)
    return use.spent, use.held


def metered(store: Store, tenant: TenantId, model: Answering) -> MeteredChatModel:
    spending = Spending(store)
    return MeteredChatModel(model, meter=Meter(tenant, sink=spending, budget=spending, prices=ListPrices()))


async def test_fifty_calls_at_once_never_spend_more_than_the_budget(
    store: Store, tenant: TenantRow, other_tenant: TenantRow
) -> None:
    prices = ListPrices()
    most = (await prices.priced(Usage("answer", "openai", "gpt-4o-mini", 18, 1000))).cost
    took = (await prices.priced(Usage("answer", "openai", "gpt-4o-mini", 20, 400, cached_tokens=5))).cost
    assert most is not None and took is not None
    amount = most.amount * 10 + took.amount / 2
    desk = BudgetDesk(store=store)
    await desk.add(tenant.id, "tenant", None, "day", "usd", amount, [50, 80, 100])
    model = Answering()
    done = sum(await asyncio.gather(*(ask(metered(store, tenant.id, model)) for _ in range(50))))
    assert 10 <= done < 50, "as many as can be paid for in the worst case, and later ones from what those gave back"
    assert (model.calls, model.most) == (done, min(done, model.most)) and model.most <= 10
    spent, held = await state(store, tenant.id)
    assert (spent, held) == (done * took.amount, 0) and spent <= amount
    async with store.begin(tenant.id) as tx:
        events = [e.data for e in await tx.events.since(0)]
    told = [(e["percent"], e["refused"]) for e in events]
    assert [refused for _, refused in told].count(True) == 1, "one refusal is told of, whatever their number"
    assert next(percent for percent, refused in told if refused) < 100, "the money was put aside, not spent"
    while await ask(metered(store, tenant.id, model)):
        pass
    spent, held = await state(store, tenant.id)
    assert held == 0 and amount - most.amount < spent <= amount
    async with store.begin(tenant.id) as tx:
        warned = {e.data["percent"] for e in await tx.events.since(0) if not e.data["refused"]}
    assert {50, 80} <= warned, "a refusal by what was only put aside silences no warning"
    assert await ask(metered(store, other_tenant.id, model)), "a neighbour has budgets of its own"


async def test_a_failed_call_costs_nothing_and_a_dead_one_what_it_held(store: Store, tenant: TenantRow) -> None:
    await BudgetDesk(store=store).add(tenant.id, "tenant", None, "month", "tokens", Decimal(3000), [])
    with pytest.raises(ModelError):
        await ask(metered(store, tenant.id, Answering(fails=True)))
    assert await state(store, tenant.id) == (0, 0)
    async with store.begin(tenant.id) as tx:
        assert await tx.budgets.reserve(uuid4(), None, cost=Decimal(0), tokens=1500, seconds=-1) is None
    assert await state(store, tenant.id) == (0, 1500)
    assert await ask(metered(store, tenant.id, Answering()))
    assert await state(store, tenant.id) == (1500 + 420, 0)


async def test_giving_up_while_money_is_put_aside_leaves_nothing_held(store: Store, tenant: TenantRow) -> None:
    desk = BudgetDesk(store=store)
    await desk.add(tenant.id, "tenant", None, "day", "tokens", Decimal(10_000), [])
    spending, most = Spending(store), Usage("answer", "openai", "m", 100, 0)
    settled = await spending.reserve(tenant.id, most)
    await spending.record(tenant.id, most, settled)
    for pause in (0, 0, 0.001, 0.002, 0.004, 0.008):
        asking = asyncio.create_task(spending.reserve(tenant.id, most))
        await asyncio.sleep(pause)
        if asking.cancel():
            with pytest.raises(asyncio.CancelledError):
                await asking
        else:
            await spending.record(tenant.id, most, await asking)

    async def nothing_held() -> bool:
        return (await state(store, tenant.id))[1] == 0

    await eventually(nothing_held, what="the money that was put aside")


async def test_old_uses_go_and_what_the_dead_held_counts_as_spent(store: Store, tenant: TenantRow) -> None:
    desk = BudgetDesk(store=store)
    budget = await desk.add(tenant.id, "tenant", None, "month", "tokens", Decimal(3000), [])
    async with store.begin(tenant.id) as tx:
        assert await tx.budgets.reserve(uuid4(), None, cost=Decimal(0), tokens=1500, seconds=-7200) is None
        await run(
            tx.connection,
            """insert into hub.budget_use(tenant_id, budget_id, subject_id, began)
               values (:t, :b, :t, date '2020-01-01')""",
            t=tenant.id,
            b=budget.budget.id,
        )
    await Retention(store=store)({})
    assert await state(store, tenant.id) == (1500, 0)
    async with store.begin(tenant.id) as tx:
        kept = await fetch_value(tx.connection, "select count(*) from hub.budget_use where tenant_id = :t", t=tenant.id)
    assert kept == 1


async def test_a_call_is_put_aside_in_every_budget_or_in_none(store: Store, make_tenant: MakeTenant) -> None:
    tenant = (await make_tenant()).id
    desk = BudgetDesk(store=store)
    first = await desk.add(tenant, "tenant", None, "day", "tokens", Decimal(10_000), [])
    second = await desk.add(tenant, "tenant", None, "month", "tokens", Decimal(10), [])
    with pytest.raises(BudgetSpent) as refused:
        await Spending(store).reserve(tenant, Usage("answer", "openai", "m", 50, 0))
    assert refused.value.field == str(second.budget.id)
    for budget in (first, second):
        assert [(u.spent, u.held) for u in (await desk.get(tenant, budget.budget.id)).uses] == [(0, 0)]


async def learned(hub: Site, **bot: Any) -> tuple[str, str]:
    """A tenant that knows about returns, and its bot's channel."""
    tenant = await hub.tenant(use_knowledge=True, **bot)
    await hub.ok("POST", f"/api/v1/tenants/{tenant}/documents", json=DOCUMENT)
    ready = "select 1 from hub.document where status = 'ready'"
    await eventually(lambda: hub.rows(ready), what="the indexed document")
    return tenant, await hub.telegram(tenant)


async def test_without_money_earlier_answers_then_a_smaller_model_then_extracts_then_a_person(
    database: Database, tmp_path: Path
) -> None:
    more = {"llm_model": "sim-grounded", "llm_small_model": "sim-grounded"}
    async with hub_in_process(database, tmp_path, **more) as hub:
        tenant, channel = await learned(hub)
        budgets = f"/api/v1/tenants/{tenant}/budgets"

        async def reply(name: str, question: str) -> str:
            person = hub.person(name)
            person.say(question)
            await person.reply()
            return hub.replies(person)[0]

        first = await reply("Ada", QUESTION)
        assert first.startswith("Articles may be sent back within thirty days of delivery. [1]")
        body = {"scope": "channel", "period": "day", "unit": "tokens", "amount": "1000000"}
        made = await hub.ok("POST", budgets, json=body)
        other = "How long after the delivery may I send articles back?"
        assert "thirty days" in await reply("Bob", other)
        (use,) = (await hub.ok("GET", f"{budgets}/{made['id']}"))["uses"]
        assert use["subject_id"] == channel and Decimal(use["spent"]) > 100 and use["held"] == "0"
        await hub.ok("PATCH", f"{budgets}/{made['id']}", json={"amount": "1"})
        asked = hub.asked()
        assert await reply("Cleo", QUESTION) == first, "from the shelf"
        quoted = await reply("Dora", "What about sending articles back, how many days are there?")
        assert quoted.startswith(PHRASES["en"]["model_down"]) and "thirty days" in quoted
        assert await reply("Emil", "Who built the pyramids?") == PHRASES["en"]["handing_over"]
        assert hub.asked() == asked, "no model was called"
        waiting = [c for c in await hub.conversations(tenant) if c["state"] == "waiting"]
        assert [c["reason"] for c in waiting] == ["budget"]
        told = await hub.rows("select data from hub.event where type = 'usage.threshold'")
        assert len(told) == 1
        report = await hub.ok("GET", f"/api/v1/tenants/{tenant}/usage", params={"by": "channel"})
        assert [(line["key"], line["calls"]) for line in report["items"]] == [(channel, asked)]
        assert report["total"]["unpriced"] == asked and report["total"]["cost"] is None
        status, problem = await hub.call("POST", budgets, json={**body, "subject_id": str(uuid4())})
        assert (status, problem["field"]) == (422, "subject_id")
        status, problem = await hub.call("POST", budgets, json=body)
        assert (status, problem["code"]) == (409, "conflict")
        await hub.ok("DELETE", f"{budgets}/{made['id']}")
        assert (await hub.ok("GET", budgets))["items"] == []


async def test_the_smaller_model_answers_where_the_money_lasts_for_it_alone(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with hub_in_process(database, tmp_path, llm_model="sim-empty", llm_small_model="sim-grounded") as hub:
        tenant, _ = await learned(hub)
        priced = ListPrices.priced

        async def with_prices(self: ListPrices, usage: Usage) -> Usage:
            name = {"sim-empty": "gpt-4o", "sim-grounded": "gpt-4o-mini"}.get(usage.model)
            if name is None:
                return usage
            known = await priced(self, Usage(usage.task, "openai", name, usage.input_tokens, usage.output_tokens))
            return Usage(usage.task, usage.provider, usage.model, usage.input_tokens, usage.output_tokens,
                         cost=known.cost)  # fmt: skip

        monkeypatch.setattr(ListPrices, "priced", with_prices)
        body = {"scope": "tenant", "period": "month", "amount": "0.005"}
        await hub.ok("POST", f"/api/v1/tenants/{tenant}/budgets", json=body)
        ada = hub.person("Ada")
        ada.say(QUESTION)
        await ada.reply()
        assert hub.replies(ada)[0].startswith("Articles may be sent back within thirty days of delivery. [1]")
        report = await hub.ok("GET", f"/api/v1/tenants/{tenant}/usage")
        (line,) = report["items"]
        assert line["key"].endswith("/sim-grounded") and Decimal(line["cost"]["amount"]) > 0
