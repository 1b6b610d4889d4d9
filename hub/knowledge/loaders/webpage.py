"""Web pages: the content without navigation and adornment, as Markdown."""

from __future__ import annotations

from typing import Final

from hub.core.errors import Unreadable
from hub.core.knowledge import Document
from hub.knowledge.loaders.assembly import LoadLimits, clean
from hub.knowledge.loaders.markdown import sections_of
from hub.knowledge.loaders.plain import decode

_SMALL: Final = 250
_LONGEST_NAME: Final = 80


def load_webpage(data: bytes, limits: LoadLimits) -> Document:
    """The page's main text with headings and tables; all its text where no main part can be told apart."""
    import trafilatura

    page = clean(decode(data))
    text = trafilatura.extract(
        page, output_format="markdown", favor_recall=True, include_tables=True, include_formatting=True,
        include_comments=False,
    ) or ""  # fmt: skip
    if len(text) < _SMALL:
        whole = str(trafilatura.html2txt(page) or "")
        text = whole if len(whole) > len(text) * 1.5 else text
    if not text.strip():
        raise Unreadable("The page has no text in it. Pages that scripts draw in the browser cannot be read.")
    fields = trafilatura.extract_metadata(page)
    author = str(getattr(fields, "author", None) or "")
    return sections_of(
        text,
        limits,
        title=getattr(fields, "title", None),
        author=author if len(author) <= _LONGEST_NAME else None,
        language=getattr(fields, "language", None),
    )
