"""The circuit breaker: leaves a model alone after failures in a row, and tries it again, one call at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from hub.core.errors import ModelError
from hub.core.usage import Usage
from hub.llm.breaker import BreakingChatModel, Circuit
from hub.llm.errors import CircuitOpen
from hub.llm.fallback import FallbackChatModel
from hub.llm.ports import ChatMessage, ChatRequest, Completed, TextDelta
from hub.llm.retrying import RetryingChatModel, RetryPolicy

ASK = ChatRequest([ChatMessage("user", "Where is my parcel?")])


class Server:
    """A model whose server is up or down. ``calls`` counts those that reached it."""

    provider, model = "scripted", "m"

    def __init__(self, error: ModelError | None = None, *, cuts: bool = False) -> None:
        self.error = error
        self.cuts = cuts
        self.calls = 0
        self.gate: asyncio.Event | None = None

    async def stream(self, request: ChatRequest) -> AsyncGenerator[TextDelta | Completed, None]:
        self.calls += 1
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None and not self.cuts:
            raise self.error
        yield TextDelta("fine")
        if self.error is not None:
            raise self.error
        yield Completed("fine", Usage("answer", "scripted", "m"))


class Clock:
    def __init__(self) -> None:
        self.time = 100.0

    def circuit(self) -> Circuit:
        return Circuit(threshold=3, rest=10.0, longest=35.0, now=lambda: self.time)


async def read(model: BreakingChatModel | FallbackChatModel | RetryingChatModel) -> str:
    return "".join([delta.text async for delta in model.stream(ASK) if isinstance(delta, TextDelta)])


@pytest.mark.parametrize("cuts", [False, True])
async def test_after_failures_in_a_row_the_server_is_left_alone_and_tried_again_ever_later(cuts: bool) -> None:
    clock, server = Clock(), Server(ModelError("down"), cuts=cuts)
    circuit = clock.circuit()
    model = BreakingChatModel(server, circuit=circuit)
    for _ in range(3):
        with pytest.raises(ModelError, match="down"):
            await read(model)
    for rest in (10.0, 20.0, 35.0, 35.0):
        with pytest.raises(CircuitOpen) as resting:
            await read(model)
        assert resting.value.retry_after == pytest.approx(rest)
        assert circuit.state == "open"
        clock.time += rest
        assert circuit.state == "half_open"
        with pytest.raises(ModelError, match="down"):
            await read(model)
    assert server.calls == 3 + 4
    server.error = None
    clock.time += 35.0
    assert await read(model) == "fine" and circuit.state == "closed"


async def test_one_call_alone_tries_a_server_that_was_down() -> None:
    clock, server = Clock(), Server(ModelError("down"))
    circuit = clock.circuit()
    model = BreakingChatModel(server, circuit=circuit)
    for _ in range(3):
        with pytest.raises(ModelError):
            await read(model)
    clock.time += 10.0
    server.error, server.gate = None, asyncio.Event()
    trying = asyncio.create_task(read(model))
    await asyncio.sleep(0)
    with pytest.raises(CircuitOpen):
        await read(model)
    trying.cancel()
    await asyncio.gather(trying, return_exceptions=True)
    assert circuit.state == "half_open", "a call that was given up has told nothing"
    server.gate.set()
    assert await read(model) == "fine"


async def test_a_refused_request_and_a_reader_who_left_say_nothing_about_the_server() -> None:
    circuit = Clock().circuit()
    model = BreakingChatModel(Server(ModelError("no such model", retryable=False)), circuit=circuit)
    for _ in range(9):
        with pytest.raises(ModelError, match="no such model"):
            await read(model)
    good = BreakingChatModel(Server(), circuit=circuit)
    async with aclosing(good.stream(ASK)) as deltas:
        await anext(deltas)
    assert (circuit.state, circuit.failures) == ("closed", 0)


async def test_a_chain_goes_past_a_resting_model_without_waiting() -> None:
    clock, down, up = Clock(), Server(ModelError("down")), Server()
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    policy = RetryPolicy(attempts=3, sleep=sleep, now=lambda: clock.time)
    first = RetryingChatModel(BreakingChatModel(down, circuit=clock.circuit()), policy=policy)
    chain = FallbackChatModel([first, up])
    assert await read(chain) == "fine" and (down.calls, len(slept)) == (3, 2)
    assert await read(chain) == "fine" and (down.calls, len(slept)) == (3, 2)


async def test_calls_that_fail_with_the_same_outage_make_the_rest_no_longer() -> None:
    clock, server = Clock(), Server(ModelError("down"))
    circuit = clock.circuit()
    model = BreakingChatModel(server, circuit=circuit)
    server.gate = asyncio.Event()
    under_way = [asyncio.create_task(read(model)) for _ in range(12)]
    await asyncio.sleep(0)
    server.gate.set()
    await asyncio.gather(*under_way, return_exceptions=True)
    with pytest.raises(CircuitOpen) as resting:
        await read(model)
    assert resting.value.retry_after == pytest.approx(10.0)
