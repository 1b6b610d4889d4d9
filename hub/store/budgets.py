"""Budgets: what a tenant lets its models cost, put aside before each call and settled after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from hub.core.ids import ConversationId, TenantId, uuid7
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, fetch_value, run

_KNOWN = {
    "channel": "select 1 from hub.channel where id = :id",
    "conversation": "select 1 from hub.conversation where id = :id",
    "contact": "select 1 from hub.contact where id = :id",
}


@dataclass(frozen=True, slots=True)
class BudgetRow:
    """``subject_id`` None: the whole tenant, or each channel, conversation or contact by itself."""

    id: UUID
    scope: str
    subject_id: UUID | None
    period: str
    unit: str
    amount: Decimal
    warn_at: list[int]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """What was used of a budget by one subject in the period that began on a day (UTC)."""

    subject_id: UUID
    began: date
    spent: Decimal
    held: Decimal


@dataclass(frozen=True, slots=True)
class BudgetMark:
    """A budget at a warning, or one that refuses; ``percent`` is None where that was told before."""

    budget_id: UUID
    scope: str
    subject_id: UUID
    period: str
    unit: str
    began: date
    amount: Decimal
    spent: Decimal
    percent: int | None


class Budgets:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def reserve(
        self, hold: UUID, conversation: ConversationId | None, *, cost: Decimal, tokens: int, seconds: float
    ) -> BudgetMark | None:
        """Put the most a call may take aside, in one statement: in every budget that it falls under, or in none and
        the one that refuses is given. What is not settled within ``seconds`` counts as spent."""
        return await fetch_one(
            self._connection,
            BudgetMark,
            "select * from hub.reserve_budget(:hold, :c, :cost, :tokens, make_interval(secs => :seconds))",
            hold=hold,
            c=conversation,
            cost=cost,
            tokens=tokens,
            seconds=seconds,
        )

    async def settle(self, hold: UUID, *, cost: Decimal, tokens: int) -> list[BudgetMark]:
        """Spend what the call took and free the rest; the budgets in which that passed a warning. Idempotent."""
        return await fetch_all(
            self._connection,
            BudgetMark,
            "select * from hub.settle_budget(:hold, :cost, :tokens)",
            hold=hold,
            cost=cost,
            tokens=tokens,
        )

    async def add(
        self, scope: str, subject: UUID | None, period: str, unit: str, amount: Decimal, warn_at: Sequence[int]
    ) -> BudgetRow | None:
        """A new budget; None where there is one like it already."""
        return await fetch_one(
            self._connection,
            BudgetRow,
            """insert into hub.budget(id, tenant_id, scope, subject_id, period, unit, amount, warn_at)
               values (:id, :t, :scope, :subject, :period, :unit, :amount, :warn)
               on conflict do nothing returning *""",
            id=uuid7(),
            t=self.tenant,
            scope=scope,
            subject=subject,
            period=period,
            unit=unit,
            amount=amount,
            warn=list(warn_at),
        )

    async def knows(self, scope: str, subject: UUID) -> bool:
        """Whether the tenant has such a channel, conversation or contact."""
        sql = _KNOWN[scope]
        return await fetch_value(self._connection, sql, id=subject) is not None

    async def all(self) -> list[BudgetRow]:
        """Every budget, oldest first."""
        return await fetch_all(
            self._connection, BudgetRow, "select * from hub.budget where tenant_id = :t order by id", t=self.tenant
        )

    async def get(self, id: UUID) -> BudgetRow | None:
        return await fetch_one(self._connection, BudgetRow, "select * from hub.budget where id = :id", id=id)

    async def change(self, id: UUID, amount: Decimal | None, warn_at: Sequence[int] | None) -> BudgetRow | None:
        """Another amount or other warnings; what is None stays. None where there is no such budget. Warnings that lie
        ahead again by a higher amount are given again."""
        row = await fetch_one(
            self._connection,
            BudgetRow,
            """update hub.budget set amount = coalesce(cast(:amount as numeric), amount),
                      warn_at = coalesce(cast(:warn as integer[]), warn_at) where id = :id returning *""",
            id=id,
            amount=amount,
            warn=None if warn_at is None else list(warn_at),
        )
        if row is not None:
            await run(
                self._connection,
                """update hub.budget_use u set told = least(u.told, coalesce(
                          (select max(w) from unnest(b.warn_at) w where u.spent * 100 >= w * b.amount), 0))
                     from hub.budget b where b.id = :id and u.budget_id = b.id""",
                id=id,
            )
        return row

    async def remove(self, id: UUID) -> bool:
        """Forget a budget and what was used of it. False where there is none."""
        return await run(self._connection, "delete from hub.budget where id = :id", id=id) > 0

    async def uses(self, budget: BudgetRow, limit: int = 10) -> list[BudgetUse]:
        """Who used the most of it in the present period, the most first."""
        return await fetch_all(
            self._connection,
            BudgetUse,
            """select * from hub.budget_use where tenant_id = :t and budget_id = :id
                  and began = date_trunc(:period, now() at time zone 'utc')::date
                order by spent + held desc, subject_id limit :limit""",
            t=self.tenant,
            id=budget.id,
            period=budget.period,
            limit=limit,
        )
