"""Telegram's HTML turned into text and entities, refusing what Telegram refuses.

Source: core.telegram.org/bots/api#html-style. Offsets and lengths are UTF-16 code units, as everywhere there.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hub.simulator.telegram.schema import bad

_TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
}
_TAG = re.compile(r"</?[^<>]*>")
_ATTRIBUTE = re.compile(r"""([a-zA-Z-]+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#\d{1,7}|#x[0-9a-fA-F]{1,6});")
_AUTOMATIC = (
    ("bot_command", re.compile(r"(?<![\w/])/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]{3,32})?(?![\w/])")),
    ("url", re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)]")),
    ("email", re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")),
    ("mention", re.compile(r"(?<![\w@.])@[A-Za-z][A-Za-z0-9_]{2,31}")),
)


def utf16(text: str) -> int:
    """A text's length as Telegram counts it."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(slots=True)
class _Open:
    tag: str
    offset: int
    extra: Mapping[str, Any]


def parse_html(source: str) -> tuple[str, list[dict[str, Any]]]:
    """The text and the entities of Telegram's HTML. Raises 400 ``can't parse entities``."""
    out: list[str] = []
    length = 0
    open_tags: list[_Open] = []
    entities: list[dict[str, Any]] = []
    position = 0
    while position < len(source):
        if source[position] != "<":
            end = source.find("<", position)
            piece = _unescape(source[position : end if end >= 0 else len(source)])
            out.append(piece)
            length += utf16(piece)
            position = end if end >= 0 else len(source)
            continue
        where = len(source[:position].encode())
        found = _TAG.match(source, position)
        if not found:
            raise _refuse(f"Unclosed start tag at byte offset {where}")
        tag = found[0]
        if tag.startswith("</"):
            _close(tag, where, length, open_tags, entities)
        else:
            name, extra = _start(tag, where, open_tags)
            open_tags.append(_Open(name, length, extra))
        position = found.end()
    if open_tags:
        raise _refuse(f'Can\'t find end tag corresponding to start tag "{open_tags[-1].tag}"')
    return _trim("".join(out), _merge_code(entities))


def _refuse(text: str) -> Exception:
    return bad(f"can't parse entities: {text}")


def _unescape(text: str) -> str:
    # Only these references are known there; every other ampersand stands for itself.
    return _REFERENCE.sub(lambda found: html.unescape(found[0]), text)


def _start(tag: str, where: int, open_tags: list[_Open]) -> tuple[str, Mapping[str, Any]]:
    name = re.split(r"[\s>]", tag[1:], maxsplit=1)[0].lower().rstrip("/")
    if name not in _TAGS:
        raise _refuse(f'Unsupported start tag "{name}" at byte offset {where}')
    rest = tag[1 + len(name) : -1]
    attributes = {found[1].lower(): _unescape((found[2] or "").strip("\"'")) for found in _ATTRIBUTE.finditer(rest)}
    if name == "span" and attributes.get("class") != "tg-spoiler":
        raise _refuse(f'Tag "span" must have class "tg-spoiler" at byte offset {where}')
    if name == "tg-emoji" and not attributes.get("emoji-id", "").isdecimal():
        raise _refuse(f'Custom emoji tag must have an "emoji-id" at byte offset {where}')
    extra: dict[str, Any] = {}
    if name == "a":
        extra["url"] = attributes.get("href", "")
    elif name == "tg-emoji":
        extra["custom_emoji_id"] = attributes["emoji-id"]
    elif name == "blockquote" and "expandable" in attributes:
        extra["expandable"] = True
    elif name == "code" and open_tags and open_tags[-1].tag == "pre":
        extra["language"] = attributes.get("class", "").removeprefix("language-")
    return name, extra


def _close(tag: str, where: int, length: int, open_tags: list[_Open], entities: list[dict[str, Any]]) -> None:
    name = tag[2:-1].strip().lower()
    if not open_tags:
        raise _refuse(f"Unexpected end tag at byte offset {where}")
    opened = open_tags.pop()
    if name and opened.tag != name:
        raise _refuse(f'Unmatched end tag at byte offset {where}, expected "</{opened.tag}>", found "</{name}>"')
    if length == opened.offset or (opened.tag == "a" and not _is_link(str(opened.extra.get("url", "")))):
        return
    kind = _TAGS[opened.tag]
    extra = dict(opened.extra)
    if kind == "blockquote" and extra.pop("expandable", False):
        kind = "expandable_blockquote"
    if opened.tag == "a" and str(extra["url"]).startswith("tg://user?id="):
        # Telegram turns this into a mention of the user; who that is, is the chat's to know.
        extra = {"url": extra["url"]}
    entities.append({"type": kind, "offset": opened.offset, "length": length - opened.offset, **extra})


def _is_link(url: str) -> bool:
    return bool(re.match(r"(?:https?://|tg://|mailto:|tel:)?[^\s/]+\.?[^\s]*$", url)) and bool(url)


def _merge_code(entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Fold ``<pre><code class="language-x">`` into one ``pre`` with its language."""
    kept: list[dict[str, Any]] = []
    for entity in sorted(entities, key=lambda e: (e["offset"], -e["length"], e["type"] != "pre")):
        around = next((e for e in kept if e["type"] == "pre" and _same_span(e, entity)), None)
        if around and entity["type"] == "code":
            if entity.get("language"):
                around["language"] = entity["language"]
            continue
        if entity["type"] == "code":
            entity.pop("language", None)
        kept.append(entity)
    return kept


def _same_span(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool(one["offset"] == other["offset"] and one["length"] == other["length"])


def _trim(text: str, entities: list[dict[str, Any]]) -> tuple[str, list[dict[str, Any]]]:
    """Take white space off both ends, as Telegram does, and move the entities along."""
    lead = utf16(text) - utf16(text.lstrip())
    trimmed = text.strip()
    end = utf16(trimmed)
    kept = []
    for entity in entities:
        start = max(0, entity["offset"] - lead)
        stop = min(end, entity["offset"] + entity["length"] - lead)
        if stop > start:
            kept.append({**entity, "offset": start, "length": stop - start})
    return trimmed, kept


def automatic_entities(text: str, taken: list[dict[str, Any]] | None = None) -> list[dict[str, Any]]:
    """The commands, links, addresses and mentions that Telegram finds by itself, beside the ``taken`` ones."""
    found: list[dict[str, Any]] = list(taken or ())
    for kind, pattern in _AUTOMATIC:
        for match in pattern.finditer(text):
            offset, length = utf16(text[: match.start()]), utf16(match[0])
            if not any(e["offset"] < offset + length and offset < e["offset"] + e["length"] for e in found):
                found.append({"type": kind, "offset": offset, "length": length})
    return sorted(found, key=lambda e: (e["offset"], -e["length"]))


def formatted(params: Mapping[str, Any], text: str, entities: str = "entities") -> tuple[str, list[dict[str, Any]]]:
    """A text parameter with its formatting applied: by ``parse_mode``, by explicit entities, or by neither."""
    mode = str(params.get("parse_mode", "")).lower()
    given = list(params.get(entities, ()))
    if mode == "html":
        plain, found = parse_html(text)
    elif mode in ("markdown", "markdownv2"):
        raise bad(f"parse_mode {params['parse_mode']} is not simulated; send HTML or entities")
    elif mode:
        raise bad("unsupported parse_mode")
    else:
        limit = utf16(text)
        for entity in given:
            if entity["offset"] < 0 or entity["length"] <= 0 or entity["offset"] + entity["length"] > limit:
                raise bad("entity beginning or end lies outside of the message text")
        plain, found = _trim(text, given)
    if len(found) > 100:
        # Telegram keeps the first hundred and drops the rest without a word.
        found = found[:100]
    return plain, automatic_entities(plain, found)
