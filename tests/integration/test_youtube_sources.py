"""Videos as a source: read from a YouTube that plays its part, found by what is said, cited with the minute."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from html import unescape
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hub.core.errors import Conflict, Invalid, Unavailable
from hub.core.ids import DocumentId, TenantId
from hub.jobs.wakers import LocalWaker
from hub.knowledge.library import Library
from hub.knowledge.pages import PageFetcher
from hub.knowledge.retrieval import Filters
from hub.knowledge.source_runs import SourceRuns
from hub.knowledge.sources import SourceDesk, Standing
from hub.knowledge.youtube.client import YouTube
from hub.knowledge.youtube.links import watch_url
from hub.knowledge.youtube.reading import VideoReader
from hub.security.outbound import OutboundClient
from hub.simulator import youtube as simulated
from hub.simulator.faults import Fault, FaultPlan, Kind
from hub.simulator.record import Record
from hub.simulator.server import Simulator
from hub.simulator.youtube import SimulatedVideo, Subtitles
from hub.store.directory import TenantRow
from hub.store.documents import DocumentRow
from hub.store.session import Store
from orchestrator.phrases import PHRASES
from support.database import Database
from support.document_desk import DocumentDesk
from support.running_hub import eventually, hub_in_process

CHANNEL = "UC" + "simulatedshop" + "000000000"
UPLOADS = f"UU{CHANNEL[2:]}"
RETURNS, CARE, WORDLESS = "returns0001", "care0000001", "wordless001"
_FILLER = "We pack each parcel by hand here and we are glad that you visit our little workshop again"


def spoken(*told: tuple[int, str]) -> Subtitles:
    """A minute of other talk before each of the given lines."""
    lines: list[tuple[float, float, str]] = []
    for second, words in told:
        before = range(max(0, second - 60), second, 5)
        lines += [(float(at), 5.0, f"{_FILLER}, part {at}.") for at in before]
        lines.append((float(second), 4.0, words))
    return Subtitles(sorted(lines))


def videos() -> list[SimulatedVideo]:
    return [
        SimulatedVideo(
            RETURNS, "How returns work", description="0:00 Hello\n1:00 Sending back\n4:00 Goodbye",
            subtitles={"en": spoken((125, "Muddy boots may be sent back within forty days & nights."))},
        ),
        SimulatedVideo(CARE, "Caring for wool", subtitles={"en": spoken((83, "Wash wool at thirty degrees."))}),
        SimulatedVideo(WORDLESS, "Music only"),
    ]  # fmt: skip


@dataclass
class Reading:
    """What a test does with YouTube: the site, the tenant's desk and the reader, without pauses between videos."""

    site: simulated.YouTube
    knowledge: DocumentDesk
    desk: SourceDesk
    reader: VideoReader
    tenant: TenantId

    async def read(self, url: str, **options: int) -> Standing:
        source = (await self.desk.add(self.tenant, url, **options)).source  # type: ignore[arg-type]  # a test's options
        return await self.again(source)

    async def again(self, source: object) -> Standing:
        id = source.id  # type: ignore[attr-defined]  # a row of a source
        await self.desk.start(self.tenant, id)
        await self.reader.run(self.tenant, id)
        return await self.desk.get(self.tenant, id)

    async def documents(self) -> dict[str, DocumentRow]:
        async with self.knowledge.store.begin(self.tenant) as tx:
            rows = await tx.documents.page(limit=200)
        return {str(row.external_id).partition("v=")[2]: row for row in rows}

    async def index(self) -> None:
        for row in (await self.documents()).values():
            await self.knowledge.ingester.run(self.tenant, DocumentId(row.id))

    def calls(self, method: str) -> int:
        return sum(entry.method == method for entry in self.site.record.requests)


@pytest.fixture
async def reading(store: Store, tenant: TenantRow) -> AsyncIterator[Reading]:
    site = simulated.YouTube(record=Record(), faults=FaultPlan())
    for video in videos():
        site.put_up(video)
    site.playlists[UPLOADS] = [RETURNS, CARE, WORDLESS]
    site.channels["@simulatedshop"] = CHANNEL
    app = web.Application()
    site.routes(app)

    async def no_pause(_: float) -> None:
        return None

    async with TestServer(app, host="127.0.0.1") as server:
        client = OutboundClient(allow=[("127.0.0.1", int(server.port or 0))])
        knowledge = DocumentDesk(store, tenant.id, None)
        library = Library(
            store=store, blobs=knowledge.blobs, waker=LocalWaker(), fetch=PageFetcher(client=OutboundClient())
        )
        reader = VideoReader(
            runs=SourceRuns(store=store, library=library),
            youtube=YouTube(client=client, root=f"http://127.0.0.1:{server.port}/"),
            sleep=no_pause,
        )
        desk = SourceDesk(store=store, library=library, client=OutboundClient())
        yield Reading(site, knowledge, desk, reader, tenant.id)
        await client.close()


async def test_a_channel_is_read_found_by_what_is_said_and_held_to_its_kind(reading: Reading) -> None:
    reading.site.page_size = 2
    standing = await reading.read("https://www.youtube.com/@simulatedshop/videos")
    assert (standing.source.kind, standing.source.url) == ("youtube", "https://www.youtube.com/@simulatedshop")
    assert (standing.source.state, standing.source.error) == ("idle", None)
    assert (standing.pages.read, standing.pages.failed, standing.pages.waiting) == (2, 1, 0)
    assert reading.calls("browse") == 2, "page by page"
    await reading.knowledge.index(b"# Boots\n\nMuddy boots are cleaned in the shop.", "boots.md")
    await reading.index()
    row = (await reading.documents())[RETURNS]
    assert (row.status, row.title, row.mime) == ("ready", "How returns work", "text/vtt")
    assert row.metadata["channel"] == "Simulated channel"
    search = partial(reading.knowledge.retriever.search, reading.tenant, "muddy boots sent back")
    found = (await search()).passages
    assert "forty days & nights" in found[0].text
    assert (found[0].section, found[0].url) == ("Sending back › 2:05", f"{watch_url(RETURNS)}&t=125s")
    assert any(p.title == "boots.md" or "shop" in p.text for p in found)
    for held in (Filters(mimes=["text/vtt"]), Filters(metadata={"kind": "youtube"})):
        assert {p.document_id for p in (await search(filters=held)).passages} == {row.id}


async def test_reading_again_touches_only_what_changed_and_forgets_what_is_gone(reading: Reading) -> None:
    first = await reading.read(f"https://www.youtube.com/channel/{CHANNEL}")
    before = await reading.documents()
    assert (await reading.again(first.source)).pages.unchanged == 2
    assert {id: row.updated_at for id, row in (await reading.documents()).items()} == {
        id: row.updated_at for id, row in before.items()
    }
    reading.site.videos[CARE].subtitles["en"] = spoken((83, "Wash wool cold."))
    pages = (await reading.again(first.source)).pages
    assert (pages.read, pages.unchanged) == (1, 1)
    reading.site.videos[CARE].state = "private"
    reading.site.playlists[UPLOADS].remove(RETURNS)
    assert set(await reading.documents()) == {RETURNS, CARE}
    standing = await reading.again(first.source)
    assert standing.source.error is not None
    assert await reading.documents() == {}


async def test_a_limited_hub_waits_and_goes_on_where_it_stood(reading: Reading) -> None:
    source = (await reading.desk.add(reading.tenant, f"https://www.youtube.com/channel/{CHANNEL}")).source
    await reading.desk.start(reading.tenant, source.id)
    reading.site.faults.add(Fault(Kind.TOO_MANY, methods=frozenset({"timedtext"}), skip=1))
    with pytest.raises(Unavailable, match="limits how much"):
        await reading.reader.run(reading.tenant, source.id, last_try=False)
    standing = await reading.desk.get(reading.tenant, source.id)
    assert (standing.source.state, standing.pages.read, standing.pages.waiting) == ("running", 1, 2)
    reading.site.faults.clear()
    await reading.reader.run(reading.tenant, source.id, last_try=False)
    standing = await reading.desk.get(reading.tenant, source.id)
    assert (standing.source.state, standing.pages.read, reading.calls("browse")) == ("idle", 2, 1)


@pytest.mark.parametrize("kind", [Kind.TOO_MANY, Kind.SERVER_ERROR, Kind.HTML, Kind.RESET])
async def test_a_youtube_that_is_away_ends_the_last_try_in_words_and_loses_nothing(
    reading: Reading, kind: Kind
) -> None:
    first = await reading.read(watch_url(CARE))
    reading.site.faults.add(Fault(kind))
    standing = await reading.again(first.source)
    assert standing.source.state == "idle"
    assert str(standing.source.error).endswith(".")
    assert set(await reading.documents()) == {CARE}


async def test_what_cannot_be_read_is_said_on_the_source(reading: Reading) -> None:
    reading.site.put_up(SimulatedVideo("private0001", "Secret", state="private"))
    for url, words in (
        (watch_url(WORDLESS), "no subtitles"),
        (watch_url("private0001"), "private"),
        (watch_url("unknown0001"), "no such video"),
        ("https://www.youtube.com/playlist?list=PLnothere00", "does not exist"),
        ("https://www.youtube.com/@nobody", "answers 404"),
    ):
        standing = await reading.read(url)
        assert words in str(standing.source.error), url
        assert standing.source.state == "idle"
    assert await reading.documents() == {}
    with pytest.raises(Invalid, match="names no video"):
        await reading.desk.add(reading.tenant, "https://www.youtube.com/feed/trending")
    with pytest.raises(Conflict):
        await reading.desk.add(reading.tenant, f"https://youtu.be/{WORDLESS}?si=shared")


async def test_no_more_videos_are_read_than_asked_for(reading: Reading) -> None:
    standing = await reading.read(f"https://www.youtube.com/channel/{CHANNEL}", pages=1)
    assert (standing.pages.read, standing.pages.waiting) == (1, 0)
    assert reading.calls("player") == 1


def _youtube(simulator: Simulator) -> str:
    simulator.youtube.put_up(videos()[1])
    return simulator.youtube_url


async def test_an_answer_cites_the_minute_and_links_to_it(database: Database, tmp_path: Path) -> None:
    async with hub_in_process(database, tmp_path, llm_model="sim-grounded", youtube_url=_youtube) as hub:
        tenant = await hub.tenant(use_knowledge=True)
        await hub.telegram(tenant)
        sources = f"/api/v1/tenants/{tenant}/sources"
        source = await hub.ok("POST", sources, json={"url": f"https://youtu.be/{CARE}"})
        assert source["kind"] == "youtube"
        await hub.ok("POST", f"{sources}/{source['id']}/start")
        await eventually(lambda: hub.rows("select 1 from hub.document where status = 'ready'"), what="the video")
        summed_up = "select summary, summary_model from hub.document where summary is not null"
        (about,) = await eventually(lambda: hub.rows(summed_up), what="what the video is about")
        assert about["summary"], "by a model that is grounded, or in the video's own sentences"
        ada = hub.person("Ada")
        ada.say("At how many degrees should I wash wool?")
        await ada.reply()
        (text,) = hub.replies(ada)
        assert "thirty degrees" in text
        cited = unescape(text.split(PHRASES["en"]["sources"])[-1])
        second = int(cited.split("&t=")[1].split("s")[0])
        assert 23 <= second <= 83
        assert f"Caring for wool, {second // 60}:{second % 60:02} {watch_url(CARE)}&t={second}s" in cited
