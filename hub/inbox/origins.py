"""Which pages may use a site's chat."""

from __future__ import annotations

import re
from collections.abc import Sequence

_ORIGIN = re.compile(r"(https?)://([a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?")
"""An origin as browsers send it: nothing behind the host and its port."""


def origin_matches(origin: str, allowed: Sequence[str]) -> bool:
    """Whether an ``Origin`` header names one of the allowed sites (``https://*.shop.example`` means below it)."""
    found = _ORIGIN.fullmatch(origin.lower())
    if found is None:
        return False
    scheme, host, port = found.groups()
    default = {"http": "80", "https": "443"}[scheme]
    text = f"{scheme}://{host}" if port in (None, default) else f"{scheme}://{host}:{port}"
    for site in allowed:
        if text == site:
            return True
        before, star, suffix = site.partition("*.")
        if star and text.startswith(before) and text.endswith("." + suffix) and len(text) > len(before + suffix) + 1:
            return True
    return False
