"""OpenDocument texts and presentations (ODT, ODP): headings, lists and tables in reading order."""

from __future__ import annotations

from typing import Any, Final

from hub.core.knowledge import Document
from hub.knowledge.loaders.archive import check_archive, entry_text
from hub.knowledge.loaders.assembly import Assembler, LoadLimits
from hub.knowledge.loaders.rows import as_markdown

_TEXT: Final = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE: Final = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_DRAW: Final = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_DC: Final = "{http://purl.org/dc/elements/1.1/}"
_SKIPPED: Final = {f"{_TEXT}tracked-changes", f"{_TEXT}table-of-content", f"{_TEXT}sequence-decls"}
_SPACES: Final = {f"{_TEXT}s": " ", f"{_TEXT}tab": "\t", f"{_TEXT}line-break": "\n"}
_DEEPEST: Final = 60
_MOST_CELLS: Final = 100


def load_opendocument(data: bytes, limits: LoadLimits) -> Document:
    """Raises ``Unreadable`` for protected, damaged and swollen files."""
    check_archive(data, limits, "document")
    from defusedxml import ElementTree

    body = ElementTree.fromstring(entry_text(data, "content.xml"), forbid_dtd=True)
    fields = ElementTree.fromstring(entry_text(data, "meta.xml"), forbid_dtd=True)
    document = Assembler(limits)
    _fill(document, body, 0)
    title = fields.findtext(f".//{_DC}title")
    return document.finish(title=title or _heading(body), author=fields.findtext(f".//{_DC}creator"))


def _heading(body: Any) -> str | None:
    first = body.find(f".//{_TEXT}h")
    return None if first is None else _inline(first)


def _fill(document: Assembler, parent: Any, depth: int) -> None:
    for node in parent:
        if node.tag in _SKIPPED or depth > _DEEPEST:
            continue
        if node.tag == f"{_TEXT}h":
            level = node.get(f"{_TEXT}outline-level") or "1"
            document.heading(int(level) if level.isdigit() else 1, _inline(node))
            document.add(_inline(node))
        elif node.tag == f"{_TEXT}p":
            document.add(_inline(node))
        elif node.tag == f"{_TEXT}list":
            document.add(_list(node, 0))
        elif node.tag == f"{_TABLE}table":
            document.add(_table(node))
        elif node.tag == f"{_DRAW}page":
            document.heading(1, node.get(f"{_DRAW}name") or "")
            _fill(document, node, depth + 1)
        else:
            _fill(document, node, depth + 1)


def _list(node: Any, depth: int) -> str:
    lines: list[str] = []
    for item in node:
        for part in item:
            if part.tag == f"{_TEXT}list":
                if depth < _DEEPEST:
                    lines.append(_list(part, depth + 1))
            elif text := _inline(part).strip():
                lines.append(f"{'  ' * depth}- {text}")
    return "\n".join(line for line in lines if line)


def _table(node: Any) -> str:
    rows = []
    for row in node.iter(f"{_TABLE}table-row"):
        cells: list[str] = []
        for cell in row.iter(f"{_TABLE}table-cell"):
            again = cell.get(f"{_TABLE}number-columns-repeated") or "1"
            text = " ".join(_inline(p) for p in cell.iter(f"{_TEXT}p"))
            cells += [text] * (min(int(again), _MOST_CELLS) if again.isdigit() and text else 1)
        rows.append(cells)
    return as_markdown(rows)


def _inline(node: Any) -> str:
    """A paragraph's text, its notes in brackets after the word they hang on."""
    parts = [node.text or ""]
    for child in node:
        if child.tag == f"{_TEXT}s":
            parts.append(" " * min(int(child.get(f"{_TEXT}c") or 1), 20))
        elif child.tag in _SPACES:
            parts.append(_SPACES[child.tag])
        elif child.tag == f"{_TEXT}note":
            body = child.find(f"{_TEXT}note-body")
            parts.append("" if body is None else f" ({_inline(body).strip()})")
        elif child.tag.endswith(("annotation", "soft-page-break")):
            pass
        else:
            parts.append(_inline(child))
        parts.append(child.tail or "")
    return "".join(parts)
