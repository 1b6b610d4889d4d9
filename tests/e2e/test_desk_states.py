"""What each part of the desk shows while its data come, when they cannot be had, and where there is nothing yet.

In a light and in a dark theme, and without a serious finding of axe.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import Page, Route, expect
from playwright.async_api import TimeoutError as StillSo

from support.both_themes import looked_at
from support.demo_hub import DemoHub
from support.desk_pages import SLOW, WISH, Opened, desk
from support.running_hub import eventually

if TYPE_CHECKING:
    from playwright.async_api import Locator

pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(600),
    pytest.mark.usefixtures("built_desk"),
]


@dataclass(frozen=True)
class Part:
    """One thing that is fetched: where it is shown, by which request it comes, and what shows that it came."""

    name: str
    path: str
    request: str
    there: str
    press: str | None = None


PARTS = (
    Part("who is signed in", "inbox/open", r"/me$", "a[data-id]"),
    Part("a list", "inbox/open", r"/conversations\?", "a[data-id]"),
    Part("a conversation", "inbox/open/{id}", r"/conversations/{id}$", "[role=log] article"),
    Part("its messages", "inbox/open/{id}", r"/messages(\?|$)", "[role=log] article"),
    Part("its customer", "inbox/open/{id}", r"/contacts/[^/?]+$", "aside input"),
    Part("earlier ones", "inbox/open/{id}", r"/contacts/.+/conversations", "aside >> text=This is the first one"),
    Part("what happened", "inbox/open/{id}", r"/activity", "aside[aria-label=Details] li", press="What happened"),
    Part("saved replies", "inbox/open/{id}", r"/macros$", "[role=dialog] button:has(strong)", press="Saved replies"),
    Part("members", "people", r"/members(\?|$)", "main tbody tr"),
    Part("invitations", "people", r"/invitations", "main h2:has-text('No open invitations')", press="Invitations"),
    Part("teams", "people", r"/teams", "main li strong", press="Teams"),
    Part("sessions", "account?tab=security", r"/me/sessions", "main li strong"),
    Part("notices by mail", "account?tab=alerts", r"/notifications/settings", "text=Mail of what you have not seen"),
)  # fmt: skip
TOGETHER = 3
LISTS = ("needs_person", "mine", "team", "unassigned", "bot", "mentions", "snoozed", "resolved", "open")


async def somebody_on_telegram(demo: DemoHub) -> str:
    """A conversation with a customer who is known, and with a team and a saved reply in its company; its id."""
    teams = (await demo.call("GET", "/tenants/demo/teams"))["items"]
    if not teams:
        await demo.call("POST", "/tenants/demo/teams", {"name": "Parcels"})
    if not (await demo.call("GET", "/tenants/demo/macros"))["items"]:
        await demo.call("POST", "/tenants/demo/macros", {"name": "Hello", "text": "Hello there"})
    bot = (await demo.simulator("/control/telegram/bots", method="GET"))["items"][0]["id"]
    await demo.simulator(f"/control/telegram/bots/{bot}/people/Statewide", {"act": "say", "text": WISH})
    path = "/tenants/demo/conversations?queue=open&channel_kind=telegram&search=Statewide"

    async def come() -> list[dict[str, str]]:
        found: list[dict[str, str]] = (await demo.call("GET", path))["items"]
        return found

    return (await eventually(come, what="the conversation"))[0]["id"]


async def test_every_part_says_that_it_comes_and_what_went_wrong(demo: DemoHub, opened: Opened) -> None:
    conversation = await somebody_on_telegram(demo)
    left, wrong = list(PARTS), dict[str, list[str]]()

    async def walk() -> None:
        # Several at once: each waits for the desk to have tried again.
        page = await desk(demo, opened, "owner", reduced_motion="reduce")
        while left:
            wrong.update(await walked(page, left.pop(0), demo, conversation))

    await asyncio.gather(*(walk() for _ in range(TOGETHER)))
    assert {name: found for name, found in wrong.items() if found} == {}


async def walked(page: Page, part: Part, demo: DemoHub, conversation: str) -> dict[str, list[str]]:
    """What is wrong with one part while it comes, and once it failed; then it is there after all."""
    gate = Gate()
    await page.route(re.compile(r"/api/v1\S*" + part.request.replace("{id}", conversation)), gate.answer)
    path = part.path.replace("{id}", conversation)
    await page.goto(f"{demo.base}/admin/demo/{path}", wait_until="domcontentloaded")
    if part.press:
        main = page.locator("main")
        place = main.get_by_role("button", name=part.press).or_(main.get_by_role("tab", name=part.press))
        await place.first.click(timeout=SLOW)
    async with asyncio.timeout(SLOW / 1000):
        await gate.asked.wait()
    coming = page.locator("[aria-busy=true]:visible, [role=status]:has-text('Loading'):visible").first
    await expect(coming).to_be_visible(timeout=SLOW)
    wrong = {f"{part.name}, coming": await looked_at(page, f"{part.name}, coming")}

    gate.fails = True
    gate.opened.set()
    again = page.get_by_role("button", name="Try again")
    await expect(again.first).to_be_visible(timeout=SLOW)
    wrong[f"{part.name}, failed"] = await looked_at(page, f"{part.name}, failed")

    gate.fails = False
    await until_there(page.locator(part.there).first, again)
    await expect(again).to_have_count(0, timeout=SLOW)
    await page.unroute_all(behavior="ignoreErrors")
    return wrong


class Gate:
    """Holds a request back, then lets it fail, then pass."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.opened = asyncio.Event()
        self.fails = False

    async def answer(self, route: Route) -> None:
        self.asked.set()
        await self.opened.wait()
        if self.fails:
            body = '{"code": "broken", "request_id": "req-0001"}'
            await route.fulfill(status=500, content_type="application/problem+json", body=body)
        else:
            await route.continue_()


async def until_there(there: Locator, again: Locator) -> None:
    """Press the button until it helped: the desk asks again by itself, too, and may take it away first."""
    async with asyncio.timeout(SLOW / 1000):
        while await again.count() or not await there.is_visible():
            if await again.count():
                with contextlib.suppress(StillSo):
                    await again.first.click(timeout=1_000)
            await asyncio.sleep(0.05)


async def test_an_empty_company_is_told_what_comes_where(demo: DemoHub, opened: Opened) -> None:
    company = await demo.call("POST", "/tenants", {"name": "Empty desk", "slug": f"empty-{os.urandom(4).hex()}"})
    page = await desk(demo, opened, "owner", reduced_motion="reduce")
    wrong: dict[str, list[str]] = {}
    said = set()
    await page.goto(f"{demo.base}/admin/{company['slug']}/inbox/needs_person")
    for name in LISTS:
        await page.locator(f"nav a[href$='/inbox/{name}']").click(timeout=SLOW)
        pane = page.locator("section:has(> header h1)")
        notice = pane.locator("[data-tone=done], [data-tone=empty]")
        await expect(notice).to_be_visible(timeout=SLOW)
        await expect(pane).to_have_attribute("aria-label", re.compile(r"\w"))
        said.add(await notice.inner_text())
        if name in ("needs_person", "mine"):
            wrong[name] = await looked_at(page, f"{name}, empty")
    await page.goto(f"{demo.base}/admin/{company['slug']}/people")
    for tab, words in (
        ("Members", "Nobody works here yet"),
        ("Invitations", "No open invitations"),
        ("Teams", "No teams yet"),
    ):
        await page.get_by_role("tab", name=tab).click(timeout=SLOW)
        await expect(page.get_by_role("heading", name=words)).to_be_visible(timeout=SLOW)
        wrong[tab] = await looked_at(page, f"{tab}, empty")
    assert len(said) == len(LISTS), "each list says what comes there"
    assert {name: found for name, found in wrong.items() if found} == {}
