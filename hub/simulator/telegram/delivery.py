"""Hands updates to a bot's webhook as Telegram does: one at a time for a chat, again until acknowledged."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict, deque
from typing import Any

import aiohttp

from hub.simulator.faults import DELIVERY, FaultPlan, Kind
from hub.simulator.record import Delivered, Record
from hub.simulator.telegram.schema import BotError
from hub.simulator.telegram.world import Bot, Chat, Json

log = logging.getLogger(__name__)

FIRST_RETRY, LAST_RETRY, KEPT = 1.0, 60.0, 24 * 3600.0
PENDING = 200_000
TIMEOUT = 60.0


class Courier:
    """Delivers one bot's updates. ``speed`` divides every wait: 100 makes a minute of retries 0.6 s."""

    def __init__(
        self, bot: Bot, *, session: aiohttp.ClientSession, record: Record, faults: FaultPlan, speed: float = 1.0
    ) -> None:
        self._bot = bot
        self._session = session
        self._record = record
        self._faults = faults
        self._speed = speed
        self._queues: OrderedDict[int, deque[tuple[float, Json]]] = OrderedDict()
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._waiting = 0
        self._closed = False
        self._places = asyncio.Semaphore(40)
        self._arrived = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def pending(self) -> int:
        """How many updates wait."""
        return self._waiting

    def push(self, chat: Chat, kind: str, content: Json) -> int | None:
        """Queue an update; its id, or None where the bot did not subscribe to the kind.

        Raises 429 when more wait than are kept.
        """
        if not self._bot.wants(kind):
            return None
        if self.pending >= PENDING:
            raise BotError(429, "Too Many Requests: too many updates wait for this bot", retry_after=60)
        update: Json = {"update_id": self._bot.update_id(), kind: content}
        self._waiting += 1
        self._queues.setdefault(chat.id, deque()).append((time.monotonic(), update))
        self._idle.clear()
        self._arrived.set()
        self._arrived = asyncio.Event()
        self._work(chat.id)
        return int(update["update_id"])

    def webhook_changed(self) -> None:
        """Look at the bot's webhook again: start or stop delivering."""
        if self._bot.webhook:
            self._places = asyncio.Semaphore(self._bot.webhook.max_connections)
            for chat in list(self._queues):
                self._work(chat)

    def drop(self) -> None:
        """Forget every update that waits."""
        self._queues.clear()
        self._waiting = 0
        self._idle.set()

    async def drained(self, timeout: float = 30.0) -> None:  # noqa: ASYNC109  # how long a caller waits is its own choice
        """Return when every update was acknowledged. Raises ``TimeoutError``."""
        await asyncio.wait_for(self._idle.wait(), timeout)

    async def poll(self, offset: int, limit: int, timeout: float) -> list[Json]:  # noqa: ASYNC109  # getUpdates has it
        """The waiting updates in order, as ``getUpdates`` gives them; those before ``offset`` are confirmed."""
        end = time.monotonic() + timeout / self._speed
        while True:
            waiting = sorted((u for q in self._queues.values() for _, u in q), key=lambda u: int(u["update_id"]))
            if offset < 0:
                offset = waiting[offset:][0]["update_id"] if waiting else 0
            self._confirm(offset)
            waiting = [update for update in waiting if update["update_id"] >= offset]
            left = end - time.monotonic()
            if waiting or left <= 0:
                return waiting[:limit]
            try:
                await asyncio.wait_for(self._arrived.wait(), left)
            except TimeoutError:
                return []

    async def close(self) -> None:
        """Stop delivering; what waits is forgotten with the simulator. Idempotent."""
        self._closed = True
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _confirm(self, offset: int) -> None:
        for chat, queue in list(self._queues.items()):
            while queue and queue[0][1]["update_id"] < offset:
                queue.popleft()
                self._waiting -= 1
            self._tidy(chat)

    def _tidy(self, chat: int) -> None:
        if chat in self._queues and not self._queues[chat]:
            del self._queues[chat]
        if not self._queues:
            self._idle.set()

    def _work(self, chat: int) -> None:
        if self._bot.webhook and chat not in self._tasks and not self._closed:
            task = asyncio.create_task(self._drain(chat), name=f"telegram-courier-{chat}")
            self._tasks[chat] = task
            task.add_done_callback(lambda _: self._done(chat))

    def _done(self, chat: int) -> None:
        self._tasks.pop(chat, None)
        if self._queues.get(chat):
            self._work(chat)

    async def _drain(self, chat: int) -> None:
        while (queue := self._queues.get(chat)) and self._bot.webhook:
            fault = self._faults.draw("telegram", "webhook", DELIVERY)
            if fault and fault.kind is not Kind.DUPLICATE:
                await asyncio.sleep(fault.seconds / self._speed)
            if fault and fault.kind is Kind.REORDER and len(queue) > 1:
                queue[0], queue[1] = queue[1], queue[0]
            since, update = queue[0]
            kind = fault.kind.value if fault else None
            acknowledged = await self._deliver(chat, since, update, kind)
            if acknowledged and fault and fault.kind is Kind.DUPLICATE:
                await self._attempt(chat, update, 2, kind)
            # A webhook taken away meanwhile leaves the update waiting; a dropped queue has forgotten it.
            if not acknowledged and self._bot.webhook is None:
                return
            if self._queues.get(chat) is queue and queue and queue[0][1] is update:
                queue.popleft()
                self._waiting -= 1
                self._tidy(chat)

    async def _deliver(self, chat: int, since: float, update: Json, fault: str | None) -> bool:
        pause, attempt = FIRST_RETRY, 1
        while self._bot.webhook and chat in self._queues:
            if await self._attempt(chat, update, attempt, fault):
                return True
            if time.monotonic() - since > KEPT / self._speed:
                return False
            await asyncio.sleep(pause / self._speed)
            pause, attempt = min(pause * 2, LAST_RETRY), attempt + 1
        return False

    async def _attempt(self, chat: int, update: Json, attempt: int, fault: str | None) -> bool:
        webhook = self._bot.webhook
        if webhook is None:
            return False
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret} if webhook.secret else {}
        status: int | None = None
        started = time.time()
        async with self._places:
            try:
                options: dict[str, Any] = {"timeout": aiohttp.ClientTimeout(total=TIMEOUT), "allow_redirects": False}
                async with self._session.post(webhook.url, json=update, headers=headers, **options) as answer:
                    await answer.read()
                    status = answer.status
                    problem = f"Wrong response from the webhook: {status} {answer.reason}"
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                problem = f"{type(error).__name__}: {error}"[:200]
        ok = status is not None and 200 <= status < 300
        if not ok:
            webhook.last_error_date, webhook.last_error_message = int(time.time()), problem
            log.info("simulator.webhook_failed", extra={"update_id": update["update_id"], "attempt": attempt})
        self._record.delivered(
            Delivered(
                at=started,
                upstream="telegram",
                account=str(self._bot.id),
                chat=str(chat),
                update_id=int(update["update_id"]),
                attempt=attempt,
                status=status,
                took=time.time() - started,
                fault=fault,
            )
        )
        return ok
