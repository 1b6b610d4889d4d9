"""Pacing: sends keep to a platform's rates before it has to refuse them. Token buckets per account and recipient.

With Redis all workers draw from the same buckets. Without it each has its own, and several together may exceed an
account's rate for a moment; then the platform's 429 and its Retry-After rule, as they always do.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from hub.core.channels import Capabilities, Pace
from hub.core.ids import ChannelId, ThreadKey
from hub.inbox.shared_buckets import SharedBuckets

_MOST = 50_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Pacing:
    """Says how long to wait before a send; the least recently used buckets are forgotten past fifty thousand."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic, shared: SharedBuckets | None = None) -> None:
        self._now = now
        self._shared = shared
        self._buckets: OrderedDict[Hashable, _Bucket] = OrderedDict()

    async def wait(self, capabilities: Capabilities, channel: ChannelId, thread: ThreadKey) -> float:
        """Seconds until one more request may go to this recipient of this account: 0 takes its turn now.

        A positive answer takes nothing; ask again after that time.
        """
        wanted = ((None, capabilities.account_pace), (thread, capabilities.recipient_pace))
        paces = [(whom, pace) for whom, pace in wanted if pace is not None]
        # Here first: whoever is over the pace in this process alone costs no question to Redis.
        longest = max((self._missing((channel, whom), pace) for whom, pace in paces), default=0.0)
        if longest <= 0 and paces and self._shared is not None:
            longest = await self._shared.take(channel, paces) or 0.0
        if longest <= 0:
            for whom, _ in paces:
                self._buckets[(channel, whom)].tokens -= 1
        return longest

    def _missing(self, key: Hashable, pace: Pace) -> float:
        now = self._now()
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(float(pace.burst), now)
            if len(self._buckets) > _MOST:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        bucket.tokens = min(float(pace.burst), bucket.tokens + (now - bucket.at) * pace.per_second)
        bucket.at = now
        return 0.0 if bucket.tokens >= 1 else (1 - bucket.tokens) / pace.per_second
