"""Opening hours: weekly intervals in a time zone, with dated exceptions. One truth for all who ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Interval = tuple[time, time]


@dataclass(frozen=True, slots=True)
class Hours:
    """``weekly`` maps a weekday (0 is Monday) to its open intervals; ``exceptions`` replaces single days.

    An interval whose end is not after its start runs past midnight. No weekly interval at all means always open.
    """

    zone: str = "UTC"
    weekly: Mapping[int, tuple[Interval, ...]] = field(default_factory=dict)
    exceptions: Mapping[date, tuple[Interval, ...]] = field(default_factory=dict)

    def is_open(self, at: datetime) -> bool:
        """Whether ``at`` (with a time zone) falls into an open interval."""
        if not self.weekly and not self.exceptions:
            return True
        local = at.astimezone(ZoneInfo(self.zone))
        return any(self._covers(day, local) for day in (local.date(), local.date() - timedelta(days=1)))

    def _covers(self, day: date, local: datetime) -> bool:
        for start, end in self.exceptions.get(day, self.weekly.get(day.weekday(), ())):
            opens = datetime.combine(day, start, local.tzinfo)
            closes = datetime.combine(day if end > start else day + timedelta(days=1), end, local.tzinfo)
            if opens <= local < closes:
                return True
        return False
