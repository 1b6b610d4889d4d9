"""Calendars: when a tenant's people are there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from hub.core.hours import Hours, Interval
from hub.core.ids import TenantId
from hub.store.pool import Connection
from hub.store.rows import fetch_all, fetch_one, run


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """``weekly`` by weekday ("0" is Monday), ``exceptions`` by date: ``{open: [[from, to]], name}``."""

    id: UUID
    name: str
    zone: str
    weekly: dict[str, Any]
    exceptions: dict[str, Any]
    created_at: datetime
    updated_at: datetime

    def hours(self) -> Hours:
        """As the hours that can be asked."""
        return Hours(
            zone=self.zone,
            weekly={int(day): _intervals(given) for day, given in self.weekly.items()},
            exceptions={
                date.fromisoformat(day): _intervals(given.get("open") or []) for day, given in self.exceptions.items()
            },
        )


def _intervals(given: list[list[str]]) -> tuple[Interval, ...]:
    return tuple((time.fromisoformat(start), time.fromisoformat(end)) for start, end in given)


class Calendars:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self.tenant = tenant

    async def all(self) -> list[CalendarRow]:
        return await fetch_all(self._connection, CalendarRow, "select * from hub.calendar order by lower(name), id")

    async def get(self, id: UUID) -> CalendarRow | None:
        return await fetch_one(self._connection, CalendarRow, "select * from hub.calendar where id = :id", id=id)

    async def hours(self, id: UUID | None) -> Hours:
        """The hours of a calendar; always open where there is none."""
        row = None if id is None else await self.get(id)
        return Hours() if row is None else row.hours()

    async def put(
        self, id: UUID, name: str, zone: str, weekly: dict[str, Any], exceptions: dict[str, Any]
    ) -> CalendarRow | None:
        """Make or replace a calendar; None when another has the name."""
        return await fetch_one(
            self._connection,
            CalendarRow,
            """insert into hub.calendar(id, tenant_id, name, zone, weekly, exceptions)
               select :id, :t, :name, :zone, :weekly__jsonb, :exceptions__jsonb
                where not exists (select 1 from hub.calendar o where lower(o.name) = lower(:name) and o.id <> :id)
               on conflict (id) do update
                  set name = excluded.name, zone = excluded.zone, weekly = excluded.weekly,
                      exceptions = excluded.exceptions, updated_at = now()
               returning *""",
            id=id,
            t=self.tenant,
            name=name,
            zone=zone,
            weekly__jsonb=weekly,
            exceptions__jsonb=exceptions,
        )

    async def remove(self, id: UUID) -> bool:
        return await run(self._connection, "delete from hub.calendar where id = :id", id=id) > 0
