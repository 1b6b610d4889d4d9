"""JSON as the database takes it, whatever outsiders put into it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

_DEEPEST = 100
_LARGEST = 2**63


def written(value: Any) -> bytes:
    """The value as JSON. Whole numbers of more than 64 bits become text, and what nests too deeply is left out: a
    platform's message with either is kept all the same."""
    try:
        return orjson.dumps(value, default=str)
    except TypeError:
        return orjson.dumps(_tamed(value, 0), default=str)


def _tamed(value: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        return None
    if isinstance(value, Mapping):
        return {str(key): _tamed(inner, depth + 1) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_tamed(inner, depth + 1) for inner in value]
    if isinstance(value, int) and not -_LARGEST <= value < 2 * _LARGEST:
        return str(value)
    return value
