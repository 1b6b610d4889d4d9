"""What kind of file this is, told from its bytes; the name only settles what plain text is meant as."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import PurePath
from typing import Final, Literal

from hub.core.errors import Unreadable

Kind = Literal["pdf", "docx", "html", "csv", "markdown", "text"]

_OTHERS: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or protected Office file. Save it as unprotected DOCX or PDF"),
    (b"{\\rtf", "an RTF file. Save it as DOCX or PDF"),
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

_ARCHIVES: Final[Mapping[str, str]] = {
    "xl/": "a spreadsheet. Save the sheet as CSV",
    "ppt/": "a presentation. Save it as PDF",
    "content.xml": "an OpenDocument file. Save it as DOCX, PDF or CSV",
    "META-INF/container.xml": "an e-book. Save it as PDF",
}

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
    for magic, words in _OTHERS:
        if data.startswith(magic):
            raise Unreadable(f"This is {words}.")
    if data[4:8] == b"ftyp":
        raise Unreadable("This is a film or a picture. Upload its text.")
    if _binary(data):
        raise Unreadable("This is not a text file. Upload PDF, DOCX, HTML, Markdown, CSV or plain text.")
    return _text(data, name)


def _archive(data: bytes) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise Unreadable("The file is damaged: its ZIP container cannot be opened. Save it again.") from error
    if "word/document.xml" in names or (
        "[Content_Types].xml" in names and any(name.startswith("word/") for name in names)
    ):
        return "docx"
    for sign, words in _ARCHIVES.items():
        if any(name.startswith(sign) for name in names):
            raise Unreadable(f"This is {words}.")
    raise Unreadable("This is a ZIP archive. Unpack it and upload the files.")


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
    suffix = PurePath(name.lower()).suffix
    if suffix in {".md", ".markdown", ".mdx"}:
        return "markdown"
    if suffix in {".csv", ".tsv"}:
        return "csv"
    if suffix in {".html", ".htm", ".xhtml"}:
        return "html"
    if suffix in {"", ".txt"} and len(re.findall(rb"^#{1,6} \S", data[:20_000], re.MULTILINE)) >= 2:
        return "markdown"
    return "text"
