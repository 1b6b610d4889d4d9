"""Word documents (DOCX): headings, lists, tables, text boxes, equations, in reading order."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hub.core.errors import Unreadable
from hub.core.knowledge import Document
from hub.knowledge.loaders.archive import check_archive
from hub.knowledge.loaders.assembly import Assembler, LoadLimits
from hub.knowledge.loaders.rows import as_markdown

_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MATH_TEXT: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_BOX: Final = f"{_W}txbxContent"
_BREAKS: Final = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_HEADING: Final = re.compile(r"heading (\d)", re.IGNORECASE)
_DEEPEST: Final = 8


def load_word(data: bytes, limits: LoadLimits) -> Document:
    """Raises ``Unreadable`` for archives that would unpack too large and for XML that defines entities."""
    check_archive(data, limits, "Word document")
    import docx

    try:
        word = docx.Document(io.BytesIO(data))
        properties = word.core_properties
        styles = {style.style_id: _Style.of(style) for style in word.styles}
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise Unreadable("The Word document is damaged and cannot be opened. Save it again.") from error
    _set_notes(word)
    document = Assembler(limits)
    titles = [title for title in _fill(document, word.element.body, styles, 0) if title]
    return document.finish(
        title=properties.title or next(iter(titles), None),
        author=properties.author if properties.author != "python-docx" else None,
        language=properties.language or None,
    )


@dataclass(frozen=True, slots=True)
class _Style:
    """A paragraph style: its name in small letters and the level of the headings it makes, if it makes any."""

    name: str
    level: int | None

    @classmethod
    def of(cls, style: Any) -> _Style:
        name = str(style.name or "").lower()
        named = _HEADING.match(name)
        level = int(named.group(1)) if named else None
        return cls(name, level or _level(_value(style.element.find(f"{_W}pPr"), "outlineLvl")))


_PLAIN: Final = _Style("", None)


def _level(outline: str | None) -> int | None:
    """A heading's level, 1 to 9, from Word's count, which begins at 0 and means running text by 9."""
    return int(outline) + 1 if outline is not None and outline.isdigit() and int(outline) < 9 else None


def _set_notes(word: Any) -> None:
    """Puts the text of foot- and endnotes in brackets where they are called, so that no page loses its conditions."""
    from lxml import etree

    for relation in word.part.rels.values():
        kind = relation.reltype.rsplit("/", 1)[-1]
        if relation.is_external or kind not in {"footnotes", "endnotes"}:
            continue
        tree = etree.fromstring(relation.target_part.blob, etree.XMLParser(resolve_entities=False, no_network=True))
        notes = {note.get(f"{_W}id"): " ".join(_text(p) for p in note.iter(f"{_W}p")).strip() for note in tree}
        for call in list(word.element.body.iter(f"{_W}{kind[:-1]}Reference")):
            text = notes.get(call.get(f"{_W}id"))
            if text:
                shown = etree.SubElement(call.getparent(), f"{_W}t")
                shown.text = f" ({text})"


def _fill(document: Assembler, body: Any, styles: Mapping[str, _Style], depth: int) -> Iterator[str]:
    """Adds the blocks of ``body``, and yields what may be the document's title, best guess first."""
    for block in body:
        if block.tag == f"{_W}p":
            yield from _paragraph(document, block, styles, depth)
        elif block.tag == f"{_W}tbl":
            document.add(_table(block))
        elif block.tag in {f"{_W}sdt", f"{_W}customXml", f"{_W}ins"} and depth < _DEEPEST:
            content = block.find(f"{_W}sdtContent")
            yield from _fill(document, block if content is None else content, styles, depth + 1)


def _paragraph(document: Assembler, paragraph: Any, styles: Mapping[str, _Style], depth: int) -> Iterator[str]:
    text = _text(paragraph).strip()
    properties = paragraph.find(f"{_W}pPr")
    style = _value(properties, "pStyle")
    look = styles.get(style or "", _PLAIN)
    level = look.level or _level(_value(properties, "outlineLvl"))
    if text and (level or look.name == "title"):
        if level:
            document.heading(level, text)
        yield text
        document.add(text)
    elif text:
        numbering = properties.find(f"{_W}numPr") if properties is not None else None
        deep = _value(numbering, "ilvl") or "0"
        indent = "  " * min(int(deep), _DEEPEST) if deep.isdigit() else ""
        document.add(f"{indent}- {text}" if "list" in look.name or numbering is not None else text)
    for box in paragraph.iter(_BOX):
        if depth < _DEEPEST and not _inside(box, _FALLBACK, paragraph):
            yield from _fill(document, box, styles, depth + 1)


def _value(properties: Any, name: str) -> str | None:
    found = properties.find(f"{_W}{name}") if properties is not None else None
    return None if found is None else found.get(f"{_W}val")


def _text(paragraph: Any) -> str:
    """All text of a paragraph, links, insertions and equations included, text boxes left for later."""
    parts: list[str] = []
    for node in paragraph.iter(f"{_W}t", _MATH_TEXT, *_BREAKS):
        if node.tag in _BREAKS:
            # A tab stop in the paragraph's settings has the same name as a tab in its text.
            wanted = node.getparent().tag == f"{_W}r"
        else:
            wanted = True
        if wanted and not _inside(node, _BOX, paragraph) and not _inside(node, _FALLBACK, paragraph):
            parts.append(_BREAKS.get(node.tag) or node.text or "")
    return "".join(parts)


def _inside(node: Any, tag: str, top: Any) -> bool:
    parent = node.getparent()
    while parent is not None and parent is not top:
        if parent.tag == tag:
            return True
        parent = parent.getparent()
    return False


def _table(table: Any) -> str:
    """A table as Markdown rows; a table within a cell becomes part of the cell's text."""
    rows = [
        [
            " ".join(_text(p) for p in cell.iter(f"{_W}p"))
            for cell in row.iter(f"{_W}tc")
            if not _inside(cell, f"{_W}tbl", row)
        ]
        for row in table.iter(f"{_W}tr")
        if not _inside(row, f"{_W}tbl", table)
    ]
    return as_markdown(rows)
