"""Takes a message apart into the questions it asks, so that each can be answered by itself. Pure."""

from __future__ import annotations

import re
from typing import Final

_MOST: Final = 4
_SHORTEST_WORDS: Final = 3
_ASKING: Final = (
    "how|what|what's|which|who|whom|whose|where|when|why|can|could|do|does|did|is|are|was|were|will|would|should|may|"
    "wie|was|welche[rnsm]?|wer|wo|wohin|wann|warum|wieso|kann|können|könnt|muss|darf|gibt|ist|sind|habe?n?|soll|"
    "cómo|como|qué|que|cuál|cual|cuándo|cuando|dónde|donde|cuánto|cuanto|cuánta|puedo|puede|hay|es|"
    "comment|quel|quelle|quels|quelles|quand|où|pourquoi|combien|puis-je|peut-on|est-ce|"
    "come|quale|quali|quando|dove|perché|quanto|posso|"
    "qual|quais|onde|quanto|posso|hoe|welke|wanneer|waar|waarom|kan|mag"
)
_END: Final = re.compile(r"[?？؟]+[\"'”’)\]]*\s*|[.!。！…]+[\"'”’)\]]*\s+|[。！]|\n+")
_JOINT: Final = re.compile(
    rf"(?:,\s*|\s+)(?:and|also|or|und|oder|sowie|y|e|o|et|ou|ed|en|of)\s+(?:also\s+|auch\s+|también\s+|aussi\s+)?"
    rf"(?=(?:{_ASKING})\b)",
    re.IGNORECASE,
)


def questions_in(text: str) -> list[str]:
    """The questions a text asks, in order, at most four; the whole text where it asks one or cannot be taken apart.

    Cut at the ends of sentences, and before an "and" that begins another question ("... and how do I ..."). A piece
    of fewer than three words asks nothing by itself and stays with the piece before it.
    """
    pieces: list[str] = []
    for sentence in _END.split(text):
        pieces += _JOINT.split(sentence)
    joined: list[str] = []
    for piece in (p.strip(" ,;") for p in pieces):
        if joined and 0 < len(piece.split()) < _SHORTEST_WORDS:
            joined[-1] += f" {piece}"
        elif piece:
            joined.append(piece)
    return joined if 1 < len(joined) <= _MOST else [text]
