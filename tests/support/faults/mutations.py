"""Bodies that were right once and are broken in one or two places, from a seed."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

_NASTY: tuple[Any, ...] = (
    None, True, 0, -1, 2**53, 2**63, 10**30, -(10**30), 1e308, "", " ", "\x00", "a\x00b", "\ud800", "\ufeff", "\u202e",
    "x" * 5000, "𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "'; drop table hub.message; --", "<script>alert(1)</script>", "../../etc/passwd", "NaN",
    "2026-13-45T99:99:99Z", "00000000-0000-0000-0000-000000000000", [], {}, [[]], [None], {"": ""}, [1, "a", {}],
)  # fmt: skip


def mutated(body: Any, chance: random.Random) -> bytes:
    """A broken version of a JSON value, or of the bytes that say it."""
    value = copy.deepcopy(body)
    for _ in range(chance.randint(1, 2)):
        value = _change(value, chance)
    raw = _dumped(value)
    return _bytes(raw, chance) if chance.random() < 0.25 else raw


def _dumped(value: Any) -> bytes:
    # Lone surrogates stay as escapes, as a careless sender writes them.
    return json.dumps(value, ensure_ascii=True).encode()


def _change(value: Any, chance: random.Random) -> Any:
    places = list(_places(value))
    if not places:
        return _nasty(chance)
    owner, key = chance.choice(places)
    match chance.randrange(7):
        case 0:
            del owner[key]
        case 1 | 2 | 3:
            owner[key] = _nasty(chance)
        case 4 if isinstance(owner[key], list):
            owner[key] = owner[key] * chance.randint(2, 50)
        case 5:
            deep: Any = owner[key]
            for _ in range(chance.choice((5, 50, 300))):
                deep = [deep] if chance.random() < 0.5 else {"a": deep}
            owner[key] = deep
        case 6 if isinstance(owner, dict):
            owner[chance.choice(("unknown", "__proto__", "id", "type", "ä" * 100))] = _nasty(chance)
        case _:
            others = [o[k] for o, k in places]
            owner[key] = copy.deepcopy(chance.choice(others))
    return value


def _nasty(chance: random.Random) -> Any:
    # A copy: what is changed next would otherwise be changed for every body to come.
    return copy.deepcopy(chance.choice(_NASTY))


def _places(value: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        one = waiting.pop()
        keys = list(one) if isinstance(one, dict) else range(len(one)) if isinstance(one, list) else ()
        for key in keys:
            found.append((one, key))
            waiting.append(one[key])
    return found


def _bytes(raw: bytes, chance: random.Random) -> bytes:
    data = bytearray(raw)
    match chance.randrange(5):
        case 0:
            return bytes(data[: chance.randrange(len(data) + 1)])
        case 1:
            for _ in range(chance.randint(1, 8)):
                data[chance.randrange(len(data))] = chance.randrange(256)
        case 2:
            at = chance.randrange(len(data) + 1)
            data[at:at] = bytes(chance.randrange(256) for _ in range(chance.randint(1, 30)))
        case 3:
            data[0:0] = chance.choice((b"\xef\xbb\xbf", b"\xff\xfe", b"\x00", b"[" * 2000))
        case _:
            return bytes(data) * 2
    return bytes(data)


def example(schema: Any, whole: Any, chance: random.Random, depth: int = 0) -> Any:
    """A value that a JSON schema of an OpenAPI document may describe, where that is simple to say."""
    if "$ref" in schema:
        found = whole
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return example(found, whole, chance, depth + 1)
    for several in ("anyOf", "oneOf", "allOf"):
        if schema.get(several):
            return example(chance.choice(schema[several]), whole, chance, depth + 1)
    if schema.get("examples"):
        return chance.choice(schema["examples"])
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return chance.choice(schema["enum"])
    match schema.get("type"):
        case "object":
            shown = schema.get("properties", {})
            needed = schema.get("required", ())
            wanted = [name for name in shown if name in needed or chance.random() < 0.7] if depth < 6 else needed
            return {name: example(shown[name], whole, chance, depth + 1) for name in wanted}
        case "array":
            return [example(schema.get("items", {}), whole, chance, depth + 1) for _ in range(chance.randint(0, 2))]
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return chance.random() < 0.5
        case "string":
            return "00000000-0000-7000-8000-000000000000" if schema.get("format") == "uuid" else "words"
    return None
