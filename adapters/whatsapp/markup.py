"""Marked runs in WhatsApp's own marks: *bold*, _italic_, ~struck~, `code`, ```block``` and > quotation.

WhatsApp reads a mark only at the edge of a word and within one line, and has no way to escape one. So marks are put
around each line's words, and left out where they would show as signs.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from adapters.rendering.runs import Mark, Run, Style, merged
from adapters.rendering.split import measure, split
from hub.core.channels import TextUnit

_SIGNS = ((Style.STRIKE, "~"), (Style.ITALIC, "_"), (Style.BOLD, "*"))
_FENCE = "```"


def to_marks(runs: Sequence[Run]) -> str:
    """The runs as WhatsApp text. Links must have their addresses written out."""
    written: list[str] = []
    pieces = merged(_shown(run) for run in runs)
    for quote, group in groupby(_neighbours(pieces), key=lambda item: item[1].mark(Style.QUOTE)):
        text = "".join(_marked(before, run, after) for before, run, after in group)
        written.append(_quoted(text) if quote else text)
    return "".join(written)


def fitted(runs: Sequence[Run], limit: int, unit: TextUnit) -> list[list[Run]]:
    """The runs in as few messages as ``limit`` allows, the marks counted in."""
    room = limit
    while True:
        chunks = split(runs, room, unit, max_marks=10_000)
        over = max((measure(to_marks(chunk), unit) - limit for chunk in chunks), default=0)
        if over <= 0 or room <= 1:
            return chunks
        room = max(1, room - over)


def _shown(run: Run) -> Run:
    """The run with the marks alone that WhatsApp shows: code takes no other."""
    code = next((m for m in run.marks if m.style in (Style.PRE, Style.CODE)), None)
    kept = (Style.QUOTE,) if code else (Style.QUOTE, Style.BOLD, Style.ITALIC, Style.STRIKE)
    # Without the serials, neighbours that are written alike become one.
    marks = {Mark(m.style) for m in run.marks if m.style in kept and m.style is not Style.QUOTE}
    quotes = [m for m in run.marks if m.style is Style.QUOTE][:1]
    return Run(run.text, frozenset((*marks, *quotes, *([code] if code else []))))


def _neighbours(runs: Sequence[Run]) -> list[tuple[str, Run, str]]:
    texts = ["", *(run.text for run in runs), ""]
    return [(texts[i][-1:], run, texts[i + 2][:1]) for i, run in enumerate(runs)]


def _marked(before: str, run: Run, after: str) -> str:
    if run.mark(Style.PRE):
        return _FENCE + run.text.replace(_FENCE, "'''").strip("\n") + _FENCE
    if run.mark(Style.CODE):
        words = " ".join(run.text.split("\n"))
        return f"`{words}`" if "`" not in words and words.strip() else words
    signs = [sign for style, sign in _SIGNS if run.mark(style)]
    if not signs:
        return run.text
    lines = run.text.split("\n")
    last = len(lines) - 1
    return "\n".join(
        _wrapped(line, signs, before if i == 0 else "", after if i == last else "") for i, line in enumerate(lines)
    )


def _wrapped(line: str, signs: Sequence[str], before: str, after: str) -> str:
    words = line.strip()
    if not words:
        return line
    start = line.index(words)
    lead, tail = line[:start], line[start + len(words) :]
    glued = (before.isalnum() and not lead) or (after.isalnum() and not tail)
    if glued or any(sign in words for sign in signs):
        return line
    for sign in signs:
        words = f"{sign}{words}{sign}"
    return lead + words + tail


def _quoted(text: str) -> str:
    body = text.rstrip("\n")
    return "\n".join(f"> {line}" if line else ">" for line in body.split("\n")) + text[len(body) :]
