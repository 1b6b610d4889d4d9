"""Markdown (CommonMark with tables and strikethrough) to marked runs.

Raw HTML is text like any other, images leave only their description, and a link keeps its address only when
that is http or https: what a model wrote must not make a customer's app fetch or run anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from adapters.rendering.runs import Mark, Run, Style, merged

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_BULLET = "\u2022"
_INLINE_STYLES = {"strong": Style.BOLD, "em": Style.ITALIC, "s": Style.STRIKE}


def parse(markdown: str) -> list[Run]:
    """The runs of a Markdown text. Total: any string gives runs, and never raises."""
    reader = _Reader()
    for token in _parser().parse(markdown):
        reader.block(token)
    return merged(reader.runs)


def verbatim(text: str) -> list[Run]:
    """A text taken as it stands, without any Markdown in it."""
    return [Run(text)] if text else []


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # 30 ms to import, and only needed once something is sent

    return MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"])


@dataclass(slots=True)
class _List:
    number: int | None


class _Reader:
    """Walks markdown-it's tokens and writes runs, with blank lines owed until something follows."""

    def __init__(self) -> None:
        self.runs: list[Run] = []
        self._marks: list[Mark] = []
        self._lists: list[_List] = []
        self._owed = 0
        self._prefix = ""
        self._serial = 0
        self._table: list[list[str]] | None = None

    def block(self, token: Token) -> None:
        name, _, edge = token.type.rpartition("_")
        if token.type == "inline":
            self._inline(token)
        elif token.type in ("fence", "code_block"):
            language = token.info.split()[0] if token.info.split() else ""
            self._write(token.content.rstrip("\n"), Mark(Style.PRE, language, self._next()))
            self._owe(2)
        elif token.type == "hr":
            self._write("\u2014\u2014\u2014")
            self._owe(2)
        elif edge == "open":
            self._open(name, token)
        elif edge == "close":
            self._close(name, token)

    def _open(self, name: str, token: Token) -> None:
        if name == "heading":
            self._marks.append(Mark(Style.BOLD))
        elif name == "blockquote":
            self._settle()
            self._marks.append(Mark(Style.QUOTE, serial=self._next()))
        elif name in ("bullet_list", "ordered_list"):
            first = token.attrGet("start")
            number = int(first) if first is not None else 1
            self._lists.append(_List(number if name == "ordered_list" else None))
            self._owe(1)
        elif name == "list_item":
            self._owe(1)
            self._prefix += self._item_label()
        elif name == "table":
            self._table = []
        elif name == "tr" and self._table is not None:
            self._table.append([])

    def _close(self, name: str, token: Token) -> None:
        if name == "paragraph":
            self._owe(1 if token.hidden else 2)
        elif name in ("heading", "blockquote"):
            self._marks.pop()
            self._owe(2)
        elif name in ("bullet_list", "ordered_list"):
            self._lists.pop()
            self._owe(1 if self._lists else 2)
        elif name == "list_item":
            if self._prefix:  # an item without words still shows its bullet
                self._write("")
        elif name == "table" and self._table is not None:
            rows, self._table = self._table, None
            self._write(_aligned(rows), Mark(Style.PRE, serial=self._next()))
            self._owe(2)

    def _item_label(self) -> str:
        current = self._lists[-1]
        indent = "" if self._prefix else "  " * (len(self._lists) - 1)
        if current.number is None:
            return f"{indent}{_BULLET} "
        label = f"{indent}{current.number}. "
        current.number += 1
        return label

    def _inline(self, token: Token) -> None:
        children = token.children or []
        if self._table is not None:
            if self._table:
                self._table[-1].append("".join(_words(c) for c in children))
            return
        opened: list[tuple[Mark | None, str, int]] = []
        for child in children:
            name, _, edge = child.type.rpartition("_")
            if child.type in ("softbreak", "hardbreak"):
                self._write("\n")
            elif child.type == "code_inline":
                self._write(child.content, Mark(Style.CODE, serial=self._next()))
            elif edge == "open" and name in _INLINE_STYLES:
                self._marks.append(Mark(_INLINE_STYLES[name]))
            elif edge == "close" and name in _INLINE_STYLES:
                self._marks.pop()
            elif child.type == "link_open":
                opened.append(self._link(str(child.attrGet("href") or "")))
            elif child.type == "link_close" and opened:
                self._end_link(*opened.pop())
            else:
                self._write(_words(child))

    def _link(self, href: str) -> tuple[Mark | None, str, int]:
        mark = None
        if href.lower().startswith(("http://", "https://")):
            mark = Mark(Style.LINK, href, self._next())
            self._marks.append(mark)
        return mark, href, len(self.runs)

    def _end_link(self, mark: Mark | None, href: str, start: int) -> None:
        if mark is not None:
            self._marks.remove(mark)
            return
        scheme, _, address = href.partition(":")
        label = "".join(run.text for run in self.runs[start:])
        if scheme.lower() in ("mailto", "tel") and address not in label:
            self._write(f" ({address})")

    def _write(self, text: str, *marks: Mark) -> None:
        if not text and not self._prefix:
            return
        self._settle()
        if self._prefix:
            prefix, self._prefix = self._prefix, ""
            self.runs.append(Run(prefix, frozenset(m for m in self._marks if m.style is Style.QUOTE)))
        self.runs.append(Run(text, frozenset((*self._marks, *marks))))

    def _settle(self) -> None:
        if self._owed and self.runs:
            inside = frozenset(m for m in self._marks if m.style is Style.QUOTE)
            self.runs.append(Run("\n" * self._owed, inside & self.runs[-1].marks))
        self._owed = 0

    def _owe(self, lines: int) -> None:
        self._owed = max(self._owed, lines)

    def _next(self) -> int:
        self._serial += 1
        return self._serial


def _words(token: Token) -> str:
    if token.type == "image":
        return "".join(_words(c) for c in token.children or [])
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return token.content


def _aligned(rows: list[list[str]]) -> str:
    columns = max((len(row) for row in rows), default=0)
    widths = [max((len(row[i]) for row in rows if i < len(row)), default=0) for i in range(columns)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in rows]
    return "\n".join(lines)
