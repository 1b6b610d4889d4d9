"""How the fake Telegram hands updates to a webhook: in order, held, again and again; and its faults."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from hub.simulator.faults import Fault, FaultPlan, Kind
from hub.simulator.server import Simulator
from hub.simulator.telegram.platform import DEMO_TOKEN

Answer = Callable[[dict[str, Any]], Awaitable[int]]


@asynccontextmanager
async def hub(answer: Answer) -> AsyncIterator[tuple[str, list[tuple[str, dict[str, Any]]]]]:
    got: list[tuple[str, dict[str, Any]]] = []

    async def take(request: web.Request) -> web.Response:
        update = await request.json()
        got.append((request.headers.get("X-Telegram-Bot-Api-Secret-Token", ""), update))
        return web.Response(status=await answer(update))

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/hook", got
    finally:
        await runner.cleanup()


async def call(sim: Simulator, method: str, **params: Any) -> Any:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{sim.telegram_url}/bot{DEMO_TOKEN}/{method}", json=params) as answer,
    ):
        return await answer.json()


async def ok(update: dict[str, Any]) -> int:
    return 200


async def test_updates_arrive_with_the_secret_and_in_sequence() -> None:
    async with Simulator(seed=1) as sim, hub(ok) as (url, got):
        bot = sim.telegram.add_bot()
        ada = sim.telegram.user("Ada")
        ada.say("before the webhook")
        await call(sim, "setWebhook", url=url, secret_token="s-1")
        for n in range(5):
            ada.say(f"message {n}")
        await sim.telegram.courier(bot).drained()
        ids = [update["update_id"] for _, update in got]
        assert ids == list(range(ids[0], ids[0] + 6))
        assert {secret for secret, _ in got} == {"s-1"}
        assert got[0][1]["message"]["text"] == "before the webhook"
        info = (await call(sim, "getWebhookInfo"))["result"]
        assert (info["pending_update_count"], info["url"]) == (0, url)
        assert (await call(sim, "getUpdates"))["error_code"] == 409


async def test_one_chat_waits_for_its_ack_while_others_go_on() -> None:
    failures = 4

    async def answer(update: dict[str, Any]) -> int:
        nonlocal failures
        if update["message"]["text"] == "poison" and failures:
            failures -= 1
            return 500
        return 200

    async with Simulator(seed=1, speed=50) as sim, hub(answer) as (url, got):
        bot = sim.telegram.add_bot()
        await call(sim, "setWebhook", url=url)
        ada, bo = sim.telegram.user("Ada"), sim.telegram.user("Bo")
        ada.say("poison")
        ada.say("after")
        bo.say("elsewhere")
        await sim.telegram.courier(bot).drained()
        texts = [update["message"]["text"] for _, update in got]
        assert [t for t in texts if t != "elsewhere"] == ["poison"] * 5 + ["after"]
        assert texts.index("elsewhere") < texts.index("after")
        tries = [d for d in sim.record.deliveries if d.chat == str(ada.id)][:5]
        assert [d.attempt for d in tries] == [1, 2, 3, 4, 5]
        assert [d.status for d in tries] == [500, 500, 500, 500, 200]
        pauses = [(b.at - a.at) * 50 for a, b in itertools.pairwise(tries)]
        # 1, 2, 4, 8 seconds in the simulator's own time; the machine may only be late.
        for pause, wanted in zip(pauses, (1, 2, 4, 8), strict=True):
            assert pause >= wanted * 0.95


async def test_a_hub_that_is_away_gets_its_updates_when_it_is_back() -> None:
    async with Simulator(seed=1, speed=50) as sim:
        bot = sim.telegram.add_bot()
        await call(sim, "setWebhook", url="http://127.0.0.1:9/hook")
        sim.telegram.user("Ada").say("hello")
        await asyncio.sleep(0.1)
        info = (await call(sim, "getWebhookInfo"))["result"]
        assert info["pending_update_count"] == 1
        assert "Connect" in info["last_error_message"]
        async with hub(ok) as (url, got):
            await call(sim, "setWebhook", url=url)
            await sim.telegram.courier(bot).drained()
            assert [u["message"]["text"] for _, u in got] == ["hello"]


async def test_reactions_come_only_to_those_who_asked() -> None:
    async with Simulator(seed=1) as sim, hub(ok) as (url, got):
        bot = sim.telegram.add_bot()
        await call(sim, "setWebhook", url=url)
        ada = sim.telegram.user("Ada")
        said = ada.say("x")
        ada.react(said["message_id"], "👍")
        await call(sim, "setWebhook", url=url, allowed_updates=["message", "message_reaction"])
        ada.react(said["message_id"])
        await sim.telegram.courier(bot).drained()
        assert [sorted(u) for _, u in got] == [["message", "update_id"], ["message_reaction", "update_id"]]
        assert got[1][1]["message_reaction"]["old_reaction"] == [{"type": "emoji", "emoji": "👍"}]


@pytest.mark.parametrize(("kind", "wanted"), [(Kind.DUPLICATE, ["a", "a", "b"]), (Kind.REORDER, ["b", "a"])])
async def test_delivery_faults_show(kind: Kind, wanted: list[str]) -> None:
    async with Simulator(seed=1) as sim, hub(ok) as (url, got):
        bot = sim.telegram.add_bot()
        sim.faults.add(Fault(kind, seconds=1.0, times=1))
        await call(sim, "setWebhook", url=url)
        ada = sim.telegram.user("Ada")
        ada.say("a")
        ada.say("b")
        await sim.telegram.courier(bot).drained()
        assert [u["message"]["text"] for _, u in got] == wanted


@pytest.mark.parametrize("kind", [Kind.TIMEOUT_AFTER_ACCEPT, Kind.RESET_AFTER_ACCEPT, Kind.RESET])
async def test_an_ambiguous_send_is_in_the_record_only_if_it_took_effect(kind: Kind) -> None:
    async with Simulator(seed=1) as sim:
        sim.telegram.add_bot()
        ada = sim.telegram.user("Ada")
        sim.faults.add(Fault(kind, seconds=0.05, methods=frozenset({"sendMessage"})))
        with pytest.raises(aiohttp.ClientError):
            await call(sim, "sendMessage", chat_id=ada.id, text="x")
        arrived = kind is not Kind.RESET
        assert bool(sim.record.messages(ada.id)) is arrived
        assert bool(ada.inbox) is arrived
        assert sim.record.calls(method="sendMessage")[0].fault == kind.value


async def test_html_and_500_and_delay_look_like_the_real_thing() -> None:
    async with Simulator(seed=1) as sim:
        sim.telegram.add_bot()
        sim.faults.add(Fault(Kind.HTML, methods=frozenset({"getMe"}), times=1))
        sim.faults.add(Fault(Kind.SERVER_ERROR, methods=frozenset({"getMe"}), times=1))
        sim.faults.add(Fault(Kind.DELAY, seconds=0.2, methods=frozenset({"getMe"}), times=1))
        async with aiohttp.ClientSession() as session:
            url = f"{sim.telegram_url}/bot{DEMO_TOKEN}/getMe"
            async with session.get(url) as answer:
                assert (answer.status, answer.content_type) == (502, "text/html")
            async with session.get(url) as answer:
                assert (await answer.json())["error_code"] == 500
            started = time.monotonic()
            async with session.get(url) as answer:
                assert answer.status == 200
            assert time.monotonic() - started >= 0.2


def test_a_seed_repeats_its_faults_whatever_runs_beside() -> None:
    def draws(seed: int, *, noise: bool) -> list[bool]:
        plan = FaultPlan(seed, [Fault(Kind.RESET, rate=0.3)])
        drawn = []
        for _ in range(200):
            if noise:
                plan.draw("model", "chat")
            drawn.append(plan.draw("telegram", "sendMessage") is not None)
        return drawn

    assert draws(1, noise=False) == draws(1, noise=True)
    assert draws(1, noise=False) != draws(2, noise=False)
    assert 35 <= sum(draws(1, noise=False)) <= 85


async def test_seeds_repeat_ids_and_clocks_never_go_back() -> None:
    async def first_update(seed: int | None) -> int:
        async with Simulator(seed=seed) as sim:
            sim.telegram.add_bot()
            sim.telegram.user("Ada").say("x")
            return int((await call(sim, "getUpdates"))["result"][0]["update_id"])

    assert await first_update(5) == await first_update(5)
    earlier = await first_update(None)
    await asyncio.sleep(1.1)
    assert earlier < await first_update(None) < 2**31


async def test_the_record_is_bounded_and_says_what_it_forgot() -> None:
    async with Simulator(seed=1, record_limit=3) as sim:
        sim.telegram.add_bot()
        for _ in range(5):
            await call(sim, "getMe")
        assert [r.n for r in sim.record.requests] == [3, 4, 5]
        assert sim.record.forgotten == 2


async def test_closing_with_updates_waiting_leaves_nothing_running() -> None:
    async with Simulator(seed=1) as sim:
        sim.telegram.add_bot()
        await call(sim, "setWebhook", url="http://127.0.0.1:9/hook")
        for name in ("Ada", "Bo"):
            sim.telegram.user(name).say("x")
        await asyncio.sleep(0.05)
    await asyncio.sleep(0)
    assert [t for t in asyncio.all_tasks() if t.get_name().startswith("telegram-courier")] == []


async def test_a_busy_port_is_an_error_and_closes_what_was_open() -> None:
    async with Simulator(seed=1) as sim:
        taken = int(sim.model_url.split(":")[2].split("/")[0])
        other = Simulator(seed=1, ports={"model": taken})
        with pytest.raises(OSError, match="address already in use"):
            await other.__aenter__()
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientConnectionError):
                await session.get(other.telegram_url)
