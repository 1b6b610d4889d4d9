"""What our own chat bubble can show."""

from __future__ import annotations

from typing import Final

from hub.core.channels import Capabilities, Dialect, MediaLimit, StreamKind, TextUnit
from hub.core.ids import ChannelKind

KIND: Final = ChannelKind("webchat")
_MB: Final = 1_000_000

CAPABILITIES: Final = Capabilities(
    dialect=Dialect.MARKDOWN,
    text_limit=32_000,
    text_unit=TextUnit.CHARACTERS,
    caption_limit=4_000,
    buttons=20,
    button_title=80,
    button_id=256,
    list_rows=100,
    media={
        "image": MediaLimit(10 * _MB, ("image/jpeg", "image/png", "image/webp", "image/gif")),
        "audio": MediaLimit(25 * _MB),
        "voice": MediaLimit(25 * _MB),
        "video": MediaLimit(50 * _MB),
        "document": MediaLimit(25 * _MB),
    },
    edit=True,
    delete=True,
    react=False,
    receipts=True,
    typing=True,
    stream=StreamKind.NATIVE,
    threads=False,
    reply_window_hours=None,
    read_back=True,
    shows_queue=True,
)
