"""Every pair of text and ground on the simulated chat page reaches 4.5:1, in both themes (WCAG 2.2, 1.4.3)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).parents[2] / "hub/simulator/pages/telegram.css").read_text("utf-8")
THEMES = [dict(re.findall(r"--([\w-]+): (#\w{6})", block)) for block in re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)]
PAIRS = [
    ("text", "surface"),
    ("text", "ground"),
    ("text", "mine"),
    ("text", "theirs"),
    ("text", "code"),
    ("quiet", "surface"),
    ("quiet", "ground"),
    ("quiet", "theirs"),
    ("quiet", "line"),
    ("mine-quiet", "mine"),
    ("link", "mine"),
    ("link", "theirs"),
    ("brand", "surface"),
    ("on-brand", "brand"),
    ("warn", "warn-ground"),
    ("surface", "bot"),
    ("surface", "text"),
]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("pair", PAIRS, ids="-on-".join)
@pytest.mark.parametrize("theme", THEMES, ids=["light", "dark"])
def test_text_stands_out_from_its_ground(theme: dict[str, str], pair: tuple[str, str]) -> None:
    dark, light = sorted((luminance(theme[pair[0]]), luminance(theme[pair[1]])))
    assert (light + 0.05) / (dark + 0.05) >= 4.5
