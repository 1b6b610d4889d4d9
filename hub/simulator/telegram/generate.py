"""Turn a published Bot API specification into the compact table that every simulated call is checked against.

Run as ``python -m hub.simulator.telegram.generate SPEC [TABLE]``. SPEC is the ``api.json`` of
PaulSonOfLars/telegram-bot-api-spec (MIT, (c) 2020 Paul Larsen). The table keeps facts alone: names, types,
what is required, fixed values and lengths. It keeps no prose.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("bot_api.json")

_FIXED = re.compile(r"\b(?:always|must be) [\"“*]?(?!one\b)(\w+)")
_LENGTH = re.compile(r"\b(\d+)-(\d+) (characters|bytes)")


def _field(field: Mapping[str, Any]) -> dict[str, Any]:
    fact: dict[str, Any] = {"types": field["types"]}
    if field["required"]:
        fact["required"] = True
    fixed = _FIXED.search(field["description"])
    if fixed and field["types"] == ["String"] and field["name"] in ("type", "source", "status"):
        fact["fixed"] = fixed[1]
    length = _LENGTH.search(field["description"])
    if length and field["types"] == ["String"]:
        fact["length"] = [int(length[1]), int(length[2]), length[3]]
    return fact


def _fields(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {field["name"]: _field(field) for field in entry.get("fields", ())}


def table(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The facts of a specification. Raises ``KeyError`` where it has another shape."""
    return {
        "version": spec["version"],
        "source": "PaulSonOfLars/telegram-bot-api-spec, MIT, (c) 2020 Paul Larsen",
        "methods": {
            name: {"returns": method["returns"], "params": _fields(method)} for name, method in spec["methods"].items()
        },
        "types": {
            name: {"subtypes": kind["subtypes"]} if kind.get("subtypes") else {"fields": _fields(kind)}
            for name, kind in spec["types"].items()
        },
    }


def render(facts: Mapping[str, Any]) -> str:
    """The table as JSON with one method or type a line, so that a new version reads well as a difference."""
    lines = [f' "{key}": {json.dumps(facts[key])},' for key in ("version", "source")]
    for key in ("methods", "types"):
        rows = [f"  {json.dumps(name)}: {json.dumps(row, separators=(',', ':'))}" for name, row in facts[key].items()]
        lines.append(f' "{key}": {{\n' + ",\n".join(rows) + "\n }" + ("," if key == "methods" else ""))
    return "{\n" + "\n".join(lines) + "\n}\n"


def main(arguments: list[str]) -> int:
    """Write the table. Returns the exit code."""
    if len(arguments) not in (1, 2):
        print("Usage: python -m hub.simulator.telegram.generate SPEC [TABLE]", file=sys.stderr)
        return 2
    target = Path(arguments[1]) if len(arguments) == 2 else TABLE
    text = render(table(json.loads(Path(arguments[0]).read_text("utf-8"))))
    target.write_text(text, "utf-8")
    print(f"Wrote {target.name}: {len(text)} bytes.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
