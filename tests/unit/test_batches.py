"""Group commit: what waits goes together, beside what is on the wire where that is worth it, and in order."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson

from hub.core.ids import ChannelId, TenantId, uuid7
from hub.inbox.batches import MOST_EVENTS, WORTH_A_FLIGHT, Batches

TENANT, CHANNEL = TenantId(uuid7()), ChannelId(uuid7())


class Wire:
    """Calls that stay on the wire until they land. ``sent`` are their messages, as thread and number."""

    def __init__(self) -> None:
        self.sent: list[list[str]] = []
        self.ends: list[asyncio.Event] = []
        self.told: list[str] = []
        self.batches = Batches(send=self.send, told=lambda _, answers: self.told.extend(a["key"] for a in answers))

    async def send(self, tenant: TenantId, channel: ChannelId, events: str, *, patient: bool = True) -> str:
        keys = [event["key"] for event in orjson.loads(events)]
        end = asyncio.Event()
        self.sent.append(keys)
        self.ends.append(end)
        await end.wait()
        return orjson.dumps([{"key": key} for key in keys]).decode()

    def come(self, thread: str, n: int = 0) -> asyncio.Task[Any]:
        event = {"thread": thread, "key": f"{thread}{n}"}
        return asyncio.ensure_future(self.batches.store(TENANT, CHANNEL, [event]))

    async def land(self, call: int) -> None:
        self.ends[call].set()
        await settle()


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_an_idle_channel_waits_for_nobody_and_a_few_wait_for_the_call_on_the_wire() -> None:
    wire = Wire()
    first = wire.come("a")
    await settle()
    rest = [wire.come(f"b{n}") for n in range(WORTH_A_FLIGHT - 1)]
    await settle()
    assert wire.sent == [["a0"]]
    await wire.land(0)
    assert wire.sent[1:] == [[f"b{n}0" for n in range(WORTH_A_FLIGHT - 1)]], "together"
    await wire.land(1)
    assert [answer["key"] for task in (first, *rest) for answer in await task] == wire.told


async def test_where_many_wait_a_second_call_goes_beside_the_first_and_no_third() -> None:
    wire = Wire()
    tasks = [wire.come("a")]
    await settle()
    tasks += [wire.come(f"b{n}") for n in range(WORTH_A_FLIGHT)]
    await settle()
    assert [len(call) for call in wire.sent] == [1, WORTH_A_FLIGHT]
    tasks += [wire.come(f"c{n}") for n in range(MOST_EVENTS + 5)]
    await settle()
    assert len(wire.sent) == 2
    await wire.land(1)
    assert [len(call) for call in wire.sent[2:]] == [MOST_EVENTS], "the later call may land first"
    await wire.land(0)
    await wire.land(2)
    await wire.land(3)
    await asyncio.gather(*tasks)
    assert sum(map(len, wire.sent)) == len(tasks)


async def test_a_thread_is_on_the_wire_once_and_its_order_is_kept() -> None:
    wire = Wire()
    tasks = [wire.come("a", 0)]
    await settle()
    tasks += [wire.come(f"b{n}") for n in range(WORTH_A_FLIGHT)]
    tasks += [wire.come("a", 1), wire.come("z"), wire.come("a", 2)]
    await settle()
    assert wire.sent[1] == [f"b{n}0" for n in range(WORTH_A_FLIGHT)], "not a1, nor what came after it"
    await wire.land(1)
    assert len(wire.sent) == 2
    await wire.land(0)
    assert wire.sent[2] == ["a1", "z0", "a2"]
    await wire.land(2)
    await asyncio.gather(*tasks)
