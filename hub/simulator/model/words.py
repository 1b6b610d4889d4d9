"""Words and stems: the little language the scripted answers and vectors need."""

from __future__ import annotations

import re
import unicodedata

from hub.core.function_words import FUNCTION_WORDS

_WORD = re.compile(r"[^\W_]+", re.UNICODE)
_WIDE = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")


def fold(text: str) -> str:
    """Lower case without accents."""
    return "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))


def stem(word: str) -> str:
    """A crude stem: the first letters, where an ending would be in the way."""
    return word[:5] if len(word) > 5 else word.rstrip("s") or word


def words(text: str) -> list[str]:
    """The folded words; scripts without spaces as pairs of characters."""
    found: list[str] = []
    for word in _WORD.findall(fold(text)):
        if _WIDE.fullmatch(word):
            found += [word[i : i + 2] for i in range(len(word) - 1)] or [word]
        else:
            found.append(word)
    return found


_FOLDED_STOP = frozenset(fold(word) for word in FUNCTION_WORDS)


def terms(text: str) -> list[str]:
    """The stems of the words that carry meaning."""
    return [stem(word) for word in words(text) if word not in _FOLDED_STOP and (len(word) > 1 or word.isdigit())]


def count_tokens(text: str) -> int:
    """Roughly how many tokens a text has: four letters each, one for a wide character."""
    wide = sum(len(run) for run in _WIDE.findall(text))
    return wide + (len(text) - wide + 3) // 4
