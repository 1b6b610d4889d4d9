"""What the owner's pages show where nothing is there yet, and to who may not see them.

With HUB_TEST_PICTURES naming a folder, each is kept there as a picture.
"""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from hub.http.desk_pages import BUILT
from support.owner_page_list import PAGES
from support.owner_pages import OwnerPages, axe

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not (BUILT / "index.html").is_file(), reason="needs the built desk: pip install -e ."),
]
WHO = re.compile("An admin or the owner can give it to you|This page is for those who run the hub")


async def _picture(page: Page, path: str, state: str) -> None:
    folder = os.environ.get("HUB_TEST_PICTURES")
    if folder:
        await asyncio.to_thread(Path(folder).mkdir, parents=True, exist_ok=True)
        await page.screenshot(path=f"{folder}/{path.replace('/', '-')}-{state}.png")


async def test_an_empty_company_is_told_what_to_do_on_every_page(owner: OwnerPages) -> None:
    page = await owner.sign_in()
    company = await owner.company("Empty")
    found: dict[str, object] = {}
    for path in PAGES:
        await page.goto(f"{owner.demo.base}/admin/{company}/{path}")
        await page.get_by_role("heading", level=1).first.wait_for()
        await expect(page.locator("main [aria-busy=true]")).to_have_count(0)
        await expect(page.locator("main").get_by_role("alert")).to_have_count(0)
        found[path] = await axe(page)
        await _picture(page, path, "empty")
    assert {path: findings for path, findings in found.items() if findings} == {}


async def test_who_may_not_see_a_page_is_told_so_and_who_can_help(owner: OwnerPages) -> None:
    page = await owner.sign_in("agent")
    locked = [path for path in PAGES if path not in ("channels", "people")]
    for path in locked:
        await page.goto(f"{owner.demo.base}/admin/demo/{path}")
        heading = page.get_by_role("heading", level=1).first
        await heading.wait_for()
        await _picture(page, path, "locked")
        if await heading.text_content() == "You may not see this":
            await expect(page.locator("main")).to_contain_text(WHO)
