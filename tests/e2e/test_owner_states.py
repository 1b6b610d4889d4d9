"""What the owner's pages show while nothing is there yet, when the hub fails, when it is empty, and to who may not see.

With HUB_TEST_PICTURES naming a folder, each state is kept there as a picture.
"""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from hub.http.desk_pages import BUILT
from support.owner_page_list import PAGES, STILL
from support.owner_pages import OwnerPages, axe

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not (BUILT / "index.html").is_file(), reason="needs the built desk: pip install -e ."),
]
PROBLEM = {"type": "about:blank", "title": "Something went wrong", "status": 500, "code": "internal", "detail": "No."}
DATA = "**/api/v1/{tenants,system,audit,plans,organisations}**"
"""What pages are made of; who is signed in is known before."""


async def _picture(page: Page, path: str, state: str) -> None:
    folder = os.environ.get("HUB_TEST_PICTURES")
    if folder:
        await asyncio.to_thread(Path(folder).mkdir, parents=True, exist_ok=True)
        await page.screenshot(path=f"{folder}/{path.replace('/', '-')}-{state}.png")


async def test_a_failing_hub_is_told_with_a_way_on_and_a_slow_one_by_its_outline(owner: OwnerPages) -> None:
    page = await owner.sign_in()
    found: dict[str, object] = {}
    held = asyncio.Event()

    async def wait(route: Route) -> None:
        await held.wait()
        await route.abort()

    async def fail(route: Route) -> None:
        await route.fulfill(status=500, content_type="application/problem+json", body=json.dumps(PROBLEM))

    for path in PAGES:
        await page.goto("about:blank")
        await page.route(DATA, wait)
        await page.goto(f"{owner.demo.base}/admin/demo/{path}", wait_until="commit")
        await page.get_by_role("heading", level=1).first.wait_for()
        if path not in STILL:
            await expect(page.locator("main [aria-busy=true]").first).to_be_visible()
        await _picture(page, path, "loading")
        held.set()
        await page.unroute(DATA, wait)
        held.clear()
        await page.route(DATA, fail)
        await page.goto("about:blank")
        await page.goto(f"{owner.demo.base}/admin/demo/{path}")
        await page.get_by_role("heading", level=1).first.wait_for()
        if path not in STILL:
            await expect(page.locator("main").get_by_role("alert").first).to_be_visible()
            await expect(page.locator("main").get_by_role("button", name="Try again").first).to_be_visible()
        found[path] = await axe(page)
        await _picture(page, path, "error")
        await page.unroute(DATA, fail)
    owner.complaints.clear()  # calls that failed are what this is about
    assert {path: findings for path, findings in found.items() if findings} == {}


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
            await expect(page.locator("main")).to_contain_text("An admin or the owner can give it to you.")
