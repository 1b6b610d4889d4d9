"""The table of the bars: for people, and in docs/reliability.md, where each bar has its row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bench.machine import ROOT, commit, describe
from support.faults.bar import Bar, Outcome

PAGE = ROOT / "docs" / "reliability.md"


@dataclass(frozen=True, slots=True)
class Row:
    """One bar over its seeds."""

    bar: Bar
    seeds: tuple[int, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def held(self) -> bool:
        return all(outcome.held for outcome in self.outcomes)

    def as_markdown(self) -> str:
        """The row of the page: what was measured for each seed, and the circumstances."""
        told = "<br>".join(
            f"{outcome.told}{'' if outcome.held else '; **does not hold: ' + '; '.join(outcome.failures) + '**'}"
            for outcome in self.outcomes
        )
        seeds = ", ".join(str(seed) for seed in self.seeds)
        about = f"seed {seeds}; commit {commit()}; {datetime.now(UTC).date()}"
        return f"| {self.bar.id} | {self.bar.fault} | {self.bar.passes} | {told.replace('|', '/')} | {about} |"


def print_table(rows: Sequence[Row]) -> None:
    """What was measured, one line a bar and seed."""
    print(f"\n{describe()}; commit {commit()}")
    for row in rows:
        for seed, outcome in zip(row.seeds, row.outcomes, strict=True):
            print(f"{row.bar.id:<4} seed {seed:<6} {'holds' if outcome.held else 'FAILS':<6} {outcome.told}")


def write_rows(rows: Sequence[Row]) -> None:
    """Replace the rows of these bars on the page, and name the machine. Raises ``ValueError`` without a row."""
    page = PAGE.read_text(encoding="utf-8")
    for row in rows:
        page, count = re.subn(rf"(?m)^\| {row.bar.id} \|.*$", lambda _, row=row: row.as_markdown(), page)
        if count != 1:
            raise ValueError(f"docs/reliability.md has no row for {row.bar.id}")
    page, count = re.subn(r"(?m)^\*Machine: .*\*$", lambda _: f"*Machine: {describe()}.*", page)
    if count != 1:
        raise ValueError("docs/reliability.md has no line for the machine")
    PAGE.write_text(page, encoding="utf-8")
