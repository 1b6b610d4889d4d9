"""The load: people who write, and platforms that deliver it, again until they hear 2xx, and sometimes twice."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import aiohttp

from support.faults.bodies import Person, body, headers

TIMEOUTS = {"telegram": 60.0, "whatsapp": 20.0, "messenger": 20.0, "slack": 3.0}
"""Seconds a platform waits for the answer to a webhook."""

SPEED = 10.0
"""How many times faster than in life platforms repeat what was not acknowledged."""

_SLACK_RETRIES = (0.0, 60.0, 300.0)


@dataclass(slots=True)
class Sent:
    """A message as its platform delivered it. ``acked`` is when the first 2xx came (None: the platform gave up);
    ``order`` rises with the order in which its person wrote."""

    token: str
    person: Person
    order: int
    sent: float
    acked: float | None = None
    attempts: int = 0
    repeats: int = 0


@dataclass
class Driver:
    """Posts to ``base``. ``number`` keeps the ids of several bars of one run apart; ``twice`` is how often an
    acknowledged webhook comes again. ``answered`` gives the questions answered so far: people write on only while fewer
    than ``patience`` wait for an answer, so that the load suits the machine."""

    base: str
    http: aiohttp.ClientSession
    seed: int
    number: int
    answered: Callable[[], Awaitable[set[str]]]
    twice: float = 0.1
    patience: int = 40
    sent: list[Sent] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    refused: int = 0
    _count: int = 0
    _repeats: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.random = random.Random(f"{self.seed}/{self.number}")
        self._open: dict[str, float] = {}
        self._wrote: dict[str, float] = {}
        self._looked = 0.0
        self._look = asyncio.Lock()
        self._under_way: dict[int, float] = {}

    def token(self, conversation: int, message: int) -> str:
        """The mark of one message, unlike any other's of the run."""
        return f"q{self.number}c{conversation}m{message}"

    async def say(self, person: Person, conversation: int, message: int, words: str = "") -> Sent:
        """One message: delivered until it is acknowledged, as its platform does it. Never raises."""
        token = self.token(conversation, message)
        self._count += 1
        number = self.number * 1_000_000 + self._count
        # No two messages of a person in the same millisecond: that is the finest order a platform gives.
        at = self._wrote[person.chat] = max(time.time(), self._wrote.get(person.chat, 0.0) + 0.001)
        sent = Sent(token, person, message, at)
        self.sent.append(sent)
        raw = body(person, number, f"Where is order {token}? {words}".strip(), sent.sent)
        await self._deliver(sent, raw)
        if sent.acked is not None and self.random.random() < self.twice:
            task = asyncio.create_task(self._repeat(sent, raw, self.random.random()))
            self._repeats.add(task)
            task.add_done_callback(self._repeats.discard)
        return sent

    async def _deliver(self, sent: Sent, raw: bytes) -> None:
        pause, attempt = 1.0, 0
        while True:
            sent.attempts += 1
            status = await self._post(sent.person, raw)
            if 200 <= status < 300:
                sent.acked = time.time()
                self._open[sent.token] = time.monotonic()
                return
            self.refused += 1
            if sent.person.kind == "slack":
                if attempt >= len(_SLACK_RETRIES):
                    return
                await asyncio.sleep(_SLACK_RETRIES[attempt] / SPEED)
            else:
                await asyncio.sleep(pause / SPEED)
                pause = min(pause * 2, 60.0)
            attempt += 1

    async def _repeat(self, sent: Sent, raw: bytes, after: float) -> None:
        await asyncio.sleep(after)
        sent.repeats += 1
        await self._post(sent.person, raw)

    async def _post(self, person: Person, raw: bytes) -> int:
        """The answer's status; 0 where there was none."""
        timeout = aiohttp.ClientTimeout(total=TIMEOUTS[person.kind])
        status = 0
        self._under_way[id(raw)] = time.monotonic()
        try:
            async with self.http.post(
                f"{self.base}{person.account.path}", data=raw, headers=headers(person.account, raw), timeout=timeout
            ) as answer:
                await answer.read()
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            pass
        finally:
            self._under_way.pop(id(raw), None)
        self.statuses[status] += 1
        return status

    async def converse(
        self,
        people: Sequence[Person],
        messages: int,
        *,
        at_once: int,
        gap: float = 0.0,
        first: int = 0,
        until: Callable[[], bool] | None = None,
        between: Callable[[int, Sent], Awaitable[None]] | None = None,
    ) -> None:
        """Each person writes ``messages`` one after another, up to ``gap`` seconds apart, ``at_once`` people at a
        time. ``until`` ends it early. ``between`` is called after each message with the conversation's number."""
        places = asyncio.Semaphore(at_once)

        async def one(conversation: int, person: Person) -> None:
            async with places:
                for message in range(messages):
                    if until is not None and until():
                        return
                    await self.calm()
                    sent = await self.say(person, conversation, message)
                    if between is not None:
                        await between(conversation, sent)
                    if gap:
                        await asyncio.sleep(self.random.random() * gap)

        await asyncio.gather(*(one(first + n, person) for n, person in enumerate(people)))

    async def calm(self) -> None:
        """Return when few enough people wait for an answer. Nobody waits for longer than a minute: some answers never
        come, and they must not slow down everybody else for the rest of the run."""
        while len(self._open) >= self.patience:
            async with self._look:
                if time.monotonic() - self._looked > 0.5:
                    answered, long_ago = await self.answered(), time.monotonic() - 60
                    self._open = {t: at for t, at in self._open.items() if t not in answered and at > long_ago}
                    self._looked = time.monotonic()
            await asyncio.sleep(0.2)

    async def held_up(self, seconds: float) -> None:
        """Return when a webhook has waited that long for its answer, or after ten seconds."""
        end = time.monotonic() + 10
        while (now := time.monotonic()) < end and now - min(self._under_way.values(), default=now) < seconds:
            await asyncio.sleep(0.02)

    async def repeats(self) -> None:
        """Return when every webhook that was to come twice has."""
        while self._repeats:
            await asyncio.wait(set(self._repeats))

    @property
    def acknowledged(self) -> list[Sent]:
        return [sent for sent in self.sent if sent.acked is not None]
