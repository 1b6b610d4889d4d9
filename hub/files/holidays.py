"""The whole days of a calendar file (iCalendar): read in a confined child, for the file comes from anywhere."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
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
_UNTIL = re.compile(r"(UNTIL=\d{8})T\d{6}Z?")
_UNREADABLE = "This is not a calendar file (iCalendar, .ics) that can be read."


async def holidays_of(ics: str, today: date) -> dict[str, str]:
    """The whole days of a calendar file from ``today`` on, for three years, with their names, each as often as its
    rule says. Raises ``Invalid`` for what is no calendar, or takes too long to read."""
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
        for first in _starts(event, start, today, last):
            for day in (first + timedelta(days=n) for n in range(min(length, _LONGEST))):
                if today <= day <= last:
                    found.setdefault(day.isoformat(), name)
    return found


def _starts(event: Any, start: date, today: date, last: date) -> list[date]:
    """The days on which an event begins anew by its rule (RFC 5545, section 3.8.5.3), without those it leaves out."""
    rule = event.get("RRULE")
    if rule is None:
        return [start]
    from dateutil.rrule import rrulestr  # late: only the child needs it

    # Whole days have no time zone, so the moment until which they repeat has none either.
    text = _UNTIL.sub(r"\1", rule.to_ical().decode())
    left_out = {when.dt for dates in _several(event.get("EXDATE")) for when in dates.dts}
    begins = rrulestr(text, dtstart=datetime.combine(start, time())).between(
        datetime.combine(today - timedelta(days=_LONGEST), time()), datetime.combine(last, time()), inc=True
    )
    return [at.date() for at in begins if at.date() not in left_out][:MOST_DAYS]


def _several(value: Any) -> Sequence[Any]:
    """A property that may stand once, several times or not at all."""
    return [] if value is None else value if isinstance(value, list) else [value]


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
