"""Presentations (PPTX): slide by slide, titles as headings, with tables, charts, diagrams and the speaker's notes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any, Final

from hub.core.errors import Unreadable
from hub.core.knowledge import Document
from hub.knowledge.loaders.archive import check_archive
from hub.knowledge.loaders.assembly import Assembler, LoadLimits
from hub.knowledge.loaders.rows import as_markdown

_DEEPEST: Final = 8
_LINE: Final = 50_000
"""Shapes whose tops are this near (in EMU, about a twentieth of an inch) are read from left to right."""
_DRAWN: Final = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_BREAK: Final = f"{_DRAWN}br"
_DIAGRAM: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/diagramData"


def load_slides(data: bytes, limits: LoadLimits) -> Document:
    """Each slide is a page. Raises ``Unreadable`` for protected, damaged and swollen files."""
    check_archive(data, limits, "presentation")
    import pptx
    from pptx.exc import PackageNotFoundError

    try:
        show = pptx.Presentation(io.BytesIO(data))
        properties = show.core_properties
        slides = list(show.slides)
    except (KeyError, ValueError, AttributeError, zipfile.BadZipFile, PackageNotFoundError) as error:
        raise Unreadable("The presentation is damaged and cannot be opened. Save it again.") from error
    if len(slides) > limits.pages:
        raise Unreadable(f"The presentation has more than {limits.pages:,} slides. Split it into smaller files.")
    document = Assembler(limits)
    first: str | None = None
    for number, slide in enumerate(slides, start=1):
        title = _title(slide)
        document.heading(1, title or f"Slide {number}")
        if title:
            first = first or title
            document.add(title, page=number)
        for text in _slide(slide, title):
            document.add(text, page=number)
    title = properties.title if properties.title not in {"PowerPoint Presentation", "PowerPoint-Präsentation"} else ""
    return document.finish(
        title=title or first, author=properties.author, pages=len(slides), language=properties.language
    )


def _title(slide: Any) -> str:
    shape = slide.shapes.title
    return " ".join(shape.text_frame.text.split()) if shape is not None and shape.has_text_frame else ""


def _slide(slide: Any, title: str) -> Iterator[str]:
    for text in _shapes(slide.shapes, 0):
        if " ".join(text.split()) != title:
            yield text
    for relation in slide.part.rels.values():
        if relation.reltype == _DIAGRAM and not relation.is_external:
            yield _diagram(relation.target_part.blob)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = slide.notes_slide.notes_text_frame.text.strip()
        if notes:
            yield f"Notes: {notes}"


def _shapes(shapes: Any, depth: int) -> Iterator[str]:
    placed = [(round((shape.top or 0) / _LINE), shape.left or 0, n, shape) for n, shape in enumerate(shapes)]
    for _, _, _, shape in sorted(placed, key=lambda entry: entry[:3]):
        if hasattr(shape, "shapes"):
            if depth < _DEEPEST:
                yield from _shapes(shape.shapes, depth + 1)
        elif getattr(shape, "has_table", False):
            yield as_markdown([[cell.text_frame.text for cell in row.cells] for row in shape.table.rows])
        elif getattr(shape, "has_chart", False):
            yield from _chart(shape)
        elif shape.has_text_frame:
            yield _frame(shape.text_frame)


def _frame(frame: Any) -> str:
    lines = []
    for paragraph in frame.paragraphs:
        text = "".join(
            "\n" if part.tag == _BREAK else part.text or "" for part in paragraph._p.iter(f"{_DRAWN}t", _BREAK)
        ).strip()
        if text:
            lines.append(f"{'  ' * paragraph.level}- {text}" if paragraph.level else text)
    return "\n".join(lines)


def _chart(shape: Any) -> Iterator[str]:
    """A chart's title and numbers, series by series."""
    try:
        chart = shape.chart
        if chart.has_title and chart.chart_title.has_text_frame:
            yield chart.chart_title.text_frame.text
        for plot in chart.plots:
            names = [str(name) for name in plot.categories]
            for series in plot.series:
                pairs = ", ".join(f"{n} {v:g}" for n, v in zip(names, series.values, strict=False) if v is not None)
                yield f"{series.name}: {pairs}"
    except (KeyError, ValueError, AttributeError, NotImplementedError):
        return  # a chart of a newer kind than the library knows


def _diagram(xml: bytes) -> str:
    from defusedxml import ElementTree

    tree = ElementTree.fromstring(xml, forbid_dtd=True)
    paragraphs = ("".join(t.text or "" for t in p.iter(f"{_DRAWN}t")) for p in tree.iter(f"{_DRAWN}p"))
    return "\n".join(text for text in paragraphs if text.strip())
