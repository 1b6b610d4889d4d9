"""Markdown (CommonMark with tables): sections by heading, wrapped paragraphs joined, front matter left out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from hub.core.knowledge import Document
from hub.knowledge.loaders.assembly import Assembler, LoadLimits, clean
from hub.knowledge.loaders.plain import decode

_FRONT_MATTER: Final = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FIELD: Final = re.compile(r"^(title|author|lang|language|description)[ \t]*:[ \t]*(.+)$", re.IGNORECASE | re.MULTILINE)
_CONTINUED: Final = re.compile(r"^[ \t]*(?:>[ \t]?)*[ \t]*")
_WIDE: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff00-\uff60]")
_COMMENT: Final = re.compile(r"<!--.*?-->", re.DOTALL)


def load_markdown(data: bytes, limits: LoadLimits) -> Document:
    """The text as written, cut at its headings; the title is the front matter's or the first heading."""
    return sections_of(decode(data), limits)


def sections_of(
    source: str, limits: LoadLimits, *, title: str | None = None, author: str | None = None, language: str | None = None
) -> Document:
    """A document from Markdown text; what the caller knows about it goes before what the text says."""
    text = clean(source)
    fields: dict[str, str] = {}
    if front := _FRONT_MATTER.match(text):
        fields = {key.lower(): value.strip().strip("\"'") for key, value in _FIELD.findall(front.group(1))}
        text = text[front.end() :]
    document = Assembler(limits)
    first_heading = _cut(document, text)
    metadata: Mapping[str, Any] = {"description": fields["description"]} if "description" in fields else {}
    return document.finish(
        title=title or fields.get("title") or first_heading,
        author=author or fields.get("author"),
        language=language or fields.get("lang") or fields.get("language"),
        metadata=metadata,
    )


def _cut(document: Assembler, text: str) -> str | None:
    """Fills ``document`` section by section and returns the first heading of the highest level."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    lines = _unwrapped(text.split("\n"), [token.map for token in tokens if token.type == "paragraph_open"])
    start, best = 0, (9, "")
    for index, token in enumerate(tokens):
        if token.type != "heading_open" or token.map is None or token.level > 0:
            continue
        level, title = int(token.tag[1]), _words(tokens[index + 1].content)
        _add(document, lines[start : token.map[0]])
        document.heading(level, title)
        best = min(best, (level, title), key=lambda entry: entry[0])
        start = token.map[0]
    _add(document, lines[start:])
    return best[1] or None


def _unwrapped(lines: list[str], paragraphs: Sequence[list[int] | None]) -> list[str | None]:
    """The lines with each paragraph on its first one, but for hard breaks; the lines so emptied are None.

    How wide an author's editor was is no part of a text, and would cut its sentences.
    """
    joined: list[str | None] = list(lines)
    for span in paragraphs:
        first = span[0] if span else 0
        for number in range(first + 1, span[1] if span else 0):
            before = joined[first] or ""
            if before.endswith(("  ", "\\")):
                first = number
                continue
            rest = _CONTINUED.sub("", lines[number])
            gap = "" if _WIDE.match(before[-1:]) and _WIDE.match(rest) else " "
            joined[first], joined[number] = f"{before.rstrip()}{gap}{rest}", None
    return joined


def _add(document: Assembler, lines: Sequence[str | None]) -> None:
    document.add(_COMMENT.sub("", "\n".join(line for line in lines if line is not None)))


def _words(heading: str) -> str:
    """A heading without its Markdown: ``**Returns** [policy](x)`` is "Returns policy"."""
    linked = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[*`]|(?<!\w)_|_(?!\w)|\s*\{#[^}]*\}", "", linked).strip()
