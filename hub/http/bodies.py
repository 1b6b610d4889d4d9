"""Reading request bodies: capped while they arrive, checked before anything believes them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import orjson
from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from hub.core.errors import Invalid, Malformed, TooLarge, UnsupportedType
from hub.http.problems import unfit

T = TypeVar("T")

DEEPEST = 32
"""How many levels of lists and objects a JSON body may have."""
_LONG_NUMBER = re.compile(rb"[0-9]{19}")
_TOO_DEEP = f"The JSON is nested more than {DEEPEST} levels deep."


async def read_raw(request: web.Request, limit: int) -> bytes:
    """The untouched body of at most ``limit`` bytes. Raises ``TooLarge`` as soon as it is known to be more.

    Compressed bodies are refused: they would have to be unpacked before they could be measured or verified.
    """
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise UnsupportedType("Send the body uncompressed.", field="Content-Encoding")
    if request.content_length is not None and request.content_length > limit:
        raise _too_large(limit)
    if not request.can_read_body:
        return b""
    chunks = bytearray()
    while not request.content.at_eof():
        chunks += await request.content.readany()
        if len(chunks) > limit:
            raise _too_large(limit)
    return bytes(chunks)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"At most {limit:,} bytes are taken here.")


def check_json_type(request: web.Request) -> None:
    """Raise ``UnsupportedType`` unless the request says that its body is JSON."""
    kind = request.content_type if "Content-Type" in request.headers else ""
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        raise UnsupportedType("Send the body as Content-Type: application/json.", field="Content-Type")
    charset = request.charset
    if charset is not None and charset.lower().replace("_", "-") not in ("utf-8", "utf8", "us-ascii"):
        raise UnsupportedType("Send the body in UTF-8.", field="Content-Type")


def decode_json(raw: bytes, adapter: TypeAdapter[T]) -> T:
    """The body as ``adapter``'s type, strictly: text is never read as a number.

    Raises ``Malformed`` for what is not JSON or is nested too deep, ``Invalid`` for text that cannot be stored
    and for fields that do not fit.
    """
    data = parse_json(raw)
    if _LONG_NUMBER.search(raw):
        # Whole numbers past 64 bits cannot be written as JSON again; they go on as what ``parse_json`` made of them.
        raw = orjson.dumps(data)
    try:
        return adapter.validate_json(raw, strict=True)
    except ValidationError as error:
        raise unfit(error, data) from None


def parse_json(raw: bytes) -> Any:
    """The body as plain JSON values whose text PostgreSQL can store and whose nesting is bounded."""
    if not raw:
        raise Malformed("A JSON body is needed.")
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        data = _parse_with_surrogates(raw, error)
    if raw.count(b"[") + raw.count(b"{") > DEEPEST:
        _check_depth(data)
    if b"\\u" in raw:
        _check_strings(data)
    return data


def _check_depth(data: Any) -> None:
    level = [data]
    for _ in range(DEEPEST + 1):
        if not level:
            return
        level = [
            child
            for item in level
            if isinstance(item, (list, dict))
            for child in (item.values() if isinstance(item, dict) else item)
        ]
    raise Malformed(_TOO_DEEP)


def _parse_with_surrogates(raw: bytes, error: orjson.JSONDecodeError) -> Any:
    """JSON that only the strict parser refuses, so that half a character can be named by its field."""
    if b"\\u" in raw:
        try:
            return json.loads(raw, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            pass
    if "depth" in error.msg:
        raise Malformed(_TOO_DEEP) from None
    raise Malformed(f"The body is not valid JSON (line {error.lineno}, column {error.colno}).") from None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _check_strings(data: Any) -> None:
    for path, text in _strings(data, ()):
        problem = unstorable(text)
        if problem is not None:
            raise Invalid(problem, field=".".join(path) or None)


def _strings(data: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every text in ``data``, keys included. Recursion is bounded by ``DEEPEST``."""
    if isinstance(data, str):
        yield path, data
    elif isinstance(data, Mapping):
        for key, value in data.items():
            yield path, key
            yield from _strings(value, (*path, key))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _strings(value, (*path, str(index)))


def unstorable(text: str) -> str | None:
    """Why ``text`` cannot be stored, in a sentence; None when it can."""
    if "\x00" in text:
        return "The text holds a NUL character, which cannot be stored."
    try:
        text.encode()
    except UnicodeEncodeError:
        return "The text holds half a character (a lone surrogate), which cannot be stored."
    return None
