"""A cheap estimate of how many tokens a text costs an embedding model, without loading its vocabulary."""

from __future__ import annotations

import re
from typing import Final

_PIECE: Final = re.compile(
    r"(?P<wide>[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
    r"\U00020000-\U0002ffff])"
    r"|(?P<ascii>[A-Za-z]+)|(?P<digits>[0-9]+)|(?P<other>[^\W\d_]+)|(?P<mark>[^\s])"
)


def estimate_tokens(text: str) -> int:
    """About how many word pieces ``text`` is; rather too many than too few, since models cut off silently."""
    return sum(_cost(match) for match in _PIECE.finditer(text))


def _cost(match: re.Match[str]) -> int:
    length = match.end() - match.start()
    if match.lastgroup == "ascii":  # long words are rare ones, which vocabularies cut small
        return 1 + max(0, length - 5) // 2
    if match.lastgroup in {"digits", "other"}:
        return 1 + (length - 1) // 3
    return 1
