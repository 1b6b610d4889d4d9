"""Faults that a simulated upstream shows, drawn from a seed so that a run can be repeated."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What goes wrong.

    The first group befalls requests to us, the second the updates we deliver, the third the model's answers;
    ``DELAY`` befalls all.
    """

    DELAY = "delay"
    TOO_MANY = "429"
    SERVER_ERROR = "500"
    RESET = "reset"
    RESET_AFTER_ACCEPT = "reset_after_accept"
    TIMEOUT_AFTER_ACCEPT = "timeout_after_accept"
    HTML = "html"

    DUPLICATE = "duplicate"
    REORDER = "reorder"

    SLOW_START = "slow_start"
    DRIP = "drip"
    CUT = "cut"
    MALFORMED = "malformed"


DELIVERY = frozenset({Kind.DELAY, Kind.DUPLICATE, Kind.REORDER})
ANSWER = frozenset({Kind.SLOW_START, Kind.DRIP, Kind.CUT, Kind.MALFORMED})
REQUEST = frozenset(Kind) - {Kind.DUPLICATE, Kind.REORDER} - ANSWER


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault and how often it comes.

    ``rate`` is its probability, ``times`` how often at most (None: no end), ``skip`` how many matching requests
    pass first. ``upstream`` and ``methods`` say where (empty: everywhere; updates have the method ``webhook``).
    ``seconds`` is how long a delay, a slow start, a hang or a Retry-After lasts, and how long each word of an answer
    that drips takes; ``until`` ends a delay, a slow start or a hang earlier.
    """

    kind: Kind
    rate: float = 1.0
    seconds: float = 1.0
    upstream: str = ""
    methods: frozenset[str] = frozenset()
    times: int | None = None
    skip: int = 0
    until: asyncio.Event | None = None

    async def pause(self) -> None:
        """Wait as long as this delay, slow start or hang lasts."""
        if self.until is None:
            await asyncio.sleep(self.seconds)
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.until.wait(), self.seconds)


class FaultPlan:
    """Draws faults. The n-th request of a method meets the same fault in every run with the same seed and rules,
    whatever else runs beside it."""

    def __init__(self, seed: int = 0, faults: Iterable[Fault] = ()) -> None:
        self._seed = seed
        self._faults: list[Fault] = list(faults)
        self._seen: Counter[tuple[int, str, str]] = Counter()
        self._met: Counter[int] = Counter()

    @property
    def faults(self) -> Sequence[Fault]:
        return tuple(self._faults)

    def add(self, fault: Fault) -> None:
        """Add a rule; earlier rules are asked first."""
        self._faults.append(fault)

    def clear(self) -> None:
        """Drop every rule and all counts."""
        self._faults.clear()
        self._seen.clear()
        self._met.clear()

    def draw(self, upstream: str, method: str, kinds: frozenset[Kind] = REQUEST) -> Fault | None:
        """The fault that befalls this request, if any. Counts the request."""
        for index, fault in enumerate(self._faults):
            if fault.kind not in kinds or fault.upstream not in ("", upstream):
                continue
            if fault.methods and method not in fault.methods:
                continue
            key = (index, upstream, method)
            self._seen[key] += 1
            nth = self._seen[key]
            if nth <= fault.skip or (fault.times is not None and self._met[index] >= fault.times):
                continue
            # A text seeds the same way on every machine and Python; a tuple's hash would not.
            chance = random.Random(f"{self._seed}/{index}/{upstream}/{method}/{nth}").random()  # noqa: S311  # repeatable faults need a seed, not secrecy
            if chance < fault.rate:
                self._met[index] += 1
                return fault
        return None
