"""Token buckets that all processes draw from together, in Redis."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

import structlog

from hub.core.channels import Pace
from hub.core.ids import ChannelId, ThreadKey

if TYPE_CHECKING:
    from redis.asyncio import Redis

log = structlog.get_logger(__name__)

_ANSWER_SECONDS = 0.25
_REST_SECONDS = 1.0
"""After a question that failed: asking again for each send would make each send wait."""

_TAKE = """
-- Buckets by the generic cell rate algorithm: a bucket is the moment at which it would be full again.
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1e6
local longest, full = 0, {}
for i, key in ipairs(KEYS) do
  local seconds, burst = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  full[i] = math.max(tonumber(redis.call('GET', key) or '0'), now) + seconds
  longest = math.max(longest, full[i] - now - seconds * burst)
end
if longest < 0.001 then
  longest = 0
  for i, key in ipairs(KEYS) do
    redis.call('SET', key, string.format('%.6f', full[i]), 'PX', math.ceil((full[i] - now) * 1000))
  end
end
return tostring(longest)
"""


class SharedBuckets:
    """One bucket an account, and one for each of its recipients. Best effort, bounded in time. ``client`` is whoever's
    that opened it.

    Source: ITU-T I.371, virtual scheduling. Redis's clock counts, so that the processes' need not agree.
    """

    def __init__(self, client: Redis) -> None:
        self._take = client.register_script(_TAKE)
        self._rest_until = 0.0

    async def take(self, channel: ChannelId, paces: Sequence[tuple[ThreadKey | None, Pace]]) -> float | None:
        """One token of each bucket (a recipient's, or with None the account's own): 0 when all had one, else the
        seconds to wait, and nothing was taken. None when Redis is away."""
        if time.monotonic() < self._rest_until:
            return None
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                keys = [_key(channel, thread) for thread, _ in paces]
                numbers = [number for _, pace in paces for number in (1 / pace.per_second, pace.burst)]
                return float(await self._take(keys=keys, args=numbers))
        except Exception as error:
            self._rest_until = time.monotonic() + _REST_SECONDS
            log.warning("pacing.redis_away", error=type(error).__name__)
            return None


def _key(channel: ChannelId, thread: ThreadKey | None) -> str:
    """Braces keep an account's buckets on one shard of a cluster; people's addresses stay out of Redis."""
    whom = "account" if thread is None else sha256(thread.encode()).hexdigest()[:32]
    return f"hub:pace:{{{channel}}}:{whom}"
