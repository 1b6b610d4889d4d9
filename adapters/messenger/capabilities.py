"""What Messenger can show. Source: Meta's Messenger Platform documentation (Send API, templates, quick replies)."""

from __future__ import annotations

from typing import Final

from hub.core.channels import Capabilities, Dialect, MediaLimit, Pace, StreamKind, TextUnit
from hub.core.ids import ChannelKind

KIND: Final = ChannelKind("messenger")

MAX_QUICK_REPLIES: Final = 13
MAX_BUTTONS: Final = 3
BUTTON_TITLE: Final = 20
PAYLOAD_BYTES: Final = 1000
"""Meta counts 1,000 characters; counting bytes is on the safe side."""

BUTTON_TEXT: Final = 640
CARD_TITLE: Final = 80
CARD_TEXT: Final = 80

_MAX_FILE: Final = 25_000_000
MAX_DOWNLOAD_BYTES: Final = 100_000_000
"""Customers may send larger files than pages may."""

CAPABILITIES: Final = Capabilities(
    dialect=Dialect.PLAIN,
    text_limit=2000,
    # Meta says characters without saying which; UTF-16 units are never fewer.
    text_unit=TextUnit.UTF16,
    buttons=MAX_QUICK_REPLIES,
    button_title=BUTTON_TITLE,
    button_id=PAYLOAD_BYTES,
    media={
        "image": MediaLimit(_MAX_FILE, ("image/jpeg", "image/png", "image/gif", "image/webp")),
        "audio": MediaLimit(
            _MAX_FILE, ("audio/mpeg", "audio/mp4", "audio/m4a", "audio/x-m4a", "audio/wav", "audio/aac")
        ),
        "voice": MediaLimit(
            _MAX_FILE, ("audio/mpeg", "audio/mp4", "audio/m4a", "audio/x-m4a", "audio/wav", "audio/aac")
        ),
        "video": MediaLimit(_MAX_FILE, ("video/mp4", "video/quicktime", "video/webm")),
        "animation": MediaLimit(_MAX_FILE, ("image/gif",)),
        "document": MediaLimit(_MAX_FILE),
        "sticker": MediaLimit(_MAX_FILE, ("image/jpeg", "image/png", "image/gif", "image/webp")),
    },
    edit=False,
    delete=False,
    react=False,
    receipts=True,
    typing=True,
    stream=StreamKind.NONE,
    threads=False,
    reply_window_hours=24,
    person_window_hours=7 * 24,
    account_pace=Pace(per_second=300, burst=300),
    read_back=True,
)
