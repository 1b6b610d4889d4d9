"""How often a caller may call: moving windows per key, visitor and address, of this process and of all together."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from hub.accounts.principals import Principal
from hub.core.errors import TooMany
from hub.core.ids import TenantId
from hub.core.plans import OPEN, Plans
from hub.http.access import Attempt
from hub.http.client import bucket
from hub.http.shared_windows import SharedWindows
from hub.metering.calls import CallCounter

_HOUR = 3600
_WAIT = "Too many calls in a short time. Wait a moment and go on."


@dataclass(frozen=True, slots=True)
class Rate:
    """At most ``times`` within ``seconds``."""

    times: int
    seconds: float


class RouteLimits:
    """A ``RateLimit``. An address stands for its whole IPv6 /64.

    Exact moving windows: each caller's last moments are remembered, and callers beyond ``most_callers`` push the
    one unseen longest out. Platforms' webhooks are not limited here: a refusal would only make them send again.

    With ``shared`` windows all processes count together. While Redis is away, each of ``peers`` processes lets through
    its share of twice the limit, because callers are never dealt out quite evenly: never open, and never above twice.
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
        shared: SharedWindows | None = None,
        plans: Plans | None = None,
        calls: CallCounter | None = None,
        peers: Callable[[], int] = lambda: 1,
    ) -> None:
        self._shared = shared
        self._plans = plans
        self._calls = calls
        self._peers = peers
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
            await self.take(f"refused:{bucket(attempt.client)}", self._refused)
        elif attempt.principal is not None:
            await self.take(attempt.principal.actor, self._per_key)
            if attempt.principal.plan is not None and attempt.principal.tenant_id is not None:
                await self._within_plan(attempt.principal.tenant_id, attempt.principal)
        elif attempt.visitor is not None:
            await self.take(f"visitor:{attempt.visitor.channel}:{attempt.visitor.id}", self._per_visitor)
        elif attempt.route.startswith("/api/"):
            await self.take(f"address:{bucket(attempt.client)}", self._per_address)

    async def _within_plan(self, tenant: TenantId, who: Principal) -> None:
        """All keys of a tenant count together: another key must not be another allowance."""
        plan = None if self._plans is None else self._plans.of(who.plan or OPEN, who.hourly_limit)
        beyond = refused = False
        if plan is not None and plan.calls is not None:
            try:
                await self.take(f"plan:{tenant}", Rate(plan.calls, _HOUR))
            except TooMany as over:
                beyond, refused = True, not plan.overage
                if refused:
                    words = f"The plan {plan.name} allows {plan.calls:,} calls an hour, and they are used up. "
                    words += "Whoever runs the hub can give you a larger plan."
                    raise TooMany(words, retry_after=over.retry_after) from None
            finally:
                self._note(tenant, beyond=beyond, refused=refused)
        else:
            self._note(tenant)

    def _note(self, tenant: TenantId, *, beyond: bool = False, refused: bool = False) -> None:
        if self._calls is not None:
            self._calls.note(tenant, beyond=beyond, refused=refused)

    async def take(self, who: str, rate: Rate) -> None:
        """Count one act of ``who`` under a limit of its own. Raises ``TooMany``.

        Here first: a caller who is over the limit in this process alone costs no question to Redis.
        """
        moments = self._count(who, rate)
        if self._shared is None:
            return
        wait = await self._shared.take(who, rate.times, rate.seconds)
        if wait is None and len(moments) > 2 * rate.times / max(2, self._peers()):
            wait = moments[0] + rate.seconds - self._now()
        if wait:
            raise TooMany(_WAIT, retry_after=wait)

    def _count(self, who: str, rate: Rate) -> deque[float]:
        """The moments of the window, this one included."""
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
            raise TooMany(_WAIT, retry_after=moments[0] + rate.seconds - now)
        moments.append(now)
        return moments
