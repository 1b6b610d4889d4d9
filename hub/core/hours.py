"""Opening hours: weekly intervals in a time zone, with dated exceptions. One truth for all who ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Interval = tuple[time, time]
_FAR = timedelta(days=366)


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

    def next_change(self, at: datetime) -> datetime | None:
        """When it next opens or closes after ``at``, in UTC; None where that is not within a year."""
        if not self.weekly and not self.exceptions:
            return None
        after = [edge for span in self._spans(at) for edge in span if edge > at]
        opens_now = self.is_open(at)
        return next((edge for edge in sorted(after) if self.is_open(edge) != opens_now), None)

    def next_opening(self, at: datetime) -> datetime | None:
        """``at`` itself where it is open, else the next moment it opens; None where that is not within a year."""
        return at if self.is_open(at) else self.next_change(at)

    def add_open_time(self, at: datetime, length: timedelta) -> datetime | None:
        """The moment when ``length`` of open time has passed since ``at``; None where that takes over a year."""
        if not self.weekly and not self.exceptions:
            return at + length
        here = at
        while True:
            opens = self.next_opening(here)
            if opens is None or opens - at > _FAR:
                return None
            closes = self.next_change(opens)
            if closes is None or opens + length <= closes:
                return opens + length
            length -= closes - opens
            here = closes

    def _spans(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Every interval from the day before ``at`` on, for a year, in UTC."""
        zone = ZoneInfo(self.zone)
        first = at.astimezone(zone).date() - timedelta(days=1)
        for day in (first + timedelta(days=n) for n in range(_FAR.days)):
            for start, end in self.exceptions.get(day, self.weekly.get(day.weekday(), ())):
                until = day if end > start else day + timedelta(days=1)
                opens = datetime.combine(day, start, zone).astimezone(UTC)
                yield opens, datetime.combine(until, end, zone).astimezone(UTC)

    def _covers(self, day: date, local: datetime) -> bool:
        for start, end in self.exceptions.get(day, self.weekly.get(day.weekday(), ())):
            opens = datetime.combine(day, start, local.tzinfo)
            closes = datetime.combine(day if end > start else day + timedelta(days=1), end, local.tzinfo)
            if opens <= local < closes:
                return True
        return False
