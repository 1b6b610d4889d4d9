"""YouTube's answers, read without trusting their shape: it changes without notice. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hub.core.errors import Unavailable, Unreadable

_DEEPEST: Final = 60
_CHAPTER: Final = re.compile(r"^\W{0,3}(?:(\d{1,2}):)?(\d{1,2}):(\d{2})\W{1,4}(\S.{0,150})$", re.MULTILINE)
_LEAST_CHAPTERS: Final = 3  # as YouTube's own player has it


@dataclass(frozen=True, slots=True)
class Track:
    """Subtitles in one language. ``generated`` ones were heard by a machine."""

    language: str
    generated: bool
    url: str


@dataclass(frozen=True, slots=True)
class Video:
    """A video that has subtitles. ``chapters`` are seconds and titles."""

    id: str
    title: str
    channel: str
    seconds: int
    tracks: tuple[Track, ...]
    chapters: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Cue:
    """Words on the screen from one second to another."""

    begins: float
    ends: float
    text: str


def read_player(answer: Mapping[str, Any]) -> Video:
    """The video a player was told of. Raises ``Unreadable`` or ``Unavailable`` in words."""
    status = _dict(answer.get("playabilityStatus"))
    if status.get("status") != "OK":
        raise _why_not(status)
    details = _dict(answer.get("videoDetails"))
    list_of_tracks = _dict(_dict(answer.get("captions")).get("playerCaptionsTracklistRenderer"))
    tracks = tuple(
        Track(str(each.get("languageCode") or ""), each.get("kind") == "asr", str(each["baseUrl"]))
        for each in map(_dict, _list(list_of_tracks.get("captionTracks")))
        if each.get("baseUrl")
    )
    if not tracks:
        raise Unreadable("The video has no subtitles. Add some on YouTube, or upload its text.")
    return Video(
        id=str(details.get("videoId") or ""),
        title=" ".join(str(details.get("title") or "").split())[:300],
        channel=" ".join(str(details.get("author") or "").split())[:200],
        seconds=_number(details.get("lengthSeconds")),
        tracks=tracks,
        chapters=chapters_in(str(details.get("shortDescription") or "")),
    )


def chosen(tracks: Sequence[Track]) -> Track:
    """The subtitles to read: those that people wrote in the language spoken, else any that they wrote, else what a
    machine heard."""
    spoken = next((track.language.partition("-")[0] for track in tracks if track.generated), None)
    written = [track for track in tracks if not track.generated]
    same = [track for track in written if track.language.partition("-")[0] == spoken]
    return (same or written or list(tracks))[0]


def chapters_in(description: str) -> tuple[tuple[int, str], ...]:
    """The chapters that a description lists: at least three lines of a time and a title, the first at 0:00."""
    found = [
        (int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds), title.strip())
        for hours, minutes, seconds, title in _CHAPTER.findall(description)
    ]
    begins = [second for second, _ in found]
    ordered = len(found) >= _LEAST_CHAPTERS and begins[0] == 0 and begins == sorted(set(begins))
    return tuple(found) if ordered else ()


def videos_in(answer: Mapping[str, Any]) -> Iterator[str]:
    """The ids of the videos a page of a list shows, in its order."""
    for key, value in _walk(answer):
        if key == "playlistVideoRenderer" and value.get("isPlayable", True) and value.get("videoId"):
            yield str(value["videoId"])
        elif key == "lockupViewModel" and value.get("contentType") == "LOCKUP_CONTENT_TYPE_VIDEO":
            yield str(value.get("contentId") or "")


def continuation_in(answer: Mapping[str, Any]) -> str | None:
    """What to ask for the list's next page with."""
    for key, value in _walk(answer):
        if key == "continuationCommand" and value.get("request") == "CONTINUATION_REQUEST_TYPE_BROWSE":
            return str(value.get("token") or "") or None
    return None


def refusal_in(answer: Mapping[str, Any]) -> str | None:
    """Why a list is not shown, in YouTube's words."""
    for key, value in _walk(answer):
        if key == "alertRenderer" and value.get("type") == "ERROR":
            return _words(value.get("text")) or "it gives no reason"
    return None


def _why_not(status: Mapping[str, Any]) -> Unreadable | Unavailable:
    reason = str(status.get("reason") or "")
    more = " ".join(str(message) for message in _list(status.get("messages")))
    told = f"{reason} {more}".casefold().replace("\u2019", "'")
    kind = status.get("status")
    if "not a bot" in told:
        return Unavailable("YouTube limits how much it gives to this server's address. Read it again later.")
    if "private" in told:
        return Unreadable("Gone: the video is private. Make it public or unlisted on YouTube.")
    if "age" in told.split() or "inappropriate" in told:
        return Unreadable("YouTube shows the video only to people who have proved their age.")
    if kind == "LIVE_STREAM_OFFLINE":
        return Unreadable("The video has not begun yet.")
    if kind == "ERROR":
        return Unreadable("Gone: there is no such video on YouTube any more.")
    return Unreadable(f"YouTube does not play the video: {reason.rstrip('.') or 'it gives no reason'}.")


def _walk(node: Any, depth: int = 0) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object below, in order, with the key it stands under."""
    if depth > _DEEPEST:
        return
    if isinstance(node, Mapping):
        for key, value in node.items():
            if isinstance(value, dict):
                yield key, value
            yield from _walk(value, depth + 1)
    elif isinstance(node, list):
        for value in node:
            yield from _walk(value, depth + 1)


def _words(text: Any) -> str:
    fields = _dict(text)
    return str(
        fields.get("simpleText") or "".join(str(_dict(run).get("text", "")) for run in _list(fields.get("runs")))
    )


def _number(value: Any) -> int:
    return int(value) if str(value).isdecimal() else 0


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
