"""Shows that the bot is writing, on the web and on the platforms that can show it, until it has spoken."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from hub.core.ids import ChannelId, PlatformId, ThreadKey
from hub.core.ports import DeltaFeed
from orchestrator.reading import Reading

AGAIN_SECONDS = 4.0

ShowTyping = Callable[[ChannelId, ThreadKey, PlatformId | None, int], Awaitable[None]]
"""Shows the mark on a platform, where it can: by the thread, or by the customer's newest message; the number counts
how often it was shown before, every ``AGAIN_SECONDS``."""


class Typist:
    """Best effort: a mark that cannot be shown never holds an answer up."""

    def __init__(self, *, feed: DeltaFeed, show: ShowTyping) -> None:
        self._feed = feed
        self._show = show

    @asynccontextmanager
    async def writing(self, reading: Reading) -> AsyncIterator[None]:
        """The mark is on while the block runs."""
        task = asyncio.create_task(self._keep_on(reading))
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
            with contextlib.suppress(Exception):
                await self._feed.typing(reading.tenant, reading.conversation, False)

    async def _keep_on(self, reading: Reading) -> None:
        with contextlib.suppress(Exception):
            await self._feed.typing(reading.tenant, reading.conversation, True)
        for nth in itertools.count():
            with contextlib.suppress(Exception):
                await self._show(reading.channel, reading.thread, reading.newest, nth)
            await asyncio.sleep(AGAIN_SECONDS)
