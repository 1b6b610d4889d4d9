"""The lane: one conversation at a time, leased, renewed, fenced, and given back whatever happens."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol
from uuid import UUID

import structlog

from hub.core.errors import FenceLost
from hub.core.ids import ConversationId, TenantId
from hub.inbox.depth import RETRY_SECONDS
from hub.inbox.suspects import APART_AFTER, Apart
from hub.store.conversations import ConversationRow
from hub.store.cross import Claim
from hub.store.session import Store, Tx

log = structlog.get_logger(__name__)

LEASE_SECONDS = 10.0
RENEW_SECONDS = 3.0
MAX_ATTEMPTS = 5
TURN_SECONDS = 600.0
"""Longer than a model's own limit and its restarts: what takes longer hangs, and counts as a failure."""
SUSPECT_GROWTH = 2.0
"""How much longer each try's lease is than the one before, so that a minute of crashes uses up nobody's tries."""


class Lease:
    """A claimed conversation. Every write of the turn goes through ``fenced``.

    ``floor_epoch`` is the newest known: as of the last fenced transaction or renewal. ``seconds`` is how long it lasts
    without a renewal: longer for a suspect that works, not for one that waits for its place.
    """

    def __init__(self, store: Store, claim: Claim, owner: UUID) -> None:
        self.store = store
        self.tenant: TenantId = claim.tenant_id
        self.conversation: ConversationId = claim.id
        self.epoch = claim.epoch
        self.attempts = claim.attempts
        self.owner = owner
        self.seconds = LEASE_SECONDS
        self.seconds_at_work = LEASE_SECONDS * SUSPECT_GROWTH ** max(0, claim.crashes + 1 - APART_AFTER)
        self.lost = asyncio.Event()
        self.floor_epoch: int | None = None

    @asynccontextmanager
    async def fenced(self) -> AsyncIterator[tuple[Tx, ConversationRow]]:
        """A transaction that holds the conversation's row. Raises ``FenceLost`` when another worker has it."""
        async with self.store.begin(self.tenant) as tx:
            row = await tx.conversations.check_fence(self.conversation, self.epoch, self.owner)
            if row is None:
                self.lost.set()
                raise FenceLost("Another worker holds this conversation now.")
            self.floor_epoch = row.floor_epoch
            yield tx, row

    async def renew(self) -> None:
        """Prolong it; ``lost`` is set when another worker has the conversation."""
        async with self.store.begin(self.tenant) as tx:
            floor = await tx.conversations.renew(self.conversation, self.epoch, self.owner, self.seconds)
        if floor is None:
            self.lost.set()
        else:
            self.floor_epoch = floor

    async def release(
        self,
        tx: Tx,
        *,
        done: int,
        retry_in: float | None = None,
        forgive: bool = False,
        title: str | None = None,
        misses: int | None = None,
    ) -> None:
        """Give the conversation back in the caller's transaction; ``forgive``: this attempt does not count. ``title``
        and ``misses`` are what the turn made of it (None: as it was)."""
        await tx.conversations.release(
            self.conversation,
            self.epoch,
            self.owner,
            done=done,
            retry_in=retry_in,
            forgive=forgive,
            title=title,
            misses=misses,
        )


class Turn(Protocol):
    """Reads what waits and answers it; releases the lease in its last transaction."""

    async def __call__(self, lease: Lease) -> None: ...


class Lane:
    """Runs claimed conversations through the turn. Those of a tenant whose outbox ``has_room`` no more wait.

    Conversations whose tries ended with the process three times are answered with nothing beside them; see ``Apart``.
    """

    def __init__(
        self, *, store: Store, turn: Turn, owner: UUID, has_room: Callable[[TenantId], bool] = lambda _: True
    ) -> None:
        self._store = store
        self._turn = turn
        self._has_room = has_room
        self.owner = owner
        self._apart = Apart()

    async def run(self, claim: Claim) -> None:
        """Work on one claim until it is given back. Never raises, save for cancellation."""
        lease = Lease(self._store, claim, self.owner)
        with structlog.contextvars.bound_contextvars(tenant_id=str(claim.tenant_id), conversation_id=str(claim.id)):
            if claim.attempts > MAX_ATTEMPTS:
                await self._bury(lease, "the process ended each time this was tried")
                return
            if not self._has_room(claim.tenant_id):
                await self._give_back(lease, RETRY_SECONDS * random.uniform(1, 6), forgive=True)  # noqa: S311  # no secret
                return
            renewal = asyncio.create_task(self._renew(lease))
            try:
                suspect = claim.crashes >= APART_AFTER
                async with self._apart.place(suspect, partial(self._count_try, lease)), asyncio.timeout(TURN_SECONDS):
                    if lease.seconds != lease.seconds_at_work:  # it grows before the work begins to harm
                        lease.seconds = lease.seconds_at_work
                        await lease.renew()
                    await self._turn(lease)
            except FenceLost:
                log.info("lane.fence_lost", epoch=claim.epoch)
            except asyncio.CancelledError:
                await asyncio.shield(self._give_back(lease, 0.0, forgive=True))
                raise
            except Exception as error:
                log.exception("lane.turn_failed", attempt=claim.attempts)
                await self._after_failure(lease, f"{type(error).__name__}: {error}")
            finally:
                renewal.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await renewal

    async def _count_try(self, lease: Lease, by: int) -> None:
        async with self._store.begin(lease.tenant) as tx:
            if not await tx.conversations.count_try(lease.conversation, lease.epoch, self.owner, by):
                raise FenceLost("Another worker holds this conversation now.")

    async def _renew(self, lease: Lease) -> None:
        while not lease.lost.is_set():
            await asyncio.sleep(RENEW_SECONDS)
            try:
                await lease.renew()
            except Exception as error:
                log.warning("lane.renew_failed", error=type(error).__name__)

    async def _after_failure(self, lease: Lease, error: str) -> None:
        if lease.attempts >= MAX_ATTEMPTS:
            await self._bury(lease, error)
        else:
            await self._give_back(lease, min(30.0, 0.5 * 2.0**lease.attempts))

    async def _give_back(self, lease: Lease, retry_in: float, *, forgive: bool = False) -> None:
        with contextlib.suppress(Exception):
            async with lease.fenced() as (tx, _):
                await lease.release(tx, done=0, retry_in=retry_in, forgive=forgive)

    async def _bury(self, lease: Lease, error: str) -> None:
        """The messages that fail every time become dead letters, kept with their error; the lane goes on."""
        try:
            async with lease.fenced() as (tx, _):
                rows = await tx.inbox.waiting(lease.conversation)
                turn = await tx.turns.live(lease.conversation)
                if turn is not None:
                    await tx.turns.finish(turn.id, "dead")
                done = await tx.inbox.finish([r.id for r in rows], "dead", "failed_every_time", error[:2000])
                await lease.release(tx, done=done)
                log.error("lane.dead_lettered", messages=done)
        except Exception:
            log.exception("lane.bury_failed")
