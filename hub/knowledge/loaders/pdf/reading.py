"""A whole PDF as a document."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from typing import Any, Final

from hub.core.errors import Unreadable
from hub.core.knowledge import Document
from hub.knowledge.loaders.assembly import Assembler, LoadLimits
from hub.knowledge.loaders.pdf.headings import Headings, outline_of
from hub.knowledge.loaders.pdf.lines import Line, Piece, paragraphs, pieces_of, without_furniture
from hub.knowledge.loaders.pdf.order import reading_order
from hub.knowledge.loaders.pdf.segments import HYPHEN, read_segments
from hub.knowledge.loaders.pdf.tables import drawn_tables, framed
from hub.knowledge.loaders.rows import as_markdown

_PASSWORD: Final = 4  # FPDF_ERR_PASSWORD
_HEADING_LINES: Final = 3
_LONGEST_HEADING: Final = 200
_LAYOUT_SHARE: Final = 0.4
_NO_TITLE: Final = re.compile(
    r"(?i)\(?(untitled|anonymous|microsoft word|slide 1$|document\d*$|(table of )?contents$|\d+[. ])"
    r"|(?i:.*\.(docx?|pptx?|xlsx?|pdf))$"
)
_WORDS: Final = re.compile(r"\w+(?:-\w+)*")


def load_pdf(data: bytes, limits: LoadLimits) -> Document:
    """Raises ``Unreadable`` for protected, damaged, overlong and scanned files."""
    pdf = _opened(data)
    count = len(pdf)
    if count > limits.pages:
        raise Unreadable(f"The PDF has more than {limits.pages:,} pages. Split it into smaller files.")
    started, pages, heights = time.monotonic(), list[list[Piece]](), list[float]()
    for index in range(count):
        # Layout takes several times as long as the bare text; a file of thousands of pages gets what time allows.
        hurried = time.monotonic() - started > limits.cpu_seconds * _LAYOUT_SHARE
        pieces, height = _page(pdf, index, hurried=hurried)
        pages.append(pieces)
        heights.append(height)
    if not any(letter.isalnum() for page in pages for piece in page for letter in _text(piece)):
        raise Unreadable(
            "The PDF has no text, only pictures of its pages. Run text recognition (OCR) on it and upload the result."
        )
    pages = without_furniture(pages, heights)
    headings = Headings(pages, outline_of(pdf))
    lines = (piece.text for page in pages for piece in page if isinstance(piece, Line))
    words = frozenset(word.lower() for line in lines for word in _WORDS.findall(line))
    document = Assembler(limits)
    titles: list[tuple[int, str]] = []
    for number, page in enumerate(pages, start=1):
        titles += _add_page(document, page, headings, words, number)
    return _finished(document, pdf, count, titles)


def _finished(document: Assembler, pdf: Any, count: int, titles: Sequence[tuple[int, str]]) -> Document:
    fields = pdf.get_metadata_dict(skip_empty=True)
    title = str(fields.get("Title") or "").strip()
    author = str(fields.get("Author") or "").strip("() ")
    if len(title) <= 3 or _NO_TITLE.match(title):
        title = next((text for level, text in titles[:3] if level == 1 and not _NO_TITLE.match(text)), "")
    return document.finish(
        title=title, author=None if author.lower() in {"anonymous", "unknown", "user"} else author, pages=count
    )


def _opened(data: bytes) -> Any:
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD:
            raise Unreadable("The PDF is protected by a password. Save it without one and upload that.") from error
        raise Unreadable("The PDF is damaged and cannot be opened. Export it again and upload the new file.") from error


def _page(pdf: Any, index: int, *, hurried: bool) -> tuple[list[Piece], float]:
    """A page's pieces in reading order and its height; one that PDFium cannot read is empty, the others go on."""
    import pypdfium2

    try:
        page = pdf[index]
        words = page.get_textpage()
    except pypdfium2.PdfiumError:
        return [], 0.0
    height = page.get_size()[1]
    if hurried:
        text = words.get_text_range().replace("\x02", HYPHEN).replace("\ufffe", HYPHEN)
        pieces: list[Piece] = [Line(line, 0.0, False, 0, 0, 0, 0) for line in text.splitlines() if line.strip()]
    else:
        segments = read_segments(page, words)
        upright = [segment for segment in segments if segment.upright]
        pieces = pieces_of(reading_order(framed(upright, _tables(page))))
        turned = [segment for segment in segments if not segment.upright]
        pieces += [Line(s.text, s.height, False, s.left, s.right, s.top, s.bottom, -1) for s in turned]
    words.close()
    page.close()
    return pieces, height


def _tables(page: Any) -> list[Any]:
    import pypdfium2

    try:
        return drawn_tables(page)
    except (pypdfium2.PdfiumError, ValueError, ZeroDivisionError):
        return []  # strokes that make no sense; the text still does


def _text(piece: Piece) -> str:
    return piece.text if isinstance(piece, Line) else "".join(cell for row in piece for cell in row)


def _add_page(
    document: Assembler, page: Sequence[Piece], headings: Headings, words: frozenset[str], number: int
) -> list[tuple[int, str]]:
    """Adds a page and returns its headings with their levels."""
    waiting: list[Line] = []
    heading: list[Line] = []
    level: int | None = None
    found: list[tuple[int, str]] = []
    for piece in [*page, None]:
        now = headings.level(piece, number) if isinstance(piece, Line) else None
        if heading and not (now == level and _continues(heading, piece)):
            text = " ".join(line.text for line in heading)
            document.heading(level or 1, text)
            found.append((level or 1, text))
            waiting, heading = heading, []
        if isinstance(piece, Line) and now is not None:
            if not heading:
                document.add(paragraphs(waiting, words), page=number)
                waiting = []
            heading.append(piece)
            level = now
        elif isinstance(piece, Line):
            waiting.append(piece)
        else:
            document.add(paragraphs(waiting, words), page=number)
            waiting = []
            if piece is not None:
                document.add(as_markdown(piece), page=number)
    return found


def _continues(heading: Sequence[Line], piece: Piece | None) -> bool:
    """Whether a line belongs to the heading of several lines before it."""
    if not isinstance(piece, Line) or len(heading) >= _HEADING_LINES:
        return False
    last = heading[-1]
    return (
        piece.height == last.height
        and piece.bold == last.bold
        and 0 <= piece.top - last.top < 2 * piece.height
        and sum(len(line.text) for line in heading) + len(piece.text) <= _LONGEST_HEADING
    )
