"""Filters of conversations as JSON: trees of `all`, `any`, `not` and conditions, checked before they are used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from hub.core.errors import Invalid
from hub.core.inbox_filters import ATTRIBUTE, ATTRIBUTE_OPS, FIELDS, Condition, Either, Every, Filter, Not, Op, Value

DEEPEST = 5
MOST_CONDITIONS = 50
_EMPTY = frozenset({Op.IS, Op.IS_NOT})

Tree = Annotated[
    dict[str, Any],
    Field(
        examples=[
            {"all": [{"field": "state", "op": "is", "value": "waiting"}, {"any": [{"field": "label", "value": "ID"}]}]}
        ]
    ),
]
"""`{"all": [...]}`, `{"any": [...]}`, `{"not": {...}}` or `{"field", "op", "value"}`: five deep, fifty conditions."""


def read_tree(tree: object) -> Filter:
    """The tree as a filter. Raises ``Invalid`` naming the place that does not fit."""
    left = [MOST_CONDITIONS]
    return _read(tree, "filter", DEEPEST, left)


def _read(tree: object, at: str, depth: int, left: list[int]) -> Filter:
    if not isinstance(tree, dict):
        raise Invalid("An object is needed here: all, any, not, or a condition with field, op and value.", field=at)
    if depth == 0:
        raise Invalid(f"Filters may be nested {DEEPEST} deep.", field=at)
    keys = set(tree)
    if keys == {"all"} or keys == {"any"}:
        (key,) = keys
        branches = tree[key]
        if not isinstance(branches, list) or not branches:
            raise Invalid("A list with at least one entry is needed here.", field=f"{at}.{key}")
        parts = tuple(_read(branch, f"{at}.{key}.{n}", depth - 1, left) for n, branch in enumerate(branches))
        return Every(parts) if key == "all" else Either(parts)
    if keys == {"not"}:
        return Not(_read(tree["not"], f"{at}.not", depth - 1, left))
    left[0] -= 1
    if left[0] < 0:
        raise Invalid(f"A filter has at most {MOST_CONDITIONS} conditions.", field=at)
    return _condition(tree, at)


def _condition(tree: dict[str, Any], at: str) -> Condition:
    unknown = set(tree) - {"field", "op", "value"}
    if unknown or not isinstance(tree.get("field"), str):
        raise Invalid("A condition has a field, an op and a value.", field=at)
    name = tree["field"]
    try:
        op = Op(tree.get("op", Op.IS))
    except ValueError:
        raise Invalid(f"This must be one of {', '.join(Op)}.", field=f"{at}.op") from None
    if name.startswith(ATTRIBUTE) and 0 < len(name.partition(".")[2]) <= 100:
        kind: type = str
        allowed = ATTRIBUTE_OPS
    elif name in FIELDS:
        kind, allowed = FIELDS[name]
    else:
        raise Invalid(
            f"This must be one of {', '.join(FIELDS)}, attribute.KEY or contact_attribute.KEY.", field=f"{at}.field"
        )
    if op not in allowed:
        raise Invalid(f"'{name}' can be compared by {', '.join(sorted(allowed))}.", field=f"{at}.op")
    value = tree.get("value")
    if value is None:
        if op not in _EMPTY or kind is bool:
            raise Invalid("A value is needed here.", field=f"{at}.value")
        return Condition(name, op, None)
    return Condition(name, op, _value(value, kind, name.startswith(ATTRIBUTE), f"{at}.value"))


def _value(value: object, kind: type, free: bool, at: str) -> Value:
    if free and isinstance(value, bool | int | float):
        return value if isinstance(value, bool) else float(value)
    if kind is bool:
        if not isinstance(value, bool):
            raise Invalid("This is true or false.", field=at)
        return value
    if not isinstance(value, str) or not 0 < len(value) <= 500:
        raise Invalid("Text is needed here.", field=at)
    read: dict[type, tuple[Callable[[str], Value], str]] = {
        UUID: (UUID, "This is not an id (a UUID is needed)."),
        datetime: (_moment, "A time with its zone is needed here, such as 2026-11-21T09:30:00Z."),
    }
    if kind not in read:
        return value
    parse, wrong = read[kind]
    try:
        return parse(value)
    except (ValueError, OverflowError):
        raise Invalid(wrong, field=at) from None


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)
