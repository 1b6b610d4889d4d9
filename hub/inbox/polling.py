"""Polling: events are fetched from platforms that cannot reach this hub, by one process a channel."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from uuid import UUID

import structlog

from hub.accounts.credentials import ChannelAccounts
from hub.core.channels import Channel, Polls
from hub.core.errors import HubError
from hub.core.ids import ChannelId, ChannelKind
from hub.inbox.accept import Accept
from hub.store.session import Store

log = structlog.get_logger(__name__)

_LEASE = 20.0
_LOOK = 5.0
_REST = 2.0
_LONGEST_REST = 60.0


class Polling:
    """Asks for the events of every channel set to polling that no other process asks for already."""

    def __init__(
        self,
        *,
        store: Store,
        accounts: ChannelAccounts,
        channels: Callable[[ChannelKind], Channel],
        accept: Accept,
        owner: UUID,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._channels = channels
        self._accept = accept
        self._owner = owner
        self._asking: dict[ChannelId, asyncio.Task[None]] = {}
        self._looking: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look for channels to ask for."""
        self._looking = asyncio.create_task(self._look(), name="polling")

    async def stop(self) -> None:
        """Ask no more; another process may take over when the lease has run out."""
        tasks = [t for t in (self._looking, *self._asking.values()) if t is not None]
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self._asking.clear()

    async def _look(self) -> None:
        while True:
            try:
                async with self._store.cross() as cross:
                    ours = set(await cross.claim_polls(self._owner, _LEASE))
            except Exception as error:
                # Whatever it is must not end the looking: channels would fall silent without a word.
                log.warning("polling.look_failed", error=f"{type(error).__name__}: {error}")
            else:
                for id in ours - self._asking.keys():
                    self._asking[id] = asyncio.create_task(self._ask(id), name=f"poll-{id}")
                for id in self._asking.keys() - ours:
                    self._asking.pop(id).cancel()
            await asyncio.sleep(_LOOK)

    async def _ask(self, id: ChannelId) -> None:
        """Ask and store, again and again. An update is confirmed only after it was stored."""
        cursor: str | None = None
        rest = _REST
        while True:
            try:
                account = await self._accounts.by_id(id)
                channel = self._channels(account.kind) if account else None
                if account is None or not isinstance(channel, Polls):
                    return
                polled = await channel.poll(account.credentials, cursor)
                for body in polled.bodies:
                    await self._accept(account.tenant_id, id, channel.parse(body, account.account))
                cursor, rest = polled.cursor, _REST
            except Exception as error:
                if not isinstance(error, HubError):
                    log.exception("polling.broke", channel_id=str(id))
                log.warning("polling.failed", channel_id=str(id), error=str(error), retry_in=rest)
                await asyncio.sleep(rest)
                rest = min(rest * 2, _LONGEST_REST)
