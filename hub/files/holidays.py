"""The whole days of a calendar file (iCalendar): read in a confined child, for the file comes from anywhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from hub.core.errors import Invalid
from hub.files.confined import TooMuch, ask, confine

MOST_CHARACTERS = 500_000
MOST_DAYS = 1_000
_YEARS = 3
_MOST_MEMORY = 400_000_000
_MOST_SECONDS = 5
_MOST_ANSWER = 1_000_000
_LONGEST = 60
"""Days of one event that count: a longer one is no holiday."""
_UNREADABLE = "This is not a calendar file (iCalendar, .ics) that can be read."


async def holidays_of(ics: str, today: date) -> dict[str, str]:
    """The whole days of a calendar file from ``today`` on, for three years, with their names; yearly ones repeat.
    Raises ``Invalid`` for what is no calendar, or takes too long to read."""
    asked = f"{today.isoformat()}\n{ics}".encode()
    try:
        code, answer = await ask(__name__, asked, seconds=3 * _MOST_SECONDS, most=_MOST_ANSWER)
    except (TimeoutError, TooMuch) as error:
        raise Invalid(_UNREADABLE, field="ics") from error
    if code != 0:
        raise Invalid(_UNREADABLE, field="ics")
    days: dict[str, str] = json.loads(answer)
    return days


def whole_days(ics: str, today: date) -> dict[str, str]:
    """As ``holidays_of``, in this process. Raises ``ValueError`` for what is no calendar."""
    from icalendar import Calendar  # late: only the child needs it

    try:
        return _found(Calendar.from_ical(ics).walk("VEVENT"), today)
    except Exception as error:
        # The reader raises whatever its parts raise (KeyError, TypeError ...) over files that are not well made.
        raise ValueError(_UNREADABLE) from error


def _found(events: Sequence[Any], today: date) -> dict[str, str]:
    last = today + timedelta(days=366 * _YEARS)
    found: dict[str, str] = {}
    for event in events[:MOST_DAYS]:
        start = event.decoded("DTSTART", None)
        if isinstance(start, datetime) or not isinstance(start, date):
            continue
        end = event.decoded("DTEND", None)
        length = max(1, (end - start).days) if isinstance(end, date) and not isinstance(end, datetime) else 1
        name = str(event.get("SUMMARY", ""))[:200]
        for first in _yearly(start, today, last) if _repeats(event) else [start]:
            for day in (first + timedelta(days=n) for n in range(min(length, _LONGEST))):
                if today <= day <= last:
                    found.setdefault(day.isoformat(), name)
    return found


def _repeats(event: Any) -> bool:
    rule = event.get("RRULE")
    return rule is not None and "YEARLY" in [str(freq).upper() for freq in rule.get("FREQ", [])]


def _yearly(start: date, today: date, last: date) -> list[date]:
    """The same day of each year; the 29th of February only where there is one."""
    days = []
    for year in range(max(start.year, today.year - 1), last.year + 1):
        try:
            days.append(start.replace(year=year))
        except ValueError:
            continue
    return days


def main() -> None:
    """The child: today's date and a calendar file from stdin, its whole days as JSON to stdout."""
    confine(memory_bytes=_MOST_MEMORY, cpu_seconds=_MOST_SECONDS)
    today, _, ics = sys.stdin.buffer.read(8 * MOST_CHARACTERS).decode().partition("\n")
    try:
        sys.stdout.write(json.dumps(whole_days(ics, date.fromisoformat(today))))
    except ValueError:
        sys.exit(1)


if __name__ == "__main__":
    main()
