"""What kind of file this is, told from its bytes; the name only settles what plain text is meant as."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping
from pathlib import PurePath
from typing import Final, Literal

from hub.core.errors import Unreadable

Kind = Literal[
    "pdf",
    "docx",
    "pptx",
    "spreadsheet",
    "opendocument",
    "book",
    "rtf",
    "html",
    "csv",
    "json",
    "jsonl",
    "subtitles",
    "markdown",
    "text",
]

_OTHERS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x89PNG", "a picture. Upload the text that is in it"),
    (b"\xff\xd8\xff", "a picture. Upload the text that is in it"),
    (b"GIF8", "a picture. Upload the text that is in it"),
    (b"II*\x00", "a picture. Upload the text that is in it"),
    (b"MM\x00*", "a picture. Upload the text that is in it"),
    (b"RIFF", "a picture, a sound or a film. Upload its text"),
    (b"ID3", "a sound. Upload its text"),
    (b"OggS", "a sound. Upload its text"),
    (b"\x1f\x8b", "a compressed archive. Unpack it and upload the files"),
    (b"BZh", "a compressed archive. Unpack it and upload the files"),
    (b"\xfd7zXZ", "a compressed archive. Unpack it and upload the files"),
    (b"7z\xbc\xaf", "a compressed archive. Unpack it and upload the files"),
    (b"Rar!", "a compressed archive. Unpack it and upload the files"),
    (b"%!PS", "a PostScript file. Save it as PDF"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "a database. Export its tables as CSV"),
)  # fmt: skip

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ARCHIVES: Final[tuple[tuple[str, Kind], ...]] = (
    ("word/", "docx"),
    ("ppt/", "pptx"),
    ("xl/", "spreadsheet"),
    ("META-INF/container.xml", "book"),
)
_OPEN: Final[Mapping[bytes, Kind]] = {
    b"spreadsheet": "spreadsheet",
    b"text": "opendocument",
    b"presentation": "opendocument",
}
_BY_NAME: Final[Mapping[str, Kind]] = {
    ".md": "markdown", ".markdown": "markdown", ".mdx": "markdown", ".csv": "csv", ".tsv": "csv", ".tab": "csv",
    ".html": "html", ".htm": "html", ".xhtml": "html", ".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl",
    ".vtt": "subtitles", ".srt": "subtitles",
}  # fmt: skip

_HTML: Final = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body|article|main|section|div|p|h[1-6]|table|ul)\b",
    re.IGNORECASE | re.DOTALL,
)
_BOMS: Final = (b"\xff\xfe", b"\xfe\xff")


def kind_of(data: bytes, name: str = "") -> Kind:
    """The kind of file ``data`` is. Raises ``Unreadable`` with the way out for kinds that no loader reads."""
    if not data.strip():
        raise Unreadable("The file is empty.")
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data[:4] == b"PK\x03\x04":
        return _archive(data)
    if data.startswith(_OLE):
        return _old_office(data)
    if data.startswith(b"{\\rtf"):
        return "rtf"
    for magic, words in _OTHERS:
        if data.startswith(magic):
            raise Unreadable(f"This is {words}.")
    if data[4:8] == b"ftyp":
        raise Unreadable("This is a film or a picture. Upload its text.")
    if _binary(data):
        raise Unreadable(
            "This is not a text file. Upload PDF, a document, a spreadsheet, a presentation, HTML or text."
        )
    return _text(data, name)


def _archive(data: bytes) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Unreadable("The file is damaged: its ZIP container cannot be opened. Save it again.") from error
    for sign, kind in _ARCHIVES:
        if any(name.startswith(sign) for name in names):
            return kind
    if "mimetype" in names and "content.xml" in names:
        return _open_document(data)
    raise Unreadable("This is a ZIP archive. Unpack it and upload the files.")


def _open_document(data: bytes) -> Kind:
    with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open("mimetype") as entry:
        mime = entry.read(200)
    form = mime.removeprefix(b"application/vnd.oasis.opendocument.").partition(b"-")[0].strip()
    if form not in _OPEN:
        raise Unreadable("This is an OpenDocument file of a kind that is not read. Save it as PDF.")
    return _OPEN[form]


def _old_office(data: bytes) -> Kind:
    """Office files from before 2007, and newer ones that a password wraps up."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise Unreadable("The file is protected by a password. Save it without one.")
    if any(name.encode("utf-16-le") in data for name in ("Workbook", "Book\x00")):
        return "spreadsheet"
    raise Unreadable("This is an old Office file. Save it as DOCX, PPTX or PDF.")


def _binary(data: bytes) -> bool:
    sample = data[:8192]
    if sample[:2] in _BOMS or sample[:4] == b"\x00\x00\xfe\xff":
        return False
    # UTF-16 without a mark has a zero in every other byte of Latin text.
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if half and max(even, odd) > half * 0.4 and min(even, odd) < half * 0.05:
        return False
    controls = sum(byte < 9 or 13 < byte < 27 for byte in sample)
    return sample.count(0) > 0 or controls > len(sample) * 0.02


def _text(data: bytes, name: str) -> Kind:
    if _HTML.match(data[:4096].removeprefix(b"\xef\xbb\xbf").replace(b"\x00", b"").lstrip(b"\xff\xfe")):
        return "html"
    if data.removeprefix(b"\xef\xbb\xbf").startswith(b"WEBVTT"):
        return "subtitles"
    suffix = PurePath(name.lower()).suffix
    if suffix in _BY_NAME:
        return _BY_NAME[suffix]
    if suffix == "" and data.lstrip()[:1] in (b"{", b"["):
        return _json(data)
    if suffix in {"", ".txt"} and len(re.findall(rb"^#{1,6} \S", data[:20_000], re.MULTILINE)) >= 2:
        return "markdown"
    return "text"


def _json(data: bytes) -> Kind:
    """What starts like JSON: one value, a value a line, or text after all."""
    for kind, sample in (("json", data), ("jsonl", data.strip().partition(b"\n")[0])):
        try:
            json.loads(sample)
        except (ValueError, RecursionError):
            continue
        return "json" if kind == "json" else "jsonl"
    return "text"
