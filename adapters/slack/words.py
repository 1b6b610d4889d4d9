"""Slack's way of writing words (mrkdwn), read back into what the person saw.

Source: docs.slack.dev/messaging/formatting-message-text (escapes and references in angle brackets).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from adapters.payloads import items, mapping, text

_REFERENCE = re.compile(r"<([^<>]{1,4000})>")
_DEPTH = 20


def words_of(message: Mapping[str, Any], bot: str | None) -> str | None:
    """What a message says: its text, else its blocks, else what it quotes. The bot's name in front is left out."""
    said = text(message.get("text"))
    if said is None:
        said = "".join(_block_words(message.get("blocks"), 0)).strip() or _quoted(message.get("attachments"))
    return plain(said, bot) if said else None


def plain(said: str, bot: str | None = None) -> str:
    """A text in Slack's notation as its reader sees it. Total."""
    if bot:
        spoken = said.strip()
        for name in (f"<@{bot}>", f"<@{bot}|"):
            if spoken.startswith(name):
                rest = spoken[len(name) :] if name.endswith(">") else spoken.partition(">")[2]
                said = rest.lstrip(" ,:\u00a0\n") or said
    return unescape_three(_REFERENCE.sub(_shown, said))


def unescape_three(said: str) -> str:
    """The three characters that Slack escapes, and no others."""
    return said.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _shown(found: re.Match[str]) -> str:
    address, _, label = found[1].partition("|")
    if address.startswith("@"):
        return f"@{label.removeprefix('@') or address[1:]}"
    if address.startswith("#"):
        return f"#{label or address[1:]}"
    if address.startswith("!"):
        return label or f"@{address[1:].partition('^')[0]}"
    scheme, _, rest = address.partition(":")
    if scheme in ("mailto", "tel"):
        return label or rest
    return f"{label} ({address})" if label and label not in address else address


def mentions(message: Mapping[str, Any], bot: str | None) -> bool:
    """Whether a message names the bot."""
    if bot is None:
        return False
    said = text(message.get("text")) or ""
    return f"<@{bot}>" in said or f"<@{bot}|" in said or any(user == bot for user in _named(message.get("blocks"), 0))


def _named(value: Any, depth: int) -> Iterator[str]:
    if depth > _DEPTH:
        return
    for element in map(mapping, items(value)[:500]):
        if element.get("type") == "user" and isinstance(user := element.get("user_id"), str):
            yield user
        yield from _named(element.get("elements"), depth + 1)


_LINES = frozenset({"rich_text_section", "rich_text_preformatted", "rich_text_quote", "section", "header", "markdown"})


def _block_words(value: Any, depth: int) -> Iterator[str]:
    """The words of blocks in the notation of ``text``; every block of words on a line of its own."""
    if depth > _DEPTH:
        return
    for element in map(mapping, items(value)[:500]):
        yield from _element(element)
        for field in ("elements", "fields"):
            yield from _block_words(element.get(field), depth + 1)
        if text(element.get("type")) in _LINES:
            yield "\n"


def _element(element: Mapping[str, Any]) -> Iterator[str]:
    kind = element.get("type")
    words = element.get("text")
    if kind == "user":
        yield f"<@{text(element.get('user_id')) or ''}>"
    elif kind == "channel":
        yield f"<#{text(element.get('channel_id')) or ''}>"
    elif kind == "broadcast":
        yield f"<!{text(element.get('range')) or 'here'}>"
    elif kind == "emoji":
        yield f":{text(element.get('name')) or ''}:"
    elif kind == "link":
        yield text(words) or text(element.get("url")) or ""
    elif isinstance(words, Mapping):
        yield text(words.get("text")) or ""
    elif isinstance(words, str):
        yield words


def _quoted(value: Any) -> str | None:
    lines: list[str] = []
    for attachment in map(mapping, items(value)[:20]):
        parts = [text(attachment.get(name)) for name in ("pretext", "title", "text")]
        found = [part for part in parts if part] or [part for part in [text(attachment.get("fallback"))] if part]
        lines += found
    return "\n".join(lines) or None
