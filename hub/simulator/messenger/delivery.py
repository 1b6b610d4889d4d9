"""Hands a page's events to its app's webhook as Meta does: signed, again until acknowledged, in no promised order."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import time

import aiohttp

from hub.simulator.faults import DELIVERY, FaultPlan, Kind
from hub.simulator.messenger.world import Json, Page, now_ms
from hub.simulator.record import Delivered, Record

log = logging.getLogger(__name__)

FIRST_RETRY, LAST_RETRY, KEPT = 1.0, 60.0, 36 * 3600.0
PENDING = 100_000
TIMEOUT = 20.0
AT_ONCE = 40


class Courier:
    """Delivers one page's events. ``speed`` divides every wait."""

    def __init__(
        self, page: Page, *, session: aiohttp.ClientSession, record: Record, faults: FaultPlan, speed: float = 1.0
    ) -> None:
        self._page = page
        self._session = session
        self._record = record
        self._faults = faults
        self._speed = speed
        self._tasks: set[asyncio.Task[None]] = set()
        self._places = asyncio.Semaphore(AT_ONCE)
        self._count = 0
        self._held_back: list[Json] = []

    @property
    def pending(self) -> int:
        """How many events wait for their acknowledgement, or for a webhook."""
        return len(self._tasks) + len(self._held_back)

    def push(self, field: str, item: Json, *, standby: bool = False, after: float = 0.0) -> None:
        """Deliver an event, ``after`` some seconds, if the page's subscription asks for its field; without a webhook
        it waits for one."""
        if field not in self._page.fields or self.pending >= PENDING:
            return
        name = "standby" if standby else "messaging"
        self._post({"object": "page", "entry": [{"id": self._page.id, "time": now_ms(), name: [item]}]}, after)

    def _post(self, body: Json, after: float = 0.0) -> None:
        if not self._page.webhook:
            self._held_back.append(body)
            return
        self._count += 1
        task = asyncio.create_task(self._deliver(body, self._count, after), name=f"messenger-courier-{self._count}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def webhook_changed(self) -> None:
        """Send what waited for an address."""
        waiting, self._held_back = self._held_back, []
        for body in waiting:
            self._post(body)

    async def drained(self, timeout: float = 30.0) -> None:  # noqa: ASYNC109  # how long a caller waits is its own choice
        """Return when every event was acknowledged. Raises ``TimeoutError``."""
        async with asyncio.timeout(timeout):
            while self._tasks:
                await asyncio.wait(set(self._tasks), return_when=asyncio.FIRST_COMPLETED)

    async def close(self) -> None:
        """Stop delivering. Idempotent."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _deliver(self, body: Json, number: int, after: float) -> None:
        if after:
            await asyncio.sleep(after / self._speed)
        fault = self._faults.draw("messenger", "webhook", DELIVERY)
        kind = fault.kind.value if fault else None
        if fault and fault.kind is not Kind.DUPLICATE:
            await asyncio.sleep(fault.seconds / self._speed)
        pause, attempt, since = FIRST_RETRY, 1, time.monotonic()
        while not await self._attempt(body, number, attempt, kind):
            if time.monotonic() - since > KEPT / self._speed:
                return
            await asyncio.sleep(pause / self._speed)
            pause, attempt = min(pause * 2, LAST_RETRY), attempt + 1
        if fault and fault.kind is Kind.DUPLICATE:
            await self._attempt(body, number, attempt + 1, kind)

    async def _attempt(self, body: Json, number: int, attempt: int, fault: str | None) -> bool:
        # Meta escapes all that is not ASCII in what it signs and sends.
        raw = json.dumps(body, separators=(",", ":")).encode()
        signature = hmac.new(self._page.app_secret.encode(), raw, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}
        timeout = aiohttp.ClientTimeout(total=TIMEOUT)
        status: int | None = None
        started = time.time()
        async with self._places:
            try:
                async with self._session.post(
                    self._page.webhook, data=raw, headers=headers, timeout=timeout, allow_redirects=False
                ) as answer:
                    await answer.read()
                    status = answer.status
                    problem = f"The webhook answered {status} {answer.reason}"
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                problem = f"{type(error).__name__}: {error}"[:200]
        ok = status == 200
        self._page.webhook_error = "" if ok else problem
        if not ok:
            log.info("simulator.webhook_failed", extra={"event": number, "attempt": attempt})
        self._record.delivered(
            Delivered(
                at=started,
                upstream="messenger",
                account=self._page.id,
                chat=_chat_of(body, self._page.id),
                update_id=number,
                attempt=attempt,
                status=status,
                took=time.time() - started,
                fault=fault,
            )
        )
        return ok


def _chat_of(body: Json, page: str) -> str:
    entry = body["entry"][0]
    item = (entry.get("messaging") or entry.get("standby"))[0]
    return str(next((item[side]["id"] for side in ("sender", "recipient") if item[side]["id"] != page), ""))
