"""The ledger's desk: what could not be answered or sent is tried again, one by one, many at once or by range."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.ids import TenantId
from hub.core.ports import Waker
from hub.store.session import Store

log = structlog.get_logger(__name__)

OPEN_BOUND_SECONDS = 300.0
"""How long anything may be open before the hub calls it stuck: five tries with their pauses take a tenth of it."""
MOST = 1_000
"""How many are put back by one call, so that one act never floods the lanes."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """``count`` were put back; ``more``: the range holds more than one call puts back, so call again."""

    count: int
    more: bool = False


@dataclass(frozen=True, slots=True)
class Range:
    """Those that came in from ``start`` up to but not including ``end``; None leaves that end open."""

    start: datetime | None = None
    end: datetime | None = None


class LedgerDesk:
    """Puts dead letters and unsent messages back for one tenant at a time.

    With ids it is all or nothing: raises ``NotFound`` for an id the tenant does not have and ``Conflict`` for one that
    need not be tried again. Trying again what is being tried again is such a conflict, so nothing is doubled.
    """

    def __init__(self, *, store: Store, waker: Waker) -> None:
        self._store = store
        self._waker = waker

    async def replay(self, tenant: TenantId, chosen: Sequence[UUID] | Range) -> Replayed:
        """Have the bot read dead messages again: these, or the oldest ``MOST`` of a range."""
        async with self._store.begin(tenant) as tx:
            if isinstance(chosen, Range):
                _check_range(chosen)
                ids = await tx.ledger.dead(MOST + 1, chosen.start, chosen.end)
            else:
                ids = _unique(chosen)
                found = {row.id: row.state for row in await tx.ledger.standing(ids)}
                _check_dead(ids, found, "message")
            count = await tx.ledger.put_back(ids[:MOST])
        await self._tell(tenant, "turn", count)
        return Replayed(count, len(ids) > MOST)

    async def send_again(
        self, tenant: TenantId, chosen: Sequence[UUID] | Range, *, state: str = "dead", even_unknown: bool = False
    ) -> Replayed:
        """Send again what was not sent: these, or the oldest ``MOST`` of a range in ``state``.

        An unknown message may have arrived, so it is sent again only with ``even_unknown``.
        """
        async with self._store.begin(tenant) as tx:
            if isinstance(chosen, Range):
                _check_range(chosen)
                if state == "unknown" and not even_unknown:
                    raise Conflict(_MAY_DOUBLE, field="even_unknown")
                ids = await tx.ledger.unsent_ids(state, MOST + 1, chosen.start, chosen.end)
            else:
                ids = _unique(chosen)
                found = {row.id: row.state for row in await tx.ledger.unsent_standing(ids)}
                if not even_unknown and "unknown" in found.values():
                    raise Conflict(_MAY_DOUBLE, field="even_unknown")
                known = {id: "dead" if place == "unknown" else place for id, place in found.items()}
                _check_dead(ids, known, "delivery")
            count = await tx.ledger.send_again(ids[:MOST], unknown=even_unknown)
        await self._tell(tenant, "delivery", count)
        return Replayed(count, len(ids) > MOST)

    async def _tell(self, tenant: TenantId, topic: str, count: int) -> None:
        if count:
            log.info("ledger.replayed", tenant_id=str(tenant), what=topic, count=count)
            await self._waker.wake(topic)


_MAY_DOUBLE = (
    "Nobody knows whether an unknown message arrived, so sending it again may double it. "
    "Set even_unknown to true to send it all the same."
)


def _unique(ids: Sequence[UUID]) -> list[UUID]:
    unique = list(dict.fromkeys(ids))
    if len(unique) > MOST:
        raise Invalid(f"Give at most {MOST} ids at once.", field="ids")
    return unique


def _check_range(chosen: Range) -> None:
    if chosen.start is not None and chosen.end is not None and chosen.start >= chosen.end:
        raise Invalid("The range ends before it begins. 'from' must be earlier than 'to'.", field="to")


def _check_dead(ids: Sequence[UUID], found: Mapping[UUID, str | None], what: str) -> None:
    for place, id in enumerate(ids):
        if id not in found:
            raise NotFound(f"There is no such {what} in the ledger: {id}.", field=f"ids.{place}")
    for place, id in enumerate(ids):
        state = found[id]
        if state != "dead":
            told = f"'{state}'" if state is not None else "still open"
            raise Conflict(
                f"The {what} {id} is {told}. Only a dead one can be replayed; nothing was changed.",
                field=f"ids.{place}",
            )
