"""Subtitles are read as what is said, with the second it is said at."""

import pytest

from hub.core.errors import Unreadable
from hub.core.knowledge import Document
from hub.files.sniff import sniff
from hub.knowledge.chunking import ChunkSizes, Strategy, chunk_document
from hub.knowledge.loaders.registry import load
from hub.knowledge.loading import Loader
from hub.knowledge.recordings import clock, link_at

_LONG = "We keep every order for thirty days and pack it by hand, and the courier takes it away before noon"


def webvtt(*cues: tuple[int, str]) -> bytes:
    def at(second: int) -> str:
        return f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}.000"

    return ("WEBVTT\n\n" + "\n\n".join(f"{at(s)} --> {at(s + 4)}\n{text}" for s, text in cues)).encode()


def moments(document: Document) -> list[tuple[int | None, str]]:
    return [(section.seconds, document.text[section.start : section.end].strip()) for section in document.sections]


def test_cues_are_joined_to_stretches_that_end_with_a_sentence_and_know_their_second() -> None:
    document = load(webvtt(*((n * 10, f"{n} {_LONG}{'.' if n % 4 == 3 else ''}") for n in range(12))), "talk.vtt")
    told = moments(document)
    assert len(told) == 3
    assert [second for second, _ in told] == [0, 40, 80]
    assert all(text.endswith(".") for _, text in told)


@pytest.mark.parametrize("strategy", ["structure", "recursive", "fixed"])
def test_every_chunk_keeps_a_second_at_or_before_its_words(strategy: Strategy) -> None:
    document = load(webvtt(*((n * 5, f"Point {n}. {_LONG}.") for n in range(60))), "talk.vtt")
    chunks = chunk_document(document, ChunkSizes(target=120, strategy=strategy))
    assert len(chunks) > 10
    for chunk in chunks:
        points = [int(word) for word in chunk.text.replace(".", "").split() if word.isdigit()]
        assert chunk.seconds is not None
        assert not points or 0 <= min(points) * 5 - chunk.seconds <= 45


def test_lines_that_roll_are_said_once_and_marks_are_left_out() -> None:
    rolling = webvtt((1, "<c>Hello</c> &amp; welcome"), (3, "Hello &amp; welcome\nto the shop"), (5, "to the shop"))
    assert moments(load(rolling, "a.vtt")) == [(1, "Hello & welcome to the shop")]


def test_chapters_are_headings_and_a_title_is_taken() -> None:
    parts = (b"WEBVTT\n\nNOTE Title: Our shop", b"NOTE Chapter: Opening", webvtt((0, "Welcome.")).split(b"\n\n")[1])
    document = load(b"\n\n".join((*parts, b"NOTE Chapter: Returns", b"01:05.500 --> 01:09.000\nSend it back.")), "a")
    assert document.title == "Our shop"
    assert [(s.heading, s.seconds) for s in document.sections] == [(("Opening",), 0), (("Returns",), 65)]


async def test_subrip_is_read_too_and_the_second_comes_through_the_confined_child() -> None:
    data = b"1\r\n01:02:03,500 --> 01:02:06,000\r\n{\\an8}Nach <i>einer</i> Stunde\r\n\r\n2\r\nkeine Zeit\r\n"
    document = await Loader().load(data, "film.srt")
    assert moments(document) == [(3723, "Nach einer Stunde")]
    assert sniff(data, name="film.srt") == "application/x-subrip"


def test_subtitles_without_words_are_refused_in_words() -> None:
    with pytest.raises(Unreadable, match="no text"):
        load(b"WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>\n", "a.vtt")


def test_the_minute_is_shown_and_linked_where_the_player_can_begin_there() -> None:
    assert clock(None) == ()
    assert [clock(s)[0] for s in (0, 83, 3723)] == ["0:00", "1:23", "1:02:03"]
    assert link_at("https://www.youtube.com/watch?v=abc", 83) == "https://www.youtube.com/watch?v=abc&t=83s"
    assert link_at("https://youtu.be/abc", 83) == "https://youtu.be/abc?t=83s"
    assert link_at("https://shop.example/talk.vtt", 83) == "https://shop.example/talk.vtt"
    assert link_at("https://www.youtube.com/watch?v=abc", None) == "https://www.youtube.com/watch?v=abc"
