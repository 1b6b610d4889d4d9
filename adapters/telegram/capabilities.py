"""What Telegram can show. Source: Telegram Bot API 10.1 (core.telegram.org/bots/api)."""

from __future__ import annotations

from typing import Final

from hub.core.channels import Capabilities, Dialect, MediaLimit, Pace, StreamKind, TextUnit
from hub.core.ids import ChannelKind

KIND: Final = ChannelKind("telegram")

_MB: Final = 1_000_000
MAX_DOWNLOAD_BYTES: Final = 20 * _MB
"""getFile serves no larger file."""

CALLBACK_DATA_BYTES: Final = 64
BUTTON_TITLE: Final = 64
"""Telegram states no limit; longer labels are cut off by its apps."""

MAX_ENTITIES: Final = 100
MAX_BUTTONS: Final = 100

CAPABILITIES: Final = Capabilities(
    dialect=Dialect.TELEGRAM_HTML,
    text_limit=4096,
    text_unit=TextUnit.UTF16,
    caption_limit=1024,
    buttons=MAX_BUTTONS,
    button_title=BUTTON_TITLE,
    button_id=CALLBACK_DATA_BYTES,
    media={
        "image": MediaLimit(10 * _MB, ("image/jpeg", "image/png", "image/webp")),
        "audio": MediaLimit(50 * _MB, ("audio/mpeg", "audio/mp4", "audio/m4a", "audio/x-m4a")),
        "voice": MediaLimit(50 * _MB, ("audio/ogg", "audio/mpeg", "audio/mp4", "audio/m4a", "audio/x-m4a")),
        "video": MediaLimit(50 * _MB, ("video/mp4",)),
        "animation": MediaLimit(50 * _MB, ("image/gif", "video/mp4")),
        "document": MediaLimit(50 * _MB),
        "sticker": MediaLimit(512_000, ("image/webp", "video/webm")),
    },
    edit=True,
    delete=True,
    react=False,
    receipts=False,
    typing=True,
    stream=StreamKind.NONE,
    threads=True,
    reply_window_hours=None,
    account_pace=Pace(per_second=30, burst=30),
    recipient_pace=Pace(per_second=1, burst=5),  # "avoid sending more than one a second"; short bursts pass
    read_back=False,
)
