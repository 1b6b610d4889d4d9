"""How often a caller may call: moving windows per key, visitor and address, kept in this process."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from hub.core.errors import TooMany
from hub.http.access import Attempt
from hub.http.client import bucket


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``times`` within ``seconds``."""

    times: int
    seconds: float


class RouteLimits:
    """A ``RateLimit``. An address stands for its whole IPv6 /64.

    Exact moving windows: each caller's last moments are remembered, and callers beyond ``most_callers`` push the
    one unseen longest out. Platforms' webhooks are not limited here: a refusal would only make them send again.
    """

    def __init__(
        self,
        *,
        per_key: Rate = Rate(60_000, 60),
        per_visitor: Rate = Rate(240, 60),
        per_address: Rate = Rate(1_200, 60),
        refused: Rate = Rate(30, 60),
        most_callers: int = 2_000,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._per_key = per_key
        self._per_visitor = per_visitor
        self._per_address = per_address
        self._refused = refused
        self._most = most_callers
        self._now = now
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    async def __call__(self, attempt: Attempt) -> None:
        """Count one call. Raises ``TooMany`` with the seconds to wait."""
        if attempt.failed:
            self._count(f"refused:{bucket(attempt.client)}", self._refused)
        elif attempt.principal is not None:
            self._count(attempt.principal.actor, self._per_key)
        elif attempt.visitor is not None:
            self._count(f"visitor:{attempt.visitor.channel}:{attempt.visitor.id}", self._per_visitor)
        elif attempt.route.startswith("/api/"):
            self._count(f"address:{bucket(attempt.client)}", self._per_address)

    def _count(self, who: str, rate: Rate) -> None:
        now = self._now()
        moments = self._seen.get(who)
        if moments is None:
            moments = self._seen[who] = deque()
            if len(self._seen) > self._most:
                self._seen.popitem(last=False)
        self._seen.move_to_end(who)
        while moments and moments[0] <= now - rate.seconds:
            moments.popleft()
        if len(moments) >= rate.times:
            wait = moments[0] + rate.seconds - now
            raise TooMany("Too many calls in a short time. Wait a moment and go on.", retry_after=wait)
        moments.append(now)
