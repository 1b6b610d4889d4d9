"""What Slack can show. Source: docs.slack.dev (chat.postMessage, Block Kit), and bolt-js#2509 for the total."""

from __future__ import annotations

from typing import Final

from hub.core.channels import Capabilities, Dialect, MediaLimit, Pace, StreamKind, TextUnit
from hub.core.ids import ChannelKind

KIND: Final = ChannelKind("slack")

SECTION_TEXT: Final = 3000
"""Characters of a section block, escapes and markers included. Messages are cut to it, with or without buttons."""

ACTIONS: Final = 25
"""Buttons of one actions block."""
MENU_OPTIONS: Final = 100
"""Options of one select menu."""
BUTTON_TITLE: Final = 75
BUTTON_VALUE: Final = 2000
MENU_VALUE: Final = 150
URL_LENGTH: Final = 3000
ALT_TEXT: Final = 2000
STATUS_LENGTH: Final = 50
MAX_DOWNLOAD_BYTES: Final = 100_000_000
"""Slack takes files of up to 1 GB; the hub keeps none larger than this."""

CAPABILITIES: Final = Capabilities(
    dialect=Dialect.MRKDWN,
    text_limit=SECTION_TEXT,
    text_unit=TextUnit.CHARACTERS,
    caption_limit=SECTION_TEXT,
    buttons=ACTIONS,
    button_title=BUTTON_TITLE,
    button_id=BUTTON_VALUE,
    list_rows=MENU_OPTIONS,
    media={
        kind: MediaLimit(MAX_DOWNLOAD_BYTES)
        for kind in ("image", "audio", "voice", "video", "animation", "document", "sticker")
    },
    edit=True,
    delete=True,
    react=False,
    receipts=False,
    typing=True,
    stream=StreamKind.NONE,
    threads=True,
    reply_window_hours=None,
    recipient_pace=Pace(per_second=1, burst=5),  # "one message a second per channel"; short bursts pass
    read_back=True,
)
