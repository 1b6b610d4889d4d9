"""PDF by PDFium: text page by page, headings told from their size."""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

from hub.core.errors import Unreadable
from hub.core.knowledge import Document
from hub.knowledge.loaders.assembly import Assembler, LoadLimits

_PASSWORD: Final = 4  # FPDF_ERR_PASSWORD
_LARGER: Final = 1.15
_LEVELS: Final = 3
_LONGEST_HEADING: Final = 120
_HEADING_LINES: Final = 3
# PDFium marks a hyphen at a line's end, and the line break after it, so that words can be joined again.
_HYPHEN: Final = re.compile("[\ufffe\x02\u00ad]\\s*")


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    height: float  # of the line's tallest sampled letter, in points, halves rounded; 0 when unknown


def load_pdf(data: bytes, limits: LoadLimits) -> Document:
    """Raises ``Unreadable`` for protected, damaged, overlong and scanned files."""
    pdf = _opened(data)
    count = len(pdf)
    if count > limits.pages:
        raise Unreadable(f"The PDF has more than {limits.pages:,} pages. Split it into smaller files.")
    pages = [_lines(pdf, index) for index in range(count)]
    if not any(letter.isalnum() for lines in pages for line in lines for letter in line.text):
        raise Unreadable(
            "The PDF has no text, only pictures of its pages. Run text recognition (OCR) on it and upload the result."
        )
    document, levels = Assembler(limits), _heading_levels(pages)
    for number, lines in enumerate(pages, start=1):
        _add_page(document, lines, levels, number)
    fields = pdf.get_metadata_dict(skip_empty=True)
    title = str(fields.get("Title") or "")
    return document.finish(
        title=title if len(title) > 3 and not re.match(r"(?i)\(?(untitled|anonymous|microsoft word)", title) else None,
        author=fields.get("Author"),
        pages=count,
    )


def _opened(data: bytes) -> Any:
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD:
            raise Unreadable("The PDF is protected by a password. Save it without one and upload that.") from error
        raise Unreadable("The PDF is damaged and cannot be opened. Export it again and upload the new file.") from error


def _lines(pdf: Any, index: int) -> list[_Line]:
    """A page's lines in reading order; a page that PDFium cannot read is empty, the others go on."""
    import pypdfium2

    try:
        page = pdf[index]
        words = page.get_textpage()
    except pypdfium2.PdfiumError:
        return []
    text = words.get_text_range()
    # Heights are asked by character index, which matches the text only where no character was left out.
    exact = len(text) == words.count_chars()
    lines, position = [], 0
    for raw in text.splitlines(keepends=True):
        start, position = position, position + len(raw)
        lines.append(_Line(raw.rstrip("\r\n"), _height(words, start, raw) if exact else 0.0))
    words.close()
    page.close()
    return lines


def _height(words: Any, start: int, line: str) -> float:
    from pypdfium2 import raw

    letters = [start + place for place, letter in enumerate(line) if letter.isalnum()]
    tallest, box = 0.0, raw.FS_RECTF()
    for index in {*letters[:1], *letters[len(letters) // 2 : len(letters) // 2 + 1]}:
        if raw.FPDFText_GetLooseCharBox(words, index, ctypes.byref(box)):
            tallest = max(tallest, abs(box.top - box.bottom))
    return round(tallest * 2) / 2


def _heading_levels(pages: list[list[_Line]]) -> dict[float, int]:
    """Heights of headings, largest first, as levels: those clearly above the height most of the text has."""
    weight: Counter[float] = Counter()
    for lines in pages:
        for line in lines:
            if line.height:
                weight[line.height] += len(line.text)
    if not weight:
        return {}
    body = weight.most_common(1)[0][0]
    larger = sorted((height for height in weight if height > body * _LARGER), reverse=True)
    # Where larger letters are most of the text, size says nothing.
    if sum(weight[height] for height in larger) * 3 > weight.total():
        return {}
    return {height: min(level, _LEVELS) for level, height in enumerate(larger, start=1)}


def _add_page(document: Assembler, lines: list[_Line], levels: dict[float, int], page: int) -> None:
    waiting: list[str] = []
    heading: list[str] = []
    height = 0.0
    for line in [*lines, _Line("", -1.0)]:
        words = line.text.strip()
        is_heading = line.height in levels and 2 < len(words) <= _LONGEST_HEADING and any(c.isalpha() for c in words)
        if heading and not (is_heading and line.height == height and len(heading) < _HEADING_LINES):
            document.add(_joined(waiting), page=page)
            document.heading(levels[height], " ".join(heading))
            waiting, heading = heading, []
        if is_heading:
            heading.append(words)
            height = line.height
        else:
            waiting.append(line.text)
    document.add(_joined(waiting), page=page)


def _joined(lines: list[str]) -> str:
    return _HYPHEN.sub("", "\n".join(line.rstrip() for line in lines))
