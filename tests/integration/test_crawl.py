"""A crawl of a local site full of traps stays in its limits and reaches no address but the one that is allowed."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hub.core.errors import Conflict, NotFound
from hub.core.ids import TenantId
from hub.jobs.wakers import LocalWaker
from hub.knowledge.crawler import Crawler
from hub.knowledge.library import Library
from hub.knowledge.pages import PageFetcher
from hub.knowledge.source_runs import SourceRuns
from hub.knowledge.sources import SourceDesk
from hub.security.outbound import OutboundClient
from hub.store.directory import TenantRow
from hub.store.rows import fetch_value
from hub.store.session import Store
from support.document_desk import Blobs


@dataclass
class Site:
    """A small website; ``hits`` counts what was asked for, ``canary`` is a server that nobody may call."""

    url: str = ""
    canary: str = ""
    hits: Counter[str] = field(default_factory=Counter)
    canary_hits: int = 0
    text: str = "Shoes may come back within thirty days."
    conditional: int = 0
    gone: bool = False

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.hits[request.path] += 1
        path = request.path
        if path == "/robots.txt":
            rules = f"Disallow: /private\nSitemap: {self.url}/map.xml\nSitemap: {self.canary}/map.xml\n"
            return web.Response(text=f"User-agent: *\n{rules}")
        if path == "/map.xml":
            entries = "".join(f"<url><loc>{self.url}{place}</loc></url>" for place in ("/listed", "/private/listed"))
            entries += f"<url><loc>{self.canary}/listed</loc></url>"
            return web.Response(text=f"<urlset>{entries}</urlset>", content_type="application/xml")
        if path == "/loop":
            raise web.HTTPFound("/loop")
        if path == "/to-canary":
            raise web.HTTPFound(f"{self.canary}/secret")
        if path == "/to-metadata":
            raise web.HTTPFound("http://169.254.169.254/latest/meta-data/")
        if path == "/based":
            return self.page("Based", "Links of another place.", links=["/x"], head=f'<base href="{self.canary}/">')
        if path == "/copy-of-canary":
            return self.page("Stolen", "Said there.", head=f'<link rel="canonical" href="{self.canary}/said">')
        if path == "/many":
            return self.page("Many", "Ten thousand.", links=[f"/item/{n}" for n in range(10_000)])
        if path == "/endless":
            reply = web.StreamResponse(headers={"Content-Type": "text/html"})
            await reply.prepare(request)
            while True:
                await reply.write(b"<p>more")
                await asyncio.sleep(0.05)
        if path == "/broken":
            return web.Response(status=500)
        if path == "/copy":
            head = f'<link rel="canonical" href="{self.url}/returns">'
            return self.page("Copy", "The same as returns.", head=head)
        if path == "/hidden":
            return self.page("Hidden", "Not for machines.", head='<meta name="robots" content="noindex">')
        if path == "/returns":
            if self.gone:
                return web.Response(status=404)
            if request.headers.get("If-None-Match") == f'"{hash(self.text)}"':
                self.conditional += 1
                return web.Response(status=304)
            reply = self.page("Returns", self.text)
            reply.headers["ETag"] = f'"{hash(self.text)}"'
            return reply
        if path.startswith("/made/"):
            n = int(path.rsplit("/", 1)[1])
            return self.page(f"Made {n}", f"Generated page {n}.", links=[f"/made/{n * 2 + i}" for i in (1, 2)])
        if path == "/":
            return self.page("Home", "Welcome.", links=[
                "/returns", "/copy", "/hidden", "/loop", "/to-canary", "/to-metadata", "/broken", "/private/x",
                "/made/0",
                f"{self.canary}/direct", "http://127.0.0.1:9/", "mailto:a@b.example", "/picture.png", "/a/a/a/a/a",
                "/returns?utm_source=x", "/returns#part", "http://[bad", "/based", "/copy-of-canary",
                f"//{self.canary.removeprefix('http://')}/other",
            ])  # fmt: skip
        return self.page(path, f"The page {path}.")

    def page(self, title: str, text: str, *, links: list[str] = [], head: str = "") -> web.Response:  # noqa: B006 - read only
        anchors = "".join(f'<a href="{link}">{link}</a>' for link in links)
        body = f"<html><head><title>{title}</title>{head}</head><body><p>{text}</p>{anchors}</body></html>"
        return web.Response(text=body, content_type="text/html")

    async def trap(self, request: web.Request) -> web.Response:
        self.canary_hits += 1
        return web.Response(text="secret")


@asynccontextmanager
async def served(handler: object) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handler)  # type: ignore[arg-type]  # a handler of a test
    async with TestServer(app, host="127.0.0.1") as server:
        yield f"http://127.0.0.1:{server.port}"


@dataclass
class Reading:
    """What a test does with a site: the tenant's desk and the crawler, without pauses between pages."""

    site: Site
    store: Store
    tenant: TenantId
    library: Library
    desk: SourceDesk
    crawler: Crawler

    async def crawl(self, id: UUID) -> None:
        await self.desk.start(self.tenant, id)
        await self.crawler.run(self.tenant, id)

    async def documents(self) -> dict[str, UUID]:
        async with self.store.begin(self.tenant) as tx:
            rows = await tx.documents.page(limit=200)
        return {str(row.external_id).removeprefix(self.site.url): row.id for row in rows}


@pytest.fixture
async def reading(store: Store, tenant: TenantRow) -> AsyncIterator[Reading]:
    site = Site()
    async with served(site.answer) as site.url, served(site.trap) as site.canary:
        client = OutboundClient(allow=[("127.0.0.1", int(site.url.rsplit(":", 1)[1]))])
        library = Library(store=store, blobs=Blobs(), waker=LocalWaker(), fetch=PageFetcher(client=client))

        async def no_pause(_: float) -> None:
            return None

        yield Reading(
            site,
            store,
            tenant.id,
            library,
            SourceDesk(store=store, library=library, client=client),
            Crawler(runs=SourceRuns(store=store, library=library), client=client, page_seconds=5, sleep=no_pause),
        )
        await client.close()


async def test_a_site_of_traps_is_read_within_limits_and_rules(reading: Reading) -> None:
    site = reading.site
    source = (await reading.desk.add(reading.tenant, f"{site.url}/", pages=25, depth=3)).source
    await reading.crawl(source.id)
    standing = await reading.desk.get(reading.tenant, source.id)
    pages = standing.pages
    assert standing.source.state == "idle"
    assert pages.waiting == 0
    assert pages.read + pages.unchanged + pages.skipped + pages.failed <= 25
    found = await reading.documents()
    assert {"/", "/returns", "/listed", "/made/0"} <= set(found)
    assert not {"/copy", "/hidden", "/private/x", "/private/listed", "/loop", "/to-canary", "/x"} & set(found)
    assert site.canary_hits == 0
    assert site.hits["/private/x"] == site.hits["/private/listed"] == site.hits["/picture.png"] == 0
    assert site.hits["/a/a/a/a/a"] == 0
    assert site.hits["/returns"] == 1
    assert sum(count for path, count in site.hits.items() if path.startswith("/made/")) < 25


async def test_a_page_of_ten_thousand_links_fills_the_limit_and_no_more(reading: Reading) -> None:
    source = (await reading.desk.add(reading.tenant, f"{reading.site.url}/many", pages=15, depth=5)).source
    await reading.crawl(source.id)
    pages = (await reading.desk.get(reading.tenant, source.id)).pages
    # With the start come what the sitemap lists: one page, and one that robots.txt forbids.
    assert (pages.read, pages.skipped, pages.waiting, pages.failed) == (14, 1, 0, 0)
    assert sum(1 for path in reading.site.hits if path.startswith("/item/")) == 12


async def test_a_page_without_an_end_is_given_up_in_words(reading: Reading) -> None:
    made = reading.crawler
    crawler = Crawler(runs=made._runs, client=made._client, page_seconds=1.5, sleep=made._sleep)
    source = (await reading.desk.add(reading.tenant, f"{reading.site.url}/endless", pages=5, depth=0)).source
    await reading.desk.start(reading.tenant, source.id)
    await crawler.run(reading.tenant, source.id)
    standing = await reading.desk.get(reading.tenant, source.id)
    assert (standing.source.state, standing.pages.failed) == ("idle", 1)
    assert "could be read" in str(standing.source.error)
    assert await reading.documents() == {}


async def test_depth_bounds_a_crawl(reading: Reading) -> None:
    source = (await reading.desk.add(reading.tenant, f"{reading.site.url}/made/0", pages=1_000, depth=2)).source
    await reading.crawl(source.id)
    made = {path for path in reading.site.hits if path.startswith("/made/")}
    assert made == {f"/made/{n}" for n in range(7)}


async def test_reading_again_touches_only_what_changed_and_forgets_what_is_gone(reading: Reading) -> None:
    site = reading.site
    source = (await reading.desk.add(reading.tenant, f"{site.url}/", pages=40, depth=1)).source
    await reading.crawl(source.id)
    first = await reading.documents()
    await reading.crawl(source.id)
    again = (await reading.desk.get(reading.tenant, source.id)).pages
    assert again.read == 0
    assert again.unchanged == len(first)
    assert site.conditional == 1
    site.text = "Shoes may come back within sixty days."
    await reading.crawl(source.id)
    assert (await reading.desk.get(reading.tenant, source.id)).pages.read == 1
    site.gone = True
    await reading.crawl(source.id)
    assert set(first) - set(await reading.documents()) == {"/returns"}


async def test_a_paused_crawl_goes_on_and_a_stopped_one_does_not(reading: Reading) -> None:
    source = (await reading.desk.add(reading.tenant, f"{reading.site.url}/made/0", pages=20, depth=5)).source
    read = 0

    async def pause_after_three(_: float) -> None:
        nonlocal read
        read += 1
        if read == 3:
            await reading.desk.halt(reading.tenant, source.id, "paused")

    made = reading.crawler
    crawler = Crawler(runs=made._runs, client=made._client, sleep=pause_after_three)
    await reading.desk.start(reading.tenant, source.id)
    await crawler.run(reading.tenant, source.id)
    paused = await reading.desk.get(reading.tenant, source.id)
    assert (paused.source.state, paused.pages.read) == ("paused", 3)
    await reading.crawl(source.id)
    done = await reading.desk.get(reading.tenant, source.id)
    assert (done.source.run, done.source.state, done.pages.waiting) == (1, "idle", 0)
    assert done.pages.read + done.pages.skipped == 20
    assert max(count for path, count in reading.site.hits.items() if path.startswith("/made/")) == 1
    await reading.desk.halt(reading.tenant, source.id, "idle")
    await reading.crawler.run(reading.tenant, source.id)
    assert reading.site.hits["/made/0"] == 1


async def test_a_site_that_is_away_fails_in_words_and_loses_nothing(reading: Reading) -> None:
    source = (await reading.desk.add(reading.tenant, f"{reading.site.url}/broken", pages=5, depth=0)).source
    await reading.crawl(source.id)
    assert "could be read" in str((await reading.desk.get(reading.tenant, source.id)).source.error)


async def test_removing_a_source_removes_its_documents_and_no_others(reading: Reading, other_tenant: TenantRow) -> None:
    desk, tenant = reading.desk, reading.tenant
    source = (await desk.add(tenant, f"{reading.site.url}/", pages=3, depth=0)).source
    with pytest.raises(Conflict):
        await desk.add(tenant, f"{reading.site.url}/")
    await reading.crawl(source.id)
    assert await reading.documents()
    with pytest.raises(NotFound):
        await desk.remove(other_tenant.id, source.id)
    await desk.remove(tenant, source.id)
    assert await reading.documents() == {}


async def test_a_source_with_an_interval_is_put_on_the_calendar_once(reading: Reading) -> None:
    source = (await reading.desk.add(reading.tenant, f"{reading.site.url}/returns", depth=0, every_hours=24)).source
    await reading.crawl(source.id)
    await reading.crawl(source.id)
    await reading.crawler.run(reading.tenant, source.id, again=True)
    assert (await reading.desk.get(reading.tenant, source.id)).source.run == 3
    async with reading.store.begin(reading.tenant) as tx:
        due = "select count(*) from hub.job where name = 'source.crawl' and due_at > now() + interval '1 hour'"
        assert await fetch_value(tx.connection, due) == 1
