"""Every house lint over the whole project: what ``make check`` and the tests both call."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from architecture.lints import (
    blocking,
    channel_kinds,
    environment,
    excuses,
    machine_paths,
    names,
    sessions,
    size,
    sql,
)
from architecture.lints.source import Finding, Source, read_sources

ROOT = Path(__file__).parents[3]

LINTS: dict[str, Callable[[Source], Iterable[Finding]]] = {
    "sql": sql.find,
    "sessions": sessions.find,
    "channel kinds": channel_kinds.find,
    "environment": environment.find,
    "names": names.find,
    "blocking": blocking.find,
    "excuses": excuses.find,
    "machine paths": machine_paths.find,
}


def lint(sources: Iterable[Source]) -> Iterator[tuple[str, Finding]]:
    """The name of a lint with each of its findings."""
    baseline = size.load_baseline()
    for source in sources:
        for name, find in LINTS.items():
            for finding in find(source):
                yield name, finding
        for finding in size.find(source, baseline):
            yield "size", finding


def lint_project() -> list[tuple[str, Finding]]:
    """All findings in the project, by file and line."""
    return sorted(lint(read_sources(ROOT)), key=lambda found: found[1])
