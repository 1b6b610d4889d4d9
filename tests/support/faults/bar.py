"""What a bar is: a fault, how much of it, and what must hold."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from support.faults.world import World


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run of a bar showed. ``failures`` say what did not hold, in words; empty: it held."""

    told: str
    failures: tuple[str, ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)

    @property
    def held(self) -> bool:
        return not self.failures


Run = Callable[..., Awaitable[Outcome]]


@dataclass(frozen=True, slots=True)
class Bar:
    """``full`` and ``short`` are the sizes of a run, the keyword arguments of ``run(world, ...)``."""

    id: str
    fault: str
    passes: str
    run: Run
    full: Mapping[str, Any]
    short: Mapping[str, Any]

    async def measure(self, world: World, *, short: bool) -> Outcome:
        """Run it. Processes that ended without being made to are a failure of any bar."""
        world.unexpected.clear()
        await world.platforms.well()
        outcome = await self.run(world, **(self.short if short else self.full))
        await world.platforms.well()
        died = tuple(f"unexpected: {line}" for line in world.unexpected)
        return Outcome(outcome.told, (*outcome.failures, *died), outcome.numbers)


class Findings:
    """Collects what did not hold."""

    def __init__(self) -> None:
        self.failures: list[str] = []

    def check(self, holds: bool, words: str) -> None:
        if not holds:
            self.failures.append(words)

    def none(self, found: Any, words: str) -> None:
        """That a collection is empty; names the first few where it is not."""
        if found:
            self.failures.append(f"{words}: {len(found)}, such as {list(found)[:5]}")
