"""Budgets over REST: what models may cost a tenant, by day or month."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from hub.accounts.permissions import Permission
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.routes import Route
from hub.metering.budgets import BudgetDesk, Standing

Amount = Annotated[Decimal, Field(gt=0, le=1_000_000_000, max_digits=18, decimal_places=9, examples=["25.00"])]
Percent = Annotated[int, Field(ge=1, le=100)]
Warnings = Annotated[list[Percent], Field(max_length=10)]


class NewBudget(Model):
    scope: Literal["tenant", "channel", "conversation", "contact"]
    subject_id: UUID | None = None
    """Which channel, conversation or contact. Empty: each of them by itself."""
    period: Literal["day", "month"]
    """Days and months begin at midnight UTC."""
    unit: Literal["usd", "tokens"] = "usd"
    """Models without a known price, such as those on a server of your own, are bounded by tokens."""
    amount: Amount
    warn_at: Warnings = Field(default_factory=lambda: [50, 80, 100])
    """At these percents an event `usage.threshold` says so."""


class BudgetChange(Model):
    """What is left out stays."""

    amount: Amount | None = None
    warn_at: Warnings | None = None


class UseView(View):
    """What one channel, conversation or contact, or the whole tenant, used in the present period."""

    subject_id: UUID
    began: date
    spent: Decimal
    held: Decimal
    """Put aside by calls under way."""
    percent: int


class BudgetView(View):
    id: UUID
    scope: str
    subject_id: UUID | None
    period: str
    unit: str
    amount: Decimal
    warn_at: list[int]
    created_at: datetime
    uses: list[UseView]
    """Who used the most in the present period, the most first; ten at most."""


class BudgetList(View):
    items: list[BudgetView]


class BudgetsApi:
    """The routes of budgets."""

    def __init__(self, *, desk: BudgetDesk) -> None:
        self._desk = desk

    async def create(self, call: Call, body: NewBudget) -> BudgetView:
        return _view(
            await self._desk.add(
                call.tenant_id, body.scope, body.subject_id, body.period, body.unit, body.amount, sorted(body.warn_at)
            )
        )

    async def all(self, call: Call) -> BudgetList:
        return BudgetList(items=[_view(standing) for standing in await self._desk.all(call.tenant_id)])

    async def get(self, call: Call, budget: UUID) -> BudgetView:
        return _view(await self._desk.get(call.tenant_id, budget))

    async def change(self, call: Call, budget: UUID, body: BudgetChange) -> BudgetView:
        return _view(await self._desk.change(call.tenant_id, budget, amount=body.amount, warn_at=body.warn_at))

    async def remove(self, call: Call, budget: UUID) -> None:
        await self._desk.remove(call.tenant_id, budget)

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base = "/api/v1/tenants/{tenant}/budgets"
        one = f"{base}/{{budget}}"

        def route(method: str, path: str, handler: Any, summary: str, name: str, **more: Any) -> Route:
            access = tenant(Permission.USAGE_READ if method == "GET" else Permission.TENANT_WRITE)
            return Route(method=method, path=path, handler=handler, summary=summary, name=name,
                         **{"tags": ("insight",), "access": access, **more})  # fmt: skip

        return [
            route("POST", base, self.create, "Set a budget", "create_budget", status=201, idempotent=True,
                  problems=(409,)),
            route("GET", base, self.all, "Budgets, and what is left of them", "list_budgets"),
            route("GET", one, self.get, "One budget, and who used the most of it", "get_budget"),
            route("PATCH", one, self.change, "Change a budget's amount or warnings", "change_budget"),
            route("DELETE", one, self.remove, "Forget a budget", "delete_budget"),
        ]  # fmt: skip


def _view(standing: Standing) -> BudgetView:
    row = standing.budget
    return BudgetView(
        id=row.id,
        scope=row.scope,
        subject_id=row.subject_id,
        period=row.period,
        unit=row.unit,
        amount=_plain(row.amount),
        warn_at=row.warn_at,
        created_at=row.created_at,
        uses=[
            UseView(
                subject_id=use.subject_id,
                began=use.began,
                spent=_plain(use.spent),
                held=_plain(use.held),
                percent=int((use.spent + use.held) * 100 / row.amount),
            )
            for use in standing.uses
        ],
    )


def _plain(amount: Decimal) -> Decimal:
    """Without the zeros that the column fills up with."""
    return Decimal(f"{amount.normalize():f}")
