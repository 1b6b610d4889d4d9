"""Names that say nothing: a file or folder is called after what it does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from architecture.lints.source import Finding, Source

EMPTY_WORDS = frozenset(
    {"util", "utils", "helper", "helpers", "common", "manager", "managers", "base", "impl", "misc", "stuff"}
)
_CODE = (".py", ".ts", ".tsx", ".js", ".mjs", ".css", ".sql", ".sh")


def find(source: Source) -> Iterator[Finding]:
    path = PurePosixPath(source.path)
    if path.suffix not in _CODE:
        return
    for part in (*path.parts[:-1], path.name.partition(".")[0]):
        words = [word for word in re.split(r"[_\-.]", part.lower()) if word]
        if words and (words[-1] in EMPTY_WORDS):
            yield Finding(source.path, 1, f"'{part}' says nothing: name it after what it does")
