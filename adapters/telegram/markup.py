"""Marked runs as Telegram HTML (core.telegram.org/bots/api#html-style): always well formed, always escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence

from adapters.rendering.runs import Mark, Run, Style

_ORDER = (Style.QUOTE, Style.PRE, Style.CODE, Style.LINK, Style.BOLD, Style.ITALIC, Style.STRIKE)
_LANGUAGE = re.compile(r"[A-Za-z0-9+#._-]{1,40}")


def to_html(runs: Sequence[Run]) -> str:
    """The runs as HTML. Tags open and close in one fixed order, so that they nest however marks overlap."""
    written: list[str] = []
    opened: list[Mark] = []
    for run in runs:
        wanted = _nesting(run)
        keep = 0
        while keep < min(len(opened), len(wanted)) and opened[keep] == wanted[keep]:
            keep += 1
        written.extend(_close(mark) for mark in reversed(opened[keep:]))
        written.extend(_open(mark) for mark in wanted[keep:])
        opened = wanted
        written.append(escape(run.text))
    written.extend(_close(mark) for mark in reversed(opened))
    return "".join(written)


def escape(words: str) -> str:
    """Text that Telegram's parser reads as itself, also inside an attribute."""
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _nesting(run: Run) -> list[Mark]:
    marks = sorted(run.marks, key=lambda mark: (_ORDER.index(mark.style), mark.serial))
    # Telegram allows code inside a quotation alone, and nothing inside code; quotations do not nest.
    quotes = [m for m in marks if m.style is Style.QUOTE][:1]
    code = [m for m in marks if m.style in (Style.PRE, Style.CODE)][:1]
    link = [m for m in marks if m.style is Style.LINK][:1]
    if code and not link:
        return quotes + code
    return quotes + [m for m in marks if m.style not in (Style.QUOTE, Style.PRE, Style.CODE)]


def _open(mark: Mark) -> str:
    match mark.style:
        case Style.LINK:
            return f'<a href="{escape(mark.value)}">'
        case Style.PRE if _LANGUAGE.fullmatch(mark.value):
            return f'<pre><code class="language-{escape(mark.value)}">'
        case _:
            return f"<{_TAGS[mark.style]}>"


def _close(mark: Mark) -> str:
    if mark.style is Style.PRE and _LANGUAGE.fullmatch(mark.value):
        return "</code></pre>"
    return f"</{_TAGS[mark.style]}>"


_TAGS = {
    Style.QUOTE: "blockquote",
    Style.LINK: "a",
    Style.BOLD: "b",
    Style.ITALIC: "i",
    Style.STRIKE: "s",
    Style.CODE: "code",
    Style.PRE: "pre",
}
