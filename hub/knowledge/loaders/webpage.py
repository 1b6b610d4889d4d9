"""Web pages: the content without navigation and adornment, as Markdown."""

from __future__ import annotations

import re
from typing import Final

from hub.core.errors import Unreadable
from hub.core.knowledge import Document
from hub.knowledge.loaders.assembly import LoadLimits, clean
from hub.knowledge.loaders.markdown import sections_of
from hub.knowledge.loaders.plain import decode

_SMALL: Final = 250
_LONGEST_NAME: Final = 80
_RULE: Final = re.compile(r"\|(?:\s*:?-+:?\s*\|)+\s*")
_ADORNMENT: Final = re.compile(r"</?(?:u|sub|sup|mark|small|ins|del)>")


def load_webpage(data: bytes, limits: LoadLimits) -> Document:
    """The page's main text with headings and tables; all its text where no main part can be told apart."""
    import trafilatura

    page = clean(decode(data))
    text = as_markdown(page)
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


def as_markdown(page: str) -> str:
    """The content of an HTML page without navigation and adornment."""
    import trafilatura

    text = trafilatura.extract(
        page, output_format="markdown", favor_recall=True, include_tables=True, include_formatting=True,
        include_comments=False,
    ) or ""  # fmt: skip
    if len(text) < _SMALL:
        whole = str(trafilatura.html2txt(page) or "")
        text = whole if len(whole) > len(text) * 1.5 else text
    return _ADORNMENT.sub("", _one_rule_a_table(text))


def _one_rule_a_table(text: str) -> str:
    """Markdown tables with one line under their head, where a caption or a second head row brought another."""
    lines: list[str] = []
    ruled = False
    for line in text.split("\n"):
        rule = bool(_RULE.fullmatch(line))
        if rule and ruled:
            continue
        ruled = line.startswith("|") and (ruled or rule)
        lines.append(line)
    return "\n".join(lines)
