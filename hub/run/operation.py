"""What a process is to the deployment: its line in the list, its part of the schedule, the facts it tells."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from hub import __version__
from hub.inbox.ledger_watch import LedgerWatch
from hub.inbox.notices import Notices
from hub.jobs.registry import Registry
from hub.jobs.retention import Retention
from hub.jobs.schedule import Schedule, Scheduled
from hub.run.house import House

_KIBIBYTES = sys.platform != "darwin"
"""How the system counts memory in getrusage(2): in KiB, on macOS in bytes."""


def build_schedule(house: House) -> Schedule:
    """Everything that comes by the clock."""
    return Schedule(
        store=house.store,
        owner=house.owner,
        pieces=(
            Scheduled("ledger.check", 60.0, LedgerWatch(store=house.store)),
            Scheduled("notices.mail", 60.0, Notices(store=house.store, post=house.post, clock=house.clock)),
            Scheduled("retention.sweep", 3_600.0, Retention(store=house.store)),
        ),
    )


def build_registry(house: House, role: str, id: UUID, more: Callable[[], Mapping[str, float | int | None]]) -> Registry:
    """The line of one part of this process, not yet told. ``more`` are facts beyond memory and pool."""

    def facts() -> Mapping[str, Any]:
        size, used = house.store.pool
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1024 if _KIBIBYTES else 1)
        return {
            "peak_memory_bytes": peak,
            "pool_size": size,
            "pool_used": used,
            "models_resting": sum(1 for one in house.models.health() if one["circuit"] != "closed"),
            **more(),
        }

    return Registry(
        store=house.store,
        id=id,
        role=role,
        version=__version__,
        started=house.clock.now(),
        facts=facts,
    )
