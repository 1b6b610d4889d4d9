"""No branching on a channel's kind outside ``adapters``: ask the channel's capabilities instead."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from architecture.lints.source import PRODUCT, Finding, Source

KINDS = frozenset({"whatsapp", "messenger", "slack", "telegram", "webchat"})
_BRANCHING = (ast.Eq, ast.NotEq, ast.In, ast.NotIn, ast.Is, ast.IsNot)


def find(source: Source) -> Iterator[Finding]:
    """Comparisons and match cases with a kind's name. The simulator plays the platforms, so it knows their names."""
    if not source.is_python or not source.within(*PRODUCT) or source.within("adapters", "hub/simulator"):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Compare) and all(isinstance(op, _BRANCHING) for op in node.ops):
            kinds = {kind for side in (node.left, *node.comparators) for kind in _kinds(side)}
        elif isinstance(node, ast.MatchValue):
            kinds = set(_kinds(node.value))
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {"startswith", "endswith"}:
            kinds = {kind for argument in node.args for kind in _kinds(argument)}
        else:
            continue
        for kind in sorted(kinds):
            yield source.at(node, f"branches on the channel kind '{kind}': give channels a capability to ask for")


def _kinds(node: ast.AST) -> Iterator[str]:
    """Kinds named by a literal, by a collection of literals or by ``ChannelKind("...")``."""
    if isinstance(node, ast.Constant) and node.value in KINDS:
        yield str(node.value)
    elif isinstance(node, ast.Tuple | ast.List | ast.Set):
        for item in node.elts:
            yield from _kinds(item)
    elif isinstance(node, ast.Call):
        for argument in node.args:
            yield from _kinds(argument)
