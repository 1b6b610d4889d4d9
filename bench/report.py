"""How figures are told: medians with their range, a table for people, JSON for machines, and docs/performance.md."""

from __future__ import annotations

import argparse
import json
import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bench.machine import ROOT, commit, describe

PAGE = ROOT / "docs" / "performance.md"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. ``samples`` are its repetitions in ``unit``; ``aim`` is what it should be, in words."""

    name: str
    samples: Sequence[float]
    unit: str
    aim: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.samples)

    def cells(self) -> tuple[str, str, str, str]:
        """Name, median with unit, range, aim."""
        spread = f"{_number(min(self.samples))} to {_number(max(self.samples))}" if len(self.samples) > 1 else ""
        return self.name, f"{_number(self.median)} {self.unit}".strip(), spread, self.aim


@dataclass(slots=True)
class Report:
    """The figures of one bench."""

    bench: str
    title: str
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, name: str, samples: Sequence[float], unit: str, aim: str = "") -> Row:
        """Take a figure in."""
        row = Row(name, list(samples), unit, aim)
        self.rows.append(row)
        return row

    def add_ratio(self, name: str, ours: Sequence[float], baseline: Sequence[float], aim: str = "") -> Row:
        """The ratio of two figures that were measured in turns, pair by pair."""
        return self.add(name, [a / b for a, b in zip(ours, baseline, strict=True)], "x", aim)

    def as_json(self) -> dict[str, Any]:
        """Every repetition, with where and when."""
        rows = [
            {"name": r.name, "unit": r.unit, "median": r.median, "samples": r.samples, "aim": r.aim} for r in self.rows
        ]
        return {"bench": self.bench, "rows": rows, "notes": self.notes, **_circumstances()}

    def as_markdown(self) -> str:
        """A table with the circumstances under it."""
        lines = ["| figure | median | range | aim |", "|---|---|---|---|"]
        lines += ["| " + " | ".join(row.cells()) + " |" for row in self.rows]
        about = _circumstances()
        lines += [
            "",
            f"*{about['machine']}; commit {about['commit']}; {about['date']}.*",
            *(f"\n{n}" for n in self.notes),
        ]
        return "\n".join(lines)

    def tell(self, options: argparse.Namespace) -> None:
        """Print, as asked; with ``--write`` also into docs/performance.md."""
        if options.json:
            print(json.dumps(self.as_json(), indent=2))
        else:
            widths = [max(len(row.cells()[i]) for row in self.rows) for i in range(4)]
            print(self.title)
            for row in self.rows:
                print("  " + "  ".join(c.ljust(w) for c, w in zip(row.cells(), widths, strict=True)).rstrip())
            for note in self.notes:
                print(f"  {note}")
        if options.write:
            write_section(self.bench, self.as_markdown())


def write_section(bench: str, text: str) -> None:
    """Replace what stands between the markers of ``bench`` on the page. Raises ``ValueError`` without markers."""
    start, end = f"<!-- bench:{bench} -->", f"<!-- /bench:{bench} -->"
    pattern = re.compile(f"{re.escape(start)}.*?{re.escape(end)}", re.DOTALL)
    page, count = pattern.subn(lambda _: f"{start}\n{text}\n{end}", PAGE.read_text(encoding="utf-8"))
    if count != 1:
        raise ValueError(f"docs/performance.md has no place for {bench}: {start} and {end}")
    PAGE.write_text(page, encoding="utf-8")


def options(description: str | None) -> argparse.ArgumentParser:
    """The options that every bench has."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print every repetition as JSON")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    return parser


def _circumstances() -> dict[str, str]:
    return {"machine": describe(), "commit": commit(), "date": datetime.now(UTC).date().isoformat()}


def _number(value: float) -> str:
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"
