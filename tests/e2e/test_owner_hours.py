"""When people are there, as an owner says it: spans of a day, single days, and holidays out of a calendar file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.async_api import Page, expect

from support.owner_pages import OwnerPages, axe

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.usefixtures("built_desk"),
]
NEXT = datetime.now(UTC).year + 1
ICS = "\r\n".join(
    ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x",
     "BEGIN:VEVENT", "UID:1", f"DTSTART;VALUE=DATE:{NEXT}0501", "SUMMARY:Labour Day", "END:VEVENT",
     "BEGIN:VEVENT", "UID:2", f"DTSTART;VALUE=DATE:{NEXT}0815", "SUMMARY:<b>Assumption</b>", "END:VEVENT",
     "BEGIN:VEVENT", "UID:3", f"DTSTART:{NEXT}0816T100000Z", "SUMMARY:A meeting", "END:VEVENT", "END:VCALENDAR"]
)  # fmt: skip


async def test_holidays_are_shown_before_they_are_taken_and_kept_with_the_hours(owner: OwnerPages) -> None:
    page = await owner.sign_in()
    company = await owner.company("Hours")
    await owner.open(page, "bot?tab=hours", "The bot", company)
    await page.get_by_role("button", name="New hours").click()
    await page.get_by_role("textbox", name="Name", exact=True).fill("Shop")
    monday = page.get_by_role("group", name="Monday")
    await monday.get_by_label("Monday: closes at").fill("12:00")
    await monday.get_by_role("button", name="Monday: another span").click()
    await expect(monday.get_by_label("Monday: opens at (2)")).to_have_value("13:00")

    part = page.get_by_role("region", name="Days that differ")
    await part.get_by_label("Day", exact=True).fill(f"{NEXT}-05-01")
    await part.get_by_label("Opens at").fill("10:00")
    await expect(part.get_by_role("button", name="Add the day")).to_be_disabled()
    await part.get_by_label("Closes at").fill("12:00")
    await part.get_by_role("button", name="Add the day").click()
    await expect(part.locator("[data-day]")).to_contain_text("10:00–12:00")

    await _give(page, "no calendar at all")
    await expect(part.get_by_text("This is not a calendar file")).to_be_visible()
    await _give(page, ICS)
    await expect(part.get_by_role("status")).to_have_text("1 new day found")
    assert await axe(page, within="main") == []
    assert await _calendars(owner, company) == [], "nothing is kept of what is only shown"
    await part.get_by_role("button", name="Close on these days").click()
    await expect(part.locator("[data-day]")).to_have_count(2)
    await expect(part.locator(f"[data-day='{NEXT}-08-15']")).to_contain_text("<b>Assumption</b>")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("button", name="Edit: Shop").click()
    await part.get_by_role("button", name=f"Remove: {NEXT}-05-01").click()
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("button", name="Edit: Shop")).to_be_visible()
    (kept,) = await _calendars(owner, company)
    assert kept["weekly"]["0"] == [["09:00", "12:00"], ["13:00", "17:00"]]
    assert kept["exceptions"] == {f"{NEXT}-08-15": {"open": [], "name": "<b>Assumption</b>"}}


async def _give(page: Page, ics: str) -> None:
    file: Any = {"name": "holidays.ics", "mimeType": "text/calendar", "buffer": ics.encode()}
    await page.locator("main input[type=file]").set_input_files(file)


async def _calendars(owner: OwnerPages, company: str) -> list[dict[str, Any]]:
    return list((await owner.demo.call("GET", f"/tenants/{company}/calendars"))["items"])
