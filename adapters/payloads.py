"""Reading what a platform sent: JSON that may be anything, taken apart without ever raising.

Every channel's parser is total. These readers carry that: each gives the value when it has the expected
shape and a harmless default when it has not.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

MAX_KEPT_BODY = 65_536
"""How many characters of a body that is not JSON are kept."""

MAX_DEPTH = 100
"""How deep a body may nest. No platform goes beyond a few dozen, and what stores events stops at 254."""

_SUSPECT = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_DIGITS_AS_NOUGHTS = bytes.maketrans(b"123456789", b"0" * 9)
_LONG_NUMBER = b"0" * 19
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_LARGEST = 2**63
_MISSING: Any = object()


class NotJson(ValueError):
    """The body is not JSON, or is nested too deep to be a platform's."""


def read_json(raw: bytes) -> Any:
    """The JSON in ``raw`` with everything a database refuses (NUL, lone surrogates, NaN) replaced.

    Raises ``NotJson`` alone.
    """
    # Looked for in bytes where all digits are alike: an expression would stop at each one of them.
    suspect, long_number = _SUSPECT.search(raw), _LONG_NUMBER in raw.translate(_DIGITS_AS_NOUGHTS)
    try:
        data = _MISSING if suspect or long_number else _read_plain(raw)
        if data is _MISSING:
            data = _DECODER.decode(raw.decode("utf-8", "replace"))
        if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and _is_too_deep(data):
            raise NotJson("The body is nested too deep.")
        if long_number:
            data = _narrowed(data)
        return scrubbed(data) if suspect else data
    except (ValueError, RecursionError) as error:
        raise NotJson(str(error)) from None


def _read_plain(raw: bytes) -> Any:
    """What nearly every body is: JSON to the letter, read in a fifth of the time; ``_MISSING`` where it is not."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return _MISSING


def _is_too_deep(data: Any) -> bool:
    level = [data]
    for _ in range(MAX_DEPTH):
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return False
    return True


def scrubbed(value: Any) -> Any:
    """``value`` with NUL and lone surrogates replaced in every string and key."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, Mapping):
        return {storable(str(k)): scrubbed(v) for k, v in value.items()}
    if isinstance(value, Sequence):
        return [scrubbed(item) for item in value]
    return value


def storable(value: str) -> str:
    """``value`` with what UTF-8 or PostgreSQL cannot hold shown as U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", value)


def _narrowed(value: Any) -> Any:
    """``value`` with whole numbers of more than 64 bits as text: what stores events cannot write them."""
    if isinstance(value, dict):
        return {key: _narrowed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_narrowed(inner) for inner in value]
    return str(value) if isinstance(value, int) and abs(value) >= _LARGEST else value


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if math.isfinite(number) else None


def _nothing(_: str) -> None:
    return None


_DECODER = json.JSONDecoder(parse_float=_finite, parse_constant=_nothing)


def kept(raw: bytes) -> dict[str, Any]:
    """A body that is not JSON, in the form an unknown event keeps it."""
    return {"body": storable(raw.decode("utf-8", "replace"))[:MAX_KEPT_BODY]}


def body_id(raw: bytes) -> str:
    """A deduplication key for a body that carries none: the same bytes give the same key."""
    return "sha256:" + hashlib.sha256(raw).hexdigest()


def mapping(value: Any) -> Mapping[str, Any]:
    """``value`` when it is an object, else an empty one."""
    if value is None:
        return {}
    # JSON gives nothing but dicts; asking the abstract class costs ten times as much.
    return value if type(value) is dict or isinstance(value, Mapping) else {}


def items(value: Any) -> Sequence[Any]:
    """``value`` when it is an array, else an empty one."""
    if value is None:
        return ()
    return value if type(value) is list or isinstance(value, list | tuple) else ()


def text(value: Any) -> str | None:
    """``value`` when it is a string with something in it."""
    return value if isinstance(value, str) and value else None


def integer(value: Any) -> int | None:
    """``value`` when it is a whole number of at most 64 bits."""
    return value if type(value) is int and -_LARGEST < value < _LARGEST else None


def count(value: Any) -> int | None:
    """``value`` when it is a whole number that is not negative."""
    number = integer(value)
    return number if number is not None and number >= 0 else None


def number(value: Any) -> float | None:
    """``value`` when it is a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        real = float(value)
    except OverflowError:
        return None
    return real if math.isfinite(real) else None


def moment(value: Any) -> datetime | None:
    """The time of ``value`` seconds since 1970, when it names one after that and before the year 9999."""
    seconds = number(value)
    if seconds is None or seconds <= 0 or seconds >= 253_000_000_000:
        return None
    return datetime.fromtimestamp(seconds, UTC)
