"""No database session but ``Store.begin``: connections and transactions are opened in ``hub/store`` alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from architecture.lints.source import PRODUCT, Finding, Source, dotted

_MAKERS = {
    *("create_engine", "create_async_engine", "sessionmaker", "async_sessionmaker", "AsyncSession", "AsyncConnection"),
    *("asyncpg.create_pool", "asyncpg.connect"),
}
_OPENERS = {"begin", "begin_nested", "connect", "raw_connection", "take", "acquire"}
_ENDERS = {"commit", "rollback"}


def find(source: Source) -> Iterator[Finding]:
    if not source.is_python or not source.within(*PRODUCT) or source.within("hub/store"):
        return
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Call):
            continue
        name = dotted(node.func)
        owner, _, last = name.rpartition(".")
        if name in _MAKERS or last in _MAKERS:
            yield source.at(node, f"{last or name} opens the database by itself: use Store.begin(tenant)")
        elif last == "open_pool" and not source.within("hub/run"):
            yield source.at(node, "pools are made in hub/run: take the Store by keyword")
        elif last in _OPENERS and owner.rpartition(".")[2].strip("_").endswith(("engine", "pool")):
            yield source.at(node, f"{name} opens a transaction by itself: use Store.begin(tenant)")
        elif last in _ENDERS and owner and not node.args and not node.keywords:
            yield source.at(node, f"{name}: only Store.begin commits and rolls back")
