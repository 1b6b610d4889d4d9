"""What a link to YouTube names: one video, or a list of them (a playlist, a channel's uploads). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from hub.core.errors import Invalid

SITE: Final = "https://www.youtube.com"
_HOSTS: Final = frozenset({
    "youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com", "youtu.be", "www.youtu.be",
    "youtube-nocookie.com", "www.youtube-nocookie.com",
})  # fmt: skip
_VIDEO: Final = re.compile(r"[A-Za-z0-9_-]{11}")
_PLAYLIST: Final = re.compile(r"(?:PL|UU|FL|OLAK5uy_)[A-Za-z0-9_-]{8,64}")
_CHANNEL: Final = re.compile(r"UC[A-Za-z0-9_-]{22}")
_HANDLE: Final = re.compile(r"@[^\s/?#@]{2,60}")
_NAME: Final = re.compile(r"[^\s/?#@]{1,100}")


@dataclass(frozen=True, slots=True)
class Link:
    """``name`` is a video's, playlist's or channel's id, or the path of a channel that goes by a name (``@shop``).
    ``url`` is the one way it is written."""

    kind: Literal["video", "playlist", "channel"]
    name: str
    url: str


def is_youtube(url: str) -> bool:
    """Whether an address is one of YouTube's."""
    try:
        return (urlsplit(url.strip()).hostname or "") in _HOSTS
    except ValueError:
        return False


def watch_url(video: str) -> str:
    """Where people see a video."""
    return f"{SITE}/watch?v={video}"


def read_link(url: str) -> Link:
    """What the address names. Raises ``Invalid`` in words for one that names neither videos nor a list of them."""
    parts = urlsplit(url.strip())
    given = {name: values[0] for name, values in parse_qs(parts.query).items()}
    steps = [unquote(step) for step in parts.path.split("/") if step]
    first, second = [*steps, "", ""][:2]
    if parts.hostname in {"youtu.be", "www.youtu.be"}:
        return _video(first)
    if first == "watch" or first in {"shorts", "live", "embed", "v"}:
        return _video(given.get("v", "") if first == "watch" else second)
    if first == "playlist" and _PLAYLIST.fullmatch(given.get("list", "")):
        return Link("playlist", given["list"], f"{SITE}/playlist?list={given['list']}")
    if first == "channel" and _CHANNEL.fullmatch(second):
        return Link("channel", second, f"{SITE}/channel/{second}")
    if _HANDLE.fullmatch(first):
        return Link("channel", first, f"{SITE}/{first}")
    if first in {"c", "user"} and _NAME.fullmatch(second):
        return Link("channel", f"{first}/{second}", f"{SITE}/{first}/{second}")
    raise Invalid(
        "This YouTube address names no video, playlist or channel. Copy it from the video's or channel's page.",
        field="url",
    )


def uploads_of(channel: str) -> str:
    """The playlist of all that a channel (its id) has put up."""
    return f"UU{channel.removeprefix('UC')}"


def _video(id: str) -> Link:
    if not _VIDEO.fullmatch(id):
        raise Invalid("This YouTube address names no video. Copy it from the video's page.", field="url")
    return Link("video", id, watch_url(id))
