"""When a failed delivery is tried again, and how long a failing endpoint rests."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

TRY_FOR = timedelta(hours=75)
"""How long an event is tried, from when it was ready; later it is dead, and can be replayed."""
GIVE_UP_AFTER = timedelta(days=5)
"""An endpoint that took nothing for so long is switched off."""
TRIP = 5
"""So many failures in a row open the circuit: from then on one try at a time asks whether the endpoint is back."""

_STEPS = (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200)
_JITTER = 0.2
_FIRST_REST = 10.0
_LONGEST_REST = 900.0
_LONGEST_RETRY_AFTER = 86_400.0


def pause_after(attempts: int, retry_after: float | None = None) -> float:
    """Seconds until the next try after ``attempts`` tries, up to a fifth longer than the step so that endpoints do
    not get all of it at once, and never less than the receiver asked for."""
    step = _STEPS[min(max(attempts, 1), len(_STEPS)) - 1]
    jittered = step * random.uniform(1.0, 1.0 + _JITTER)  # noqa: S311  # spreads load, guards nothing
    return max(jittered, min(retry_after or 0.0, _LONGEST_RETRY_AFTER))


def rest_after(failures: int, retry_after: float | None = None) -> float | None:
    """Seconds for which an endpoint gets nothing after ``failures`` in a row; None while its circuit is closed."""
    asked = None if retry_after is None else min(retry_after, _LONGEST_RETRY_AFTER)
    if failures < TRIP:
        return asked
    rest = min(_LONGEST_REST, _FIRST_REST * 2.0 ** min(failures - TRIP, 10))
    return max(rest, asked or 0.0)


def retry_after_of(header: str | None, now: datetime) -> float | None:
    """Seconds of a Retry-After header (RFC 9110, section 10.2.3): a number or a date. None where it says nothing."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit() and len(text) <= 9:
        return float(text)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - now).total_seconds())
