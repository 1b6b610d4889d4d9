"""What may end a process goes on apart from the rest."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from hub.inbox import suspects as rule
from hub.inbox.suspects import Apart, Suspects


def test_suspects_go_one_after_another_and_nobody_else_waits() -> None:
    suspects = Suspects(now=lambda: 0.0)
    first, second = uuid4(), uuid4()
    assert suspects.may_start(first, 2)
    assert not suspects.may_start(second, 2)
    assert suspects.may_start(uuid4(), 1), "once may be chance"
    suspects.done(second)
    assert not suspects.may_start(second, 2), "the place is the first one's"
    suspects.done(first)
    assert suspects.may_start(second, 3)


def test_a_suspect_that_hangs_holds_the_others_up_for_ten_seconds_alone() -> None:
    times = iter([0.0, 9.9, 10.0, 10.0])
    suspects = Suspects(now=lambda: next(times))
    assert suspects.may_start(uuid4(), 2)
    assert not suspects.may_start(uuid4(), 2)
    assert suspects.may_start(uuid4(), 2)


class Work:
    """Pieces of work that begin when they get a place and end when they are told to."""

    def __init__(self) -> None:
        self.apart = Apart()
        self.running: list[str] = []
        self.counted: dict[str, list[int]] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.ends: dict[str, asyncio.Event] = {}

    async def come(self, name: str, *, suspect: bool = False) -> None:
        self.ends[name] = asyncio.Event()
        counts = self.counted[name] = []

        async def count(by: int) -> None:
            await asyncio.sleep(0)
            counts.append(by)

        async def work() -> None:
            async with self.apart.place(suspect, count):
                self.running.append(name)
                await self.ends[name].wait()
                self.running.remove(name)

        self.tasks[name] = asyncio.create_task(work())
        await self.settle()

    async def end(self, name: str) -> None:
        self.ends[name].set()
        await self.tasks[name]
        await self.settle()

    @staticmethod
    async def settle() -> None:
        for _ in range(20):
            await asyncio.sleep(0)


async def test_a_suspect_works_with_nothing_beside_it() -> None:
    work = Work()
    await work.come("one")
    await work.come("two")
    assert work.running == ["one", "two"]
    await work.come("suspect", suspect=True)
    await work.come("late")
    assert work.running == ["one", "two"], "it waits, and nobody slips in before it"
    assert work.counted == {"one": [], "two": [], "suspect": [-1], "late": [-1]}, "and is not to blame meanwhile"
    await work.end("one")
    await work.end("two")
    assert work.running == ["suspect"]
    await work.come("another suspect", suspect=True)
    await work.end("suspect")
    assert work.running == ["another suspect"]
    await work.end("another suspect")
    assert work.running == ["late"]
    assert work.counted["late"] == work.counted["suspect"] == [-1, 1]
    await work.end("late")


async def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule, "HELD_UP_SECONDS", 0.05)
    work = Work()
    await work.come("hangs")
    await work.come("suspect", suspect=True)
    await work.come("late")
    while len(work.running) < 3:
        await asyncio.sleep(0.01)
    assert set(work.running) == {"hangs", "suspect", "late"}, "beside what hangs, after a while"
    for name in ("hangs", "suspect", "late"):
        await work.end(name)


async def test_who_gives_up_waiting_leaves_nothing_behind() -> None:
    work = Work()
    await work.come("one")
    await work.come("suspect", suspect=True)
    work.tasks["suspect"].cancel()
    await work.settle()
    await work.come("two")
    assert work.running == ["one", "two"]
    await work.end("one")
    await work.end("two")
    await work.come("another suspect", suspect=True)
    assert work.running == ["another suspect"]
    await work.end("another suspect")


async def test_of_what_came_together_nobody_begins_before_the_others_are_out_of_it() -> None:
    apart = Apart()
    said: list[str] = []

    async def piece(name: str, *, suspect: bool) -> None:
        async def count(by: int) -> None:
            await asyncio.sleep(0.01)
            said.append(f"{name} {by}")

        async with apart.place(suspect, count):
            said.append(f"{name} begins")

    await asyncio.gather(piece("fresh", suspect=False), piece("guilty", suspect=True), piece("other", suspect=True))
    assert said[:3] == ["fresh -1", "other -1", "guilty begins"]
    assert sorted(said[3:]) == ["fresh 1", "fresh begins", "other 1", "other begins"]
