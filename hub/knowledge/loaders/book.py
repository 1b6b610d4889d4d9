"""E-books (EPUB): chapters in reading order."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import unquote

from hub.core.errors import Unreadable
from hub.core.knowledge import Document
from hub.knowledge.loaders.archive import check_archive
from hub.knowledge.loaders.assembly import LoadLimits, clean
from hub.knowledge.loaders.markdown import sections_of
from hub.knowledge.loaders.plain import decode

_CONTAINER: Final = ".//{urn:oasis:names:tc:opendocument:xmlns:container}rootfile"
_OPF: Final = "{http://www.idpf.org/2007/opf}"
_DC: Final = "{http://purl.org/dc/elements/1.1/}"


def load_book(data: bytes, limits: LoadLimits) -> Document:
    """Raises ``Unreadable`` for protected, damaged and swollen files."""
    check_archive(data, limits, "e-book")
    from defusedxml import ElementTree

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if "META-INF/encryption.xml" in archive.namelist():
            raise Unreadable("The e-book is copy-protected. Upload it in a form that is not.")
        try:
            root = ElementTree.fromstring(archive.read("META-INF/container.xml")).find(_CONTAINER)
            path = "" if root is None else root.get("full-path") or ""
            package = ElementTree.fromstring(archive.read(path))
        except (KeyError, ElementTree.ParseError) as error:
            raise Unreadable("The e-book is damaged: its table of parts cannot be read.") from error
        text = "\n\n".join(_chapters(archive, package, posixpath.dirname(path)))
    return sections_of(
        text,
        limits,
        title=package.findtext(f".//{_DC}title"),
        author=package.findtext(f".//{_DC}creator"),
        language=package.findtext(f".//{_DC}language"),
    )


def _chapters(archive: zipfile.ZipFile, package: Any, folder: str) -> Iterator[str]:
    from hub.knowledge.loaders.webpage import as_markdown

    parts = {item.get("id"): item.get("href") for item in package.iter(f"{_OPF}item")}
    for entry in package.iter(f"{_OPF}itemref"):
        name = posixpath.normpath(posixpath.join(folder, unquote(parts.get(entry.get("idref")) or "")))
        try:
            page = clean(decode(archive.read(name)))
        except KeyError:
            continue  # a chapter the book only claims to have
        yield as_markdown(page)
