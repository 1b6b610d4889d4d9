"""Plans: how often a tenant's programs may call in an hour, and what happens beyond that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

OPEN = "open"
"""The plan without a limit: that of a hub's own tenants."""


@dataclass(frozen=True, slots=True)
class Plan:
    """``calls`` an hour, None without a limit. With ``overage`` those beyond are let through and counted, else
    refused and counted."""

    name: str
    calls: int | None
    overage: bool = False


@dataclass(frozen=True, slots=True)
class Plans:
    """The plans a deployment has, and the one that a new tenant gets."""

    offered: Sequence[Plan] = ()
    usual: str = OPEN

    def __iter__(self) -> Iterator[Plan]:
        yield Plan(OPEN, None)
        yield from self.offered

    def of(self, name: str, hourly_limit: int | None = None) -> Plan:
        """The plan of this name with a tenant's own limit, if it has one.

        A plan that is offered no more limits nothing: taking a name out of the settings must not shut anybody out.
        """
        plan = next((one for one in self if one.name == name), Plan(name, None))
        return plan if hourly_limit is None else Plan(plan.name, hourly_limit, plan.overage)
