"""Messenger's times: milliseconds for what people did, seconds for changes of a page."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from adapters.payloads import moment, number, text

_SECONDS_BELOW = 100_000_000_000
"""Entries of page changes are dated in seconds, others in milliseconds; 10^11 ms is March 1973."""


def entry_time(value: Any) -> datetime | None:
    """When an entry was sent: seconds or milliseconds, told apart by their size."""
    found = _number(value)
    if found is None:
        return None
    return moment(found if found < _SECONDS_BELOW else found / 1000)


def _number(value: Any) -> float | None:
    """A number, also one that came as text, as some test tools send it."""
    words = text(value)
    if words is not None and words.isascii() and words.isdigit() and len(words) <= 20:
        return float(words)
    return number(value)


def milliseconds(value: Any) -> datetime | None:
    """A time in milliseconds since 1970."""
    found = _number(value)
    return None if found is None else moment(found / 1000)


def integer_text(value: Any) -> str:
    """A number as the digits that name it in a key; 0 where there is none."""
    found = _number(value)
    return "0" if found is None else f"{found:.0f}"
