"""Reports over REST: the dashboard's figures, and reports as JSON, as CSV and as a picture."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from aiohttp import web
from pydantic import AwareDatetime, Field

from hub.accounts.permissions import Permission
from hub.core.errors import NotFound
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.routes import Route
from hub.metering.reports import REPORTS, Report, ReportDesk, as_csv, as_svg
from hub.store.reports import ReportLine

Name = Annotated[str, Field(max_length=40, examples=["days"])]


class SpanQuery(Model):
    """Which time: the last thirty days, or as given, at most 400 days."""

    start: Annotated[AwareDatetime | None, Field(alias="from")] = None
    """From this time on."""
    end: Annotated[AwareDatetime | None, Field(alias="to")] = None
    """Up to this time, without it."""


class ReportLineView(View):
    """What was counted under one label. What a report does not measure is null."""

    label: str
    count: int
    bytes: int | None
    """What was written, as stored."""
    minimum_seconds: float | None
    median_seconds: float | None
    maximum_seconds: float | None
    cost: str | None
    """Money, as a decimal; null where no price is known."""


class ReportView(View):
    report: str
    start: Annotated[datetime, Field(alias="from")]
    end: Annotated[datetime, Field(alias="to")]
    lines: list[ReportLineView]
    """The most frequent first."""
    total: ReportLineView


class ReasonView(View):
    reason: str
    count: int
    median_seconds: float | None
    """Until somebody took it."""


class OverviewView(View):
    """How the tenant did. `open` and `waiting` are as of now."""

    start: Annotated[datetime, Field(alias="from")]
    end: Annotated[datetime, Field(alias="to")]
    opened: int
    resolved: int
    resolved_by_bot: int
    """No person was asked for and none wrote."""
    resolved_by_people: int
    handoffs: int
    reasons: list[ReasonView]
    messages_in: int
    messages_out: int
    open: int
    waiting: int
    first_response_seconds: float | None
    """The median, from a customer's first message to the first answer."""
    support: float | None
    """How well sources bear the bot's answers out, 0 to 1."""
    thumbs_up: int
    thumbs_down: int
    ratings: int
    """How many customers rated a conversation."""
    rating: float | None
    """The mean of their ratings, 1 (bad) to 5 (very good)."""
    cost: str | None
    currency: str | None


class ReportsApi:
    """The routes of reports."""

    def __init__(self, *, desk: ReportDesk) -> None:
        self._desk = desk

    async def overview(self, call: Call, query: SpanQuery) -> OverviewView:
        start, end, figures, reasons = await self._desk.overview(call.tenant_id, query.start, query.end)
        return OverviewView.model_validate(
            {
                "from": start,
                "to": end,
                "opened": figures.opened,
                "resolved": figures.resolved,
                "resolved_by_bot": figures.resolved_by_bot,
                "resolved_by_people": figures.resolved - figures.resolved_by_bot,
                "handoffs": figures.handoffs,
                "reasons": [
                    ReasonView(reason=one.label or "", count=one.count, median_seconds=one.median) for one in reasons
                ],
                "messages_in": figures.messages_in,
                "messages_out": figures.messages_out,
                "open": figures.open,
                "waiting": figures.waiting,
                "first_response_seconds": figures.first_response,
                "support": figures.support,
                "thumbs_up": figures.thumbs_up,
                "thumbs_down": figures.thumbs_down,
                "ratings": figures.ratings,
                "rating": figures.rating,
                "cost": None if figures.cost is None else str(figures.cost),
                "currency": figures.currency,
            }
        )

    async def report(self, call: Call, report: Name, query: SpanQuery) -> ReportView:
        made = await self._made(call, report, query)
        return ReportView.model_validate(
            {
                "report": made.name,
                "from": made.start,
                "to": made.end,
                "lines": [_line(line) for line in made.lines],
                "total": _line(made.total),
            }
        )

    async def csv(self, call: Call, report: Name, query: SpanQuery) -> web.StreamResponse:
        made = await self._made(call, report, query)
        return _file(made, as_csv(made), "text/csv", "csv")

    async def svg(self, call: Call, report: Name, query: SpanQuery) -> web.StreamResponse:
        made = await self._made(call, report, query)
        return _file(made, as_svg(made), "image/svg+xml", "svg")

    async def _made(self, call: Call, report: Name, query: SpanQuery) -> Report:
        if report not in REPORTS:
            raise NotFound(f"There is no such report. There are: {', '.join(REPORTS)}.", field="report")
        return await self._desk.report(call.tenant_id, report, query.start, query.end)

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base = "/api/v1/tenants/{tenant}/reports"

        def get(path: str, handler: Any, summary: str, name: str, **more: Any) -> Route:
            return Route(method="GET", path=path, handler=handler, summary=summary, name=name, tags=("insight",),
                         access=tenant(Permission.REPORTS_READ), **more)  # fmt: skip

        return [
            get(f"{base}/overview", self.overview, "How it goes", "get_overview"),
            get(f"{base}/{{report}}", self.report, "A report", "get_report",
                description=f"Of these: {', '.join(REPORTS)}."),
            get(f"{base}/{{report}}/csv", self.csv, "A report for spreadsheets", "get_report_csv",
                produces="text/csv"),
            get(f"{base}/{{report}}/svg", self.svg, "A report as a picture", "get_report_svg",
                produces="image/svg+xml"),
        ]  # fmt: skip


def _line(line: ReportLine) -> ReportLineView:
    return ReportLineView(
        label=line.label or "",
        count=line.count,
        bytes=line.bytes,
        minimum_seconds=line.minimum,
        median_seconds=line.median,
        maximum_seconds=line.maximum,
        cost=None if line.cost is None else str(line.cost),
    )


def _file(report: Report, text: str, kind: str, ending: str) -> web.Response:
    name = f"{report.name}-{report.start.date()}-{report.end.date()}.{ending}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "default-src 'none'; style-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return web.Response(text=text, content_type=kind, charset="utf-8", headers=headers)
