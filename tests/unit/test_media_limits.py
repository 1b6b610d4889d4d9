"""A file a channel would refuse is refused before it is sent, with words that help."""

from __future__ import annotations

import pytest

from hub.core.channels import Capabilities, Dialect, MediaLimit
from hub.core.media_limits import refusal_of
from hub.core.messages import Media

CHANNEL = Capabilities(
    dialect=Dialect.PLAIN,
    text_limit=10,
    media={"image": MediaLimit(5_000_000, ("image/jpeg", "image/png")), "document": MediaLimit(100_000_000)},
)


@pytest.mark.parametrize(
    "media",
    [
        Media("image", mime="image/png", size=5_000_000),
        Media("image", mime="image/jpeg; charset=binary"),
        Media("image"),
        Media("document", mime="application/x-anything", size=1),
    ],
)
def test_taken(media: Media) -> None:
    assert refusal_of(CHANNEL, media) is None


@pytest.mark.parametrize(
    ("media", "words"),
    [
        (Media("image", mime="image/png", size=5_000_001), ["5 MB", "smaller"]),
        (Media("image", mime="image/tiff"), ["JPEG, PNG", "image/tiff", "document"]),
        (Media("video", mime="video/mp4"), ["does not take videos", "pictures"]),
    ],
)
def test_refused_in_words(media: Media, words: list[str]) -> None:
    text = refusal_of(CHANNEL, media)
    assert text is not None
    assert all(word in text for word in words), text


def test_a_channel_without_files_says_what_to_do() -> None:
    text = refusal_of(Capabilities(dialect=Dialect.PLAIN, text_limit=10), Media("image"))
    assert text is not None and "link" in text
