"""The desk's rules without a database: open hours, promises, who is free, holidays, the model's memory of handoffs."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest

from hub.core.errors import Invalid
from hub.core.hours import Hours
from hub.core.variables import fill
from hub.files.holidays import holidays_of
from hub.store.messages import MessageRow
from hub.store.notifications import ColleagueRow
from orchestrator.desk_round import free_colleagues
from orchestrator.memory import recall
from orchestrator.phrases import PHRASES, Phrasebook
from orchestrator.waiting_room import closed_words, queue_words, wait_seconds

NINE_TO_FIVE = {day: ((time(9), time(17)),) for day in range(5)}
VIENNA = Hours("Europe/Vienna", NINE_TO_FIVE, {date(2026, 12, 24): ((time(9), time(12)),), date(2026, 12, 25): ()})
NIGHT = Hours("UTC", {4: ((time(22), time(6)),)})
SUMMER = Hours("Europe/Vienna", {6: ((time(1), time(5)),)})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("hours", "moment", "opens", "changes"),
    [
        (Hours(), "2026-11-28T12:00+00:00", "2026-11-28T12:00+00:00", None),
        (VIENNA, "2026-11-27T09:00+00:00", "2026-11-27T09:00+00:00", "2026-11-27T16:00+00:00"),
        (VIENNA, "2026-11-27T16:00+00:00", "2026-11-30T08:00+00:00", "2026-11-30T08:00+00:00"),
        (VIENNA, "2026-12-24T11:30+00:00", "2026-12-28T08:00+00:00", "2026-12-28T08:00+00:00"),
        (NIGHT, "2026-11-28T05:00+00:00", "2026-11-28T05:00+00:00", "2026-11-28T06:00+00:00"),
        (SUMMER, "2027-03-28T00:30+00:00", "2027-03-28T00:30+00:00", "2027-03-28T03:00+00:00"),
        (Hours("UTC", {}, {date(2026, 1, 1): ()}), "2026-11-28T05:00+00:00", None, None),
    ],
)
def test_hours_know_when_they_open_and_change(
    hours: Hours, moment: str, opens: str | None, changes: str | None
) -> None:
    assert hours.next_opening(at(moment)) == (at(opens) if opens else None)
    assert hours.next_change(at(moment)) == (at(changes) if changes else None)


def test_open_time_runs_only_while_it_is_open() -> None:
    friday = at("2026-11-27T15:30+00:00")  # half an hour before Vienna closes for the weekend
    assert VIENNA.add_open_time(friday, timedelta(minutes=20)) == friday + timedelta(minutes=20)
    assert VIENNA.add_open_time(friday, timedelta(hours=2)) == at("2026-11-30T09:30+00:00")
    assert VIENNA.add_open_time(at("2026-11-28T12:00+00:00"), timedelta(0)) == at("2026-11-30T08:00+00:00")
    assert Hours().add_open_time(friday, timedelta(hours=2)) == friday + timedelta(hours=2)
    assert Hours("UTC", {}, {date(2026, 1, 1): ()}).add_open_time(friday, timedelta(hours=1)) is None


async def test_a_calendar_file_gives_closed_days() -> None:
    ics = "\r\n".join(
        ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", "BEGIN:VEVENT", "UID:1", "DTSTART;VALUE=DATE:20201225",
         "DTEND;VALUE=DATE:20201227", "RRULE:FREQ=YEARLY", "SUMMARY:Christmas", "END:VEVENT", "BEGIN:VEVENT", "UID:2",
         "DTSTART;VALUE=DATE:20270329", "SUMMARY:Easter Monday", "END:VEVENT", "BEGIN:VEVENT", "UID:3",
         "DTSTART:20270401T100000Z", "SUMMARY:A meeting", "END:VEVENT", "BEGIN:VEVENT", "UID:4",
         "DTSTART;VALUE=DATE:20200101", "SUMMARY:Past", "END:VEVENT", "END:VCALENDAR"]
    )  # fmt: skip
    days = await holidays_of(ics, date(2026, 11, 28))
    assert days["2026-12-25"] == days["2026-12-26"] == days["2028-12-25"] == "Christmas"
    assert days["2027-03-29"] == "Easter Monday"
    assert {day for day in days if day < "2026-11-28"} == set()
    assert "2027-04-01" not in days
    endless = ics.replace("SUMMARY:Past", "SUMMARY:" + "\\\\," * 200_000)
    for bad in ("hello", "BEGIN:VCALENDAR\r\nBEGIN:VEVENT", "\x00", "BEGIN:VEVENT\r\n" * 30_000):
        with pytest.raises(Invalid) as refused:
            await holidays_of(bad, date(2026, 11, 28))
        assert refused.value.field == "ics"
    assert (await holidays_of(endless, date(2026, 11, 28))).keys() == days.keys()


@pytest.mark.parametrize(
    ("start", "rule", "days"),
    [
        ("20201225", "RRULE:FREQ=YEARLY;UNTIL=20271225", ["2026-12-25", "2027-12-25"]),
        ("20201225", "RRULE:FREQ=YEARLY;UNTIL=20271225T000000Z", ["2026-12-25", "2027-12-25"]),
        ("20251225", "RRULE:FREQ=YEARLY;COUNT=2", ["2026-12-25"]),
        ("20241225", "RRULE:FREQ=YEARLY;INTERVAL=2", ["2026-12-25", "2028-12-25"]),
        # The fourth Thursday of November.
        ("20201126", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", ["2027-11-25", "2028-11-23", "2029-11-22"]),
        ("20240229", "RRULE:FREQ=YEARLY", ["2028-02-29"]),
        (
            "20201225",
            "RRULE:FREQ=YEARLY\r\nEXDATE;VALUE=DATE:20271225\r\nEXDATE;VALUE=DATE:20281225",
            ["2026-12-25"],
        ),
        ("20261201", "RRULE:FREQ=MONTHLY;COUNT=3", ["2026-12-01", "2027-01-01", "2027-02-01"]),
    ],
)
async def test_a_holiday_comes_again_as_its_rule_says(start: str, rule: str, days: list[str]) -> None:
    event = f"BEGIN:VEVENT\r\nUID:1\r\nDTSTART;VALUE=DATE:{start}\r\n{rule}\r\nSUMMARY:Off\r\nEND:VEVENT"
    ics = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{event}\r\nEND:VCALENDAR"
    assert sorted(await holidays_of(ics, date(2026, 11, 28))) == days


def colleague(person: str, **more: Any) -> ColleagueRow:
    given = {"availability": "online", "capacity": 2, "skills": [], "busy": 0, "last_at": None} | more
    return ColleagueRow(person, **given)


def test_the_least_busy_colleague_with_the_skills_is_first() -> None:
    early, late = at("2026-11-28T08:00+00:00"), at("2026-11-28T09:00+00:00")
    found = free_colleagues(
        [colleague("full", busy=2), colleague("away", availability="away"), colleague("half", busy=1),
         colleague("late", last_at=late), colleague("early", last_at=early), colleague("none", capacity=0)]
    )  # fmt: skip
    assert [c.person for c in found] == ["early", "late", "half"]
    assert free_colleagues([colleague("a"), colleague("b", skills=["french"])], frozenset({"french"}))[0].person == "b"


def test_the_wait_follows_the_pace_of_late() -> None:
    start = at("2026-11-28T08:00+00:00")
    paced = [start + timedelta(minutes=5 * n) for n in range(5)]
    assert wait_seconds(3, paced) == 900
    assert wait_seconds(3, paced[:3]) is None
    assert wait_seconds(100, paced) is None, "nobody is told of hours"


def test_waiting_words_exist_in_every_language() -> None:
    for language in PHRASES:
        book = Phrasebook({}, default=language, bot="B", company="C")
        assert "2" in queue_words(book, language, 2, 300)
        assert "5" in queue_words(book, language, 2, 300)
        assert queue_words(book, language, 1, None)
        told = closed_words(book, language, VIENNA, at("2026-11-28T12:00+00:00"))
        assert "2026-11-30 09:00" in told
        assert "{" not in told


def message(seq: int, author: str, text: str, kind: str = "message", **more: Any) -> MessageRow:
    now = datetime.now(UTC)
    parts = more.pop("parts", [{"type": "text", "text": text}])
    values = {
        "id": uuid4(), "tenant_id": uuid4(), "conversation_id": uuid4(), "seq": seq, "direction": "out",
        "author_kind": author, "author_id": None, "author_name": None, "kind": kind, "parts": parts, "reply_to": None,
        "status": "sent", "error": None, "at": now, "created_at": now, "edited_at": None, "deleted_at": None,
        "citations": [], "support": None, "turn_id": None, "floor_epoch": 0, "metadata": {}, "platform_ids": [],
    } | more  # fmt: skip
    return MessageRow(**values)


def test_the_model_is_told_where_a_persons_part_begins_and_ends() -> None:
    def marker(seq: int, to: str) -> MessageRow:
        return message(seq, "system", "", "activity", parts=[{"type": "activity", "to": to}])

    rows = [
        message(1, "contact", "A person please"),
        message(2, "bot", PHRASES["en"]["handing_over"], metadata={"thought": "handoff"}),
        marker(3, "waiting"),
        marker(4, "agent"),
        message(5, "agent", "It is on its way.", author_name="Kim"),
        marker(6, "bot"),
        message(7, "contact", "And when does it arrive?"),
    ]
    told = [(m.role, m.content) for m in recall(rows[::-1], 2_000).messages]
    assert [role for role, _ in told] == ["user", "assistant", "system", "system", "assistant", "system", "user"]
    words = " ".join(content for _, content in told)
    assert PHRASES["en"]["handing_over"] not in words, "the bot would go on saying that it is silent"
    assert "You answer again" in told[5][1]
    assert "Kim" in told[4][1]


def test_variables_are_looked_up_and_never_run() -> None:
    values = {"contact.name": "Ada {{agent.name}}", "agent.name": "Kim", "empty": " "}
    assert fill("Hi {{ contact.name }}, {{agent.name}}!", values) == ("Hi Ada {{agent.name}}, Kim!", [])
    assert fill("{{empty|there}} {{nope|}}.", values) == ("there .", [])
    assert fill("{{nope}} {{empty}} {{__class__}} {{nope}}", values) == (
        "{{nope}} {{empty}} {{__class__}} {{nope}}",
        ["nope", "empty"],
    )
