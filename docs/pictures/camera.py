"""The browser that the guides' pictures are taken with."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

SLOW = 60_000
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_HERE = Path(__file__).parent


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser of this machine."""
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    with sync_playwright() as playwright:
        # Started as root, Chromium has no sandbox; it opens our own pages alone.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--no-proxy-server"])
        yield browser
        browser.close()


def page_at(browser: Browser, address: str, **options: object) -> Page:
    """A page with cookies of its own."""
    context = browser.new_context(  # type: ignore[arg-type]  # options vary
        **{"viewport": {"width": 1400, "height": 860}, "locale": "en-GB", "reduced_motion": "reduce", **options}
    )
    page = context.new_page()
    page.set_default_timeout(SLOW)
    page.goto(address)
    return page


def sign_in(page: Page, email: str, password: str) -> None:
    """Sign in on a page that asks for it."""
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.keyboard.press("Enter")
    page.get_by_role("navigation").or_(page.get_by_role("button", name="Open the menu")).first.wait_for()


def shot(page: Page, name: str, *, of: str = "desk") -> None:
    """Keep the page as it looks now, among the pictures ``of`` one guide."""
    page.wait_for_timeout(1_500)
    page.screenshot(path=_HERE / f"{of}-{name}.png")
