"""Which loader reads which kind of file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from hub.core.errors import Unreadable
from hub.core.knowledge import Document
from hub.knowledge.loaders.assembly import LoadLimits
from hub.knowledge.loaders.book import load_book
from hub.knowledge.loaders.csv_file import load_table
from hub.knowledge.loaders.kinds import Kind, kind_of
from hub.knowledge.loaders.markdown import load_markdown
from hub.knowledge.loaders.opendocument import load_opendocument
from hub.knowledge.loaders.pdf.reading import load_pdf
from hub.knowledge.loaders.plain import load_text
from hub.knowledge.loaders.records import load_json, load_json_lines
from hub.knowledge.loaders.rich_text import load_rich_text
from hub.knowledge.loaders.slides import load_slides
from hub.knowledge.loaders.spreadsheet import load_spreadsheet
from hub.knowledge.loaders.webpage import load_webpage
from hub.knowledge.loaders.word import load_word

LOADERS: Final[Mapping[Kind, Callable[[bytes, LoadLimits], Document]]] = {
    "pdf": load_pdf,
    "docx": load_word,
    "pptx": load_slides,
    "spreadsheet": load_spreadsheet,
    "opendocument": load_opendocument,
    "book": load_book,
    "rtf": load_rich_text,
    "html": load_webpage,
    "csv": load_table,
    "json": load_json,
    "jsonl": load_json_lines,
    "markdown": load_markdown,
    "text": load_text,
}


def load(data: bytes, name: str = "", limits: LoadLimits | None = None) -> Document:
    """The document in ``data``. Raises ``Unreadable`` in words, or whatever a parser raises on damage.

    Runs parsers on hostile input: call it in the child process that ``hub.knowledge.loading`` starts.
    """
    bounds = limits or LoadLimits()
    if len(data) > bounds.file_bytes:
        raise Unreadable(f"The file is larger than {bounds.file_bytes // 1_000_000} MB. Split it into smaller files.")
    return LOADERS[kind_of(data, name)](data, bounds)
