"""Hands webhooks to a business as WhatsApp does: signed, without a promise of order, again until acknowledged."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import time
from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import aiohttp

from hub.simulator.faults import DELIVERY, Fault, FaultPlan, Kind
from hub.simulator.record import Delivered, Record
from hub.simulator.whatsapp.graph import Json
from hub.simulator.whatsapp.world import Chat, Number

log = logging.getLogger(__name__)

FIRST_RETRY, LAST_RETRY, KEPT = 1.0, 600.0, 7 * 24 * 3600.0
PENDING = 200_000
_TIMEOUT = aiohttp.ClientTimeout(total=20)


@dataclass(frozen=True, slots=True)
class News:
    """One thing to tell: an item of ``list`` (messages, statuses, message_echoes) under a webhook's field."""

    chat: Chat
    field: str
    list: str
    item: Json
    since: float


class Courier:
    """Delivers one number's webhooks. ``speed`` divides every wait: 100 makes a minute of retries 0.6 s."""

    def __init__(
        self, number: Number, *, session: aiohttp.ClientSession, record: Record, faults: FaultPlan, speed: float = 1.0
    ) -> None:
        self._number = number
        self._session = session
        self._record = record
        self._faults = faults
        self._speed = speed
        self._queues: OrderedDict[str, deque[list[News]]] = OrderedDict()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._held: list[News] | None = None
        self._count = 0
        self._waiting = 0
        self._closed = False
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def pending(self) -> int:
        """How many webhooks wait."""
        return self._waiting

    def push(self, chat: Chat, field: str, list_: str, item: Json) -> None:
        """Queue one item; the oldest webhook of a number that nobody takes goes when too many wait."""
        news = News(chat, field, list_, item, time.monotonic())
        if self._held is not None:
            self._held.append(news)
        else:
            self._queue([news])

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Tell all that happens within the block in one webhook: one entry a field, one change a person."""
        self._held = []
        try:
            yield
        finally:
            held, self._held = self._held, None
            if held:
                self._queue(held)

    def _queue(self, news: list[News]) -> None:
        if self._waiting >= PENDING:
            log.warning("simulator.webhook_dropped")
            return
        self._waiting += 1
        key = news[0].chat.user_id
        self._queues.setdefault(key, deque()).append(news)
        self._idle.clear()
        self._work(key)

    def webhook_changed(self) -> None:
        """Look at the number's webhook again, and deliver what waits."""
        for key in list(self._queues):
            self._work(key)

    async def drained(self, timeout: float = 30.0) -> None:  # noqa: ASYNC109  # how long a caller waits is its own choice
        """Return when every webhook was acknowledged. Raises ``TimeoutError``."""
        await asyncio.wait_for(self._idle.wait(), timeout)

    def take(self) -> list[bytes]:
        """The webhooks that wait, taken from the queue: for tests without a server."""
        bodies = [self.body(news) for queue in self._queues.values() for news in queue]
        self._queues.clear()
        self._waiting = 0
        self._idle.set()
        return bodies

    async def close(self) -> None:
        """Stop delivering; what waits is forgotten with the simulator. Idempotent."""
        self._closed = True
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def body(self, news: Sequence[News]) -> bytes:
        """A webhook's body."""
        entries: OrderedDict[str, OrderedDict[str, Json]] = OrderedDict()
        for one in news:
            changes = entries.setdefault(one.field, OrderedDict())
            value = changes.setdefault(
                one.chat.user_id,
                {"messaging_product": "whatsapp", "metadata": self._number.metadata, "contacts": [one.chat.contact]},
            )
            value.setdefault(one.list, []).append(one.item)
        told = [
            {"id": self._number.account, "changes": [{"value": value, "field": name} for value in changes.values()]}
            for name, changes in entries.items()
        ]
        return json.dumps({"object": "whatsapp_business_account", "entry": told}).encode()

    def signature(self, body: bytes) -> str:
        """The header that proves who sent a body."""
        return "sha256=" + hmac.new(self._number.app_secret.encode(), body, hashlib.sha256).hexdigest()

    def _work(self, key: str) -> None:
        if self._number.webhook and key not in self._tasks and not self._closed:
            task = asyncio.create_task(self._drain(key), name=f"whatsapp-courier-{key}")
            self._tasks[key] = task
            task.add_done_callback(lambda _: self._done(key))

    def _done(self, key: str) -> None:
        self._tasks.pop(key, None)
        if self._queues.get(key):
            self._work(key)

    async def _drain(self, key: str) -> None:
        while (queue := self._queues.get(key)) and self._number.webhook:
            fault = self._faults.draw("whatsapp", "webhook", DELIVERY)
            if fault and fault.kind is not Kind.DUPLICATE:
                await asyncio.sleep(fault.seconds / self._speed)
            if fault and fault.kind is Kind.REORDER and len(queue) > 1:
                queue[0], queue[1] = queue[1], queue[0]
            news = queue[0]
            if not await self._deliver(news, fault) and self._number.webhook is None:
                return
            if self._queues.get(key) is queue and queue and queue[0] is news:
                queue.popleft()
                self._waiting -= 1
                if not queue:
                    del self._queues[key]
                if not self._queues:
                    self._idle.set()

    async def _deliver(self, news: list[News], fault: Fault | None) -> bool:
        self._count += 1
        number, pause, attempt = self._count, FIRST_RETRY, 1
        while self._number.webhook:
            if await self._attempt(news, number, attempt, fault):
                if fault and fault.kind is Kind.DUPLICATE:
                    await self._attempt(news, number, attempt + 1, fault)
                return True
            if time.monotonic() - news[0].since > KEPT / self._speed:
                return False
            await asyncio.sleep(pause / self._speed)
            pause, attempt = min(pause * 2, LAST_RETRY), attempt + 1
        return False

    async def _attempt(self, news: list[News], number: int, attempt: int, fault: Fault | None) -> bool:
        webhook = self._number.webhook
        if webhook is None:
            return False
        body = self.body(news)
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": self.signature(body)}
        status: int | None = None
        started = time.time()
        try:
            async with self._session.post(
                webhook.url, data=body, headers=headers, timeout=_TIMEOUT, allow_redirects=False
            ) as answer:
                await answer.read()
                status = answer.status
                problem = f"The webhook answered {status}."
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            problem = f"{type(error).__name__}: {error}"[:200]
        ok = status is not None and 200 <= status < 300
        webhook.last_error = None if ok else problem
        self._record.delivered(
            Delivered(
                at=started,
                upstream="whatsapp",
                account=self._number.id,
                chat=news[0].chat.key,
                update_id=number,
                attempt=attempt,
                status=status,
                took=time.time() - started,
                fault=fault.kind.value if fault else None,
            )
        )
        return ok
