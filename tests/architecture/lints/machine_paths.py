"""No path of anybody's machine in the project: it means nothing on another one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architecture.lints.source import Finding, Source

_FOLDERS = ("work", "farm", "root")
_PATH = re.compile(
    r"(?<![\w.}])/(?:" + "|".join(_FOLDERS) + r")/[\w.]|(?<![\w.}])/(?:home|Users)/[a-z][\w-]*/|[A-Z]:\\Users\\"
)


def find(source: Source) -> Iterator[Finding]:
    for line, text in enumerate(source.text.splitlines(), 1):
        found = _PATH.search(text)
        if found:
            yield Finding(source.path, line, f"'{found[0]}' is a path of one machine: make it relative")
