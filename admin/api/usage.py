"""What models used and cost, over REST."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from hub.accounts.permissions import Permission
from hub.core.errors import Invalid
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.routes import Route
from hub.metering.calls import CallDesk
from hub.store.calls import CallHour
from hub.store.session import Store
from hub.store.usage import UsageTotal

_DAYS = 30


class UsageQuery(Model):
    by: Literal["provider", "model", "task", "channel", "conversation", "day"] = "model"
    since: AwareDatetime | None = None
    """From this moment on. Default: 30 days before `until`."""
    until: AwareDatetime | None = None
    """Before this moment. Default: now."""
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


class MoneyView(View):
    amount: Decimal
    currency: str


class UsageLine(View):
    key: str | None
    """The provider, `provider/model`, task, day, or the id of the channel or conversation; null: of none."""
    calls: int
    failed: int
    unpriced: int
    """Calls whose price is not known, as on a server of your own."""
    input_tokens: int
    cached_tokens: int
    """Of the input tokens, those read from the provider's cache."""
    output_tokens: int
    cost: MoneyView | None
    """At list prices; null where no call has a known price."""


class UsageReport(View):
    by: str
    since: datetime
    until: datetime
    items: list[UsageLine]
    """The costliest first; days in order."""
    total: UsageLine


class CallsQuery(Model):
    days: Annotated[int, Field(ge=1, le=90)] = 7


class CallHourView(View):
    hour: datetime
    """When it began, UTC."""
    calls: int
    """Let through."""
    beyond: int
    """Beyond the limit of the plan: refused, or let through and counted."""
    refused: int


class CallsView(View):
    """How often the tenant's API keys called, all together."""

    plan: str
    calls_per_hour: int | None
    """Null: no limit."""
    overage: bool
    """Calls beyond are let through and counted."""
    now: CallHourView
    """The present hour, some seconds old."""
    hours: list[CallHourView]
    """Hours with any calls, the newest first."""
    calls: int
    beyond: int
    refused: int


class UsageApi:
    """The routes of usage."""

    def __init__(self, *, store: Store, calls: CallDesk) -> None:
        self._store = store
        self._calls = calls

    async def report(self, call: Call, query: UsageQuery) -> UsageReport:
        until = query.until or datetime.now(UTC)
        since = query.since or until - timedelta(days=_DAYS)
        if since >= until:
            raise Invalid("'since' must lie before 'until'.", field="since")
        async with self._store.begin(call.tenant_id) as tx:
            rows = await tx.usage.report(query.by, since, until, query.limit)
            total = await tx.usage.total(since, until)
        return UsageReport(
            by=query.by, since=since, until=until, items=[_line(row) for row in rows], total=_line(total)
        )

    async def calls(self, call: Call, query: CallsQuery) -> CallsView:
        use = await self._calls.use(call.tenant_id, query.days)
        return CallsView(
            plan=use.plan.name,
            calls_per_hour=use.plan.calls,
            overage=use.plan.overage,
            now=_hour(use.now),
            hours=[_hour(one) for one in use.hours],
            calls=sum(one.calls for one in use.hours),
            beyond=sum(one.beyond for one in use.hours),
            refused=sum(one.refused for one in use.hours),
        )

    def routes(self) -> list[Route]:
        """The routes of this file."""
        return [
            Route(
                method="GET",
                path="/api/v1/tenants/{tenant}/usage/calls",
                handler=self.calls,
                access=tenant(Permission.USAGE_READ),
                name="get_calls",
                summary="How often API keys called, and what the plan allows",
                tags=("insight",),
            ),
            Route(
                method="GET",
                path="/api/v1/tenants/{tenant}/usage",
                handler=self.report,
                access=tenant(Permission.USAGE_READ),
                name="get_usage",
                summary="What models used and cost, by provider, model, task, channel, conversation or day",
                tags=("insight",),
            ),
        ]


def dollars(amount: Decimal | None) -> MoneyView | None:
    """What models cost, as the API shows it."""
    return None if amount is None else MoneyView(amount=Decimal(f"{amount.normalize():f}"), currency="USD")


def _hour(one: CallHour) -> CallHourView:
    return CallHourView(hour=one.hour, calls=one.calls, beyond=one.beyond, refused=one.refused)


def _line(row: UsageTotal) -> UsageLine:
    return UsageLine(
        key=row.key,
        calls=row.calls,
        failed=row.failed,
        unpriced=row.unpriced,
        input_tokens=row.input_tokens,
        cached_tokens=row.cached_tokens,
        output_tokens=row.output_tokens,
        cost=dollars(row.cost),
    )
