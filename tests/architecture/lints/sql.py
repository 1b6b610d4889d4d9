"""No SQL outside ``hub/store`` and ``migrations``."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from architecture.lints.source import PRODUCT, Finding, Source

_SHAPES = (
    r"select\s[^;]*\sfrom\s+[\w.\"{(]",
    r"select\s+[\w.]+\(",
    r"insert\s+into\s+[\w.\"{]",
    r"update\s+[\w.\"{}]+\s+set\s",
    r"delete\s+from\s+[\w.\"{]",
    r"with\s+\w+\s+as\s+(not\s+)?(materialized\s+)?\(",
    r"(create|alter|drop)\s+(table|role|database|schema|index|extension|function|policy)\s",
    r"truncate\s+(table\s+)?[\w.\"{]+\s*(,|;|$|cascade)",
    r"(listen|notify)\s+\w+\s*$",
)
# All lower or all upper case, as SQL is written; "Select a file from the list" is prose.
_SQL = re.compile("|".join(rf"^\s*(?:{shape})" for shape in _SHAPES), re.DOTALL)
_UPPER = re.compile(
    r"^\s*(SELECT\s|INSERT\s+INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s|WITH\s+\w+\s+AS\s|TRUNCATE\s"
    r"|(CREATE|ALTER|DROP)\s+(TABLE|ROLE|DATABASE|SCHEMA|INDEX|EXTENSION|FUNCTION|POLICY)\s)"
)


def find(source: Source) -> Iterator[Finding]:
    """Strings that are SQL, and files of SQL, in other rooms. The embedded server's own set-up script is its own."""
    if not source.within(*PRODUCT) or source.within("hub/store", "hub/run/embedded/provision.sql"):
        return
    if source.path.endswith(".sql"):
        yield Finding(source.path, 1, "SQL belongs in hub/store or migrations")
    if not source.is_python:
        return
    docstrings = set(_docstrings(source.tree))
    for node in ast.walk(source.tree):
        if id(node) not in docstrings and _is_sql(_written(node)):
            yield source.at(node, "SQL belongs in hub/store: ask a repository instead")


def _written(node: ast.AST) -> str:
    """A string as it is written, with ``{`` for what is filled in; empty for what is no string."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_written(part) or "{" for part in node.values)
    return ""


def _is_sql(text: str) -> bool:
    return bool(_SQL.match(text) or _UPPER.match(text))


def _docstrings(tree: ast.Module) -> Iterator[int]:
    """Every string that stands alone: docstrings of modules, classes, functions and constants."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)
