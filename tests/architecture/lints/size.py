"""The size ratchet: no file passes 600 lines, and one above 350 may shrink but not grow.

What stands above 350 is written down in ``sizes.json``. A file that must pass 350 for a good reason is entered by
``python -m architecture.lints --record-sizes``, which a reviewer sees in the change.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from architecture.lints.source import Finding, Source

HARD = 600
SOFT = 350
BASELINE = Path(__file__).parents[1] / "sizes.json"
_CODE = (".py", ".ts", ".tsx", ".js", ".mjs", ".css", ".sql", ".html")


def counts(source: Source) -> bool:
    """Whether the ratchet holds for it: written code, not generated and not data of tests."""
    return source.path.endswith(_CODE) and ".gen." not in source.path and "/fixtures/" not in source.path


def find(source: Source, baseline: dict[str, int]) -> Iterator[Finding]:
    """Whether one file is too long. ``baseline`` says how long those above ``SOFT`` may be."""
    if not counts(source):
        return
    lines = len(source.text.splitlines())
    if lines > HARD:
        yield Finding(source.path, lines, f"{lines} lines: no file passes {HARD}; split it")
    elif lines > SOFT and source.path not in baseline:
        yield Finding(source.path, lines, f"{lines} lines: above {SOFT}; split it")
    elif lines > SOFT and lines > baseline[source.path]:
        yield Finding(source.path, lines, f"{lines} lines: above {SOFT} it may not grow (was {baseline[source.path]})")


def load_baseline() -> dict[str, int]:
    """How long each file above ``SOFT`` was when it was last recorded."""
    return dict(json.loads(BASELINE.read_text())) if BASELINE.is_file() else {}


def record(sources: Iterable[Source]) -> dict[str, int]:
    """Write down how long the files above ``SOFT`` are now."""
    sizes = {source.path: len(source.text.splitlines()) for source in sources if counts(source)}
    long = {path: lines for path, lines in sorted(sizes.items()) if SOFT < lines <= HARD}
    BASELINE.write_text(json.dumps(long, indent=2) + "\n")
    return long
