"""Hostile files fail in plain words in a confined child; the hub's own process goes on unharmed."""

import asyncio
import resource
import time

import pytest

from hub.core.errors import Unreadable
from hub.knowledge.loading import Loader
from support.bombs import BOMBS

PROMISED_SECONDS = 30
HARMLESS = {
    "deep RTF",
    "deep quotes",
    "marks on one letter",
    "table of very many cells",
}  # these may be read: they are only odd


@pytest.fixture(scope="module")
def loader() -> Loader:
    return Loader(concurrency=2)


@pytest.mark.parametrize("name", BOMBS)
async def test_a_bomb_is_refused_in_words(loader: Loader, name: str) -> None:
    file, make = BOMBS[name]
    data = make()
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    try:
        document = await loader.load(data, file)
    except Unreadable as reason:
        assert str(reason).endswith(".")
        assert "Traceback" not in str(reason)
    else:
        assert name in HARMLESS
        assert "root:" not in document.text
        assert len(document.text) <= loader.limits.characters
    assert time.monotonic() - started < PROMISED_SECONDS * 2
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 200_000, f"the hub's own process grew by {grown} kB"


async def test_the_hub_reads_on_while_a_bomb_is_defused(loader: Loader) -> None:
    file, make = BOMBS["page that unpacks to 60 MB"]
    bomb = asyncio.create_task(loader.load(make(), file))
    assert (await loader.load(b"still well", "a.txt")).text == "still well"
    with pytest.raises(Unreadable):
        await bomb
