"""Subtitles, WebVTT and SubRip: what is said, with the second it is said at.

Cues are joined to stretches of some forty seconds, as one would read them, each ending with a sentence where it can.
``NOTE Chapter:`` before a cue begins a chapter.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final

from hub.core.knowledge import Document
from hub.knowledge.loaders.assembly import Assembler, LoadLimits, clean
from hub.knowledge.loaders.plain import decode
from hub.knowledge.tokens import estimate_tokens

_TIMES: Final = re.compile(r"\s*(?:(\d{1,4}):)?(\d{1,2}):(\d{2})[.,]\d{1,3}\s*-->")
_CHAPTER: Final = re.compile(r"NOTE Chapter: *(.+)")
_TITLE: Final = re.compile(r"NOTE Title: *(.+)")
_TAG: Final = re.compile(r"<[^<>]{0,100}>|\{\\[^{}]{0,100}\}")
_ENDS: Final = re.compile(r"[.!?…。！？][\"'»”)\]]*$")
_GOOD, _MOST = 80, 150  # tokens of a stretch: from where the end of a sentence ends it, and where it ends anyhow


def load_subtitles(data: bytes, limits: LoadLimits) -> Document:
    """What is said, one section a stretch, under the chapters where they are named."""
    document = Assembler(limits)
    blocks = re.split(r"\n{2,}", clean(decode(data)))
    title = next((found[1] for block in blocks[:5] if (found := _TITLE.match(block.strip()))), None)
    for chapter, seconds, said in _stretches(blocks):
        if chapter:
            document.heading(1, chapter)
        document.add(said, seconds=seconds, apart=True)
    return document.finish(title=title)


def _stretches(blocks: list[str]) -> Iterator[tuple[str, int, str]]:
    """Chapter, second and words of each stretch."""
    chapter, begun, words, before = "", 0, "", ""
    for block in blocks:
        if found := _CHAPTER.match(block.strip()):
            if words:
                yield chapter, begun, words
            chapter, words = found[1].strip(), ""
            continue
        lines = block.split("\n")
        at = next((n for n, line in enumerate(lines) if "-->" in line and _TIMES.match(line)), None)
        if at is None:
            continue
        # Subtitles that roll say a line again while the next one comes in.
        told = [line for part in lines[at + 1 :] if (line := _said(part)) and line != before]
        if not told:
            continue
        before = told[-1]
        if not words:
            begun = _seconds(lines[at])
        words = f"{words} {' '.join(told)}".strip()
        size = estimate_tokens(words)
        if size >= _MOST or (size >= _GOOD and _ENDS.search(words)):
            yield chapter, begun, words
            words = ""
    if words:
        yield chapter, begun, words


def _said(line: str) -> str:
    return " ".join(html.unescape(_TAG.sub("", line)).split())


def _seconds(line: str) -> int:
    found = _TIMES.match(line)
    if found is None:
        return 0
    return int(found[1] or 0) * 3600 + int(found[2]) * 60 + int(found[3])
