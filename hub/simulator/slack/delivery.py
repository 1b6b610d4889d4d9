"""Hands events to an app's address as Slack does: signed, within three seconds, three more times when refused."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

import aiohttp

from hub.core.signatures import hmac_sha256_hex
from hub.simulator.faults import DELIVERY, FaultPlan, Kind
from hub.simulator.record import Delivered, Record
from hub.simulator.slack.world import App, Conversation, Json, SlackError

log = logging.getLogger(__name__)

RETRIES = (0.0, 60.0, 300.0)
TIMEOUT = 3.0
PENDING = 200_000
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Parcel:
    """One body on its way. Interactions and commands are not repeated."""

    number: int
    chat: str
    body: bytes
    kind: str
    repeated: bool


class Courier:
    """Delivers one app's events, of one conversation one after the other; repeats wait aside, as Slack's do.

    ``speed`` divides every wait between attempts.
    """

    def __init__(
        self, app: App, *, session: aiohttp.ClientSession, record: Record, faults: FaultPlan, speed: float = 1.0
    ) -> None:
        self._app = app
        self._session = session
        self._record = record
        self._faults = faults
        self._speed = speed
        self._queues: OrderedDict[str, deque[Parcel]] = OrderedDict()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._repeats: set[asyncio.Task[None]] = set()
        self._number = time.time_ns() // 1000
        self._waiting = 0
        self._closed = False
        self._places = asyncio.Semaphore(50)
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def pending(self) -> int:
        """How many bodies were not acknowledged yet."""
        return self._waiting

    def push(self, chat: Conversation, event: Mapping[str, Any]) -> Json:
        """Queue an event; the whole body it goes out in."""
        app = self._app
        self._number += 1
        body: Json = {
            "token": "simulated",
            "team_id": app.team_id,
            "api_app_id": app.app_id,
            "event": dict(event),
            "type": "event_callback",
            "event_id": f"Ev{self._number:X}",
            "event_time": int(time.time()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": app.team_id,
                    "user_id": app.bot_user,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
            "event_context": f"4-{event.get('type')}-{app.team_id}-{chat.id}",
        }
        self._queue(Parcel(self._number, chat.id, json.dumps(body).encode(), _JSON, repeated=True))
        return body

    def interact(self, chat: Conversation, payload: Json) -> None:
        """Queue an interaction: a form with the field ``payload``."""
        self._form(chat, {"payload": json.dumps(payload)})

    def command(self, chat: Conversation, fields: Mapping[str, str]) -> None:
        """Queue a slash command."""
        self._form(chat, fields)

    def _form(self, chat: Conversation, fields: Mapping[str, str]) -> None:
        self._number += 1
        self._queue(Parcel(self._number, chat.id, urlencode(fields).encode(), _FORM, repeated=False))

    def _queue(self, parcel: Parcel) -> None:
        if self._waiting >= PENDING:
            raise SlackError("app_rate_limited", status=429, retry_after=60)
        self._waiting += 1
        self._idle.clear()
        self._queues.setdefault(parcel.chat, deque()).append(parcel)
        self.work()

    def work(self) -> None:
        """Deliver what waits, as far as there is an address."""
        if self._app.webhook is None or self._closed:
            return
        for chat in self._queues:
            if chat not in self._tasks:
                task = asyncio.create_task(self._drain(chat), name=f"slack-courier-{chat}")
                self._tasks[chat] = task
                task.add_done_callback(partial(self._done, chat))

    def _done(self, chat: str, _: asyncio.Task[None]) -> None:
        del self._tasks[chat]
        self.work()  # what came between the last look into the queue and now

    async def verify_url(self, url: str) -> bool:
        """Slack's ``url_verification``: whether the address gives the challenge back."""
        challenge = hmac_sha256_hex(self._app.signing_secret, url.encode())
        body = json.dumps({"token": "simulated", "challenge": challenge, "type": "url_verification"}).encode()
        try:
            async with self._post(url, body, _JSON, {}) as answer:
                return answer.status == 200 and challenge in await answer.text()
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return False

    async def drained(self, timeout: float = 30.0) -> None:  # noqa: ASYNC109  # how long a caller waits is its own choice
        """Return when everything was acknowledged or given up. Raises ``TimeoutError``."""
        await asyncio.wait_for(self._idle.wait(), timeout)

    async def close(self) -> None:
        """Stop delivering. Idempotent."""
        self._closed = True
        tasks = [*self._tasks.values(), *self._repeats]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _drain(self, chat: str) -> None:
        while queue := self._queues.get(chat):
            fault = self._faults.draw("slack", "webhook", DELIVERY)
            if fault and fault.kind is not Kind.DUPLICATE:
                await asyncio.sleep(fault.seconds / self._speed)
            if fault and fault.kind is Kind.REORDER and len(queue) > 1:
                queue[0], queue[1] = queue[1], queue[0]
            parcel = queue.popleft()
            kind = fault.kind.value if fault else None
            again = await self._attempt(parcel, 0, kind)
            if fault and fault.kind is Kind.DUPLICATE and not again:
                await self._attempt(parcel, 1, kind)
            if again and parcel.repeated:
                task = asyncio.create_task(self._repeat(parcel), name=f"slack-repeat-{parcel.number}")
                self._repeats.add(task)
                task.add_done_callback(self._repeats.discard)
            else:
                self._settled()
        self._queues.pop(chat, None)

    async def _repeat(self, parcel: Parcel) -> None:
        for attempt, pause in enumerate(RETRIES, start=1):
            await asyncio.sleep(pause / self._speed)
            if not await self._attempt(parcel, attempt, None):
                break
        self._settled()

    def _settled(self) -> None:
        self._waiting -= 1
        if not self._waiting:
            self._idle.set()

    async def _attempt(self, parcel: Parcel, attempt: int, fault: str | None) -> bool:
        """Whether the body is to be sent again."""
        url = self._app.webhook
        if url is None:
            return True
        headers = {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": "http_error"} if attempt else {}
        status, again, problem, started = None, True, None, time.time()
        async with self._places:
            try:
                async with self._post(url, parcel.body, parcel.kind, headers) as answer:
                    await answer.read()
                    status = answer.status
                    again = not 200 <= status < 300 and answer.headers.get("X-Slack-No-Retry") != "1"
                    problem = None if 200 <= status < 300 else f"Wrong response from the app: {status} {answer.reason}"
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                problem = f"{type(error).__name__}: {error}"[:200]
        self._app.webhook_error = problem
        if problem:
            log.info("simulator.webhook_failed", extra={"number": parcel.number, "attempt": attempt})
        self._record.delivered(
            Delivered(
                at=started,
                upstream="slack",
                account=self._app.team_id,
                chat=parcel.chat,
                update_id=parcel.number,
                attempt=attempt + 1,
                status=status,
                took=time.time() - started,
                fault=fault,
            )
        )
        return again

    def _post(self, url: str, body: bytes, kind: str, headers: Mapping[str, str]) -> Any:
        stamp = str(int(time.time()))
        signed = {
            **headers,
            "Content-Type": kind,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": "v0=" + hmac_sha256_hex(self._app.signing_secret, f"v0:{stamp}:".encode() + body),
        }
        timeout = aiohttp.ClientTimeout(total=TIMEOUT)
        return self._session.post(url, data=body, headers=signed, timeout=timeout, allow_redirects=False)
