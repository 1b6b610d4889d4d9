"""Cuts a loaded document into chunks small enough to embed, along its own structure unless told otherwise.

A chunk stays under one heading (``recursive`` lets it run on over headings). Within it the text is first cut into atoms
that should stay whole (a sentence, a table row, a line of code), then atoms are packed; where a chunk ends is a bargain
between being full and ending at a good place: between paragraphs rather than between sentences, and inside a table or a
code fence last of all.
``fixed`` cares for none of this: so many tokens each, cut between two words.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from hub.core.knowledge import Chunk, Document, Section
from hub.knowledge.tokens import estimate_tokens

Strategy = Literal["structure", "recursive", "fixed"]


@dataclass(frozen=True, slots=True)
class ChunkSizes:
    """Sizes in estimated tokens. ``target`` leaves room for the title before a local model cuts off at 256.

    ``overlap`` repeats the end of a chunk at the start of the next; neighbours of one heading that are smaller than
    ``least`` are joined.
    """

    target: int = 220
    overlap: int = 30
    least: int = 60
    strategy: Strategy = "structure"


@dataclass(frozen=True, slots=True)
class _Atom:
    start: int
    end: int
    tokens: int
    seam: int  # how good it is to end a chunk after this atom: 0 bad, 1 fair, 2 good
    prose: bool


_FENCE: Final = re.compile(r"^ {0,3}(```+|~~~+)")
_ROW: Final = re.compile(r"^\s*\|.*\|\s*$")
# The closing quote or bracket belongs to its sentence; CJK full stops need no space after them.
_SENTENCE_END: Final = re.compile(
    r"[.!?\u2026][\"')\]\u201d\u2019\u00bb]*\s+|[\u3002\uff01\uff1f\u0964][\u300d\u300f\uff09\u201d]*\s*"
)
_BREAK: Final = re.compile(
    r"\s+|(?<=[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uff00-\uffef])"
)


def chunk_document(document: Document, sizes: ChunkSizes | None = None) -> list[Chunk]:
    """The document's chunks in order; ``document.text[chunk.start:chunk.end] == chunk.text`` holds for each."""
    limits = sizes or ChunkSizes()
    chunks: list[Chunk] = []
    for section, start, end in _cut(document, limits):
        text = document.text[start:end]
        if any(letter.isalnum() for letter in text):
            chunks.append(Chunk(len(chunks), start, end, text, section.heading, section.page, section.seconds))
    return chunks


def _cut(document: Document, sizes: ChunkSizes) -> Iterator[tuple[Section, int, int]]:
    """Each chunk's section, beginning and end."""
    if sizes.strategy == "structure":
        for section in _joined(document, sizes):
            for start, end in _spans(document.text, section, sizes):
                yield section, start, end
        return
    if not document.sections:
        return
    # A chunk that runs on over headings belongs to the section it begins in.
    begins = [section.start for section in document.sections]
    whole = Section(begins[0], max(section.end for section in document.sections))
    cut = _spans if sizes.strategy == "recursive" else _windows
    for start, end in cut(document.text, whole, sizes):
        yield document.sections[max(0, bisect_right(begins, start) - 1)], start, end


def _windows(text: str, section: Section, sizes: ChunkSizes) -> Iterator[tuple[int, int]]:
    """Stretches of ``target`` tokens, each but the first beginning ``overlap`` tokens before the last one's end."""
    ends = list(_piece_ends(text, section.start, section.end, sizes.target))
    edges = list(itertools.pairwise([section.start, *ends]))
    costs = [estimate_tokens(text[left:right]) for left, right in edges]
    first = 0
    while first < len(edges):
        last, tokens = first, costs[first]
        while last + 1 < len(edges) and tokens + costs[last + 1] <= sizes.target:
            last += 1
            tokens += costs[last]
        start, end = _trimmed(text, edges[first][0], edges[last][1])
        if start < end:
            yield start, end
        if last + 1 >= len(edges):
            return
        again, back = last + 1, 0
        while again - 1 > first and back + costs[again - 1] <= sizes.overlap:
            again -= 1
            back += costs[again]
        first = again


def _joined(document: Document, sizes: ChunkSizes) -> Iterator[Section]:
    """The sections, small neighbours of the same heading joined (rows of a table, pages of a few words)."""
    waiting: Section | None = None
    for section in document.sections:
        if waiting is None:
            waiting = section
        elif (
            section.heading == waiting.heading
            and estimate_tokens(document.text[waiting.start : waiting.end]) < sizes.least
            and estimate_tokens(document.text[waiting.start : section.end]) <= sizes.target
        ):
            waiting = replace(waiting, end=section.end)
        else:
            yield waiting
            waiting = section
    if waiting is not None:
        yield waiting


def _spans(text: str, section: Section, sizes: ChunkSizes) -> Iterator[tuple[int, int]]:
    atoms = list(_atoms(text, section, sizes.target))
    first = 0
    while first < len(atoms):
        last = _last_atom(atoms, first, sizes)
        start, end = _trimmed(text, atoms[first].start, atoms[last].end)
        if start < end:
            yield start, end
        if last + 1 >= len(atoms):
            return
        first = _next_start(atoms, first, last, sizes.overlap)


def _last_atom(atoms: Sequence[_Atom], first: int, sizes: ChunkSizes) -> int:
    """Which atom the chunk that begins at ``first`` ends with."""
    tokens, best, best_score = 0, first, -1.0
    for index in range(first, len(atoms)):
        tokens += atoms[index].tokens
        if tokens > sizes.target and index > first:
            return best
        score = atoms[index].seam + 1.5 * min(1.0, tokens / sizes.target)
        if score >= best_score and (tokens * 3 >= sizes.target or best_score < 0):
            best, best_score = index, score
    return len(atoms) - 1


def _next_start(atoms: Sequence[_Atom], first: int, last: int, overlap: int) -> int:
    """Where the next chunk begins: a few sentences back, but never within code or a table."""
    start, tokens = last + 1, 0
    while start - 1 > first and atoms[start - 1].prose and tokens + atoms[start - 1].tokens <= overlap:
        start -= 1
        tokens += atoms[start].tokens
    return start


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _atoms(text: str, section: Section, target: int) -> Iterator[_Atom]:
    for start, end, kind in _blocks(text, section):
        if kind == "prose":
            yield from _prose_atoms(text, start, end, target)
        else:
            yield from _line_atoms(text, start, end, target)


def _blocks(text: str, section: Section) -> Iterator[tuple[int, int, str]]:
    """Paragraphs, tables and code fences, with the blank lines after them."""
    start, kind, fence = section.start, "", ""
    position = section.start
    for line in text[section.start : section.end].splitlines(keepends=True):
        here, position = position, position + len(line)
        opened = _FENCE.match(line)
        if fence:
            if opened and opened.group(1).startswith(fence):
                fence = ""
            continue
        wanted = "code" if opened else "table" if _ROW.match(line) else "prose" if line.strip() else ""
        if opened:
            fence = opened.group(1)
        # Blank lines stay with what stands before them; after one, even prose begins a new paragraph.
        if (
            kind
            and wanted
            and (wanted != kind or wanted == "code" or not text[start:here].strip() or _ends_blank(text, here))
        ):
            yield start, here, kind
            start = here
        kind = wanted or kind
    if start < section.end:
        yield start, section.end, kind or "prose"


def _ends_blank(text: str, position: int) -> bool:
    return text[max(0, position - 2) : position] == "\n\n"


def _prose_atoms(text: str, start: int, end: int, target: int) -> Iterator[_Atom]:
    cuts = [match.end() for match in _SENTENCE_END.finditer(text, start, end) if match.end() < end]
    edges = [start, *cuts, end]
    for left, right in itertools.pairwise(edges):
        seam = 2 if right == end else 1
        yield from _fitting(text, left, right, target, seam, prose=True)


def _line_atoms(text: str, start: int, end: int, target: int) -> Iterator[_Atom]:
    position = start
    for line in text[start:end].splitlines(keepends=True):
        left, position = position, position + len(line)
        yield from _fitting(text, left, position, target, 2 if position == end else 0, prose=False)


def _fitting(text: str, start: int, end: int, target: int, seam: int, *, prose: bool) -> Iterator[_Atom]:
    """One atom, or several of at most ``target`` tokens cut between words where it alone is too large."""
    tokens = estimate_tokens(text[start:end])
    if tokens <= target:
        yield _Atom(start, end, tokens, seam, prose)
        return
    left, size, cut = start, 0, start
    for piece_end in _piece_ends(text, start, end, target):
        cost = estimate_tokens(text[cut:piece_end])
        if size + cost > target and cut > left:
            yield _Atom(left, cut, size, 1, prose)
            left, size = cut, 0
        size, cut = size + cost, piece_end
    yield _Atom(left, end, size, seam, prose)


def _piece_ends(text: str, start: int, end: int, target: int) -> Iterator[int]:
    """Places where a cut harms little: after white space and between CJK characters; in a word longer than a chunk
    there is none, so it is cut by length."""
    previous = start
    for match in _BREAK.finditer(text, start, end):
        if match.end() > previous:
            yield from range(previous + target, match.end(), target)
            yield match.end()
            previous = match.end()
    yield from range(previous + target, end, target)
    if previous < end:
        yield end
