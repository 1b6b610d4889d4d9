"""Office files are ZIP archives of XML: what must be checked before anything in one is unpacked for good."""

from __future__ import annotations

import io
import zipfile
from typing import Final

from hub.core.errors import Unreadable
from hub.knowledge.loaders.assembly import LoadLimits

_SMALL: Final = 1_000_000
_XML: Final = (".xml", ".rels", ".xhtml", ".opf", ".ncx")
_DEEPEST: Final = 200


def check_archive(data: bytes, limits: LoadLimits, kind: str) -> None:
    """Refuses bombs: archives that swell, XML that defines entities or nests without end. ``kind`` names the file in
    the words of ``Unreadable``, such as "Word document"."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        unpacked = sum(entry.file_size for entry in entries)
        swollen = any(
            entry.file_size > _SMALL and entry.file_size > entry.compress_size * limits.archive_ratio
            for entry in entries
        )
        if len(entries) > limits.archive_entries or unpacked > limits.archive_bytes or swollen:
            raise Unreadable(f"The {kind} unpacks to far more than its size. Save it again without large parts.")
        if any(entry.flag_bits & 1 for entry in entries):
            raise Unreadable(f"The {kind} is protected by a password. Save it without one.")
        for entry in entries:
            if entry.filename.lower().endswith(_XML):
                _check_xml(archive, entry, kind)


def _check_xml(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, kind: str) -> None:
    from defusedxml import ElementTree
    from defusedxml.common import DefusedXmlException

    depth = 0
    # E-books' pages name HTML's document type, which defines nothing by itself.
    plain = not entry.filename.lower().endswith((".xhtml", ".ncx", ".opf"))
    try:
        with archive.open(entry) as part:
            for event, element in ElementTree.iterparse(part, events=("start", "end"), forbid_dtd=plain):
                depth += 1 if event == "start" else -1
                if depth > _DEEPEST:
                    raise Unreadable(f"The {kind} is nested too deeply to be read. Save it again.")
                if event == "end":
                    element.clear()
    except DefusedXmlException as error:
        raise Unreadable(f"The {kind} holds XML that is not allowed in it. Save it again.") from error
    except (ElementTree.ParseError, zipfile.BadZipFile, EOFError, OSError, ValueError) as error:
        if not plain:
            return  # pages of e-books are often no clean XML; their own loader reads them as HTML
        raise Unreadable(f"The {kind} is damaged and cannot be read. Save it again.") from error


def entry_text(data: bytes, name: str) -> bytes:
    """The bytes of one entry. Raises ``Unreadable`` when it is missing."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        try:
            return archive.read(name)
        except KeyError as error:
            raise Unreadable("The file is damaged: a part of it is missing. Save it again.") from error
