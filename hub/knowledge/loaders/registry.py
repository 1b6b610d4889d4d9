"""Which loader reads which kind of file."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Final

from hub.core.errors import Unreadable
from hub.core.knowledge import Document
from hub.knowledge.loaders.assembly import LoadLimits
from hub.knowledge.loaders.kinds import Kind, kind_of

LOADERS: Final[Mapping[Kind, tuple[str, str]]] = {
    "pdf": ("pdf.reading", "load_pdf"),
    "docx": ("word", "load_word"),
    "pptx": ("slides", "load_slides"),
    "spreadsheet": ("spreadsheet", "load_spreadsheet"),
    "opendocument": ("opendocument", "load_opendocument"),
    "book": ("book", "load_book"),
    "rtf": ("rich_text", "load_rich_text"),
    "html": ("webpage", "load_webpage"),
    "csv": ("csv_file", "load_table"),
    "json": ("records", "load_json"),
    "jsonl": ("records", "load_json_lines"),
    "subtitles": ("subtitles", "load_subtitles"),
    "markdown": ("markdown", "load_markdown"),
    "text": ("plain", "load_text"),
}
"""Module and function by kind. Only the one that is needed is imported: every file has a process of its own."""


def load(data: bytes, name: str = "", limits: LoadLimits | None = None) -> Document:
    """The document in ``data``. Raises ``Unreadable`` in words, or whatever a parser raises on damage.

    Runs parsers on hostile input: call it in the child process that ``hub.knowledge.loading`` starts.
    """
    bounds = limits or LoadLimits()
    if len(data) > bounds.file_bytes:
        raise Unreadable(f"The file is larger than {bounds.file_bytes // 1_000_000} MB. Split it into smaller files.")
    module, function = LOADERS[kind_of(data, name)]
    document: Document = getattr(import_module(f"hub.knowledge.loaders.{module}"), function)(data, bounds)
    return document
