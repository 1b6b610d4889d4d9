"""What is kept for a time only: removed piece by piece, so that no statement holds others up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.store.session import Store

_DAY = 86_400.0
KEPT = {
    "job": 7 * _DAY,
    "failed_job": 30 * _DAY,
    "idempotency": 2 * _DAY,
    "webhook_delivery": 30 * _DAY,
    "event": 90 * _DAY,
    "budget_hold": _DAY / 24,
    "budget_use": 400 * _DAY,
    "call_use": 400 * _DAY,
}
"""Seconds for which the deployment's own traces stay. Conversations and their messages are not among them."""
_AT_ONCE = 2_000
_MOST = 200_000
"""Rows of a kind that one run removes; the next run goes on."""


class Retention:
    """Removes what has been kept long enough. A piece of the schedule."""

    def __init__(self, *, store: Store, kept: Mapping[str, float] = KEPT) -> None:
        self._store = store
        self._kept = kept

    async def __call__(self, _last: Mapping[str, Any]) -> Mapping[str, Any]:
        """How many rows of each kind were removed."""
        removed = dict.fromkeys(self._kept, 0)
        for what, seconds in self._kept.items():
            while removed[what] < _MOST:
                async with self._store.operation() as operation:
                    count = await operation.prune(what, seconds, _AT_ONCE)
                removed[what] += count
                if count < _AT_ONCE:
                    break
        return {"removed": removed}
