"""Reading a website: page after page from its start and its sitemaps, within limits, by its rules.

Where a crawl stands is in the database: it can be paused, stopped, or go on after a crash. A page that has not changed
since costs one conditional request and touches nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from hub.core.errors import HubError
from hub.core.ids import TenantId
from hub.knowledge.library import Entry
from hub.knowledge.site_links import normalise, read_links, same_site
from hub.knowledge.site_rules import SiteRules, read_rules, read_sitemaps
from hub.knowledge.source_runs import SourceRuns
from hub.security.outbound import Fetched, OutboundClient
from hub.store.sources import PageRow, SourceRow

_PAGE_SECONDS: Final = 15.0
_PAGE_BYTES: Final = 5_000_000
_LINK_BYTES: Final = 1_000_000
_LEAST_PAUSE: Final = 0.2
_UNREAD: Final = "No page of the site could be read. Check its address and try again."
_READABLE: Final = ("text/html", "application/xhtml+xml", "text/plain", "text/markdown", "application/pdf")


class Crawler:
    """Reads sources. Safe to share; one run of one source at a time is the job's business."""

    def __init__(
        self,
        *,
        runs: SourceRuns,
        client: OutboundClient,
        pause: float = _LEAST_PAUSE,
        page_seconds: float = _PAGE_SECONDS,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._runs = runs
        self._client = client
        self._pause = pause
        self._page_seconds = page_seconds
        self._sleep = sleep

    async def run(self, tenant: TenantId, id: UUID, *, again: bool = False, last_try: bool = True) -> None:
        """As ``SourceReader.run``. A page that cannot be had is passed by, so that every try is as good as the last."""
        source = await self._runs.begin(tenant, id, again=again)
        if source is None:
            return
        rules = await read_rules(source.url, self._get)
        await self._seed(tenant, source, rules)
        pause = rules.pause(self._pause)
        while (page := await self._runs.next_page(tenant, source)) is not None:
            await self._read(tenant, source, page, rules)
            await self._sleep(pause)
        await self._runs.end(tenant, source, _UNREAD)

    async def _get(self, url: str, most: int) -> bytes | None:
        fetched = await self._client.fetch("GET", url, seconds=self._page_seconds, max_bytes=most)
        return fetched.body if fetched.status == 200 else None

    async def _seed(self, tenant: TenantId, source: SourceRow, rules: SiteRules) -> None:
        """The start, and what the sitemaps list, once a run."""
        if not await self._runs.fresh(tenant, source):
            return
        listed = await read_sitemaps(source.url, rules, self._get, source.max_pages) if source.max_depth else []
        wanted = [url for link in listed if (url := normalise(link, source.url)) and same_site(url, source.url)]
        start = normalise(source.url, source.url) or source.url
        await self._runs.found(tenant, source, [start], 0)
        await self._runs.found(tenant, source, wanted, 1)

    async def _read(self, tenant: TenantId, source: SourceRow, page: PageRow, rules: SiteRules) -> None:
        if not rules.allows(page.url):
            await self._runs.settle(tenant, source, page, "skipped", note="The site's robots.txt asks not to read it.")
            return
        conditions = {
            name: value
            for name, value in (("If-None-Match", page.etag), ("If-Modified-Since", page.modified))
            if value and page.document_id is not None
        }
        try:
            fetched = await self._client.fetch(
                "GET", page.url, headers=conditions, seconds=self._page_seconds, max_bytes=_PAGE_BYTES
            )
        except HubError as error:
            await self._runs.settle(tenant, source, page, "failed", note=str(error))
            return
        if fetched.status == 304:
            await self._runs.settle(tenant, source, page, "unchanged")
        elif fetched.status in {404, 410}:
            await self._runs.settle(tenant, source, page, "failed", note=f"Gone: the site answers {fetched.status}.")
        elif fetched.status != 200:
            await self._runs.settle(tenant, source, page, "failed", note=f"The site answers {fetched.status}.")
        elif not same_site(fetched.url, source.url):
            await self._runs.settle(tenant, source, page, "skipped", note="It leads to another site.")
        else:
            await self._take(tenant, source, page, fetched)

    async def _take(self, tenant: TenantId, source: SourceRow, page: PageRow, fetched: Fetched) -> None:
        mime = fetched.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if mime not in _READABLE or not fetched.body:
            await self._runs.settle(
                tenant, source, page, "skipped", note=f"There is no text to read ({mime or 'no type'})."
            )
            return
        here = normalise(fetched.url, source.url) or page.url
        if "html" in mime:
            links = await asyncio.to_thread(read_links, fetched.body[:_LINK_BYTES].decode("utf-8", "replace"))
            base = links.base or here
            canonical = normalise(links.canonical, base) if links.canonical else None
            if canonical and same_site(canonical, source.url):
                here = canonical
            if links.follow and page.depth < source.max_depth:
                onward = (normalise(link, base) for link in links.links)
                await self._runs.found(
                    tenant, source, [u for u in onward if u and same_site(u, source.url)], page.depth + 1
                )
            if not links.index:
                await self._runs.settle(tenant, source, page, "skipped", note="The page asks not to be indexed.")
                return
        if here != page.url:
            await self._runs.found(tenant, source, [here], page.depth)
            await self._runs.settle(tenant, source, page, "skipped", note=f"It is the same page as {here}.")
            return
        await self._keep(tenant, source, page, fetched)

    async def _keep(self, tenant: TenantId, source: SourceRow, page: PageRow, fetched: Fetched) -> None:
        name = urlsplit(page.url).path.rstrip("/").rsplit("/", 1)[-1] or "page"
        entry = Entry(external_id=page.url, url=page.url, metadata={"source": str(source.id)})
        mime = fetched.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        ending = ".html" if "html" in mime and "." not in name else ""
        await self._runs.keep(
            tenant, source, page, fetched.body, f"{name[:100]}{ending}", entry, etag=fetched.headers.get("ETag"),
            modified=fetched.headers.get("Last-Modified"),
        )  # fmt: skip
