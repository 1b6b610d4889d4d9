"""Group commit: what arrives for a channel while its last call is on the wire goes together in the next one.

One call is one transaction, one round trip and one flush of the log, so under load many messages share what one cost,
and an idle channel waits for nobody. Where many wait, a second call goes beside the first, so that the database works
while this process reads and answers; a thread is in one of them alone. Each caller still gets its own answer, after the
commit. A batch that fails for what is in it is taken apart and its parts sent alone, so that a poisoned message or a
locked conversation holds up nobody but itself. Within a thread the order of arrival is kept either way.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson
import structlog

from hub.core.errors import Unavailable
from hub.core.ids import ChannelId, TenantId
from hub.store.errors import StoreBusy, StoreError, StoreRefused
from hub.store.written import written

log = structlog.get_logger(__name__)

MOST_EVENTS = 64
MOST_BYTES = 512 * 1024
"""What one call takes, unless a single webhook already holds more."""
MOST_FLIGHTS = 2
WORTH_A_FLIGHT = 12
"""So many callers have to wait before a second call goes beside the first: small calls cost more than they save. With
eight, a channel of 32 callers at once stored some 8 % fewer a second."""
MOST_WAITING = 2000
"""Callers of this process that may wait at once; the next is told to come again."""
LONGEST_WAIT = 10.0
"""Seconds a caller waits for its turn before it is told to come again."""
_ALONE_AT_ONCE = 4
_TRIES = 3
_SEND_AGAIN = "The message could not be stored just now. Send it again."

Answers = Sequence[dict[str, Any]]
Told = Callable[[TenantId, Answers], None]
"""Hears what was just committed, before the callers do. Must not raise or wait."""


class Send(Protocol):
    """``Store.accept``. A call that is not ``patient`` gives up early where somebody else holds a row."""

    async def __call__(self, tenant: TenantId, channel: ChannelId, events: str, *, patient: bool = True) -> str: ...


@dataclass(slots=True, eq=False)
class _Call:
    """One caller's events, and where it waits for the answers."""

    events: int
    threads: frozenset[str]
    body: bytes
    since: float
    answers: asyncio.Future[Answers]

    def fail(self) -> None:
        if not self.answers.done():
            self.answers.set_exception(Unavailable(_SEND_AGAIN))


@dataclass(slots=True, eq=False)
class _Line:
    """The callers of one channel. ``apart`` holds, for each thread that is sent alone, the end of its last call;
    ``flying`` the threads of each call on the wire; ``news`` is set when there may be something to send."""

    tenant: TenantId
    channel: ChannelId
    waiting: deque[_Call] = field(default_factory=deque)
    apart: dict[str, asyncio.Future[None]] = field(default_factory=dict)
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_ALONE_AT_ONCE))
    flying: dict[asyncio.Task[None], frozenset[str]] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    drains: bool = False

    @property
    def may_fly(self) -> bool:
        """Whether what waits is worth a call beside those on the wire."""
        if not self.flying:
            return bool(self.waiting)
        return len(self.flying) < MOST_FLIGHTS and len(self.waiting) >= WORTH_A_FLIGHT


class Batches:
    """Stores events, together where several wait. One line a channel; a transaction never spans two of them."""

    def __init__(self, *, send: Send, told: Told) -> None:
        self._send = send
        self._told = told
        self._lines: dict[tuple[TenantId, ChannelId], _Line] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting = 0

    async def store(self, tenant: TenantId, channel: ChannelId, events: Sequence[dict[str, Any]]) -> Answers:
        """The answers to these events, once they are committed. Raises ``Unavailable`` when they are not."""
        if self._waiting >= MOST_WAITING:
            log.warning("inbox.full", channel_id=str(channel), waiting=self._waiting)
            raise Unavailable("Too much arrives at once. Send it again in a moment.")
        call = _Call(
            events=len(events),
            threads=frozenset(e["thread"] for e in events),
            body=written(events)[1:-1],
            since=time.monotonic(),
            answers=asyncio.get_running_loop().create_future(),
        )
        line = self._lines.get((tenant, channel))
        if line is None:
            line = self._lines[tenant, channel] = _Line(tenant, channel)
        line.waiting.append(call)
        if not line.drains:
            line.drains = True
            self._start(self._drain(line))
        elif line.may_fly:
            line.news.set()
        self._waiting += 1
        try:
            return await call.answers
        finally:
            self._waiting -= 1

    def _start(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _drain(self, line: _Line) -> None:
        """Send what waits, batch by batch, until nothing does."""
        try:
            while line.waiting or line.flying:
                line.news.clear()
                if not (line.may_fly and self._fly(line)):
                    await line.news.wait()
        finally:
            line.drains = False
            for call in line.waiting:
                call.fail()
            self._forget(line)

    def _fly(self, line: _Line) -> bool:
        """Send the next batch. False when there is nothing to wait for but what is on the wire."""
        batch = self._next(line)
        if not batch:
            return not line.flying
        flight = self._start(self._send_together(line, batch))
        line.flying[flight] = frozenset().union(*(call.threads for call in batch))

        def landed(flight: asyncio.Task[None]) -> None:
            del line.flying[flight]
            line.news.set()

        flight.add_done_callback(landed)
        return True

    def _next(self, line: _Line) -> list[_Call]:
        """The callers whose turn it is. Threads that are being sent alone stay so until they are done; whose thread is
        on the wire waits, and those behind it."""
        batch: list[_Call] = []
        events = size = 0
        too_old = time.monotonic() - LONGEST_WAIT
        while line.waiting:
            call = line.waiting[0]
            full = events + call.events > MOST_EVENTS or size + len(call.body) > MOST_BYTES
            if (batch and full) or not all(map(call.threads.isdisjoint, line.flying.values())):
                break
            line.waiting.popleft()
            if call.since < too_old:
                call.fail()
            elif not call.threads.isdisjoint(line.apart):
                self._send_apart(line, call)
            elif not call.answers.done():
                batch.append(call)
                events += call.events
                size += len(call.body)
        return batch

    async def _send_together(self, line: _Line, batch: list[_Call]) -> None:
        try:
            await self._stored(line, batch, patient=False)
        except (StoreBusy, StoreRefused) as error:
            if len(batch) > 1:
                log.info("inbox.batch_apart", channel_id=str(line.channel), error=type(error.__cause__).__name__)
            for call in batch:
                self._send_apart(line, call)
        except StoreError as error:
            self._not_stored(line, batch, error)
        except Exception:
            log.exception("inbox.batch_failed", channel_id=str(line.channel))
            for call in batch:
                call.fail()

    def _send_apart(self, line: _Line, call: _Call) -> None:
        """Send one caller's events alone, after those of its threads that went the same way before."""
        before = {line.apart[t] for t in call.threads if t in line.apart}
        end = asyncio.get_running_loop().create_future()
        for thread in call.threads:
            line.apart[thread] = end
        self._start(self._alone(line, call, before, end))

    async def _alone(
        self, line: _Line, call: _Call, before: set[asyncio.Future[None]], end: asyncio.Future[None]
    ) -> None:
        try:
            if before:
                await asyncio.wait(before)
            async with line.room:
                await self._tried(line, call)
        finally:
            call.fail()
            end.set_result(None)
            for thread in call.threads:
                if line.apart.get(thread) is end:
                    del line.apart[thread]
            self._forget(line)

    async def _tried(self, line: _Line, call: _Call) -> None:
        for attempt in range(1, _TRIES + 1):
            try:
                await self._stored(line, [call], patient=True)
            except StoreBusy as error:
                # Two calls wanted the same rows in opposite order; the database ended one. Nothing was written.
                if attempt == _TRIES:
                    self._not_stored(line, [call], error)
                else:
                    await asyncio.sleep(0.01 * attempt)
            except StoreError as error:
                self._not_stored(line, [call], error)
                return
            else:
                return

    async def _stored(self, line: _Line, batch: list[_Call], *, patient: bool) -> None:
        body = b"[" + b",".join(call.body for call in batch) + b"]"
        told = orjson.loads(await self._send(line.tenant, line.channel, body.decode(), patient=patient))
        if len(told) != sum(call.events for call in batch):
            raise RuntimeError("the database did not answer for every event")
        self._told(line.tenant, told)
        first = 0
        for call in batch:
            if not call.answers.done():
                call.answers.set_result(told[first : first + call.events])
            first += call.events

    def _not_stored(self, line: _Line, batch: list[_Call], error: StoreError) -> None:
        log.warning("inbox.not_stored", channel_id=str(line.channel), error=type(error.__cause__).__name__)
        for call in batch:
            call.fail()

    def _forget(self, line: _Line) -> None:
        if not line.drains and not line.apart:
            self._lines.pop((line.tenant, line.channel), None)
