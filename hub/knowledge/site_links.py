"""What a page says about where to go on: its links, its canonical address, and whether it wants to be indexed."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

_LONGEST: Final = 1_500
_MOST_LINKS: Final = 2_000
_MOST_REPEATS: Final = 2
_TRACKING: Final = re.compile(r"^(utm_\w+|gclid|fbclid|msclkid|mc_[ce]id|phpsessid|jsessionid|sid|sessionid)$", re.I)
_FILES: Final = re.compile(
    r"\.(jpe?g|png|gif|svg|webp|ico|css|js|mjs|json|xml|zip|gz|tar|rar|7z|exe|dmg|mp[34]|avi|mov|webm|woff2?|ttf)$",
    re.I,
)


@dataclass(slots=True)
class PageLinks:
    """Addresses as written; ``index`` and ``follow`` are what the page's robots tag allows."""

    links: list[str] = field(default_factory=list)
    canonical: str | None = None
    base: str | None = None
    index: bool = True
    follow: bool = True


def read_links(html: str) -> PageLinks:
    """The links of a page. Total: broken pages give what they give."""
    parser = _Parser()
    parser.feed(html)
    return parser.found


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found = PageLinks()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        rel = given.get("rel", "").lower().split()
        if tag == "a" and "href" in given and "nofollow" not in rel and len(self.found.links) < _MOST_LINKS:
            self.found.links.append(given["href"])
        elif tag == "link" and "canonical" in rel and self.found.canonical is None:
            self.found.canonical = given.get("href")
        elif tag == "base" and self.found.base is None:
            self.found.base = given.get("href")
        elif tag == "meta" and given.get("name", "").lower() in {"robots", "switchboard"}:
            wishes = given.get("content", "").lower()
            self.found.index &= "noindex" not in wishes and "none" not in wishes
            self.found.follow &= "nofollow" not in wishes and "none" not in wishes


def normalise(link: str, base: str) -> str | None:
    """The one way an address is written, or None for what is no page: other schemes, pictures, endless paths."""
    try:
        parts = urlsplit(urljoin(base, link.strip()))
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or _FILES.search(parts.path):
        return None
    repeats = Counter(step for step in parts.path.split("/") if step)
    if max(repeats.values(), default=0) > _MOST_REPEATS:
        return None
    host = parts.hostname if ":" not in parts.hostname else f"[{parts.hostname}]"
    usual = {"http": 80, "https": 443}[parts.scheme]
    query = urlencode(
        [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not _TRACKING.match(name)]
    )
    whole = urlunsplit((
        parts.scheme, host if port in {None, usual} else f"{host}:{port}", parts.path or "/", query, "",
    ))  # fmt: skip
    return whole if len(whole) <= _LONGEST else None


def same_site(one: str, other: str) -> bool:
    """Whether two addresses have the same host and port; "www." makes no difference."""
    first, second = urlsplit(one), urlsplit(other)
    return first.netloc.removeprefix("www.") == second.netloc.removeprefix("www.")
