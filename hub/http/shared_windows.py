"""Moving windows that all processes count in together, in Redis. Without Redis each process counts for itself."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.aio.strategies import MovingWindowRateLimiter

log = structlog.get_logger(__name__)

_ANSWER_SECONDS = 0.25
_REST_SECONDS = 1.0
"""After a count that failed: asking again for each call would make each call wait."""


class SharedWindows:
    """``take`` counts one call. Best effort, bounded in time."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._limiter: MovingWindowRateLimiter | None = None
        self._rest_until = 0.0

    async def take(self, who: str, times: int, seconds: float) -> float | None:
        """0 when the call is within ``times`` in ``seconds``, else the seconds to wait; None when Redis is away."""
        if time.monotonic() < self._rest_until:
            return None
        from limits import RateLimitItemPerSecond  # loaded where Redis is in use alone

        limiter = self._limiter or self._open()
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                return await _take(limiter, who, RateLimitItemPerSecond(times, int(seconds), namespace="calls"))
        except Exception as error:
            self._rest_until = time.monotonic() + _REST_SECONDS
            log.warning("limits.redis_away", error=type(error).__name__)
            return None

    def _open(self) -> MovingWindowRateLimiter:
        from limits.aio.storage import RedisStorage
        from limits.aio.strategies import MovingWindowRateLimiter

        storage = RedisStorage(f"async+{self._url}", implementation="redispy", key_prefix="hub:limit")
        self._limiter = MovingWindowRateLimiter(storage)
        return self._limiter

    async def close(self) -> None:
        """Let go of Redis."""
        if self._limiter is not None:
            pool = getattr(self._limiter.storage, "storage", None)
            if pool is not None:
                await pool.aclose()


async def _take(limiter: MovingWindowRateLimiter, who: str, window: RateLimitItem) -> float:
    if await limiter.hit(window, who):
        return 0.0
    stats = await limiter.get_window_stats(window, who)
    return max(0.1, stats.reset_time - time.time())
