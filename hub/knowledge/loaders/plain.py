"""Plain text in any encoding."""

from __future__ import annotations

import codecs
from typing import Final

from hub.core.errors import Unreadable
from hub.core.knowledge import Document
from hub.knowledge.loaders.assembly import Assembler, LoadLimits
from hub.knowledge.loaders.encodings import likeliest

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(data: bytes) -> str:
    """The text of ``data``: by its byte-order mark, as UTF-8, or in the encoding that gives the likeliest text."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return _guessed(data)
    if "\x1b$" in text:
        return _guessed(data)
    return text if text.count("\x00") * 20 < len(text) else _guessed(data)


def _guessed(data: bytes) -> str:
    # A zero in every other byte: UTF-16 without its mark.
    if data.count(b"\x00") * 5 > len(data):
        return data.decode("utf-16-be" if data[:2000:2].count(0) > data[1:2000:2].count(0) else "utf-16-le", "replace")
    encoding = likeliest(data)
    if encoding is not None:
        return data.decode(encoding, "replace")
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    if best is None:
        raise Unreadable("The encoding of this text cannot be told. Save it as UTF-8 and upload that.")
    return str(best)


def load_text(data: bytes, limits: LoadLimits) -> Document:
    """The whole text as one section."""
    document = Assembler(limits)
    document.add(decode(data))
    return document.finish()
