"""Word documents (DOCX): headings, lists, tables, text boxes, equations, in reading order."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any, Final

from hub.core.errors import Unreadable
from hub.core.knowledge import Document
from hub.knowledge.loaders.assembly import Assembler, LoadLimits

_W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MATH_TEXT: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_BOX: Final = f"{_W}txbxContent"
_BREAKS: Final = {f"{_W}tab": "\t", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_HEADING: Final = re.compile(r"heading (\d)", re.IGNORECASE)
_DEEPEST: Final = 8


def load_word(data: bytes, limits: LoadLimits) -> Document:
    """Raises ``Unreadable`` for archives that would unpack too large and for XML that defines entities."""
    _checked(data, limits)
    import docx

    try:
        word = docx.Document(io.BytesIO(data))
        properties = word.core_properties
        styles = {style.style_id: str(style.name or "") for style in word.styles}
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise Unreadable("The Word document is damaged and cannot be opened. Save it again.") from error
    document = Assembler(limits)
    titles = [title for title in _fill(document, word.element.body, styles, 0) if title]
    return document.finish(
        title=properties.title or next(iter(titles), None),
        author=properties.author if properties.author != "python-docx" else None,
        language=properties.language or None,
    )


def _checked(data: bytes, limits: LoadLimits) -> None:
    """Refuses archive and XML bombs before anything is unpacked for good."""
    from defusedxml import ElementTree
    from defusedxml.common import DefusedXmlException

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        unpacked = sum(entry.file_size for entry in entries)
        swollen = any(
            entry.file_size > 1_000_000 and entry.file_size > entry.compress_size * limits.archive_ratio
            for entry in entries
        )
        if len(entries) > limits.archive_entries or unpacked > limits.archive_bytes or swollen:
            raise Unreadable("The Word document unpacks to far more than its size. Save it again without large parts.")
        if any(entry.flag_bits & 1 for entry in entries):
            raise Unreadable("The Word document is protected by a password. Save it without one.")
        for entry in entries:
            if not entry.filename.endswith((".xml", ".rels")):
                continue
            try:
                with archive.open(entry) as part:
                    for _ in ElementTree.iterparse(part, events=("start-ns",), forbid_dtd=True):
                        pass
            except DefusedXmlException as error:
                raise Unreadable("The Word document holds XML that is not allowed in it. Save it again.") from error
            except (ElementTree.ParseError, zipfile.BadZipFile, EOFError, OSError, ValueError) as error:
                raise Unreadable("The Word document is damaged and cannot be read. Save it again.") from error


def _fill(document: Assembler, body: Any, styles: dict[str, str], depth: int) -> Iterator[str]:
    """Adds the blocks of ``body``, and yields what may be the document's title, best guess first."""
    for block in body:
        if block.tag == f"{_W}p":
            yield from _paragraph(document, block, styles, depth)
        elif block.tag == f"{_W}tbl":
            document.add(_table(block))
        elif block.tag in {f"{_W}sdt", f"{_W}customXml", f"{_W}ins"} and depth < _DEEPEST:
            content = block.find(f"{_W}sdtContent")
            yield from _fill(document, block if content is None else content, styles, depth + 1)


def _paragraph(document: Assembler, paragraph: Any, styles: dict[str, str], depth: int) -> Iterator[str]:
    text = _text(paragraph).strip()
    properties = paragraph.find(f"{_W}pPr")
    style = _value(properties, "pStyle")
    name = styles.get(style or "", "")
    heading = _HEADING.match(name)
    if text and (heading or name.lower() == "title"):
        if heading:
            document.heading(int(heading.group(1)), text)
        yield text
        document.add(text)
    elif text:
        listed = "list" in name.lower() or (properties is not None and properties.find(f"{_W}numPr") is not None)
        document.add(f"- {text}" if listed else text)
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
    rows: list[str] = []
    for row in table.iter(f"{_W}tr"):
        if _inside(row, f"{_W}tbl", table):
            continue
        cells = [
            " ".join(" ".join(_text(p) for p in cell.iter(f"{_W}p")).split()).replace("|", "\\|")
            for cell in row.iter(f"{_W}tc")
            if not _inside(cell, f"{_W}tbl", row)
        ]
        if any(cells):
            rows.append("| " + " | ".join(cells) + " |")
    if len(rows) > 1:
        rows.insert(1, "|" + "---|" * (rows[0].count(" | ") + 1))
    return "\n".join(rows)
