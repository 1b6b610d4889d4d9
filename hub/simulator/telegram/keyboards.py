"""What Telegram refuses in a keyboard that its types alone do not say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hub.simulator.telegram.schema import bad

_PLAIN = {"text", "icon_custom_emoji_id", "style"}
_URL = re.compile(r"(?:https?://[^\s/]+\S*|tg://\S+|mailto:\S+|[\w-]+(?:\.[\w-]+)+(?:/\S*)?)$")
BUTTONS = 100


def check_keyboard(markup: Mapping[str, Any] | None) -> None:
    """Check a ``reply_markup``. Raises 400 in Telegram's words."""
    rows = (markup or {}).get("inline_keyboard", ())
    if sum(len(row) for row in rows) > BUTTONS:
        raise bad("REPLY_MARKUP_TOO_LONG")
    for row in rows:
        for button in row:
            _check_button(button)


def _check_button(button: Mapping[str, Any]) -> None:
    if not button["text"].strip():
        raise bad("can't parse inline keyboard button: Button text must be non-empty")
    actions = button.keys() - _PLAIN
    if not actions:
        raise bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise bad("can't parse inline keyboard button: Exactly one of the optional fields must be used")
    if "url" in button and not _URL.match(button["url"]):
        raise bad(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")


def button(markup: Mapping[str, Any] | None, wanted: str) -> Mapping[str, Any] | None:
    """The callback button with this data or this label."""
    buttons = [b for row in (markup or {}).get("inline_keyboard", ()) for b in row if "callback_data" in b]
    for key in ("callback_data", "text"):
        for candidate in buttons:
            if candidate[key] == wanted:
                return candidate  # type: ignore[no-any-return]  # checked JSON
    return None
