"""How the terminal speaks: one line of what is happening, progress that replaces itself, data as JSON on request."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any


def fail(text: str) -> None:
    """One line about what went wrong, on standard error."""
    print(f"hub: {text}", file=sys.stderr)


def say(text: str = "") -> None:
    """One line of plain output."""
    print(text, flush=True)


def print_json(data: Any) -> None:
    """Data for scripts."""
    print(json.dumps(data, ensure_ascii=False, indent=2, default=str), flush=True)


def print_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    """Rows for people; colours and lines only on a terminal."""
    if not rows:
        say("Nothing yet.")
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(str(row.get(name, "")) for name in columns))
    Console().print(table)


class Steps:
    """What is happening, told as it changes: in place on a terminal, one line each elsewhere."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._last = ""

    def __call__(self, text: str) -> None:
        """Tell the present step."""
        if text == self._last:
            return
        kind = text.split("(")[0]
        if self._live:
            print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
        elif kind != self._last.split("(")[0]:
            print(kind.strip(), file=sys.stderr, flush=True)
        self._last = text

    def done(self) -> None:
        """Clear the line."""
        if self._live and self._last:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
