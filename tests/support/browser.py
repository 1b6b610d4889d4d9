"""Headless Chromium for tests, driven by Playwright, unable to reach anything but loopback."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

PATIENCE = 60_000
"""Milliseconds a page may take on a busy machine until it shows what is expected, or can be clicked."""
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """This worker's Chromium."""
    from playwright.async_api import async_playwright, expect

    expect.set_options(timeout=PATIENCE)
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    if program is None:
        pytest.fail("Chromium is missing. On Debian or Ubuntu: sudo apt-get install chromium", pytrace=False)
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=program,
            args=[
                "--no-sandbox",  # a container's root has no other way; the pages are our own
                "--no-proxy-server",
                "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
            ],
        )
        yield chromium
        await chromium.close()


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page with its own cookies and storage."""
    context = await browser.new_context(locale="en-GB", timezone_id="UTC")
    yield await context.new_page()
    await context.close()
