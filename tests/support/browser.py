"""Headless Chromium for tests, driven by Playwright, unable to reach anything but loopback."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hub.http.desk_pages import BUILT
from hub.http.frontend import WIDGET

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page

PATIENCE = 60_000
"""Milliseconds a page may take on a busy machine until it shows what is expected, or can be clicked."""
_PACKAGES = Path(__file__).parents[2] / "admin/ui/node_modules"
AXE = _PACKAGES / "axe-core/axe.min.js"
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


@pytest.fixture(scope="session")
def built_bubble() -> None:
    """Fails where the bubble was not built, so that a broken build cannot pass for tests that were left out."""
    _need(WIDGET / "widget.js", "The bubble is not built. Run: pip install -e .")


@pytest.fixture(scope="session")
def built_desk() -> None:
    """Fails where the desk was not built."""
    _need(BUILT / "index.html", "The desk is not built. Run: pip install -e .")


@pytest.fixture(scope="session")
def desk_packages() -> None:
    """Fails where the desk's npm packages, among them axe and React, are not installed."""
    _need(AXE, "admin/ui's packages are missing. Run: make test")
    _need(_PACKAGES / "react", "admin/ui's packages are missing. Run: make test")


_FAILED = pytest.StashKey[bool]()
_MOST_TOLD = 2_000


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember whether a test failed, for its fixtures."""
    report = yield
    if report.when == "call":
        item.stash[_FAILED] = report.failed
    return report


async def tell_pages(test: pytest.Item, contexts: Sequence[BrowserContext]) -> None:
    """Print what the pages of a failed test show, before they close: the report has it then."""
    if test.stash.get(_FAILED, False):
        for page in (page for context in contexts for page in context.pages):
            words = await page.evaluate("() => document.body.innerText")
            print(f"{page.url} showed:\n{words[:_MOST_TOLD]}\n")


def _need(path: Path, otherwise: str) -> None:
    if not path.exists():
        pytest.fail(otherwise, pytrace=False)


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """A page with its own cookies and storage."""
    context = await browser.new_context(locale="en-GB", timezone_id="UTC")
    yield await context.new_page()
    await context.close()
