"""Which script a language is written in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_SCRIPTS: Final[Mapping[str, str]] = {
    language: script
    for script, languages in {
        "han": "zh ja",
        "hangul": "ko",
        "cyrillic": "ru uk be bg sr mk kk ky mn tg",
        "arabic": "ar fa ur ps ug",
        "devanagari": "hi mr ne sa",
        "hebrew": "he yi",
        "greek": "el",
        "thai": "th",
        "lao": "lo",
        "khmer": "km",
        "burmese": "my",
        "georgian": "ka",
        "armenian": "hy",
        "ethiopic": "am ti",
        "bengali": "bn as",
        "tamil": "ta",
        "telugu": "te",
        "kannada": "kn",
        "malayalam": "ml",
        "gujarati": "gu",
        "gurmukhi": "pa",
        "sinhala": "si",
    }.items()
    for language in languages.split()
}


def script_of(language: str) -> str:
    """The script of an ISO 639-1 language, ``latin`` where none other is known."""
    return _SCRIPTS.get(language, "latin")
