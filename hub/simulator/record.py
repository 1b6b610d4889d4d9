"""What really happened, as the platforms saw it: the ground truth that tests and benchmarks read."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LIMIT = 50_000


@dataclass(slots=True)
class Recorded:
    """One request that reached an upstream.

    ``n`` counts from 1 over all upstreams; ``at`` is ``time.time()`` at arrival and ``done`` when the answer's
    first byte left (None: it never did). ``accepted`` is whether it took effect, whatever the caller was told.
    ``account`` is the bot, or the key a model's caller showed; ``chat`` the conversation, ``ids`` the platform ids it
    made, ``fault`` what was injected. A request that a fault refused has its body as it came in ``params``.
    """

    n: int
    at: float
    upstream: str
    method: str
    account: str = ""
    chat: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    status: int | None = None
    accepted: bool = False
    ids: tuple[str, ...] = ()
    fault: str | None = None
    error: str | None = None
    done: float | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """One attempt to hand an update to a webhook: the answer's status, or None where there was none."""

    at: float
    upstream: str
    account: str
    chat: str
    update_id: int
    attempt: int
    status: int | None
    took: float
    fault: str | None = None


class Record:
    """Append-only and bounded: past ``limit`` the oldest entries go, and ``forgotten`` counts them."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._requests: deque[Recorded] = deque(maxlen=limit)
        self._deliveries: deque[Delivered] = deque(maxlen=limit)
        self._count = 0
        self.forgotten = 0

    @property
    def requests(self) -> tuple[Recorded, ...]:
        """Every request, oldest first."""
        return tuple(self._requests)

    @property
    def deliveries(self) -> tuple[Delivered, ...]:
        """Every attempt to deliver an update, oldest first."""
        return tuple(self._deliveries)

    def open(self, upstream: str, method: str, *, account: str = "") -> Recorded:
        """Note a request as it arrives; the caller fills in how it ends."""
        self._count += 1
        entry = Recorded(n=self._count, at=time.time(), upstream=upstream, method=method, account=account)
        self.forgotten += len(self._requests) == self._requests.maxlen
        self._requests.append(entry)
        return entry

    def delivered(self, entry: Delivered) -> None:
        """Note an attempt to deliver an update."""
        self.forgotten += len(self._deliveries) == self._deliveries.maxlen
        self._deliveries.append(entry)

    def calls(self, upstream: str | None = None, method: str | None = None) -> tuple[Recorded, ...]:
        """The requests to one upstream or of one method."""
        return tuple(
            entry
            for entry in self._requests
            if (upstream is None or entry.upstream == upstream) and (method is None or entry.method == method)
        )

    def messages(self, chat: str | int | None = None) -> tuple[Recorded, ...]:
        """The accepted requests that made a message (in ``chat``), in the order in which they took effect."""
        return tuple(
            entry
            for entry in self._requests
            if entry.accepted and entry.ids and (chat is None or entry.chat == str(chat))
        )
