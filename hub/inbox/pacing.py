"""Pacing: sends keep to a platform's rates before it has to refuse them. Token buckets per account and recipient.

The buckets are this process's own. Several workers together may exceed an account's rate for a moment; then the
platform's 429 and its Retry-After rule, as they always do.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from hub.core.channels import Capabilities, Pace
from hub.core.ids import ChannelId, ThreadKey

_MOST = 50_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Pacing:
    """Says how long to wait before a send; the least recently used buckets are forgotten past fifty thousand."""

    def __init__(self, *, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._buckets: OrderedDict[Hashable, _Bucket] = OrderedDict()

    def wait(self, capabilities: Capabilities, channel: ChannelId, thread: ThreadKey) -> float:
        """Seconds until one more request may go to this recipient of this account: 0 takes its turn now.

        A positive answer takes nothing; ask again after that time.
        """
        paces: list[tuple[Hashable, Pace]] = []
        if capabilities.account_pace is not None:
            paces.append((channel, capabilities.account_pace))
        if capabilities.recipient_pace is not None:
            paces.append(((channel, thread), capabilities.recipient_pace))
        longest = max((self._missing(key, pace) for key, pace in paces), default=0.0)
        if longest <= 0:
            for key, _ in paces:
                self._buckets[key].tokens -= 1
            return 0.0
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
