"""Reports over a time, and how they leave the house: as data, as a table for spreadsheets, as a picture."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from xml.sax.saxutils import escape

from hub.core.errors import Invalid
from hub.core.ids import TenantId
from hub.core.ports import Clock
from hub.store.reports import FACTS, Overview, ReportLine
from hub.store.session import Store

REPORTS = tuple(FACTS)
"""The names of the reports there are."""
USUAL_DAYS = 30
MOST_DAYS = 400
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_BARS = 24
_ROW, _LEFT, _BAR, _WIDTH = 28, 220, 360, 720


@dataclass(frozen=True, slots=True)
class Report:
    """A report with the time it is about, ``end`` left out. ``total`` has the median of everything, not of medians."""

    name: str
    start: datetime
    end: datetime
    lines: Sequence[ReportLine]
    total: ReportLine


class ReportDesk:
    """Makes a tenant's reports."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def report(self, tenant: TenantId, name: str, start: datetime | None, end: datetime | None) -> Report:
        """A report; without times, the last thirty days. Raises ``Invalid`` for a time that is none or too long."""
        since, until = self._span(start, end)
        async with self._store.begin(tenant) as tx:
            rows = await tx.reports.lines(name, since, until)
        return Report(name, since, until, [row for row in rows if not row.total], next(r for r in rows if r.total))

    async def overview(
        self, tenant: TenantId, start: datetime | None, end: datetime | None
    ) -> tuple[datetime, datetime, Overview, list[ReportLine]]:
        """The dashboard's figures with their time, and the reasons of handoffs, the most frequent first."""
        since, until = self._span(start, end)
        async with self._store.begin(tenant) as tx:
            figures = await tx.reports.overview(since, until)
            reasons = await tx.reports.lines("handoffs", since, until)
        return since, until, figures, [row for row in reasons if not row.total]

    def _span(self, start: datetime | None, end: datetime | None) -> tuple[datetime, datetime]:
        until = end or self._clock.now()
        since = start or until - timedelta(days=USUAL_DAYS)
        if since >= until:
            raise Invalid("The end must come after the start.", field="to")
        if until - since > timedelta(days=MOST_DAYS):
            raise Invalid(f"A report covers at most {MOST_DAYS} days.", field="from")
        return since, until


def as_csv(report: Report) -> str:
    """The report for spreadsheets. No cell can be taken for a formula, whatever a label is called."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(
        ["label", "count", "bytes", "minimum_seconds", "median_seconds", "maximum_seconds", "cost", "from", "to"]
    )
    span = [report.start.isoformat(), report.end.isoformat()]
    for line in [*report.lines, report.total]:
        label = "total" if line.total else line.label or ""
        figures = [line.count, line.bytes, line.minimum, line.median, line.maximum, line.cost]
        rows.writerow([_harmless(label), *("" if value is None else str(value) for value in figures), *span])
    return out.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.lstrip(" ").startswith(_DANGEROUS) else cell


def as_svg(report: Report) -> str:
    """The report as bars, the most frequent labels first, each with its number beside it."""
    shown = list(report.lines[:_BARS])
    most = max((line.count for line in shown), default=0) or 1
    height = 56 + _ROW * max(1, len(shown))
    title = f"{report.name}, {report.start.date()} to {report.end.date()}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'viewBox="0 0 {_WIDTH} {height}" role="img" font-family="system-ui, sans-serif" font-size="13">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="16" y="28" font-size="16" font-weight="600" fill="#16202b">{escape(title)}</text>',
    ]
    if not shown:
        parts.append('<text x="16" y="62" fill="#536272">Nothing in this time.</text>')
    for place, line in enumerate(shown):
        y = 44 + _ROW * place
        width = round(_BAR * line.count / most, 1)
        label = line.label or ""
        cut = label if len(label) <= 30 else f"{label[:29]}…"
        parts.append(f'<text x="16" y="{y + 15}" fill="#16202b">{escape(_printable(cut))}</text>')
        parts.append(f'<rect x="{_LEFT}" y="{y}" width="{width}" height="20" rx="4" fill="#0b7a75"/>')
        median = "" if line.median is None else f" · {line.median:.1f} s"
        parts.append(f'<text x="{_LEFT + width + 8}" y="{y + 15}" fill="#536272">{line.count:,}{escape(median)}</text>')
    return "\n".join([*parts, "</svg>", ""])


def _printable(text: str) -> str:
    """Without characters that XML has no place for."""
    return "".join(c for c in text if c.isprintable())
