"""What a file is, told from its bytes: what a sender claims is never believed."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import PurePath

import filetype

UNKNOWN = "application/octet-stream"
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OFFICE_PARTS = {
    "word/document.xml": f"{_OFFICE}wordprocessingml.document",
    "ppt/presentation.xml": f"{_OFFICE}presentationml.presentation",
    "xl/workbook.xml": f"{_OFFICE}spreadsheetml.sheet",
}
_TEXT_NAMES = {
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".vtt": "text/vtt",
    ".srt": "application/x-subrip",
}
_HEAD = 4096
# Possessive groups: comments one after another must not make the search try every way to split them.
_PROLOGUE = rb"(?:(?><!--.*?-->)|(?><\?xml.*?\?>)|(?><!doctype\s+svg.*?>)|\s++)*+"
_HTML = re.compile(
    _PROLOGUE + rb"<(?:!doctype\s+html|html|head|body|script|iframe|title|style|table|div|h1|p|br)\b",
    re.IGNORECASE | re.DOTALL,
)
_SVG = re.compile(_PROLOGUE + rb"<(?:\w+:)?svg\b", re.IGNORECASE | re.DOTALL)
_XML = re.compile(rb"\s*<\?xml\b")
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def sniff(data: bytes, *, name: str | None = None) -> str:
    """The MIME type of ``data``, ``application/octet-stream`` when unknown.

    Give the whole file: office documents are told apart by their table of contents, at the end. ``name`` only says
    which text a text is (Markdown, CSV, JSON ...); it never makes a page or a picture of one. Pure and quick.
    """
    if data[:4] == b"PK\x03\x04":
        return _sniff_zip(data)
    text = _sniff_text(data[:_HEAD])
    guessed = filetype.guess_mime(data[:_HEAD])
    if guessed and not (text and text != "text/plain"):
        return str(guessed)
    if text == "text/plain" and name:
        return _TEXT_NAMES.get(PurePath(name).suffix.lower(), text)
    return text or UNKNOWN


def _sniff_zip(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError):
        return "application/zip"
    for part, mime in _OFFICE_PARTS.items():
        if part in names:
            return mime
    return str(filetype.guess_mime(data[:_HEAD]) or "application/zip") if "mimetype" in names else "application/zip"


def _sniff_text(head: bytes) -> str | None:
    for bom in _BOMS[1:]:
        if head.startswith(bom):
            return "text/plain"
    head = head.removeprefix(_BOMS[0])
    if _BINARY.search(head):
        return None
    for pattern, mime in ((_SVG, "image/svg+xml"), (_HTML, "text/html"), (_XML, "application/xml")):
        if pattern.match(head):
            return mime
    return "text/plain" if head else None
