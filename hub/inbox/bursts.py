"""Bursts: people send one thought in several messages. How long to wait for the rest before answering.

A finished sentence is answered at once; should more come while the bot thinks, the turn starts anew with it merged.
What looks like the beginning of a thought waits a moment, so that no model is asked about half a question.
"""

from __future__ import annotations

from hub.core.messages import Event, EventType, plain_text

FRAGMENT = 1.2
OPEN_END = 0.6
TYPING = 2.0
"""Seconds: after a few words without an end, after a longer text without one, and more while the customer types."""

_ENDS = (".", "!", "?", "…", "。", "！", "？", "؟", ")", ":", '"', "”")
_FEW_WORDS = 4


def pause_after(event: Event) -> float:
    """Seconds to wait for more after this message."""
    if event.type is not EventType.MESSAGE:
        return 0.0
    text = plain_text(event.parts).strip()
    if not text or text.endswith(_ENDS):
        return 0.0
    return FRAGMENT if len(text.split()) < _FEW_WORDS else OPEN_END
