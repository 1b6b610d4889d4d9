"""Take the pictures of the guide anew: ``python docs/pictures/take_desk.py http://127.0.0.1:8080 PASSWORD``.

Run it while ``make up`` runs; PASSWORD is the one that it printed. Needs what ``make setup`` installs, and Chromium.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_HERE = Path(__file__).parent
_QUESTION = "Which file types can I upload?"
_WISH = "I want to talk to a person"


def _page(browser: Browser, hub: str, **options: object) -> Page:
    context = browser.new_context(  # type: ignore[arg-type]  # options vary
        **{"viewport": {"width": 1400, "height": 860}, "locale": "en-GB", "reduced_motion": "reduce", **options}
    )
    page = context.new_page()
    page.goto(f"{hub}/admin/")
    return page


def _sign_in(page: Page, email: str, password: str) -> None:
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.keyboard.press("Enter")
    page.get_by_role("navigation").or_(page.get_by_role("button", name="Open the menu")).first.wait_for(timeout=60_000)


def _ask(browser: Browser, hub: str) -> None:
    """A customer who asks, is answered, and wishes for a person."""
    page = browser.new_context(locale="en-GB").new_page()
    page.goto(f"{hub}/demo/")
    page.get_by_role("button", name="Ask the assistant").click()
    page.get_by_label("Write a message").fill(_QUESTION)
    page.keyboard.press("Enter")
    page.locator("article[data-author=bot]:has(.sources)").first.wait_for(timeout=60_000)
    page.get_by_label("Write a message").fill(_WISH)
    page.keyboard.press("Enter")
    page.get_by_text("A person has been asked for.").wait_for(timeout=60_000)


def _saved_reply(page: Page) -> None:
    """Keep a reply, and show what it says to this customer."""
    page.get_by_role("button", name="Saved replies").click()
    page.get_by_role("button", name="New saved reply").click()
    dialog = page.get_by_role("dialog", name="New saved reply")
    dialog.get_by_label("Name").fill("Which file")
    dialog.get_by_label("Shortcut").fill("file")
    dialog.get_by_label("Text").fill("Hello {{contact.first_name|there}}, **which file** would you like to upload?")
    dialog.get_by_role("button", name="Save").click()
    dialog.wait_for(state="detached")
    page.get_by_role("button", name="Saved replies").click()
    page.get_by_role("button", name=re.compile("^Which file")).click()
    _shot(page, "saved-reply")
    page.get_by_role("button", name="Put into my text").click()


def _view(page: Page) -> None:
    """A list of one's own, half made."""
    page.get_by_role("button", name="Sort and filter").click()
    page.get_by_role("menuitem", name="New view").click()
    dialog = page.get_by_role("dialog", name="New view")
    dialog.get_by_label("Name", exact=True).fill("Waits on the web")
    dialog.get_by_role("button", name="Group of conditions").click()
    inner = dialog.get_by_role("group", name="Conditions").nth(1)
    inner.get_by_label("What counts").select_option("Kind of channel")
    _shot(page, "view")
    page.keyboard.press("Escape")


def _shot(page: Page, name: str) -> None:
    page.wait_for_timeout(1_200)
    page.screenshot(path=_HERE / f"desk-{name}.png")


def take(hub: str, password: str) -> None:
    """Photograph every page of the desk, with a conversation in it."""
    program = next(filter(None, map(shutil.which, _NAMES)), None)
    with sync_playwright() as playwright:
        # Started as root, Chromium has no sandbox; it opens our own pages alone.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--no-proxy-server"])
        page = _page(browser, hub)
        page.get_by_label("E-mail address").wait_for(timeout=60_000)
        _shot(page, "sign-in")
        _ask(browser, hub)
        _sign_in(page, "agent@demo.example", password)
        page.locator("a[data-id]").first.click(timeout=60_000)
        page.get_by_role("log").wait_for(timeout=60_000)
        page.get_by_role("button", name="Why this answer").first.click()
        _shot(page, "waiting")
        page.get_by_role("button", name="Take over").click()
        page.get_by_text("You have this conversation.").wait_for(timeout=60_000)
        _saved_reply(page)
        page.get_by_label("Reply to the customer").fill("Hello, Arno here. **Which file** would you like to upload?")
        _shot(page, "reply")
        page.keyboard.press("Control+Enter")
        page.keyboard.press("Escape")
        address = page.url
        _view(page)
        page.keyboard.press("?")
        page.get_by_role("dialog", name="Keyboard shortcuts").wait_for()
        _shot(page, "keys")
        page.keyboard.press("Escape")
        for path, name in (("people", "people"), ("account", "account"), ("account?tab=alerts", "told")):
            page.goto(f"{hub}/admin/demo/{path}")
            page.get_by_role("heading", level=1).wait_for(timeout=60_000)
            _shot(page, name)
        phone = _page(browser, hub, viewport={"width": 390, "height": 780}, color_scheme="dark")
        _sign_in(phone, "agent@demo.example", password)
        phone.goto(address)
        phone.get_by_role("log").wait_for(timeout=60_000)
        _shot(phone, "phone")
        browser.close()


if __name__ == "__main__":
    take((sys.argv[1] if len(sys.argv) > 2 else "http://127.0.0.1:8080").rstrip("/"), sys.argv[-1])
