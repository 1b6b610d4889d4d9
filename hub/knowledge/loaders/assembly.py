"""What all loaders share: cleaning text, collecting sections, and the limits they work under."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from hub.core.errors import Unreadable
from hub.core.knowledge import Document, Section
from hub.knowledge.language import detect_language

_SMALL: Final = 4_000_000
_LONGEST: Final = 6


@dataclass(frozen=True, slots=True)
class LoadLimits:
    """Bounds on one document. Bytes, seconds, characters; ``ratio`` is unpacked to packed size of an archive entry.

    The seconds are those of a small file; ``for_size`` gives larger ones more.
    """

    file_bytes: int = 50_000_000
    memory_bytes: int = 1_500_000_000
    cpu_seconds: int = 20
    wall_seconds: float = 26.0
    characters: int = 10_000_000
    pages: int = 5_000
    rows: int = 50_000
    archive_entries: int = 5_000
    archive_bytes: int = 200_000_000
    archive_ratio: int = 200

    def for_size(self, size: int) -> LoadLimits:
        """These limits with the time that a file of ``size`` bytes may take: a bomb is small, a real book is not."""
        share = max(0, size - _SMALL) / _SMALL
        return replace(
            self,
            cpu_seconds=round(self.cpu_seconds * min(1 + share, _LONGEST)),
            wall_seconds=self.wall_seconds * min(1 + share, _LONGEST),
        )


# Presentation forms that stand for the letters they show: ligatures of Latin, forms of Arabic.
_FORMS: Final = re.compile(r"[\ufb00-\ufb06\ufb50-\ufdfb\ufe70-\ufefc]+")
# Control characters, lone surrogates and non-characters: PostgreSQL refuses some, nobody can read any.
_UNWANTED: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\ufeff\u200b\u2060]")
_HEADING_DEPTH: Final = 6


def clean(text: str) -> str:
    """``text`` with Unix line ends and without characters that no reader sees."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n").replace("\u2028", "\n")
    bare = _UNWANTED.sub("", unified.replace("\u2029", "\n").replace("\x85", "\n"))
    return _FORMS.sub(lambda match: unicodedata.normalize("NFKC", match.group()), bare)


@dataclass(slots=True)
class Assembler:
    """Builds a document piece by piece. ``heading`` opens a section; ``add`` puts a paragraph into the open one."""

    limits: LoadLimits
    _parts: list[str] = field(default_factory=list)
    _sections: list[Section] = field(default_factory=list)
    _length: int = 0
    _path: list[tuple[int, str]] = field(default_factory=list)

    def heading(self, level: int, title: str) -> None:
        """Opens a section under ``title``, closing those of the same level and below; an empty one only closes."""
        while self._path and self._path[-1][0] >= level:
            self._path.pop()
        self._path.append((level, " ".join(clean(title).split())[:300]))
        del self._path[:-_HEADING_DEPTH]

    def add(self, text: str, *, page: int | None = None, seconds: int | None = None, apart: bool = False) -> None:
        """Adds a paragraph, in a section of its own when ``apart``. Raises ``Unreadable`` past the character limit."""
        paragraph = clean(text).strip("\n")
        if not paragraph.strip():
            return
        if self._length + len(paragraph) > self.limits.characters:
            raise Unreadable(
                f"The document has more than {self.limits.characters:,} characters. Split it into smaller files."
            )
        start = self._length
        self._parts.append(paragraph + "\n\n")
        self._length += len(paragraph) + 2
        heading = tuple(title for _, title in self._path if title)
        last = self._sections[-1] if self._sections else None
        if last and not apart and last.heading == heading and last.page == page:
            self._sections[-1] = replace(last, end=self._length)
        else:
            self._sections.append(Section(start, self._length, heading, page, seconds))

    def finish(
        self,
        *,
        title: str | None = None,
        author: str | None = None,
        pages: int | None = None,
        language: str | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Document:
        """The document. Raises ``Unreadable`` when no text was added."""
        text = "".join(self._parts).rstrip("\n")
        if not text:
            raise Unreadable("The file has no text in it.")
        sections = tuple(replace(s, end=min(s.end, len(text))) for s in self._sections)
        return Document(
            text=text,
            sections=sections,
            title=_short(title),
            author=_short(author),
            pages=pages,
            language=detect_language(text) or (language or "")[:2].lower() or None,
            metadata=dict(metadata or {}),
        )


def _short(value: str | None) -> str | None:
    return " ".join(clean(value or "").split())[:300] or None
