"""Reading a source on YouTube: its videos one after the other, the subtitles of each as one document.

Where it stands is in the database, as for a website. A video whose subtitles are the same as before touches nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from uuid import UUID

from hub.core.errors import Unavailable, Unreadable
from hub.core.ids import TenantId
from hub.knowledge.library import Entry
from hub.knowledge.source_runs import SourceRuns
from hub.knowledge.youtube.answers import Cue, Video, chosen
from hub.knowledge.youtube.client import YouTube
from hub.knowledge.youtube.links import read_link, watch_url
from hub.store.sources import PageRow, SourceRow

_PAUSE: Final = 1.0


class VideoReader:
    """Reads the videos of sources. Safe to share; one run of one source at a time is the job's business."""

    def __init__(
        self,
        *,
        runs: SourceRuns,
        youtube: YouTube,
        pause: float = _PAUSE,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._runs = runs
        self._youtube = youtube
        self._pause = pause
        self._sleep = sleep

    async def run(self, tenant: TenantId, id: UUID, *, again: bool = False, last_try: bool = True) -> None:
        """As ``SourceReader.run``. While YouTube does not answer, or not to us, ``Unavailable`` is raised with the rest
        left to read, unless this is the ``last_try``: then the source says why it ended."""
        source = await self._runs.begin(tenant, id, again=again)
        if source is None:
            return
        try:
            await self._seed(tenant, source)
            while (page := await self._runs.next_page(tenant, source)) is not None:
                await self._read(tenant, source, page)
                await self._sleep(self._pause)
        except Unavailable as error:
            if not last_try:
                raise
            await self._runs.give_up(tenant, source, str(error))
        except Unreadable as error:
            await self._runs.give_up(tenant, source, str(error))
        else:
            # YouTube has answered to the end, so what it no longer has is gone even where it had nothing else.
            await self._runs.end(tenant, source, "No video could be read.", reached=True)

    async def _seed(self, tenant: TenantId, source: SourceRow) -> None:
        if not await self._runs.fresh(tenant, source):
            return
        link = read_link(source.url)
        videos = [link.name] if link.kind == "video" else await self._youtube.listed(link, source.max_pages)
        if not videos:
            raise Unreadable("YouTube shows no videos here.")
        await self._runs.found(tenant, source, [watch_url(video) for video in videos], 0)

    async def _read(self, tenant: TenantId, source: SourceRow, page: PageRow) -> None:
        try:
            video = await self._youtube.video(read_link(page.url).name)
            cues = await self._youtube.cues(chosen(video.tracks))
            if not cues:
                raise Unreadable("The video's subtitles are empty.")
        except Unreadable as error:
            await self._runs.settle(tenant, source, page, "failed", note=str(error))
            return
        entry = Entry(
            title=video.title or None,
            external_id=page.url,
            url=page.url,
            metadata={"source": str(source.id), "kind": "youtube", "channel": video.channel, "seconds": video.seconds},
        )
        await self._runs.keep(tenant, source, page, web_vtt(video, cues), f"{video.id or 'video'}.vtt", entry)


def web_vtt(video: Video, cues: Sequence[Cue]) -> bytes:
    """A video's subtitles as a file of their own, its title and chapters as notes."""
    parts = ["WEBVTT", f"NOTE Title: {video.title}"]
    chapters = list(video.chapters)
    for cue in cues:
        while chapters and chapters[0][0] <= cue.begins:
            parts.append(f"NOTE Chapter: {chapters.pop(0)[1]}")
        text = "\n".join(line for line in cue.text.replace("-->", "\u2192").splitlines() if line.strip())
        parts.append(f"{_at(cue.begins)} --> {_at(cue.ends)}\n{text}")
    return ("\n\n".join(parts) + "\n").encode()


def _at(seconds: float) -> str:
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}.{thousandths:03}"
