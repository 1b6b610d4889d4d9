"""RTF, as plain text with its tables' cells kept apart."""

from __future__ import annotations

from typing import Final

from hub.core.errors import Unreadable
from hub.core.knowledge import Document
from hub.knowledge.loaders.assembly import Assembler, LoadLimits

_LARGEST: Final = 20_000_000


def load_rich_text(data: bytes, limits: LoadLimits) -> Document:
    """Raises ``Unreadable`` for damaged files."""
    from striprtf.striprtf import rtf_to_text

    if len(data) > _LARGEST:
        raise Unreadable("The RTF file is too large. Save it as DOCX or PDF.")
    try:
        text = str(rtf_to_text(data.decode("latin-1"), errors="replace"))  # type: ignore[no-untyped-call]  # the library has no types
    except (ValueError, IndexError, KeyError, TypeError, LookupError) as error:
        raise Unreadable("The RTF file is damaged and cannot be read. Save it again.") from error
    document = Assembler(limits)
    for paragraph in text.split("\n"):
        document.add(paragraph.strip().strip("|"))
    return document.finish()
