"""What a file is comes from its bytes; its name only says which text a text is."""

import io
import time
import zipfile

import pytest

from hub.files.sniff import UNKNOWN, sniff

OFFICE = "application/vnd.openxmlformats-officedocument."


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "mime"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "picture.png", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), None, "image/png"),
        (b"\xff\xd8\xff\xe0" + bytes(20), "a.txt", "image/jpeg"),
        (b"GIF89a" + bytes(20), None, "image/gif"),
        (b"RIFF\x10\0\0\0WEBPVP8 " + bytes(20), None, "image/webp"),
        (b"OggS" + bytes(40), None, "audio/ogg"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", None, "video/mp4"),
        (archive("[Content_Types].xml", "word/document.xml"), "a.pptx", f"{OFFICE}wordprocessingml.document"),
        (archive("[Content_Types].xml", "ppt/presentation.xml"), None, f"{OFFICE}presentationml.presentation"),
        (archive("[Content_Types].xml", "xl/workbook.xml"), None, f"{OFFICE}spreadsheetml.sheet"),
        (archive("mimetype", "other"), None, "application/zip"),
        (archive("a.exe"), "a.docx", "application/zip"),
        (b"PK\x03\x04 cut off", "a.docx", "application/zip"),
        (b"# Title\n\ntext", "notes.md", "text/markdown"),
        (b"# Title\n\ntext", None, "text/plain"),
        (b"a;b\n1;2\n", "DATA.CSV", "text/csv"),
        (b'{"a": 1}', "a.json", "application/json"),
        ("Grüße".encode(), "a.png", "text/plain"),
        ("Grüße".encode("utf-16"), None, "text/plain"),
        (b"<!DOCTYPE html><p>", "a.png", "text/html"),
        (b"\xef\xbb\xbf <!-- x --> <HTML>", "a.txt", "text/html"),
        (b"<script>alert(1)</script>", "a.md", "text/html"),
        (b"<?xml version='1.0'?><!-- --><svg xmlns='x'>", "a.png", "image/svg+xml"),
        (b"<svg:svg>", None, "image/svg+xml"),
        (b"<?xml version='1.0'?><rss>", None, "application/xml"),
        (b"\x00\x01\x02\x03rubbish", "a.txt", UNKNOWN),
        (b"", "a.txt", UNKNOWN),
    ],
)
def test_the_bytes_decide(data, name, mime):
    assert sniff(data, name=name) == mime


@pytest.mark.parametrize("piece", [b"<!---->", b"<?xml?>", b" ", b"<!doctype svg>", b"<!--", b"<"])
def test_hostile_repetition_takes_no_time(piece):
    begun = time.thread_time()
    sniff(piece * 5000)
    assert time.thread_time() - begun < 0.2
