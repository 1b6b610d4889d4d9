"""The environment is read by ``hub.run`` and ``hub.settings`` alone; everybody else is handed what they need."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from architecture.lints.source import PRODUCT, Finding, Source, dotted

_READERS = {"environ", "environb", "getenv", "getenvb", "putenv", "unsetenv"}


def find(source: Source) -> Iterator[Finding]:
    if not source.is_python or not source.within(*PRODUCT) or source.within("hub/run", "hub/settings"):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr in _READERS and dotted(node.value) == "os":
            yield source.at(node, f"os.{node.attr} below the roof: take the value by keyword from hub.run")
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            for name in sorted({alias.name for alias in node.names} & _READERS):
                yield source.at(node, f"os.{name} below the roof: take the value by keyword from hub.run")
        elif isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in {"load_dotenv", "dotenv_values"}:
            yield source.at(node, "reads an environment file below the roof: hub.settings does that")
