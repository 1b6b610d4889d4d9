"""The desk in a browser, and customers at the other end, on the demo as anybody starts it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING

import pytest

from support.browser import tell_pages
from support.demo_hub import DemoHub

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator, Page, StorageState

QUESTION = "Which file types can I upload?"
WISH = "I want to talk to a person"
SLOW = 60_000

WATCH = """() => {
  window.complaints = [];
  addEventListener("securitypolicyviolation", (e) => complaints.push(`${e.violatedDirective} ${e.blockedURI}`));
  for (const way of ["alert", "confirm", "prompt"]) window[way] = (words) => complaints.push(`${way} ${words}`);
  window.sounds = 0;
  document.addEventListener("switchboard:sound", () => { window.sounds += 1; });
  window.notified = [];
  window.Notification = class {
    static permission = "granted";
    static requestPermission() { return Promise.resolve("granted"); }
    constructor(title) { window.notified.push(title); }
    close() {}
  };
}"""

Opened = Callable[..., Awaitable["Page"]]


@pytest.fixture
async def opened(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Opened]:
    """Opens pages with their own cookies; a page that complained, or that a dialog came up on, fails the test."""
    contexts, complaints = [], []

    async def page_of(address: str, **options: object) -> Page:
        context = await browser.new_context(**{"locale": "en-GB", "timezone_id": "UTC", **options})  # type: ignore[arg-type]  # options vary
        contexts.append(context)
        await context.add_init_script(f"({WATCH})()")
        page = await context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
        await page.goto(address)
        return page

    yield page_of
    await tell_pages(request.node, contexts)
    for context in contexts:
        for page in context.pages:
            complaints += await page.evaluate("() => window.complaints ?? []")
        await context.close()
    assert complaints == []


def sign_in_of(demo: DemoHub, who: str) -> tuple[str, str]:
    """What ``hub up`` printed for somebody: address and password."""
    found = re.search(rf"({re.escape(who)}@demo\.example)\s+(\S+)", demo.said())
    assert found is not None, demo.said()
    return found[1], found[2]


_signed_in: dict[str, StorageState] = {}
"""Cookies of who signed in once: signing in has a test of its own."""


async def desk(demo: DemoHub, opened: Opened, who: str, path: str = "", **options: object) -> Page:
    """The desk as somebody sees it after signing in, at ``path``."""
    known = _signed_in.get(who)
    options = {"viewport": {"width": 1400, "height": 900}, "storage_state": known, **options}
    page = await opened(f"{demo.base}/admin/{path}", **options)
    if known is None:
        await sign_in(demo, page, who)
    # The sign-in page has a heading, too: only the desk has a place to skip to.
    await page.locator("#content").wait_for(timeout=SLOW)
    if known is None:
        _signed_in[who] = await page.context.storage_state()
    return page


async def sign_in(demo: DemoHub, page: Page, who: str) -> None:
    email, password = sign_in_of(demo, who)
    await page.get_by_label("E-mail address").fill(email)
    await page.get_by_label("Password", exact=True).fill(password)
    await page.keyboard.press("Enter")


class Customer:
    """Somebody at the other end, in the simulator's page of their platform or in the bubble."""

    def __init__(self, page: Page, field: str) -> None:
        self.page = page
        self._field = field

    async def say(self, words: str) -> None:
        await self.page.get_by_label(self._field, exact=True).fill(words)
        await self.page.keyboard.press("Enter")

    def heard(self, words: str | re.Pattern[str]) -> Locator:
        return self.page.get_by_role("log").get_by_text(words).locator("visible=true").last


async def customer(demo: DemoHub, opened: Opened, channel: str) -> Customer:
    if channel == "webchat":
        page = await opened(f"{demo.base}/demo/")
        await page.get_by_role("button", name="Ask the assistant").click()
        return Customer(page, "Write a message")
    found = re.search(rf"http://\S+/{channel}/\S*", demo.said())
    assert found is not None, demo.said()
    page = await opened(found[0])
    for name in ("Start", "Say hello"):
        button = page.get_by_role("button", name=name)
        if await button.is_visible():
            await button.click()
            # Answered by itself: what is asked at once would be read together with the greeting.
            await page.locator("article:not([aria-label=You])").first.wait_for(timeout=SLOW)
    return Customer(page, "Message")


async def somebody_wrote(demo: DemoHub, words: str = QUESTION) -> str:
    """A conversation that came in without a page of its own; its id."""
    answered = await demo.call("POST", "/tenants/demo/chat", {"message": words})
    return str(answered["conversation_id"])


async def nobody_waits(demo: DemoHub) -> None:
    """Close what other tests left waiting."""
    while waiting := (await demo.call("GET", "/tenants/demo/conversations?queue=needs_person"))["items"]:
        for one in waiting:
            await demo.call("POST", f"/tenants/demo/conversations/{one['id']}/resolve")
