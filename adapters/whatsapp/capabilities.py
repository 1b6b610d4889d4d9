"""What WhatsApp can show. Source: Meta's WhatsApp Cloud API reference and its OpenAPI document, version 23.

Meta does not say how it counts characters. UTF-16 units are never fewer than what any other way would count, so that
no message is refused for its length.
"""

from __future__ import annotations

from typing import Final

from hub.core.channels import Capabilities, Dialect, MediaLimit, Pace, StreamKind, TextUnit
from hub.core.ids import ChannelKind

KIND: Final = ChannelKind("whatsapp")

_MB: Final = 1024 * 1024
MAX_DOWNLOAD_BYTES: Final = 100 * _MB

BODY: Final = 1024
"""The text of a message with buttons or a list."""

BUTTONS: Final = 3
BUTTON_TITLE: Final = 20
BUTTON_ID: Final = 256
ROWS: Final = 10
ROW_TITLE: Final = 24
ROW_DETAIL: Final = 72
ROW_ID: Final = 200
CALLBACK_DATA: Final = 512

CAPABILITIES: Final = Capabilities(
    dialect=Dialect.WHATSAPP,
    text_limit=4096,
    text_unit=TextUnit.UTF16,
    caption_limit=1024,
    buttons=BUTTONS,
    button_title=BUTTON_TITLE,
    button_id=BUTTON_ID,
    list_rows=ROWS,
    media={
        "image": MediaLimit(5 * _MB, ("image/jpeg", "image/png")),
        "audio": MediaLimit(16 * _MB, ("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg")),
        "voice": MediaLimit(16 * _MB, ("audio/ogg",)),
        "video": MediaLimit(16 * _MB, ("video/mp4", "video/3gpp")),
        "animation": MediaLimit(16 * _MB, ("video/mp4",)),
        "document": MediaLimit(100 * _MB),
        "sticker": MediaLimit(500 * 1024, ("image/webp",)),
    },
    edit=False,
    delete=False,
    react=True,
    receipts=True,
    typing=True,
    stream=StreamKind.NONE,
    threads=False,
    reply_window_hours=24,
    templates=True,
    account_pace=Pace(per_second=80, burst=80),
    recipient_pace=Pace(per_second=1 / 6, burst=45),  # one in six seconds; a burst is lent and paid back by waiting
    read_back=True,
)
