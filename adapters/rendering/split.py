"""Cuts text to a platform's limit: at a paragraph, a line, a sentence or a word; never inside a link, inline
code, a character or its accent."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from adapters.rendering.runs import Run, Style, merged
from hub.core.channels import TextUnit

_PIECE = re.compile(r"\S*\s+|\S+")
_SENTENCE_END = re.compile(r"[.!?\u2026\u3002\uff01\uff1f][\"')\]\u201d\u2019\u00bb]*\s+$")
_NO_SPACE_END = re.compile("(?<=[\u3002\uff01\uff1f])")
_PARAGRAPH, _LINE, _SENTENCE, _WORD, _NONE = 4, 3, 2, 1, 0
_ZERO_WIDTH_JOINER = "\u200d"


def measure(text: str, unit: TextUnit) -> int:
    """How long a text is as a platform counts it."""
    if text.isascii():
        return len(text)
    if unit is TextUnit.UTF16:
        return len(text) + sum(1 for c in text if c > "\uffff")
    if unit is TextUnit.BYTES:
        return len(text.encode("utf-8", "replace"))
    return len(text)


def cut(text: str, limit: int, unit: TextUnit) -> tuple[str, str]:
    """The longest beginning that fits, and the rest. A character stays with its accents and joiners where
    that leaves anything; the beginning always has at least one character."""
    if measure(text, unit) <= limit:
        return text, ""
    end = _fitting(text, limit, unit)
    if end == len(text):  # a single character wider than the limit
        return text, ""
    whole = end
    while whole > 0 and _joins(text, whole):
        whole -= 1
    end = whole or end
    return text[:end], text[end:]


def _fitting(text: str, limit: int, unit: TextUnit) -> int:
    used = 0
    for index, character in enumerate(text):
        used += measure(character, unit)
        if used > limit:
            return max(index, 1)
    return len(text)


def _joins(text: str, index: int) -> bool:
    here, before = text[index], text[index - 1]
    return (
        unicodedata.combining(here) != 0
        or here == _ZERO_WIDTH_JOINER
        or before == _ZERO_WIDTH_JOINER
        or "\ufe00" <= here <= "\ufe0f"
        or "\U0001f3fb" <= here <= "\U0001f3ff"
    )


def shorten(text: str, limit: int, unit: TextUnit = TextUnit.CHARACTERS) -> str:
    """The text if it fits, else its beginning with an ellipsis; for titles and labels."""
    if measure(text, unit) <= limit:
        return text
    room = limit - measure("\u2026", unit)
    return cut(text, room, unit)[0].rstrip() + "\u2026" if room > 0 else cut(text, limit, unit)[0]


@dataclass(frozen=True, slots=True)
class _Atom:
    run: Run
    size: int
    marks: int
    quality: int


def split(runs: Sequence[Run], limit: int, unit: TextUnit, *, max_marks: int = 100) -> list[list[Run]]:
    """The runs in as few messages as the limit allows, each within ``limit`` units and ``max_marks`` marks.

    Blank messages are dropped and white space around each is trimmed, as platforms do.
    """
    if limit < 1 or max_marks < 1:
        raise ValueError("limit and max_marks must be at least 1")
    joined = merged(runs)
    if sum(measure(run.text, unit) for run in joined) <= limit and sum(len(run.marks) for run in joined) <= max_marks:
        whole = _trimmed(joined)
        return [whole] if whole else []
    chunks: list[list[Run]] = []
    atoms = _atoms(joined, limit, unit)
    start = 0
    while start < len(atoms):
        end = _end_of_chunk(atoms, start, limit, max_marks)
        chunk = _trimmed([atom.run for atom in atoms[start:end]])
        if chunk:
            chunks.append(chunk)
        start = end
    return chunks


def split_text(text: str, limit: int, unit: TextUnit) -> list[str]:
    """The same for words without marks."""
    return ["".join(run.text for run in chunk) for chunk in split([Run(text)], limit, unit)]


def _end_of_chunk(atoms: Sequence[_Atom], start: int, limit: int, max_marks: int) -> int:
    used = marks = 0
    end = start
    while end < len(atoms):
        trailing = _trailing(atoms[end])
        if end > start and (used + atoms[end].size - trailing > limit or marks + atoms[end].marks > max_marks):
            break
        used += atoms[end].size
        marks += atoms[end].marks
        end += 1
    if end == len(atoms):
        return end
    return _best_break(atoms, start, end, used // 2)


def _trailing(atom: _Atom) -> int:
    """How much of an atom is white space at its end, which trimming takes away (each is one unit wide)."""
    kept = atom.run.text.rstrip(" \n\t")
    return len(atom.run.text) - len(kept)


def _best_break(atoms: Sequence[_Atom], start: int, end: int, half: int) -> int:
    sizes = 0
    late: dict[int, int] = {}
    early: dict[int, int] = {}
    for index in range(start, end):
        sizes += atoms[index].size
        (late if sizes >= half else early)[atoms[index].quality] = index + 1
    for found in (late, early):
        for quality in (_PARAGRAPH, _LINE, _SENTENCE, _WORD):
            if quality in found:
                return found[quality]
    return end


def _atoms(runs: Sequence[Run], limit: int, unit: TextUnit) -> list[_Atom]:
    atoms: list[_Atom] = []
    for index, run in enumerate(runs):
        following = runs[index + 1] if index + 1 < len(runs) else None
        link = run.mark(Style.LINK)
        held = link is not None and following is not None and link in following.marks
        pieces = list(_pieces(run))
        for place, piece in enumerate(pieces):
            last = place == len(pieces) - 1
            quality = _NONE if last and held else _quality(piece, following if last else None)
            rest = piece
            while rest:
                head, rest = cut(rest, limit, unit)
                atoms.append(
                    _Atom(Run(head, run.marks), measure(head, unit), len(run.marks), _NONE if rest else quality)
                )
    return _counted(atoms)


def _counted(atoms: list[_Atom]) -> list[_Atom]:
    """The atoms with their marks counted once for pieces of the same run: no fewer than a platform counts."""
    result: list[_Atom] = []
    for atom in atoms:
        same = bool(result) and result[-1].run.marks == atom.run.marks
        result.append(_Atom(atom.run, atom.size, 0 if same else atom.marks, atom.quality))
    return result


def _pieces(run: Run) -> Iterable[str]:
    if run.mark(Style.CODE) or run.mark(Style.LINK):
        return [run.text]
    if run.mark(Style.PRE):
        return run.text.splitlines(keepends=True)
    return [part for piece in _PIECE.findall(run.text) or [run.text] for part in _NO_SPACE_END.split(piece) if part]


def _quality(piece: str, following: Run | None) -> int:
    checks: Sequence[tuple[int, Callable[[str], bool]]] = (
        (_PARAGRAPH, lambda p: p.endswith("\n\n")),
        (_LINE, lambda p: p.endswith("\n")),
        (_SENTENCE, lambda p: bool(_SENTENCE_END.search(p)) or p[-1] in "\u3002\uff01\uff1f"),
        (_WORD, lambda p: p[-1].isspace() or (following is not None and following.text[:1].isspace())),
    )
    return next((quality for quality, holds in checks if holds(piece)), _NONE)


def _trimmed(runs: Sequence[Run]) -> list[Run]:
    kept = merged(runs)
    while kept and not kept[0].mark(Style.PRE):
        stripped = kept[0].text.lstrip()
        if stripped:
            kept[0] = Run(stripped, kept[0].marks)
            break
        kept.pop(0)
    while kept:
        stripped = kept[-1].text.rstrip()
        if stripped:
            kept[-1] = Run(stripped, kept[-1].marks)
            break
        kept.pop()
    while kept and not kept[0].text.strip():
        kept.pop(0)
    return kept
