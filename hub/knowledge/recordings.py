"""Where in a recording something is said: the clock to show, and the link that begins there."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

_PLAYERS: Final = frozenset({"www.youtube.com", "youtube.com", "m.youtube.com", "youtu.be"})


def clock(seconds: int | None) -> tuple[str, ...]:
    """The time as players show it, ``1:23`` or ``1:02:03``; nothing where there is none."""
    if seconds is None:
        return ()
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return (f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}",)


def link_at(url: str | None, seconds: int | None) -> str | None:
    """The address that plays from there, where the player is one that can; any other as it is."""
    if url is None or seconds is None or urlsplit(url).hostname not in _PLAYERS:
        return url
    return f"{url}{'&' if '?' in url else '?'}t={seconds}s"
