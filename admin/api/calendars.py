"""Opening hours over REST: calendars with weekly hours, exceptions and holidays, and what the desk does by them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import Field

from hub.accounts.permissions import Permission
from hub.core.errors import Conflict, Invalid, NotFound
from hub.core.ids import uuid7
from hub.core.ports import Clock
from hub.files.holidays import MOST_CHARACTERS, holidays_of
from hub.http.access import Call, tenant
from hub.http.model import Model, View
from hub.http.routes import Route
from hub.inbox.desk_settings import DeskSettings, read_desk_settings
from hub.store.calendars import CalendarRow
from hub.store.session import Store

MOST_CALENDARS = 50
MOST_EXCEPTIONS = 1_000
Clockface = Annotated[str, Field(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$", examples=["09:00"])]
Span = Annotated[list[Clockface], Field(min_length=2, max_length=2)]
Spans = Annotated[list[Span], Field(max_length=10)]


class ExceptionIn(Model):
    """A single day that differs; no open interval: closed."""

    open: Spans = Field(default_factory=list)
    name: Annotated[str, Field(max_length=200)] = ""


class CalendarIn(Model):
    """When people are there. An interval whose end is not after its start runs past midnight."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    zone: Annotated[str, Field(max_length=60, examples=["Europe/Vienna"])]
    weekly: dict[Annotated[str, Field(pattern="^[0-6]$")], Spans]
    """By weekday, "0" is Monday."""
    exceptions: dict[Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")], ExceptionIn] = Field(default_factory=dict)
    """By date."""


class HolidaysIn(Model):
    """A calendar file of holidays (iCalendar), whose whole-day events become closed days."""

    ics: Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS)]


class HolidayView(View):
    date: date
    name: str


class HolidaysView(View):
    """The whole days a calendar file holds, from today on for three years."""

    days: list[HolidayView]


class CalendarView(View):
    id: UUID
    name: str
    zone: str
    weekly: dict[str, Any]
    exceptions: dict[str, Any]
    open: bool
    """Whether it is open now."""
    changes_at: datetime | None
    """When that changes."""


class CalendarList(View):
    items: list[CalendarView]


class DeskView(View):
    """What the desk does: who answers first, who gets what, what is promised."""

    settings: dict[str, Any]
    open: bool


class CalendarsApi:
    """The routes of calendars and of the desk's settings."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def all(self, call: Call) -> CalendarList:
        async with self._store.begin(call.tenant_id) as tx:
            rows = await tx.calendars.all()
        return CalendarList(items=[self._show(row) for row in rows])

    async def add(self, call: Call, body: CalendarIn) -> CalendarView:
        async with self._store.begin(call.tenant_id) as tx:
            if len(await tx.calendars.all()) >= MOST_CALENDARS:
                raise Conflict(f"There may be {MOST_CALENDARS} calendars.")
        return await self._put(call, uuid7(), body)

    async def change(self, call: Call, calendar: UUID, body: CalendarIn) -> CalendarView:
        async with self._store.begin(call.tenant_id) as tx:
            if await tx.calendars.get(calendar) is None:
                raise NotFound("There is no such calendar.", field="calendar")
        return await self._put(call, calendar, body)

    async def remove(self, call: Call, calendar: UUID) -> None:
        async with self._store.begin(call.tenant_id) as tx:
            if not await tx.calendars.remove(calendar):
                raise NotFound("There is no such calendar.", field="calendar")

    async def read_holidays(self, call: Call, body: HolidaysIn) -> HolidaysView:
        days = await holidays_of(body.ics, self._clock.now().date())
        return HolidaysView(
            days=[HolidayView(date=date.fromisoformat(day), name=name) for day, name in sorted(days.items())]
        )

    async def holidays(self, call: Call, calendar: UUID, body: HolidaysIn) -> CalendarView:
        async with self._store.begin(call.tenant_id) as tx:
            row = await tx.calendars.get(calendar)
        if row is None:
            raise NotFound("There is no such calendar.", field="calendar")
        days = await holidays_of(body.ics, self._clock.now().date())
        exceptions = {**{day: {"open": [], "name": name} for day, name in days.items()}, **row.exceptions}
        if len(exceptions) > MOST_EXCEPTIONS:
            raise Invalid(f"A calendar holds {MOST_EXCEPTIONS} exceptions. Remove past ones first.", field="ics")
        async with self._store.begin(call.tenant_id) as tx:
            changed = await tx.calendars.put(row.id, row.name, row.zone, row.weekly, exceptions)
        return self._show(changed or row)

    async def desk(self, call: Call) -> DeskView:
        async with self._store.begin(call.tenant_id) as tx:
            settings = read_desk_settings(await tx.settings.get())
            hours = await tx.calendars.hours(settings.calendar)
        return DeskView(settings=settings.model_dump(mode="json"), open=hours.is_open(self._clock.now()))

    async def set_desk(self, call: Call, body: DeskSettings) -> DeskView:
        async with self._store.begin(call.tenant_id) as tx:
            if body.calendar is not None and await tx.calendars.get(body.calendar) is None:
                raise Invalid("There is no such calendar.", field="calendar")
            settings = await tx.settings.get()
            await tx.settings.put({**settings, "desk": body.model_dump(mode="json")})
        return await self.desk(call)

    async def _put(self, call: Call, id: UUID, body: CalendarIn) -> CalendarView:
        if body.zone not in available_timezones():
            raise Invalid("This is no time zone. Use a name such as Europe/Vienna.", field="zone")
        for day in body.exceptions:
            try:
                date.fromisoformat(day)
            except ValueError:
                raise Invalid("This is not a date.", field=f"exceptions.{day}") from None
        exceptions = {day: one.model_dump() for day, one in body.exceptions.items()}
        async with self._store.begin(call.tenant_id) as tx:
            row = await tx.calendars.put(id, body.name, body.zone, dict(body.weekly), exceptions)
        if row is None:
            raise Conflict(f"There is a calendar '{body.name}' already.", field="name")
        return self._show(row)

    def _show(self, row: CalendarRow) -> CalendarView:
        hours, now = row.hours(), self._clock.now()
        return CalendarView(
            id=row.id,
            name=row.name,
            zone=row.zone,
            weekly=row.weekly,
            exceptions=row.exceptions,
            open=hours.is_open(now),
            changes_at=hours.next_change(now),
        )

    def routes(self) -> list[Route]:
        """The routes of this file."""
        base, tags = "/api/v1/tenants/{tenant}/calendars", ("desk",)
        reads, writes = tenant(Permission.CONVERSATIONS_READ_ASSIGNED), tenant(Permission.HOURS_MANAGE)
        desk = "/api/v1/tenants/{tenant}/desk"
        return [
            Route(method="GET", path=base, handler=self.all, name="list_calendars", tags=tags, access=reads,
                  summary="Calendars: when people are there"),
            Route(method="POST", path=base, handler=self.add, name="add_calendar", tags=tags, access=writes,
                  summary="A new calendar", status=201, idempotent=True, problems=(409,)),
            Route(method="PUT", path=f"{base}/{{calendar}}", handler=self.change, name="change_calendar", tags=tags,
                  access=writes, summary="Change a calendar", problems=(409,)),
            Route(method="DELETE", path=f"{base}/{{calendar}}", handler=self.remove, name="remove_calendar",
                  tags=tags, access=writes, summary="Remove a calendar"),
            Route(method="POST", path=f"{base}/{{calendar}}/holidays", handler=self.holidays, name="add_holidays",
                  tags=tags, access=writes, summary="Close on the days of an iCalendar file", idempotent=True,
                  description="Days that already have an exception keep it."),
            Route(method="POST", path="/api/v1/tenants/{tenant}/holidays", handler=self.read_holidays,
                  name="read_holidays", tags=tags, access=writes, summary="What days an iCalendar file holds",
                  description="Nothing is changed by it: for showing the days before they are put into a calendar."),
            Route(method="GET", path=desk, handler=self.desk, name="get_desk", tags=tags, access=reads,
                  summary="Who answers first, who gets what, what is promised"),
            Route(method="PUT", path=desk, handler=self.set_desk, name="set_desk", tags=tags,
                  access=tenant(Permission.ROUTING_MANAGE), summary="Set what the desk does"),
        ]  # fmt: skip
