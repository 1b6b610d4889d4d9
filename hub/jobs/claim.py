"""The claim loop: takes due work in fair batches, woken by hints, never relying on them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

import structlog

from hub.core.ports import Waker

log = structlog.get_logger(__name__)

ZERO = UUID(int=0)
SWEEP_SECONDS = 1.0
T = TypeVar("T")


class ClaimLoop(Generic[T]):
    """Claims up to ``concurrency`` pieces and runs each in its own task.

    ``claim(n)`` returns at most ``n`` claimed pieces; ``run(piece)`` works on one and never raises for what is
    the piece's own trouble. Sleeps until a hint on ``topic``, a finished piece, or a second has passed. From ``share``
    pieces on (by default all), a claim may find nothing though much is due, until one of them is finished.
    """

    def __init__(
        self,
        *,
        topic: str,
        claim: Callable[[int], Awaitable[Sequence[T]]],
        run: Callable[[T], Awaitable[None]],
        waker: Waker,
        concurrency: int,
        share: int | None = None,
    ) -> None:
        self.topic = topic
        self._claim = claim
        self._run = run
        self._waker = waker
        self._concurrency = concurrency
        self._share = share or concurrency
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()
        self._loop: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to claim."""
        self._loop = asyncio.create_task(self._forever(), name=f"claim-{self.topic}")

    @property
    def running(self) -> int:
        """How many pieces are being worked on."""
        return len(self._tasks)

    async def stop(self, grace: float) -> None:
        """Claim nothing more; give running pieces ``grace`` seconds, then cancel them (they release their claims)."""
        self._stopping.set()
        end = asyncio.get_running_loop().time() + grace
        if self._loop is not None:
            # Not cancelled at once: a claim that commits just now must be worked on or given back.
            _, late = await asyncio.wait([self._loop], timeout=grace)
            for loop in late:
                loop.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._loop
        if self._tasks:
            left = max(0.0, end - asyncio.get_running_loop().time())
            _, late = await asyncio.wait(self._tasks, timeout=left)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=2.0)

    async def _forever(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            free = self._concurrency - len(self._tasks)
            try:
                pieces = await self._claim(free) if free else ()
                failures = 0
            except Exception as error:
                failures += 1
                log.warning("claim.failed", topic=self.topic, error=type(error).__name__, failures=failures)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(5.0, 0.2 * 2.0 ** min(failures, 5))):
                        await self._stopping.wait()
                continue
            for piece in pieces:
                task = asyncio.create_task(self._one(piece))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            if pieces and len(pieces) == free:
                await asyncio.sleep(0)
                continue
            if not pieces or free == 0:
                await self._sleep()

    async def _sleep(self) -> None:
        hint = asyncio.create_task(self._waker.wait(self.topic, SWEEP_SECONDS))
        stop = asyncio.create_task(self._stopping.wait())
        full = len(self._tasks) >= self._share
        waits: set[asyncio.Task[Any]] = {hint, stop, *self._tasks} if full else {hint, stop}
        try:
            await asyncio.wait(waits, timeout=SWEEP_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiting in (hint, stop):
                waiting.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await waiting

    async def _one(self, piece: T) -> None:
        try:
            await self._run(piece)
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("claim.piece_failed", topic=self.topic)


class _Placed(Protocol):
    @property
    def next_after(self) -> UUID | None: ...


C = TypeVar("C", bound=_Placed)


class Fair(Generic[C]):
    """Keeps the place among the tenants between one claim and the next."""

    def __init__(self, claim: Callable[[int, UUID], Awaitable[list[C]]]) -> None:
        self._claim = claim
        self._after = ZERO

    async def __call__(self, n: int) -> list[C]:
        found = await self._claim(n, self._after)
        if not found and self._after != ZERO:
            self._after = ZERO  # the end of the round: once more from its beginning before sleeping
            found = await self._claim(n, self._after)
        self._after = (found[0].next_after or ZERO) if found else ZERO
        return found
