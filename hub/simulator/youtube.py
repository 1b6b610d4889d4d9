"""YouTube as its players see it: the calls behind the site and the apps, for videos that somebody put up here.

It answers in the shapes of the real one, which are its own affair and change; what a hub reads of them is there.
"""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web

from hub.simulator import wire
from hub.simulator.faults import FaultPlan
from hub.simulator.record import Record

BODY: Final = 64 * 1024
SITE: Final = "https://www.youtube.com"
_KEY: Final = "SIMULATED_INNERTUBE_KEY"
_MOST_VIDEOS: Final = 10_000
_PLAYS: Final = {"status": "OK", "playableInEmbed": True}
NOT_A_BOT: Final = "Sign in to confirm you\u2019re not a bot"
STATES: Final[Mapping[str, dict[str, Any]]] = {
    "plays": _PLAYS,
    "private": {
        "status": "LOGIN_REQUIRED",
        "reason": "Private video",
        "messages": ["This is a private video. Please sign in to verify that you may see it."],
    },
    "gone": {"status": "ERROR", "reason": "This video is unavailable"},
    "aged": {"status": "LOGIN_REQUIRED", "reason": "This video may be inappropriate for some users."},
    "members": {"status": "UNPLAYABLE", "reason": "Join this channel to get access to members-only content."},
    "blocked": {"status": "LOGIN_REQUIRED", "reason": NOT_A_BOT},
}
"""What a player is told of a video in each of these states."""


@dataclass(slots=True)
class Subtitles:
    """One language's lines as (second, how long, words); ``generated`` ones a machine heard."""

    lines: Sequence[tuple[float, float, str]]
    generated: bool = False


@dataclass(slots=True)
class SimulatedVideo:
    """A video; ``state`` is one of ``STATES``."""

    id: str
    title: str
    channel: str = "Simulated channel"
    description: str = ""
    seconds: int = 600
    state: str = "plays"
    subtitles: dict[str, Subtitles] = field(default_factory=dict)


class YouTube:
    """The player's calls, lists of videos, and subtitles."""

    name = "youtube"

    def __init__(self, *, record: Record, faults: FaultPlan) -> None:
        self.record = record
        self.faults = faults
        self.videos: dict[str, SimulatedVideo] = {}
        self.playlists: dict[str, list[str]] = {}
        self.channels: dict[str, str] = {}
        """Channels' ids by handle (``@shop``); what a channel put up is the playlist ``UU`` and the rest of its id."""
        self.page_size = 100

    async def start(self) -> None:
        """Nothing to open."""

    async def stop(self) -> None:
        """Nothing to close."""

    def put_up(self, video: SimulatedVideo) -> SimulatedVideo:
        """Show a video, in the place of one with the same id. Raises ``ValueError`` when there are too many."""
        if len(self.videos) >= _MOST_VIDEOS:
            raise ValueError(f"There are {_MOST_VIDEOS} videos already.")
        self.videos[video.id] = video
        return video

    def routes(self, app: web.Application) -> None:
        """Put the site on an application."""
        app.router.add_get("/watch", self._watch)
        app.router.add_get("/api/timedtext", self._timed_text)
        app.router.add_post("/youtubei/v1/player", self._player)
        app.router.add_post("/youtubei/v1/browse", self._browse)
        app.router.add_post("/youtubei/v1/navigation/resolve_url", self._resolve)

    async def _watch(self, request: web.Request) -> web.Response:
        drawn = await self._before(request, "watch")
        config = json.dumps({"INNERTUBE_API_KEY": _KEY, "INNERTUBE_API_VERSION": "v1"})
        page = f"<!DOCTYPE html><html><body><script>ytcfg.set({config});</script></body></html>"
        return drawn or web.Response(text=page, content_type="text/html")

    async def _player(self, request: web.Request) -> web.Response:
        if (drawn := await self._before(request, "player")) is not None:
            return drawn
        asked = await _read(request)
        id = str(asked.get("videoId", ""))
        video = self.videos.get(id)
        answer: dict[str, Any] = {"responseContext": {}, "playabilityStatus": STATES["gone"]}
        if video is None:
            return web.json_response(answer)
        answer["playabilityStatus"] = STATES[video.state]
        if video.state != "plays":
            return web.json_response(answer)
        answer["videoDetails"] = {
            "videoId": id, "title": video.title, "author": video.channel, "shortDescription": video.description,
            "lengthSeconds": str(video.seconds), "isLiveContent": False,
        }  # fmt: skip
        if video.subtitles:
            tracks = [_track(id, language, each) for language, each in video.subtitles.items()]
            answer["captions"] = {"playerCaptionsTracklistRenderer": {"captionTracks": tracks}}
        return web.json_response(answer)

    async def _timed_text(self, request: web.Request) -> web.Response:
        if (drawn := await self._before(request, "timedtext")) is not None:
            return drawn
        video = self.videos.get(request.query.get("v", ""))
        subtitles = video.subtitles.get(request.query.get("lang", "")) if video is not None else None
        if subtitles is None or not request.query.get("signature"):
            return web.Response(status=404)
        lines = "".join(
            f'<text start="{start:g}" dur="{lasts:g}">{html.escape(html.escape(words))}</text>'
            for start, lasts, words in subtitles.lines
        )
        text = f'<?xml version="1.0" encoding="utf-8" ?><transcript>{lines}</transcript>'
        return web.Response(text=text, content_type="text/xml")

    async def _browse(self, request: web.Request) -> web.Response:
        if (drawn := await self._before(request, "browse")) is not None:
            return drawn
        asked = await _read(request)
        # A list is asked for by its id; a further page by what the page before it said, and by nothing else.
        name, _, offset = str(asked.get("continuation") or f"{str(asked.get('browseId', ''))[2:]} 0").partition(" ")
        if name not in self.playlists:
            alert = {"type": "ERROR", "text": {"runs": [{"text": "The playlist does not exist."}]}}
            return web.json_response({"alerts": [{"alertRenderer": alert}]})
        ids, first = self.playlists[name], int(offset)
        items: list[dict[str, Any]] = [
            _item(self.videos[id]) for id in ids[first : first + self.page_size] if id in self.videos
        ]
        if first + self.page_size < len(ids):
            command = {"token": f"{name} {first + self.page_size}", "request": "CONTINUATION_REQUEST_TYPE_BROWSE"}
            items.append({"continuationItemRenderer": {"continuationEndpoint": {"continuationCommand": command}}})
        if first:
            return web.json_response(
                {"onResponseReceivedActions": [{"appendContinuationItemsAction": {"continuationItems": items}}]}
            )
        section = {"itemSectionRenderer": {"contents": [{"playlistVideoListRenderer": {"contents": items}}]}}
        tab = {"tabRenderer": {"content": {"sectionListRenderer": {"contents": [section]}}}}
        return web.json_response({"contents": {"twoColumnBrowseResultsRenderer": {"tabs": [tab]}}})

    async def _resolve(self, request: web.Request) -> web.Response:
        if (drawn := await self._before(request, "resolve_url")) is not None:
            return drawn
        asked = await _read(request)
        id = self.channels.get(str(asked.get("url", "")).removeprefix(f"{SITE}/"))
        if id is None:
            return web.json_response({"error": {"code": 404, "status": "NOT_FOUND"}}, status=404)
        return web.json_response({"endpoint": {"browseEndpoint": {"browseId": id, "params": "EgC4AQA%3D"}}})

    async def _before(self, request: web.Request, method: str) -> web.Response | None:
        entry = self.record.open(self.name, method, account=request.query.get("v", ""))
        drawn = await wire.before(self.faults.draw(self.name, method), request, entry, _refuse)
        entry.accepted = drawn is None
        return drawn


def _track(id: str, language: str, subtitles: Subtitles) -> dict[str, Any]:
    kind = "&kind=asr" if subtitles.generated else ""
    return {
        "baseUrl": f"{SITE}/api/timedtext?v={id}&expire=4102444800&signature=51.6D&lang={language}{kind}&fmt=srv3",
        "name": {"runs": [{"text": f"{language} (auto-generated)" if subtitles.generated else language}]},
        "vssId": f"{'a' if subtitles.generated else ''}.{language}",
        "languageCode": language,
        **({"kind": "asr"} if subtitles.generated else {}),
        "isTranslatable": True,
        "trackName": "",
    }


def _item(video: SimulatedVideo) -> dict[str, Any]:
    return {
        "playlistVideoRenderer": {
            "videoId": video.id,
            "title": {"runs": [{"text": video.title}]},
            "isPlayable": video.state != "private",
        }
    }


async def _read(request: web.Request) -> dict[str, Any]:
    asked = json.loads(await request.read() or b"{}")
    client = asked.get("context", {}).get("client", {}) if isinstance(asked, dict) else {}
    if not client.get("clientName") or not client.get("clientVersion"):
        raise web.HTTPBadRequest(text='{"error": {"code": 400, "status": "INVALID_ARGUMENT"}}')
    return dict(asked)


def _refuse(status: int, seconds: float) -> web.Response:
    return web.Response(status=status, text="<html><body>Sorry</body></html>", content_type="text/html")
