"""Sentences as a reader sees them: Markdown's blocks, wrapped lines joined, marks and links resolved into words.

What is quoted to a customer is a whole sentence, never a line that an author's editor happened to break.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Block(StrEnum):
    """What a sentence stands in."""

    PROSE = "prose"
    ITEM = "item"
    ROW = "row"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, list item, table row or code block. ``source[start:end]`` is where it stands; ``text`` is how it
    reads (a code block keeps its fence). ``whole`` tells a sentence from a fragment or a lead-in that ends in a colon.
    """

    start: int
    end: int
    text: str
    block: Block
    whole: bool


_HEADING: Final = re.compile(r"^ {0,3}#{1,6}(?:\s|$)")
_UNDERLINE: Final = re.compile(r"^ {0,3}(?:=+|-+)\s*$")
_RULE: Final = re.compile(r"^ {0,3}([-*_])(?:\s*\1){2,}\s*$")
_FENCE: Final = re.compile(r"^\s*(?:>\s?)*\s*(```+|~~~+)")
_ROW: Final = re.compile(r"^\s*\|.*\|\s*$")
_DASHES: Final = re.compile(r"^[\s|:-]+$")
_ITEM: Final = re.compile(r"^\s*(?:>\s?)*\s*(?:[-*+•]|\d{1,4}[.)])\s+")
_REFERENCE: Final = re.compile(r"^ {0,3}\[[^\]]+\]:\s*\S+")
_END: Final = re.compile(r"[.!?…]+[\"')\]”’»*_]*(?=\s)|[。！？]+[」』）”]*")
_WHOLE: Final = re.compile(r"[.!?…。！？][\"')\]”’»」』）*_]*$")
_SHORTENED: Final = re.compile(
    r"(?:^|[\s(])(?:e\.g|i\.e|etc|cf|vs|approx|no|nr|mr|mrs|ms|dr|prof|st|inc|ltd|z\.\s?b|d\.\s?h|u\.\s?a|bzw|ca|evtl|"
    r"p\.\s?ej|sr|sra|ud|uds|p\.\s?ex|m|mme|[A-Z])\.$",
    re.IGNORECASE,
)


def sentences(source: str) -> list[Sentence]:
    """The sentences of a Markdown or plain text, in order. Headings are none; they are left out."""
    found: list[Sentence] = []
    for start, end, block in _blocks(source):
        if block is Block.PROSE or block is Block.ITEM:
            found += _in_prose(source, start, end, block)
        else:
            text = source[start:end].strip() if block is Block.CODE else _row(source[start:end])
            if text:
                found.append(Sentence(start, end, text, block, block is Block.ROW))
    return found


def body(source: str) -> str:
    """``source`` without the headings it begins with."""
    lines = source.split("\n")
    while len(lines) > 1 and (not lines[0].strip() or _HEADING.match(lines[0])):
        lines.pop(0)
    return "\n".join(lines)


def _blocks(source: str) -> Iterator[tuple[int, int, Block]]:
    """(start, end, kind) of paragraphs, list items, table rows and code blocks."""
    lines = _lines(source)
    open_at, kind = -1, Block.PROSE
    place = 0
    while place < len(lines):
        start, end, line = lines[place]
        starts = _starts(line)
        if open_at >= 0 and (starts is not None or not line.strip()):
            if not _UNDERLINE.match(line) or kind is not Block.PROSE:  # else what was open is a heading
                yield open_at, lines[place - 1][1], kind
            open_at = -1
        if starts is Block.CODE:
            place = _fence_end(lines, place)
            yield start, lines[place][1], Block.CODE
        elif starts is Block.ROW:
            if not _heads_table(lines, place) and not _DASHES.match(line):
                yield start, end, Block.ROW
        elif starts is Block.ITEM or (starts is None and line.strip() and open_at < 0):
            open_at, kind = start, starts or Block.PROSE
        place += 1
    if open_at >= 0:
        yield open_at, len(source), kind


def _lines(source: str) -> list[tuple[int, int, str]]:
    lines, position = [], 0
    for line in source.split("\n"):
        lines.append((position, position + len(line), line))
        position += len(line) + 1
    return lines


def _starts(line: str) -> Block | str | None:
    """The block this line begins; a mark for a line that belongs to none; None for a line that goes on."""
    if _FENCE.match(line):
        return Block.CODE
    if _ROW.match(line):
        return Block.ROW
    if _HEADING.match(line) or _RULE.match(line) or _UNDERLINE.match(line) or _REFERENCE.match(line):
        return "mark"
    return Block.ITEM if _ITEM.match(line) else None


def _fence_end(lines: list[tuple[int, int, str]], place: int) -> int:
    opened = _FENCE.match(lines[place][2])
    fence = opened.group(1) if opened else "```"
    for later in range(place + 1, len(lines)):
        closed = _FENCE.match(lines[later][2])
        if closed and closed.group(1).startswith(fence):
            return later
    return len(lines) - 1


def _heads_table(lines: list[tuple[int, int, str]], place: int) -> bool:
    following = lines[place + 1][2] if place + 1 < len(lines) else ""
    return bool(_ROW.match(following) and _DASHES.match(following))


def _in_prose(source: str, start: int, end: int, block: Block) -> Iterator[Sentence]:
    marked = _ITEM.match(source[start:end]) if block is Block.ITEM else None
    left = start + (marked.end() if marked else 0)
    cuts = [m.end() for m in _END.finditer(source, left, end) if _really_ends(source, left, m.end(), end)]
    for right in [*cuts, end]:
        raw = source[left:right]
        text = plain(raw)
        if any(letter.isalnum() for letter in text):
            inset = len(raw) - len(raw.lstrip())
            # A chunk may begin in the middle of a sentence; nothing else does.
            broken = left + inset == 0 and text[0].islower()
            finished = bool(_WHOLE.search(text)) or (block is Block.ITEM and not text.endswith((":", ",")))
            yield Sentence(left + inset, left + len(raw.rstrip()), text, block, finished and not broken)
        left = right


def _really_ends(source: str, start: int, place: int, end: int) -> bool:
    following = source[place:end].lstrip()
    if not following:
        return False  # the block's own end
    if not source[place].isspace():
        return True  # a full stop that needs no space, in a script that has no capitals
    if following[0].islower() or following[0] in "?!.,;:)":
        return False
    return not _SHORTENED.search(source[max(start, place - 12) : place])


_CODE_SPAN: Final = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_PLAIN: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"!\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])"), r"\1"),
    (re.compile(r"\[([^\]]+)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\[([^\]]+)\]\[[^\]]*\]"), r"\1"),
    (re.compile(r"<((?:https?|mailto):[^>\s]+)>"), r"\1"),
    (re.compile(r"</?[A-Za-z!][^>]*>"), ""),
    (re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])([*_])(?=\S)([^*_]+?)(?<=\S)\1(?![\w*])"), r"\2"),
    (re.compile(r"\\([!-/:-@\[-`{-~])"), r"\1"),
)


def plain(markdown: str) -> str:
    """A piece of Markdown as one line of words: links by their text, no emphasis, no pictures, no HTML. Code spans
    stay as they are."""
    joined = " ".join(re.sub(r"\s*\n\s*(?:>\s?)*", " ", markdown).split())
    pieces: list[str] = []
    spans: list[str] = []

    def put_aside(match: re.Match[str]) -> str:
        spans.append(match.group())
        return f"\x00{len(spans) - 1}\x00"

    text = _CODE_SPAN.sub(put_aside, joined.replace("\x00", ""))
    for pattern, words in _PLAIN:
        text = pattern.sub(words, text)
    for n, piece in enumerate(text.split("\x00")):
        pieces.append(spans[int(piece)] if n % 2 else piece)
    return " ".join("".join(pieces).split())


_BLOCK_MARKS: Final = re.compile(
    r"^[ \t]*(?:(?:```|~~~).*|(?:[>#]+|[-*+])[ \t]+|([-*_])(?:[ \t]*\1){2,}[ \t]*$)", re.MULTILINE
)
_SOURCES: Final = re.compile(r"[ \t]?(?<![\w`])\[\d{1,3}(?:\s*,\s*\d{1,3})*\](?!\()")
_CUT_SHORT: Final[tuple[tuple[re.Pattern[str], str], ...]] = (
    (re.compile(r"!?\[([^\]]*)(?:\]\([^)…]*)?(…?)$"), r"\1\2"),
    (re.compile(r"(?<!\w)(?:\*\*|__|`+)(?=\w)"), ""),
    (re.compile(r"(?<=\w)(?:\*\*|__|`+)(?!\w)"), ""),
)


def one_line(markdown: str) -> str:
    """Markdown as words in one line, for titles and lists: no marks of any kind, of sources neither, though it may have
    been cut off in the middle of one. Pure."""
    text = _CODE_SPAN.sub(r"\2", plain(_SOURCES.sub("", _BLOCK_MARKS.sub("", markdown))))
    for pattern, words in _CUT_SHORT:
        text = pattern.sub(words, text)
    return " ".join(text.split())


def _row(line: str) -> str:
    """A table row as words: the first cell, a colon, the second; what follows in brackets."""
    cells = [plain(cell) for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
    told = [cell for cell in cells if cell]
    if not told or not any(letter.isalnum() for letter in "".join(told)):
        return ""
    first, *rest = told
    if not rest:
        return first
    second, *others = rest
    more = f" ({', '.join(cell.rstrip('.') for cell in others)})" if others else ""
    text = f"{first}: {second.rstrip('.')}{more}"
    return text if text.endswith(("!", "?")) else text + "."
