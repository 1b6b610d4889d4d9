"""What the company knows: documents, their chunks, passages found, citations shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from hub.core.ids import ChunkId, DocumentId


class DocumentStatus(StrEnum):
    QUEUED = "queued"
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a loaded document under one heading path, with its page where the format has pages, and the second
    it is said at where the format is a recording's.

    ``start`` and ``end`` are character offsets into the document's text.
    """

    start: int
    end: int
    heading: tuple[str, ...] = ()
    page: int | None = None
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A loaded document: its whole text, cut into sections that know where they stand."""

    text: str
    sections: tuple[Section, ...]
    title: str | None = None
    author: str | None = None
    pages: int | None = None
    language: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document small enough to embed: ``document.text[start:end]`` is exactly ``text``."""

    position: int
    start: int
    end: int
    text: str
    heading: tuple[str, ...] = ()
    page: int | None = None
    seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk that retrieval found, with how well it fits: fused score and each leg's own."""

    chunk_id: ChunkId
    document_id: DocumentId
    external_id: str | None
    title: str
    url: str | None
    text: str
    section: str | None
    page: int | None
    start: int
    end: int
    score: float
    keyword: float | None
    vector: float | None
    around: str | None = None
    """The section it stands in, where the search was asked for it."""


@dataclass(frozen=True, slots=True)
class Citation:
    """A source shown under an answer. ``n`` is the number the answer's text uses, ``quote`` the words relied on."""

    n: int
    chunk_id: ChunkId
    document_id: DocumentId
    title: str
    url: str | None
    section: str | None
    page: int | None
    start: int
    end: int
    quote: str
