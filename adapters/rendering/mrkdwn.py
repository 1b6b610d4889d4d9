"""Marked runs as Slack's mrkdwn (docs.slack.dev/messaging/formatting-message-text).

Slack knows no escape for its markers and takes them only at the edge of a word, on one line, without a space
inside: so marks are written line by line, around the words alone, and set off by a zero-width space where they
would otherwise touch a letter. Its three reserved characters are escaped, so that no text can mention or link.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from adapters.rendering.runs import Mark, Run, Style, merged
from adapters.rendering.split import split
from hub.core.channels import TextUnit

_ZERO_WIDTH = "\u200b"
_MARKERS = {Style.BOLD: "*", Style.ITALIC: "_", Style.STRIKE: "~"}
_ORDER = (Style.BOLD, Style.ITALIC, Style.STRIKE)
_FENCE = "```"


def to_mrkdwn(runs: Sequence[Run]) -> str:
    """The runs in mrkdwn."""
    lines: list[str] = []
    for mark, block in _blocks(merged(runs)):
        if mark is not None and mark.style is Style.PRE:
            words = "".join(run.text for run in block).strip("\n").replace(_FENCE, f"``{_ZERO_WIDTH}`")
            lines.append(f"{_FENCE}\n{escape(words)}\n{_FENCE}")
        elif mark is not None:
            quoted = _inline(block).strip("\n").split("\n")
            lines.append("\n".join(f"> {line}" if line else ">" for line in quoted))
        else:
            lines.append(_inline(block))
    return _joined(lines)


def fitted(runs: Sequence[Run], limit: int) -> list[list[Run]]:
    """The runs in messages that are no longer than ``limit`` characters once written. Markers and escapes count."""
    chunks: list[list[Run]] = []
    waiting = list(reversed(split(runs, limit, TextUnit.CHARACTERS)))
    while waiting:
        chunk = waiting.pop()
        written, size = len(to_mrkdwn(chunk)), sum(len(run.text) for run in chunk)
        if written <= limit or size <= 1:
            chunks.append(chunk)
            continue
        smaller = max(1, min(size - 1, size * limit // written))
        pieces = split(chunk, smaller, TextUnit.CHARACTERS)
        if len(pieces) == 1:  # one link that cannot be cut: its words go without the address
            pieces = [[Run(run.text) for run in pieces[0]]]
        waiting.extend(reversed(pieces))
    return chunks


def escape(words: str) -> str:
    """Text that Slack reads as itself."""
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _blocks(runs: Sequence[Run]) -> Iterable[tuple[Mark | None, list[Run]]]:
    current: Mark | None = None
    block: list[Run] = []
    for run in runs:
        mark = run.mark(Style.PRE) or run.mark(Style.QUOTE)
        if block and mark != current:
            yield current, block
            block = []
        current = mark
        block.append(run)
    if block:
        yield current, block


def _joined(blocks: Sequence[str]) -> str:
    """Blocks beneath each other: fences and quotations begin and end on lines of their own."""
    written = ""
    for block in blocks:
        if written and not written.endswith("\n") and not block.startswith("\n"):
            written += "\n"
        written += block
    return written


def _inline(runs: Sequence[Run]) -> str:
    written = ""
    for run in runs:
        for number, line in enumerate(run.text.split("\n")):
            if number:
                written += "\n"
            written = _appended(written, line, run)
    return written


def _appended(written: str, line: str, run: Run) -> str:
    words = line.strip()
    code, link = run.mark(Style.CODE), run.mark(Style.LINK)
    if not words or not run.marks:
        return _beside(written, escape(line))
    before, after = line[: len(line) - len(line.lstrip())], line[len(line.rstrip()) :]
    marked = _link(link, words) if link else f"`{escape(words).replace('`', chr(0x2019))}`" if code else escape(words)
    if not code or link:
        markers = "".join(_MARKERS[style] for style in _ORDER if run.mark(style))
        marked = f"{markers}{marked}{markers[::-1]}"
    return _beside(written + before, marked) + after


_EDGES = frozenset("*_~`")


def _beside(written: str, following: str) -> str:
    """Two pieces next to each other, kept apart where a marker of one would touch a letter or marker of the other."""
    if not written or not following:
        return written + following
    last, first = written[-1], following[0]
    touches = (last in _EDGES and (first.isalnum() or first in _EDGES)) or (first in _EDGES and last.isalnum())
    return written + (_ZERO_WIDTH if touches else "") + following


def _link(link: Mark, words: str) -> str:
    address = link.value.replace("|", "%7C").replace("<", "%3C").replace(">", "%3E").replace(" ", "%20")
    address = address.replace("&", "&amp;")
    return f"<{address}>" if words == link.value else f"<{address}|{escape(words).replace('|', '/')}>"
