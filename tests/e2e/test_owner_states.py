"""What the owner's pages show while the hub is slow, where it fails, where nothing is, and to who may not see them.

With HUB_TEST_PICTURES naming a folder, each is kept there as a picture in both themes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re

import pytest
from playwright.async_api import Error, Page, Route, expect

from support.both_themes import kept
from support.owner_page_list import PAGES, STILL
from support.owner_pages import OwnerPages, axe

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("built_desk"),
]
WHO = re.compile("An admin or the owner can give it to you|This page is for those who run the hub")
_PROBLEM = {"type": "about:blank", "title": "Broken", "status": 500, "code": "broken", "request_id": "r-1"}
_FOR_AGENTS = re.compile("channels|knowledge(/.*)?|people|bot|bubble|overview|reports|gaps")
"""What an agent may look at."""


class _Weather:
    """What becomes of the calls of a page beyond those of its session: held, then refused, then let through."""

    CALLS = re.compile(r"/api/v1/(?!auth/|me$)")

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self.fine = False

    async def __call__(self, route: Route) -> None:
        with contextlib.suppress(Error):  # the page it was for is gone
            if self.fine:
                await route.continue_()
                return
            await self.ended.wait()
            await route.fulfill(status=500, content_type="application/problem+json", body=json.dumps(_PROBLEM))


async def test_a_slow_hub_is_shown_in_outline_and_a_failing_one_told_with_a_way_on(owner: OwnerPages) -> None:
    page = await owner.sign_in()
    found: dict[str, object] = {}
    async with owner.details() as details:
        for path in (*PAGES, *details):
            if path not in STILL:
                found[path] = await _weathered(owner, page, path)
    assert {path: findings for path, findings in found.items() if findings} == {}


async def _weathered(owner: OwnerPages, page: Page, path: str) -> list[str]:
    """Look at a page while its calls are held, when they fail, and once they are let through."""
    findings: list[str] = []
    again = "() => document.querySelectorAll('main [role=alert] button').forEach((button) => button.click())"
    weather = _Weather()
    await page.route(_Weather.CALLS, weather)
    await page.goto(f"{owner.demo.base}/admin/demo/{path}", wait_until="commit")
    await expect(page.locator("main [aria-busy=true]").first).to_be_visible()
    await kept(page, f"{_named(path)} loading")
    weather.ended.set()
    alert = page.locator("main").get_by_role("alert")
    await expect(alert.get_by_role("button", name="Try again").first).to_be_visible()
    await expect(page.locator("main [aria-busy=true]")).to_have_count(0)
    if "?" not in path:  # what went wrong is told by the same words in each part of a page
        findings = await axe(page, within="main")
    await kept(page, f"{_named(path)} error")
    weather.fine = True
    await page.evaluate(again)
    await expect(alert).to_have_count(0)
    await expect(page.locator("main [aria-busy=true]")).to_have_count(0)
    await page.unroute(_Weather.CALLS, weather)
    return findings


def _named(path: str) -> str:
    return re.sub(r"/[0-9a-f-]{36}", " one", path)


async def test_an_empty_company_is_told_what_to_do_on_every_page(owner: OwnerPages) -> None:
    page = await owner.sign_in()
    company = await owner.company("Empty")
    found: dict[str, object] = {}
    for path in PAGES:
        await page.goto(f"{owner.demo.base}/admin/{company}/{path}", wait_until="commit")
        await page.get_by_role("heading", level=1).first.wait_for()
        await expect(page.locator("main [aria-busy=true]")).to_have_count(0)
        await expect(page.locator("main").get_by_role("alert")).to_have_count(0)
        found[path] = await axe(page, within="main")
        await kept(page, f"{path} empty")
    assert {path: findings for path, findings in found.items() if findings} == {}


async def test_who_may_not_see_a_page_is_told_so_and_who_can_help(owner: OwnerPages) -> None:
    page = await owner.sign_in("agent")
    for path in PAGES:
        if "?" in path or _FOR_AGENTS.fullmatch(path):  # a page and its parts are shown to the same people
            continue
        await page.goto(f"{owner.demo.base}/admin/demo/{path}", wait_until="commit")
        await expect(page.get_by_role("heading", level=1)).to_have_text("You may not see this")
        await expect(page.locator("main")).to_contain_text(WHO)
        await kept(page, f"{path} locked")
