"""Block Kit: sections, buttons, menus and pictures within Slack's limits (docs.slack.dev/reference/block-kit)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.payloads import storable
from adapters.rendering.split import shorten
from adapters.slack.capabilities import (
    ACTIONS,
    ALT_TEXT,
    BUTTON_TITLE,
    BUTTON_VALUE,
    MENU_VALUE,
    URL_LENGTH,
)
from adapters.slack.interaction import LINK_PREFIX
from hub.core.choices import short_id
from hub.core.messages import Media, Option

CHOICE_PREFIX = "choice_"
Block = dict[str, Any]


def section(written: str) -> Block:
    """Words in mrkdwn, of at most 3,000 characters."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": written}}


def actions(options: Sequence[Option]) -> list[Block]:
    """What can be chosen: a row of buttons, or a select menu where there are more than 25.

    A menu cannot hold links; those stand as buttons above it.
    """
    if len(options) <= ACTIONS:
        return _rows([_button(option, index) for index, option in enumerate(options)])
    links = [_button(option, index) for index, option in enumerate(options) if _address(option)]
    choices = [option for option in options if not _address(option)]
    rows = _rows(links)
    return [*rows, _menu(choices)] if choices else rows


def _rows(buttons: Sequence[Block]) -> list[Block]:
    return [
        {"type": "actions", "elements": list(buttons[start : start + ACTIONS])}
        for start in range(0, len(buttons), ACTIONS)
    ]


def _address(option: Option) -> str | None:
    address = storable(option.url or "")
    fits = address.lower().startswith(("http://", "https://")) and len(address) <= URL_LENGTH
    return address if fits else None


def _title(option: Option) -> Block:
    words = shorten(" ".join(storable(option.title).split()) or "\u2022", BUTTON_TITLE)
    return {"type": "plain_text", "text": words, "emoji": False}


def _button(option: Option, index: int) -> Block:
    button: Block = {"type": "button", "text": _title(option)}
    if address := _address(option):
        return {**button, "action_id": f"{LINK_PREFIX}{index}", "url": address}
    return {**button, "action_id": f"{CHOICE_PREFIX}{index}", "value": short_id(storable(option.id), BUTTON_VALUE)}


def _menu(options: Sequence[Option]) -> Block:
    listed = [{"text": _title(option), "value": short_id(storable(option.id), MENU_VALUE)} for option in options]
    menu = {"type": "static_select", "action_id": f"{CHOICE_PREFIX}menu", "options": listed}
    placeholder = {"type": "plain_text", "text": "\u2026", "emoji": False}
    return {"type": "actions", "elements": [{**menu, "placeholder": placeholder}]}


def image(media: Media, alt: str) -> Block | None:
    """A picture that has a public address; None for one that must be uploaded, or that Slack would not show."""
    address = storable(media.url or "")
    shown = address.lower().startswith(("https://", "http://")) and len(address) <= URL_LENGTH
    if media.file_id is not None or not shown:
        return None
    words = shorten(storable(alt) or media.kind, ALT_TEXT)
    return {"type": "image", "image_url": address, "alt_text": words}
