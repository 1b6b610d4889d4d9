"""What a tenant's model calls use: put aside before, written down after."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from uuid import UUID, uuid4

import structlog

from hub.core.errors import BudgetSpent
from hub.core.events import HubEvent
from hub.core.ids import ConversationId, TenantId
from hub.core.usage import Usage
from hub.store.budgets import BudgetMark
from hub.store.session import Store, Tx

HOLD_SECONDS = 900.0
"""Longer than any call may take. What is held longer belongs to a process that died, and counts as spent."""

log = structlog.get_logger(__name__)
_undoing: set[asyncio.Task[None]] = set()
"""So that a task is not collected while it runs."""
_UNITS = {"usd": "US dollars", "tokens": "tokens"}


class Spending:
    """A ``Budget`` and a ``UsageSink`` over the store. ``conversation`` says what the calls are for; ``count`` hears of
    each call too."""

    def __init__(
        self, store: Store, *, conversation: ConversationId | None = None, count: Callable[[Usage], None] | None = None
    ) -> None:
        self._store = store
        self._conversation = conversation
        self._count = count

    async def reserve(self, tenant: TenantId, estimate: Usage) -> UUID:
        """Put the estimate aside. Raises ``BudgetSpent`` naming the budget that refuses."""
        hold = uuid4()
        putting = asyncio.ensure_future(self._put_aside(tenant, hold, estimate))
        try:
            full = await asyncio.shield(putting)
        except asyncio.CancelledError:
            # It may be committed already, and nobody would settle it: the money would be held for a quarter of an hour.
            undoing = asyncio.create_task(self._undo(tenant, hold, putting), name="budget-undo")
            _undoing.add(undoing)
            undoing.add_done_callback(_undoing.discard)
            raise
        if full is not None:
            raise BudgetSpent(_refusal(full), field=str(full.budget_id))
        return hold

    async def _put_aside(self, tenant: TenantId, hold: UUID, estimate: Usage) -> BudgetMark | None:
        async with self._store.begin(tenant) as tx:
            full = await tx.budgets.reserve(
                hold, self._conversation, cost=_cost(estimate), tokens=_tokens(estimate), seconds=HOLD_SECONDS
            )
            if full is not None:
                await _tell(tx, full, refused=True)
        return full

    async def _undo(self, tenant: TenantId, hold: UUID, putting: asyncio.Future[BudgetMark | None]) -> None:
        try:
            await asyncio.wait({putting})
            async with self._store.begin(tenant) as tx:
                await tx.budgets.settle(hold, cost=Decimal(0), tokens=0)
        except Exception as error:
            log.info("budget.hold_left", error=type(error).__name__)

    async def record(self, tenant: TenantId, usage: Usage, hold: UUID | None = None) -> None:
        """Take note of one call, and settle what was put aside for it."""
        if self._count is not None:
            self._count(usage)
        async with self._store.begin(tenant) as tx:
            await tx.usage.add(usage, self._conversation)
            if hold is not None:
                for mark in await tx.budgets.settle(hold, cost=_cost(usage), tokens=_tokens(usage)):
                    await _tell(tx, mark, refused=False)


async def _tell(tx: Tx, mark: BudgetMark, *, refused: bool) -> None:
    """One event for each warning of a period, and one for its first refusal."""
    if mark.percent is None:
        return
    await tx.events.add(
        HubEvent.USAGE_THRESHOLD,
        {
            "budget_id": str(mark.budget_id),
            "scope": mark.scope,
            "subject_id": str(mark.subject_id),
            "period": mark.period,
            "began": mark.began.isoformat(),
            "unit": mark.unit,
            "amount": _plain(mark.amount),
            "spent": _plain(mark.spent),
            "percent": mark.percent,
            "refused": refused,
        },
    )


def _refusal(full: BudgetMark) -> str:
    whose = {"tenant": "", "channel": " of this channel", "conversation": " of this conversation"}
    of = whose.get(full.scope, " of this customer")
    when = "today" if full.period == "day" else "this month"
    return f"The budget{of} of {_plain(full.amount)} {_UNITS[full.unit]} for {when} is used up."


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


def _cost(usage: Usage) -> Decimal:
    return usage.cost.amount if usage.cost is not None else Decimal(0)


def _tokens(usage: Usage) -> int:
    return usage.input_tokens + usage.output_tokens
