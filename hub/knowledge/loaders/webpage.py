"""Web pages: the content without navigation and adornment, as Markdown."""

from __future__ import annotations

from hub.core.errors import Unreadable
from hub.core.knowledge import Document
from hub.knowledge.loaders.assembly import LoadLimits, clean
from hub.knowledge.loaders.markdown import sections_of
from hub.knowledge.loaders.plain import decode

_SMALL = 250


def load_webpage(data: bytes, limits: LoadLimits) -> Document:
    """The page's main text with headings and tables; all its text where no main part can be told apart."""
    import trafilatura

    page = clean(decode(data))
    found = trafilatura.bare_extraction(
        page, output_format="markdown", favor_recall=True, include_tables=True, include_formatting=True,
        include_comments=False, with_metadata=True,
    )  # fmt: skip
    fields = found if isinstance(found, dict) else found.as_dict() if found is not None else {}
    text = str(fields.get("text") or "")
    if len(text) < _SMALL:
        whole = str(trafilatura.html2txt(page) or "")
        text = whole if len(whole) > len(text) * 1.5 else text
    if not text.strip():
        raise Unreadable("The page has no text in it. Pages that scripts draw in the browser cannot be read.")
    return sections_of(
        text, limits, title=fields.get("title"), author=fields.get("author"), language=fields.get("language")
    )
