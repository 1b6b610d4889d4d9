"""Setting budgets, and looking at what is left of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.ids import TenantId
from hub.store.budgets import BudgetRow, BudgetUse
from hub.store.session import Store, Tx


@dataclass(frozen=True, slots=True)
class Standing:
    """A budget, and who used the most of it in the present period, the most first."""

    budget: BudgetRow
    uses: Sequence[BudgetUse]


class BudgetDesk:
    """What a tenant does with its budgets."""

    def __init__(self, *, store: Store) -> None:
        self._store = store

    async def all(self, tenant: TenantId) -> list[Standing]:
        """Every budget, oldest first."""
        async with self._store.begin(tenant) as tx:
            return [await _standing(tx, row) for row in await tx.budgets.all()]

    async def get(self, tenant: TenantId, id: UUID) -> Standing:
        """Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            return await _standing(tx, await tx.budgets.get(id))

    async def add(
        self,
        tenant: TenantId,
        scope: str,
        subject: UUID | None,
        period: str,
        unit: str,
        amount: Decimal,
        warn_at: Sequence[int],
    ) -> Standing:
        """Raises ``Invalid`` for a subject that is not the tenant's, ``Conflict`` where there is one like it."""
        if scope == "tenant" and subject is not None:
            raise Invalid("A budget of the whole tenant has no subject. Leave it out.", field="subject_id")
        async with self._store.begin(tenant) as tx:
            if subject is not None and not await tx.budgets.knows(scope, subject):
                raise Invalid(f"There is no such {scope}.", field="subject_id")
            row = await tx.budgets.add(scope, subject, period, unit, amount, warn_at)
            if row is None:
                raise Conflict("There is a budget like this already. Change its amount instead.", field="scope")
            return await _standing(tx, row)

    async def change(
        self, tenant: TenantId, id: UUID, *, amount: Decimal | None, warn_at: Sequence[int] | None
    ) -> Standing:
        """What is None stays. Takes effect with the next call. Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            return await _standing(tx, await tx.budgets.change(id, amount, warn_at))

    async def remove(self, tenant: TenantId, id: UUID) -> None:
        """Raises ``NotFound``."""
        async with self._store.begin(tenant) as tx:
            if not await tx.budgets.remove(id):
                raise _gone()


async def _standing(tx: Tx, row: BudgetRow | None) -> Standing:
    if row is None:
        raise _gone()
    return Standing(row, await tx.budgets.uses(row))


def _gone() -> NotFound:
    return NotFound("There is no such budget.", field="budget")
