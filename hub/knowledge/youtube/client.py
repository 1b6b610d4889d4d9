"""What YouTube's own players ask: a video with its subtitle tracks, a track's words, the videos of a list.

There is no public API for subtitles; these are the calls of the site and its apps. Everything goes to one base address:
addresses in answers are taken as paths of it, so that none leads elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, ParseError

import orjson
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from hub.core.errors import TooLarge, Unavailable, Unreadable
from hub.knowledge.youtube.answers import (
    Cue,
    Track,
    Video,
    continuation_in,
    read_player,
    refusal_in,
    videos_in,
)
from hub.knowledge.youtube.links import SITE, Link, uploads_of
from hub.security.outbound import Fetched, OutboundClient

_SECONDS: Final = 20.0
_MOST: Final = 8_000_000
# The app's answers carry addresses of subtitles that need no proof of a browser; lists are the web site's.
_APP: Final = {"client": {"clientName": "ANDROID", "clientVersion": "20.10.38", "hl": "en"}}
_WEB: Final = {"client": {"clientName": "WEB", "clientVersion": "2.20251001.00.00", "hl": "en"}}
_HEADERS: Final = {"Content-Type": "application/json", "Accept-Language": "en-US"}
_LATER: Final = "YouTube limits how much it gives to this server's address. Read it again later."


class YouTube:
    """Speaks to YouTube at ``root``. ``Unavailable`` means that it may work later, ``Unreadable`` that it will not."""

    def __init__(self, *, client: OutboundClient, root: str) -> None:
        """``client`` must permit ``root``."""
        self._client = client
        self._root = root.rstrip("/")

    async def video(self, id: str) -> Video:
        """A video's title and subtitle tracks. Raises ``Unreadable`` in words for one that is gone, private, not to be
        played here or without subtitles, ``Unavailable`` where YouTube does not answer, or not to us."""
        return read_player(await self._ask("player", {"context": _APP, "videoId": id}))

    async def cues(self, track: Track) -> Sequence[Cue]:
        """What is said by the track. Raises as ``video``."""
        parts = urlsplit(track.url)
        # Without it the plain old format comes, the same for every track.
        query = parts.query.replace("&fmt=srv3", "")
        if "exp=xpe" in query:
            raise Unavailable(_LATER)
        answer = await self._fetch("GET", f"{parts.path}?{query}")
        if not answer.body.strip():
            raise Unavailable(_LATER)
        try:
            return [cue for element in fromstring(answer.body).iter() if (cue := _cue(element))]
        except (ParseError, DefusedXmlException, ValueError) as error:
            raise Unreadable("YouTube gives the video's subtitles in a form that cannot be read.") from error

    async def listed(self, link: Link, most: int) -> Sequence[str]:
        """The ids of a list's first ``most`` videos, a channel's newest first. Raises as ``video``."""
        playlist = link.name if link.kind == "playlist" else uploads_of(await self._channel(link))
        answer = await self._ask("browse", {"context": _WEB, "browseId": f"VL{playlist}"})
        if refusal := refusal_in(answer):
            raise Unreadable(f"YouTube cannot show this list: {refusal.rstrip('.')}.")
        found: dict[str, None] = {}
        while True:
            before = len(found)
            found.update(dict.fromkeys(videos_in(answer)))
            token = continuation_in(answer)
            if token is None or len(found) >= most or len(found) == before:
                return list(found)[:most]
            answer = await self._ask("browse", {"context": _WEB, "continuation": token})

    async def _channel(self, link: Link) -> str:
        if link.name.startswith("UC"):
            return link.name
        answer = await self._ask("navigation/resolve_url", {"context": _WEB, "url": f"{SITE}/{link.name}"})
        endpoint = answer.get("endpoint")
        browse = endpoint.get("browseEndpoint") if isinstance(endpoint, dict) else None
        id = browse.get("browseId") if isinstance(browse, dict) else None
        if not isinstance(id, str) or not id.startswith("UC"):
            raise Unreadable("There is no such channel on YouTube. Check the address.")
        return id

    async def _ask(self, method: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = await self._fetch("POST", f"/youtubei/v1/{method}?prettyPrint=false", orjson.dumps(body))
        try:
            told = orjson.loads(answer.body)
        except orjson.JSONDecodeError:
            told = None
        if not isinstance(told, dict):
            raise Unavailable("YouTube answers with something other than its player does. Read it again later.")
        return told

    async def _fetch(self, method: str, path: str, body: bytes | None = None) -> Fetched:
        try:
            answer = await self._client.fetch(
                method, f"{self._root}{path}", headers=_HEADERS if body else {"Accept-Language": "en-US"}, body=body,
                seconds=_SECONDS, max_bytes=_MOST, redirects=0,
            )  # fmt: skip
        except TooLarge as error:
            raise Unreadable("YouTube's answer is larger than can be read.") from error
        if answer.status == 429 or 300 <= answer.status < 400:
            # It redirects to a page for people to prove that they are.
            raise Unavailable(_LATER)
        if answer.status >= 500:
            raise Unavailable(f"YouTube answers {answer.status}. Read it again later.")
        if answer.status != 200:
            raise Unreadable(f"There is no such thing on YouTube: it answers {answer.status}. Check the address.")
        return answer


def _cue(element: Element) -> Cue | None:
    if element.tag not in ("text", "p"):
        return None
    # The newer format counts thousandths.
    begins = float(element.get("start") or 0) if element.tag == "text" else float(element.get("t") or 0) / 1000
    lasts = float(element.get("dur") or 0) if element.tag == "text" else float(element.get("d") or 0) / 1000
    said = "".join(element.itertext()).strip()
    return Cue(begins, begins + lasts, said) if said and begins >= 0 and lasts >= 0 else None
