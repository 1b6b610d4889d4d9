"""Tells platforms that a tap on a button arrived, so that their spinner stops. Best effort, after the 200."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence

from hub.accounts.credentials import ChannelAccounts
from hub.core.channels import AnswersTaps, Channel
from hub.core.ids import ChannelId, ChannelKind
from hub.core.messages import Event

_MOST_WAITING = 1000


class Taps:
    """Answers taps in the background; past a thousand waiting ones a spinner may turn until it stops by itself."""

    def __init__(self, *, accounts: ChannelAccounts, channels: Callable[[ChannelKind], Channel]) -> None:
        self._accounts = accounts
        self._channels = channels
        self._tasks: set[asyncio.Task[None]] = set()

    def heard(self, channel: ChannelId, events: Sequence[Event]) -> None:
        """Answer the taps among these events, without making the caller wait."""
        for event in events:
            if event.callback and len(self._tasks) < _MOST_WAITING:
                task = asyncio.create_task(self._answer(channel, event.callback))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Give up what still waits."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _answer(self, id: ChannelId, callback: str) -> None:
        with contextlib.suppress(Exception):  # a spinner is not worth a log line
            account = await self._accounts.by_id(id)
            channel = self._channels(account.kind) if account else None
            if account is not None and isinstance(channel, AnswersTaps):
                await channel.answer_tap(account.credentials, callback)
