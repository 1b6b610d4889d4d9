"""Keeps secrets out of logs: by the name of a field, and by the look of a value wherever it stands.

Platform tokens are recognised by their published shapes; a Telegram token even inside the path of a URL.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "[hidden]"
_MAX_DEPTH = 6
_MAX_ITEMS = 200
_MAX_TEXT = 20_000

_SECRET_NAME = re.compile(
    r"(?:^|[_.\-])(?:password|passwd|pwd|secret|secrets|token|tokens|authorization|cookie|cookies|credential|credentials"
    r"|signature|dsn|api[_\-]?keys?|secret[_\-]?keys?|private[_\-]?keys?|access[_\-]?keys?)(?:$|[_.\-](?!count|id|ids|kind|type|name|limit))"
    r"|apikey|(?:access|bot|refresh|verify|session|csrf)token",
    re.IGNORECASE,
)
_COUNTS = re.compile(r"(?:^|_)(?:input|output|total|prompt|completion|max|cached)_tokens$", re.IGNORECASE)

_VALUES: tuple[tuple[re.Pattern[str], str], ...] = (
    # The path of Telegram's API, before the bare token, so that /bot stays readable.
    (re.compile(r"/bot[^/\s\"'?#]{8,}(?=/|$|[\s\"'?#])"), f"/bot{HIDDEN}"),
    (re.compile(r"(?<![A-Za-z0-9])\d{6,}:[A-Za-z0-9_-]{30,}"), HIDDEN),
    (re.compile(r"\b(Bearer)\s+[A-Za-z0-9._~+/=-]{6,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (re.compile(r"\b(Basic)\s+(?=[a-z+/]*[A-Z0-9=])[A-Za-z0-9+/]{8,}={0,2}"), rf"\1 {HIDDEN}"),
    (re.compile(r"\bhub_live_[A-Za-z0-9_-]{6,}"), HIDDEN),
    (re.compile(r"\bsk-[A-Za-z0-9_-]{8,}"), HIDDEN),
    (re.compile(r"\b(?:xox[a-z]-|xapp-|xoxe\.)[A-Za-z0-9.-]{6,}"), HIDDEN),
    (re.compile(r"\bEAA[A-Za-z0-9]{16,}"), HIDDEN),
    (re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"), HIDDEN),
    (re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|AIza[\w-]{30,})"), HIDDEN),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_-]*"), HIDDEN),
    (re.compile(r"\bgAAAAA[A-Za-z0-9_=-]{20,}"), HIDDEN),
    (re.compile(r"(?<=://)([^\s/:@\"']{0,128}):([^\s/@\"']{1,256})@"), rf"\1:{HIDDEN}@"),
    (re.compile(r"/files/[A-Za-z0-9._-]{20,}"), f"/files/{HIDDEN}"),
    (
        re.compile(
            r"([\"']?\b[\w.-]{0,40}(?:password|passwd|secret|token|api_?key|access_?key|signature|credential)s?[\"']?"
            r"\s{0,3}[=:]\s{0,3})(?!\[hidden\])(\"[^\"]{1,500}\"|'[^']{1,500}'|[^\s,;&\"'<>\])}]{4,500})",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
)

_CONTROL = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))}
_CONTROL |= {0x0A: "\\n", 0x0D: "\\r", 0x09: "\\t", 0x2028: "\\u2028", 0x2029: "\\u2029"}
# Marks that turn or hide text in a terminal.
_CONTROL |= {
    code: f"\\u{code:04x}" for code in (*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
}
_CONTROL |= {0xFEFF: "\\ufeff"}


def redact_text(text: str) -> str:
    """``text`` without anything that looks like a secret. Cut at 20,000 characters."""
    cut = text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]} [cut]"
    for pattern, replacement in _VALUES:
        cut = pattern.sub(replacement, cut)
    return cut


def one_line(text: str) -> str:
    """``text`` with line ends, control characters and terminal escapes written out, so that it stays one line."""
    return text.translate(_CONTROL)


def is_secret_name(name: str) -> bool:
    """Whether a field of this name holds a secret."""
    return bool(_SECRET_NAME.search(name)) and not _COUNTS.search(name)


def redact(value: Any, depth: int = 0) -> Any:
    """A copy of a log value without secrets: plain JSON types, one line a text, bounded in depth and number."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return one_line(redact_text(value))
    if depth >= _MAX_DEPTH:
        return "[deep]"
    if isinstance(value, Mapping):
        return {
            one_line(str(key)): HIDDEN if is_secret_name(str(key)) and item is not None else redact(item, depth + 1)
            for key, item in list(value.items())[:_MAX_ITEMS]
        }
    if isinstance(value, list | tuple | set | frozenset):
        return [redact(item, depth + 1) for item in list(value)[:_MAX_ITEMS]]
    if isinstance(value, bytes | bytearray | memoryview):
        return f"[{len(value)} bytes]"
    return one_line(redact_text(str(value)))
