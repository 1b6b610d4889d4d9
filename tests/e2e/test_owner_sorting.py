"""Tables of the owner's pages in another order, by keyboard alone."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from support.owner_pages import OwnerPages, axe

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.usefixtures("built_desk"),
]


async def _order(page: Page, heading: str, way: str) -> list[str]:
    """Press a column's heading; what stands first in each line once the table is ordered that way."""
    await page.get_by_role("columnheader", name=heading).get_by_role("button").press("Enter")
    await expect(page.get_by_role("columnheader", name=heading)).to_have_attribute("aria-sort", way)
    await expect(page.locator("th[aria-sort]")).to_have_count(1)
    lines = page.locator("main tbody tr > :first-child bdi:first-of-type")
    return [words.strip() for words in await lines.all_text_contents()]


async def test_tables_are_ordered_by_their_headings(owner: OwnerPages) -> None:
    await owner.calm()
    page = await owner.sign_in()
    company = await owner.company("Sorted")
    for title, text in (
        ("banana", "Yellow."),
        ("Apple", "Red, round, and often from here."),
        ("cherry", "Small, red."),
    ):
        await owner.knows(company, title, text)
    await owner.open(page, "knowledge", "Knowledge", company)
    await page.get_by_role("link", name="Apple").wait_for()
    for way, titles in (("ascending", ["Apple", "banana", "cherry"]), ("descending", ["cherry", "banana", "Apple"])):
        await _order(page, "Title", way)
        await expect(page.locator("main tbody tr a")).to_have_text(titles)
    await _order(page, "Size", "descending")
    await expect(page.locator("main tbody tr a")).to_have_text(["Apple", "cherry", "banana"])
    assert await axe(page) == []
    await page.reload()  # the order is in the address
    await expect(page.get_by_role("columnheader", name="Size")).to_have_attribute("aria-sort", "descending")
    await expect(page.locator("main tbody tr a")).to_have_text(["Apple", "cherry", "banana"])

    await owner.open(page, "people", "People")
    await page.locator("main tbody tr").first.wait_for()
    names = await _order(page, "Name", "ascending")
    assert len(names) > 1
    assert names == sorted(names, key=str.casefold)
    assert await _order(page, "Name", "descending") == names[::-1]
    await _order(page, "Role", "descending")
    await expect(page.locator("main tbody tr").first).to_contain_text("Owner")

    await owner.open(page, "reports?report=models", "Reports")
    await page.locator("main tbody tr").first.wait_for()
    for heading in ("Count", "Longest"):
        await _order(page, heading, "descending")
        await expect(page.locator("main tbody tr").last).to_contain_text("Total")
    labels = await _order(page, "Label", "ascending")
    assert labels[-1] == "Total"
    assert labels[:-1] == sorted(labels[:-1], key=str.casefold)

    await page.set_viewport_size({"width": 390, "height": 844})
    await expect(page.get_by_role("columnheader", name="Count").get_by_role("button")).to_be_in_viewport()
