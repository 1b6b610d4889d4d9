"""Slack's names of emoji as the emoji themselves. Custom ones, and rare ones, keep their name: ``:party_parrot:``."""

from __future__ import annotations

from typing import Final

_NAMES: Final[dict[str, str]] = {
    "+1": "\U0001f44d", "thumbsup": "\U0001f44d", "-1": "\U0001f44e", "thumbsdown": "\U0001f44e",
    "heart": "\u2764\ufe0f", "heart_eyes": "\U0001f60d", "smile": "\U0001f604", "smiley": "\U0001f603",
    "grinning": "\U0001f600", "grin": "\U0001f601", "joy": "\U0001f602", "laughing": "\U0001f606",
    "rolling_on_the_floor_laughing": "\U0001f923", "slightly_smiling_face": "\U0001f642", "blush": "\U0001f60a",
    "wink": "\U0001f609", "thinking_face": "\U0001f914", "neutral_face": "\U0001f610", "confused": "\U0001f615",
    "slightly_frowning_face": "\U0001f641", "disappointed": "\U0001f61e", "cry": "\U0001f622", "sob": "\U0001f62d",
    "angry": "\U0001f620", "rage": "\U0001f621", "open_mouth": "\U0001f62e", "scream": "\U0001f631",
    "pray": "\U0001f64f", "clap": "\U0001f44f", "raised_hands": "\U0001f64c", "wave": "\U0001f44b",
    "ok_hand": "\U0001f44c", "muscle": "\U0001f4aa", "eyes": "\U0001f440", "point_up": "\u261d\ufe0f",
    "fire": "\U0001f525", "tada": "\U0001f389", "rocket": "\U0001f680", "star": "\u2b50", "100": "\U0001f4af",
    "white_check_mark": "\u2705", "heavy_check_mark": "\u2714\ufe0f", "x": "\u274c", "warning": "\u26a0\ufe0f",
    "question": "\u2753", "exclamation": "\u2757", "bulb": "\U0001f4a1", "heavy_plus_sign": "\u2795",
    "sparkles": "\u2728", "broken_heart": "\U0001f494", "sunglasses": "\U0001f60e", "party_popper": "\U0001f389",
}  # fmt: skip


def emoji_of(name: str) -> str:
    """The emoji of a name. A skin tone (``wave::skin-tone-3``) is left out."""
    plain = name.partition("::")[0]
    return _NAMES.get(plain) or f":{plain or name}:"
