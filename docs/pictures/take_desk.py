"""Take the pictures of the guide anew: ``python docs/pictures/take_desk.py http://127.0.0.1:8080 PASSWORD``.

Run it while ``make up`` runs; PASSWORD is the one that it printed. Needs what ``make setup`` installs, and Chromium.
"""

from __future__ import annotations

import re
import sys

from camera import SLOW, chromium, page_at, shot, sign_in
from desk_doors import own_account, sign_in_again, ways_in
from playwright.sync_api import Browser, Page

_QUESTION = "Which file types can I upload?"
_WISH = "I want to talk to a person"
_PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.0 Mobile/15E148 Safari/604.1"
)


def _ask(browser: Browser, hub: str) -> None:
    """A customer who asks, is answered, and wishes for a person."""
    page = browser.new_context(locale="en-GB").new_page()
    page.goto(f"{hub}/demo/")
    page.get_by_role("button", name="Ask the assistant").click()
    page.get_by_label("Write a message").fill(_QUESTION)
    page.keyboard.press("Enter")
    page.locator("article[data-author=bot]:has(.sources)").first.wait_for(timeout=SLOW)
    page.get_by_label("Write a message").fill(_WISH)
    page.keyboard.press("Enter")
    page.get_by_text("A person has been asked for.").wait_for(timeout=SLOW)


def _saved_reply(page: Page) -> None:
    """Keep a reply, and show what it says to this customer."""
    page.get_by_role("button", name="Saved replies").click()
    kept = page.get_by_role("button", name=re.compile("^Which file"))
    page.get_by_role("button", name="New saved reply").wait_for()
    page.wait_for_timeout(500)
    if not kept.count():
        _keep_reply(page)
        page.get_by_role("button", name="Saved replies").click()
    kept.click()
    shot(page, "saved-reply")
    page.get_by_role("button", name="Put into my text").click()


def _keep_reply(page: Page) -> None:
    page.get_by_role("button", name="New saved reply").click()
    dialog = page.get_by_role("dialog", name="New saved reply")
    dialog.get_by_label("Name").fill("Which file")
    dialog.get_by_label("Shortcut").fill("file")
    dialog.get_by_label("Text").fill("Hello {{contact.first_name|there}}, **which file** would you like to upload?")
    dialog.get_by_role("button", name="Save").click()
    dialog.wait_for(state="detached")


def _view(page: Page) -> None:
    """A list of one's own, half made."""
    page.get_by_role("button", name="Sort and filter").click()
    page.get_by_role("menuitem", name="New view").click()
    dialog = page.get_by_role("dialog", name="New view")
    dialog.get_by_label("Name", exact=True).fill("Waits on the web")
    dialog.get_by_role("button", name="Group of conditions").click()
    inner = dialog.get_by_role("group", name="Conditions").nth(1)
    inner.get_by_label("What counts").select_option("Kind of channel")
    shot(page, "view")
    page.keyboard.press("Escape")


def _work(page: Page) -> None:
    """A conversation from the list to its answer, and what helps on the way."""
    page.locator("a[data-id]").first.click()
    page.get_by_role("log").wait_for()
    page.get_by_role("button", name="Why this answer").first.click()
    shot(page, "waiting")
    page.get_by_role("button", name="Take over").click()
    page.get_by_text("You have this conversation.").wait_for()
    _saved_reply(page)
    page.get_by_label("Reply to the customer").fill("Hello, Arno here. **Which file** would you like to upload?")
    shot(page, "reply")
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Escape")
    _view(page)
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keyboard shortcuts").wait_for()
    shot(page, "keys")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.get_by_role("dialog").get_by_role("combobox").fill("snooze")
    shot(page, "palette")
    page.keyboard.press("Escape")


def take(hub: str, password: str) -> None:
    """Photograph every page of the desk, with a conversation in it."""
    with chromium() as browser:
        page = page_at(browser, f"{hub}/admin/")
        page.get_by_label("E-mail address").wait_for()
        shot(page, "sign-in")
        _ask(browser, hub)
        sign_in(page, "agent@demo.example", password)
        _work(page)
        address = page.url
        phone = page_at(
            browser, f"{hub}/admin/", viewport={"width": 390, "height": 780}, color_scheme="dark", user_agent=_PHONE
        )
        sign_in(phone, "agent@demo.example", password)
        phone.goto(address)
        phone.get_by_role("log").wait_for()
        shot(phone, "phone")
        ways_in(browser, hub, password)
        for path, name in (("people", "people"), ("account", "account"), ("account?tab=alerts", "told")):
            page.goto(f"{hub}/admin/demo/{path}")
            page.get_by_role("heading", level=1).wait_for()
            shot(page, name)
        own_account(page, hub)
        page.goto(address)
        sign_in_again(page, phone, hub)


if __name__ == "__main__":
    take((sys.argv[1] if len(sys.argv) > 2 else "http://127.0.0.1:8080").rstrip("/"), sys.argv[-1])
