"""What a site says to those who read it by machine: robots.txt and sitemaps."""

from __future__ import annotations

import gzip
import io
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urljoin
from urllib.robotparser import RobotFileParser

from hub.core.errors import HubError

AGENT: Final = "Switchboard"
_MOST_SITEMAPS: Final = 20
_LARGEST: Final = 5_000_000
_SLOWEST: Final = 10.0

Get = Callable[[str, int], Awaitable[bytes | None]]
"""Fetches an address, at most so many bytes; None where there is nothing. Raises ``HubError``."""


class SiteRules:
    """The rules of one site; everything is allowed where it gives none."""

    def __init__(self, parser: RobotFileParser | None) -> None:
        self._parser = parser

    def allows(self, url: str) -> bool:
        """Whether the site lets this address be read."""
        return self._parser is None or self._parser.can_fetch(AGENT, url)

    def pause(self, least: float) -> float:
        """Seconds to wait between two calls: what the site asks for, within reason."""
        asked = self._parser.crawl_delay(AGENT) if self._parser is not None else None
        return max(least, min(float(asked or 0.0), _SLOWEST))

    @property
    def sitemaps(self) -> list[str]:
        """The sitemaps the rules name."""
        return list(self._parser.site_maps() or []) if self._parser is not None else []


async def read_rules(start: str, get: Get) -> SiteRules:
    """The site's robots.txt; none where it cannot be had."""
    try:
        body = await get(urljoin(start, "/robots.txt"), 500_000)
    except HubError:
        body = None
    if body is None:
        return SiteRules(None)
    parser = RobotFileParser()
    parser.parse(body.decode("utf-8", "replace").splitlines())
    return SiteRules(parser)


async def read_sitemaps(start: str, rules: SiteRules, get: Get, most: int) -> list[str]:
    """The addresses that the site's sitemaps list, at most so many. Broken sitemaps are left out."""
    waiting = rules.sitemaps or [urljoin(start, "/sitemap.xml")]
    seen: set[str] = set()
    found: dict[str, None] = {}
    while waiting and len(seen) < _MOST_SITEMAPS and len(found) < most:
        address = waiting.pop(0)
        if address in seen:
            continue
        seen.add(address)
        try:
            body = await get(address, _LARGEST)
        except HubError:
            continue
        for index, url in _entries(body or b""):
            if index:
                waiting.append(url)
            elif len(found) < most:
                found[url] = None
    return list(found)


def _entries(body: bytes) -> list[tuple[bool, str]]:
    """(whether it is another sitemap, address) of every entry; none where the XML is broken or sets traps."""
    from defusedxml import ElementTree
    from defusedxml.common import DefusedXmlException

    entries: list[tuple[bool, str]] = []
    try:
        if body.startswith(b"\x1f\x8b"):
            with gzip.GzipFile(fileobj=io.BytesIO(body)) as packed:
                body = packed.read(_LARGEST)
        for _, node in ElementTree.iterparse(io.BytesIO(body), forbid_dtd=True):
            name = node.tag.rsplit("}", 1)[-1]
            if name in {"url", "sitemap"}:
                place = next((part.text for part in node if part.tag.rsplit("}", 1)[-1] == "loc"), None)
                if place:
                    entries.append((name == "sitemap", place.strip()))
                node.clear()
            if len(entries) >= 50_000:
                break
    except (DefusedXmlException, ElementTree.ParseError, OSError, EOFError, ValueError):
        pass
    return entries
