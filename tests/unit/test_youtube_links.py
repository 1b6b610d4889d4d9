"""What a link to YouTube names, and what is read of YouTube's answers."""

import pytest

from hub.core.errors import Invalid, Unavailable, Unreadable
from hub.knowledge.youtube.answers import Track, chapters_in, chosen, continuation_in, read_player, videos_in
from hub.knowledge.youtube.links import is_youtube, read_link, uploads_of
from hub.simulator.youtube import STATES

CHANNEL = "UC" + "a1B2-_" * 3 + "wxyz"


@pytest.mark.parametrize(
    ("url", "kind", "name"),
    [
        ("https://www.youtube.com/watch?v=dQw4w9WgXcQ", "video", "dQw4w9WgXcQ"),
        ("https://m.youtube.com/watch?app=desktop&v=dQw4w9WgXcQ&list=PL0123456789&t=5s", "video", "dQw4w9WgXcQ"),
        ("https://youtu.be/dQw4w9WgXcQ?si=share", "video", "dQw4w9WgXcQ"),
        ("https://youtube.com/shorts/dQw4w9WgXcQ", "video", "dQw4w9WgXcQ"),
        ("https://www.youtube.com/live/dQw4w9WgXcQ?feature=share", "video", "dQw4w9WgXcQ"),
        ("https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ", "video", "dQw4w9WgXcQ"),
        ("https://www.youtube.com/playlist?list=PL0123456789abcdef", "playlist", "PL0123456789abcdef"),
        (f"https://www.youtube.com/channel/{CHANNEL}/videos", "channel", CHANNEL),
        ("https://www.youtube.com/@Some.Shop/videos", "channel", "@Some.Shop"),
        ("https://www.youtube.com/%40Some.Shop", "channel", "@Some.Shop"),
        ("https://www.youtube.com/c/SomeShop", "channel", "c/SomeShop"),
        ("https://www.youtube.com/user/SomeShop", "channel", "user/SomeShop"),
    ],
)
def test_links_to_videos_and_lists_are_read(url: str, kind: str, name: str) -> None:
    assert is_youtube(url)
    link = read_link(url)
    assert (link.kind, link.name) == (kind, name)
    assert read_link(link.url) == link


@pytest.mark.parametrize(
    "url",
    [
        "https://www.youtube.com/",
        "https://www.youtube.com/watch?v=short",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ%2F..",
        "https://www.youtube.com/playlist?list=WL",
        "https://www.youtube.com/feed/subscriptions",
        "https://www.youtube.com/channel/../watch",
        "https://youtu.be/",
    ],
)
def test_other_addresses_are_refused_in_words(url: str) -> None:
    with pytest.raises(Invalid, match="names no video"):
        read_link(url)


def test_only_youtube_is_youtube() -> None:
    assert not any(map(is_youtube, ("https://youtube.com.evil.example/watch", "https://shop.example/@a", "nonsense")))
    assert uploads_of(CHANNEL) == f"UU{CHANNEL[2:]}"


def test_written_subtitles_in_the_spoken_language_come_first() -> None:
    heard, german, english = Track("en", True, "a"), Track("de", False, "b"), Track("en-GB", False, "c")
    assert chosen([heard, german, english]) is english
    assert chosen([heard, german]) is german
    assert chosen([heard]) is heard


def test_chapters_are_read_as_the_player_reads_them() -> None:
    told = "About us.\n0:00 Opening\n(1:05) - Returns\n1:02:03 Goodbye\nCall 12:30 today"
    assert chapters_in(told.replace("Call 12:30 today", "")) == ((0, "Opening"), (65, "Returns"), (3723, "Goodbye"))
    assert chapters_in("0:00 One\n0:10 Two") == ()
    assert chapters_in("0:05 One\n0:10 Two\n0:20 Three") == ()
    assert chapters_in("0:00 One\n0:20 Two\n0:10 Three") == ()


@pytest.mark.parametrize(
    ("state", "kind", "words"),
    [
        ("private", Unreadable, "Gone: the video is private"),
        ("gone", Unreadable, "Gone: there is no such video"),
        ("aged", Unreadable, "proved their age"),
        ("members", Unreadable, "Join this channel"),
        ("blocked", Unavailable, "limits how much"),
    ],
)
def test_what_cannot_be_played_is_said_in_words(state: str, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        read_player({"playabilityStatus": STATES[state]})


@pytest.mark.parametrize("answer", [{}, {"playabilityStatus": {"status": "OK"}}, {"playabilityStatus": []}])
def test_answers_of_another_shape_are_refused_in_words(answer: dict[str, object]) -> None:
    with pytest.raises(Unreadable):
        read_player(answer)


def test_both_shapes_of_lists_are_read() -> None:
    lockup = {"lockupViewModel": {"contentId": "bbbbbbbbbbb", "contentType": "LOCKUP_CONTENT_TYPE_VIDEO"}}
    other = {"lockupViewModel": {"contentId": "ccccccccccc", "contentType": "LOCKUP_CONTENT_TYPE_PLAYLIST"}}
    more = {"continuationCommand": {"token": "next", "request": "CONTINUATION_REQUEST_TYPE_BROWSE"}}
    answer = {"contents": [{"playlistVideoRenderer": {"videoId": "aaaaaaaaaaa"}}, lockup, other, {"x": more}]}
    assert list(videos_in(answer)) == ["aaaaaaaaaaa", "bbbbbbbbbbb"]
    assert continuation_in(answer) == "next"
    assert continuation_in({"continuationCommand": {"token": "other", "request": "X"}}) is None
