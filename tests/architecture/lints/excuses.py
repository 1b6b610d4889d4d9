"""Every silenced check says which one and why: ``# noqa: S105  # a name, not a password``."""

from __future__ import annotations

import re
from collections.abc import Iterator

from architecture.lints.source import Finding, Source

_REASON = r"\s*(?:#|-|:)?\s*[A-Za-z`'\"][^#]{7,}"
_PYTHON = {
    "noqa": (
        re.compile(r"#\s*noqa\b", re.I),
        re.compile(rf"#\s*noqa:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*\s+{_REASON}", re.I),
    ),
    "type: ignore": (re.compile(r"#\s*type:\s*ignore"), re.compile(rf"#\s*type:\s*ignore\[[\w, -]+\]\s+{_REASON}")),
    "no cover": (re.compile(r"#\s*pragma:\s*no cover"), re.compile(rf"#\s*pragma:\s*no cover\s+{_REASON}")),
}
_WHOLE_FILE = re.compile(r"#\s*(ruff:\s*noqa|flake8:\s*noqa|mypy:\s*ignore-errors|type:\s*ignore\s*$(?!.))")
_SCRIPT = (".ts", ".tsx", ".js", ".mjs")
_SCRIPT_EXCUSE = re.compile(r"(@ts-ignore|@ts-nocheck|@ts-expect-error|eslint-disable[\w-]*)(.*)")


def find(source: Source) -> Iterator[Finding]:
    if source.is_python:
        for line, comment in source.comments:
            if _WHOLE_FILE.search(comment):
                yield Finding(source.path, line, "silences a whole file: silence the one line, with its reason")
            for name, (excuse, complete) in _PYTHON.items():
                if excuse.search(comment) and not complete.search(comment):
                    yield Finding(source.path, line, f"'{name}' needs its code and, beside it, the reason")
    elif source.path.endswith(_SCRIPT):
        for line, text in enumerate(source.text.splitlines(), 1):
            found = _SCRIPT_EXCUSE.search(text)
            if found and len(found[2].strip(" -:*/")) < 8:
                yield Finding(source.path, line, f"'{found[1]}' needs the reason beside it")
