"""What strangers write to do harm, one text a line, and several of them in one message or name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

TEXTS = (Path(__file__).parents[1] / "e2e" / "hostile_texts.txt").read_text().splitlines()


def bundles(size: int, most: int, join: str) -> Iterator[str]:
    """All the texts, ``size`` at most together and no longer than ``most`` characters."""
    held: list[str] = []
    for text in TEXTS:
        if held and (len(held) == size or len(join.join([*held, text])) > most):
            yield join.join(held)
            held = []
        held.append(text)
    yield join.join(held)
